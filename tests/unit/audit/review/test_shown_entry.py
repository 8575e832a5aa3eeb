"""Nobody reviews an entry that somebody rewrote while it was shown, whenever it is put back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import Access, AuditStore, Claim, EntryChanged, Role, Verdict, gate
from audit.storage import documents
from tests.support.audit.forging import rewritten, verdict
from tests.support.audit.team import enrol, give, join, judgement, record, set_up


@pytest.fixture
def aiko(timed: AuditStore) -> Access:
    """Return a reviewer of a record in which people sign, with the key open."""
    return enrol(timed, set_up(timed), "aiko", Role.REVIEWER)


def claimed(access: Access) -> Claim:
    return access.queue.claim_decision(record(access.store))


def test_the_hash_is_that_of_the_entry_that_says_what_is_shown(timed: AuditStore, url: str, aiko: Access) -> None:
    id, other = record(timed), record(timed)
    with timed.database.read() as connection:
        (entry, _) = documents.history(connection, id, "decision")[0]
    case = aiko.case(id)
    assert (case.entry_hash, case.summary.decision.model_id) == (entry.hash, "sparsemix-demo")
    with rewritten(url, id):
        changed = aiko.case(id)
    assert changed.summary.decision.model_id == "sparsemix-demo 2"
    assert len({case.entry_hash, changed.entry_hash, aiko.case(other).entry_hash}) == 3
    assert aiko.case(id) == case


@pytest.mark.parametrize("signs", [True, False])
def test_an_entry_that_was_put_back_is_not_the_one_that_was_shown(timed: AuditStore, url: str, signs: bool) -> None:
    aiko = enrol(timed, set_up(timed), "aiko", Role.REVIEWER) if signs else join(timed, "aiko", Role.REVIEWER)
    claim = claimed(aiko)
    with rewritten(url, claim.decision_id):
        said = judgement(aiko, claim)
    aiko.queue.keep_draft(claim.decision_id, {"comment": "a day's work"})
    size = timed.head().size
    with pytest.raises(EntryChanged, match="was changed while it was shown; nothing was recorded"):
        aiko.queue.submit(claim, said)
    assert timed.head().size == size
    assert aiko.queue.draft(claim.decision_id) == {"comment": "a day's work"}
    aiko.queue.submit(claim, judgement(aiko, claim))
    assert gate(timed, claim.decision_id)
    assert timed.verify().ok


def test_neither_is_one_that_is_rewritten_when_the_review_is_sent(timed: AuditStore, url: str, aiko: Access) -> None:
    claim = claimed(aiko)
    said = judgement(aiko, claim)
    with rewritten(url, claim.decision_id), pytest.raises(EntryChanged):
        aiko.queue.submit(claim, said)
    aiko.queue.submit(claim, said)
    assert timed.verify().ok


def test_nor_one_of_another_decision_or_none(timed: AuditStore, aiko: Access) -> None:
    claim, other = claimed(aiko), record(timed)
    for hash in (aiko.case(other).entry_hash, "0" * 64, ""):
        with pytest.raises(EntryChanged):
            aiko.queue.submit(claim, replace(judgement(aiko, claim), entry_hash=hash))


def test_amending_and_withdrawing_are_refused_as_well(timed: AuditStore, url: str, aiko: Access) -> None:
    given = give(aiko, record(timed))
    with rewritten(url, given.decision_id):
        said = judgement(aiko, given, Verdict.FLAG)
        with pytest.raises(EntryChanged):
            aiko.queue.withdraw(given.id)
    with pytest.raises(EntryChanged):
        aiko.queue.amend(given.id, said)
    assert timed.reviews(given.decision_id) == [given]
    aiko.queue.amend(given.id, judgement(aiko, given, Verdict.FLAG))
    aiko.queue.withdraw(timed.reviews(given.decision_id)[-1].id)
    assert len(aiko.signatures(given.decision_id)) == 3
    assert timed.verify().ok


def test_what_is_put_back_after_the_review_is_named_and_closes_the_gate(timed: AuditStore, url: str, aiko: Access) -> None:
    id = record(timed)
    record(timed)
    with rewritten(url, id):
        give(aiko, id)
    assert "another entry of the decision" in gate(timed, id).reason
    seq = next(entry.seq for entry in timed.entries() if entry.type == "review")
    found, text = verdict(url)
    assert found == seq
    assert text.endswith("its signature was given for another entry of the decision than the log has.")
