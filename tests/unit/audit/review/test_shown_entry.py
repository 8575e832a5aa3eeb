"""Nobody reviews an entry that somebody rewrote while it was shown, whenever it is put back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from audit import Access, AuditStore, Claim, EntryChanged, Role, Tampered, Verdict, gate
from audit.storage import documents
from tests.support.audit.forging import rewritten
from tests.support.audit.team import enrol, give, join, judgement, record, set_up


@pytest.fixture
def aiko(timed: AuditStore) -> Access:
    """Return a reviewer of a record in which people sign, with the key open."""
    return enrol(timed, set_up(timed), "aiko", Role.REVIEWER)


def claimed(access: Access) -> Claim:
    return access.queue.claim_decision(record(access.store))


def test_the_hash_is_that_of_the_entry_that_says_what_is_shown(timed: AuditStore, aiko: Access) -> None:
    id, other = record(timed), record(timed)
    with timed.database.read() as connection:
        (entry, _) = documents.history(connection, id, "decision")[0]
    case = aiko.case(id)
    assert (case.entry_hash, case.summary.decision.model_id) == (entry.hash, "sparsemix-demo")
    assert case.entry_hash != aiko.case(other).entry_hash


@pytest.mark.parametrize("signs", [True, False])
def test_an_entry_that_was_rewritten_is_neither_shown_nor_judged(timed: AuditStore, url: str, signs: bool) -> None:
    """Once it is put back, all goes on: what the process has read stays read."""
    aiko = enrol(timed, set_up(timed), "aiko", Role.REVIEWER) if signs else join(timed, "aiko", Role.REVIEWER)
    given, claim = give(aiko, record(timed)), claimed(aiko)
    said, other = judgement(aiko, claim), judgement(aiko, given, Verdict.FLAG)
    aiko.queue.keep_draft(claim.decision_id, {"comment": "a day's work"})
    size = timed.head().size
    with rewritten(url, claim.decision_id):
        for act in (partial(aiko.case, claim.decision_id), partial(aiko.queue.submit, claim, said)):
            with pytest.raises(Tampered):
                act()
    with rewritten(url, given.decision_id):
        for act in (partial(aiko.queue.amend, given.id, other), partial(aiko.queue.withdraw, given.id)):
            with pytest.raises(Tampered):
                act()
        assert not gate(timed, given.decision_id)
    assert timed.head().size == size
    assert aiko.queue.draft(claim.decision_id) == {"comment": "a day's work"}
    aiko.queue.submit(claim, said)
    aiko.queue.amend(given.id, other)
    assert gate(timed, claim.decision_id)
    assert timed.verify().ok


def test_nor_one_of_another_decision_or_none(timed: AuditStore, aiko: Access) -> None:
    claim, other = claimed(aiko), record(timed)
    for hash in (aiko.case(other).entry_hash, "0" * 64, ""):
        with pytest.raises(EntryChanged):
            aiko.queue.submit(claim, replace(judgement(aiko, claim), entry_hash=hash))
