"""Reading through `Access`: history, documents, kinds of pairs that were called wrong, and very many rows at once."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import hashlib

import pytest

from audit import AuditStore, NotFound, PairReview, PairVerdict, Retention, Role, Tampered, Verdict, new_id
from tests.support.audit.builders import SELECTION, UPLOAD, decision, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import change_account, give, join, judgement, record

MANY = 70_000  # more than PostgreSQL takes as parameters of one statement


def test_the_history_of_a_decision_is_all_that_happened_to_it(store: AuditStore) -> None:
    aiko, auditor, root = (
        join(store, "aiko", Role.REVIEWER),
        join(store, "audit", Role.AUDITOR),
        join(store, "root", Role.ADMIN),
    )
    id = record(store)
    record(store)
    aiko.queue.skip(aiko.queue.claim_decision(id))
    review = give(aiko, id)
    aiko.queue.amend(review.id, judgement(aiko, review, Verdict.FLAG))
    auditor.queue.request_review(id, "look again")
    root.admin.set_retention(id, Retention.EXTENDED, "a pattern to watch")
    kinds = ["decision", "skip", "review", "review", "review_requested", "retention"]
    assert [entry.type for entry in aiko.history(id)] == kinds
    assert [entry.seq for entry in aiko.history(id)] == sorted(entry.seq for entry in aiko.history(id))
    root.admin.erase(id, "asked for", early=True)
    assert [entry.type for entry in aiko.history(id)] == [*kinds, "erasure"]
    assert aiko.history(new_id()) == []


def test_an_auditor_opens_an_entry(store: AuditStore) -> None:
    auditor = join(store, "audit", Role.AUDITOR)
    entry = store.record_event("a", "note", "x", {"rows": 3})
    document = auditor.document(entry.seq)
    assert document is not None
    assert (document.entry, document.content) == (entry, {"rows": 3})
    assert auditor.document(99) is None
    assert auditor.sealed(entry.seq) == store.sealed(entry.seq)
    with pytest.raises(NotFound):
        auditor.sealed(99)


def test_kinds_of_pairs_that_somebody_called_wrong(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    pairs = (
        PairReview(0, 0, 1, 0, PairVerdict.SPURIOUS, signature="pump-door"),
        PairReview(0, 0, 2, 0, PairVerdict.RELEVANT, signature="pump-valve"),
        PairReview(None, None, 3, 0, PairVerdict.MISSING, signature="valve-alarm"),
        PairReview(0, 0, 4, 0, PairVerdict.SPURIOUS),
    )
    give(aiko, record(store), Verdict.FLAG, pairs=pairs)
    signatures = ["pump-door", "pump-valve", "valve-alarm", "never seen"]
    assert aiko.queue.flagged_signatures(signatures) == {"pump-door", "valve-alarm"}
    assert aiko.queue.flagged_signatures([]) == set()


def test_names_of_people(store: AuditStore) -> None:
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    aiko_id = aiko.person.id
    keeper = next(account.id for account in root.admin.accounts() if account.login == "keeper")
    assert root.names() == {root.person.id: "Root", aiko_id: "Aiko", keeper: "Keeper"}
    change_account(root, aiko_id, active=False)
    root.admin.erase_account(aiko_id, "left the plant")
    assert root.names() == {root.person.id: "Root", keeper: "Keeper"}


def test_asking_for_very_much_at_once(store: AuditStore) -> None:
    record(store)
    hashes = {hashlib.sha256(b"%d" % n).hexdigest() for n in range(MANY)}
    assert store.missing_blobs(hashes | {sha(UPLOAD), sha(SELECTION)}) == hashes


def test_recording_many_at_once(store: AuditStore) -> None:
    upload = b"one upload"
    batch = [(decision(input_sha256=sha(upload), selections=()), {sha(upload): upload}) for _ in range(1_200)]
    entries = store.record_decisions(batch, actor="import")
    assert [entry.seq for entry in entries] == list(range(1, 1_201))
    assert len(store.decisions(limit=5_000)) == store.count_decisions() == 1_200
    assert [summary.seq for summary in store.decisions(limit=3, offset=1_000)] == [1_001, 1_002, 1_003]
    report = store.verify()
    assert (report.ok, report.checked["decisions"]) == (True, 1_200), report.problem_text


def test_pages_of_a_record_with_a_forged_row_say_so(store: AuditStore, url: str) -> None:
    ids = [record(store) for _ in range(3)]
    edit(url, f"UPDATE queue SET gate='open' WHERE decision_id='{ids[1]}'")
    with pytest.raises(Tampered, match="does not follow"):
        store.decisions()
    assert store.decision(ids[0]).id == ids[0]
