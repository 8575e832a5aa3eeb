"""Verification of intact records: no false alarm, and the content of the report."""

from __future__ import annotations

import pytest

from audit import AuditStore, Checkpoint, Role, Verdict
from audit.verify import parallel_scan
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import give, join, record


def test_an_empty_record_holds(store: AuditStore) -> None:
    report = store.verify()
    assert (report.ok, report.size) == (True, 0)
    assert report.root == store.head().root


def test_verification_counts_what_it_checked(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_scan, "_SPAN", 20)
    reviewer = join(store, "r1", Role.REVIEWER)
    give(reviewer, record(store), pairs=())
    head = store.head()
    for i in range(30):  # more than one batch
        store.record_event("a", "note", str(i), {"i": i})
    steps: list[tuple[int, int]] = []
    report = store.verify(lambda done, total: steps.append((done, total)), Checkpoint("o", head.size, head.root))
    assert (report.ok, report.problem_seq, report.problem_text) == (True, None, None)
    assert (report.size, report.root) == store.head()[:2]
    assert report.checked == {"entries": 39, "decisions": 1, "reviews": 1, "events": 37, "erased": 0, "blobs": 2}
    assert steps == [(20, 39), (39, 39)]


def test_a_foreign_or_larger_checkpoint(store: AuditStore) -> None:
    store.record_event("a", "note", "x", {})
    rewritten = store.verify(checkpoint=Checkpoint("o", 1, "ab" * 32))
    assert not rewritten.ok
    assert "rewritten" in (rewritten.problem_text or "")
    truncated = store.verify(checkpoint=Checkpoint("o", 3, "ab" * 32))
    assert (truncated.ok, truncated.problem_seq) == (False, 2)


def test_a_reader_verifies_without_the_right_to_write(store: AuditStore, url: str) -> None:
    record(store)
    reader = AuditStore(url, read_only=True)
    assert reader.verify().ok
    reader.close()


def test_what_is_appended_meanwhile_is_left_to_the_next_run(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_scan, "_SPAN", 2)
    reviewer = join(store, "r1", Role.REVIEWER)
    waiting = {2: (record(store), Verdict.APPROVE), 4: (record(store), Verdict.FLAG)}

    def meanwhile(done: int, total: int) -> None:
        if done in waiting:
            give(reviewer, *waiting[done])
            record(store)

    report = store.verify(meanwhile)
    assert report.ok, report.problem_text
    assert (report.size, store.head().size) == (9, 13)
    assert store.verify().ok


def test_a_record_that_got_accounts_later_has_the_reviews_of_before_in_its_queue(store: AuditStore, url: str) -> None:
    alone = store.single_user("Aiko")
    before, after = record(store), record(store)
    give(alone, before)
    give(join(store, "rita", Role.REVIEWER), after)
    assert store.verify().ok
    seqs = [store.summary(id).seq for id in (before, after)]
    store.close()
    for seq in seqs:
        edit(url, f"UPDATE queue SET state='open' WHERE seq={seq}")  # noqa: S608 - an int
        assert verdict(url)[0] == seq
        edit(url, f"UPDATE queue SET state='settled' WHERE seq={seq}")  # noqa: S608 - an int
