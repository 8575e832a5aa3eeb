"""The contract of both stores, continued: verification of intact records, and many threads on one store."""

from __future__ import annotations

import threading

from audit import AuditStore, Checkpoint, Conflict
from tests.audit.builders import blobs_of, decision, review


def test_verification_of_an_intact_record(store: AuditStore) -> None:
    assert store.verify().ok
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    store.record_review(review(recorded.id, pairs=()))
    head = store.head()
    for i in range(230):  # more than one batch
        store.record_event("a", "export", str(i), {"i": i})
    steps: list[tuple[int, int]] = []
    report = store.verify(lambda done, total: steps.append((done, total)), Checkpoint("o", head.size, head.root))
    assert (report.ok, report.problem_seq, report.problem_text) == (True, None, None)
    assert (report.size, report.root) == store.head()[:2]
    assert report.checked == {"entries": 232, "decisions": 1, "reviews": 1, "events": 230, "blobs": 2}
    assert steps[-1] == (232, 232)
    assert len(steps) == 2


def test_verification_against_a_foreign_or_larger_checkpoint(store: AuditStore) -> None:
    store.record_event("a", "export", "x", {})
    rewritten = store.verify(checkpoint=Checkpoint("o", 1, "ab" * 32))
    assert not rewritten.ok
    assert "rewritten" in (rewritten.problem_text or "")
    truncated = store.verify(checkpoint=Checkpoint("o", 3, "ab" * 32))
    assert (truncated.ok, truncated.problem_seq) == (False, 2)


def test_threads_never_share_a_number(store: AuditStore) -> None:
    def write(name: str) -> None:
        for i in range(10):
            store.record_decision(decision(caller=name), blobs_of())
            store.record_event(name, "export", str(i), {})

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in store.entries()] == list(range(1, 121))
    assert store.verify().ok


def test_one_of_many_simultaneous_reviewers_wins(store: AuditStore) -> None:
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def submit(name: str) -> None:
        barrier.wait()
        try:
            store.record_review(review(recorded.id, reviewer_id=name))
            outcomes.append("accepted")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=submit, args=(f"r{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted"] + ["refused"] * 7
    assert len(store.reviews(recorded.id)) == 1
