"""Amending and taking back: only one's own current review, within the time for it, and what it does to the gate."""

from __future__ import annotations

import pytest

from audit import (
    AuditStore,
    Conflict,
    Denied,
    Gate,
    InvalidRecord,
    NotFound,
    QueueState,
    ReviewKind,
    Role,
    Verdict,
    gate,
    new_id,
)
from tests.support.audit.team import Clock, change_account, come_back, give, join, judgement, record


def test_an_amended_review_supersedes_the_old_one(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    first = give(aiko, id)
    assert gate(store, id)
    entry = aiko.queue.amend(first.id, judgement(aiko, first, Verdict.FLAG, corrected_label="normal"))
    assert (entry.type, entry.actor, entry.subject) == ("review", aiko.person.id, id)
    second = store.summary(id).latest_review
    assert second is not None
    assert (second.supersedes, second.corrected_label) == (first.id, "normal")
    assert (second.assigned_at, second.lease, second.kind) == (first.assigned_at, None, ReviewKind.REVIEW)
    assert store.reviews(id) == [first, second]
    assert store.summary(id).gate is Gate.REJECTED
    assert not gate(store, id)
    assert store.decision(id).gate is Gate.HELD


def test_only_the_current_review_can_be_amended(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    first = give(aiko, id)
    aiko.queue.amend(first.id, judgement(aiko, first, Verdict.FLAG))
    for change in (lambda: aiko.queue.amend(first.id, judgement(aiko, first)), lambda: aiko.queue.withdraw(first.id)):
        with pytest.raises(Conflict, match="not the current one"):
            change()
    assert len(store.reviews(id)) == 2


def test_nobody_changes_what_another_said(store: AuditStore) -> None:
    aiko, lead = join(store, "aiko", Role.REVIEWER), join(store, "lead", Role.LEAD)
    given = give(aiko, record(store))
    for change in (lambda: lead.queue.amend(given.id, judgement(lead, given)), lambda: lead.queue.withdraw(given.id)):
        with pytest.raises(Conflict, match="another person's review"):
            change()
    for change in (lambda: lead.queue.amend(new_id(), judgement(lead, given)), lambda: lead.queue.withdraw(new_id())):
        with pytest.raises(NotFound):
            change()


def test_taking_back_closes_the_gate_and_claims_again(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    first = give(aiko, id)
    assert gate(store, id)
    claim = aiko.queue.withdraw(first.id)
    assert claim is not None
    assert not gate(store, id)
    assert (store.summary(id).state, store.summary(id).gate) == (QueueState.OPEN, Gate.HELD)
    assert kenji.queue.claim() is None
    assert [review.verdict for review in store.reviews(id)] == [Verdict.APPROVE, Verdict.WITHDRAW]
    aiko.queue.submit(claim, judgement(aiko, claim, Verdict.FLAG))
    assert store.summary(id).gate is Gate.REJECTED
    assert store.verify().ok


def test_who_took_a_review_back_may_leave_the_decision_to_others(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    claim = aiko.queue.withdraw(give(aiko, id).id)
    assert claim is not None
    aiko.queue.release(claim)
    give(kenji, id)
    assert store.summary(id).state is QueueState.SETTLED
    with pytest.raises(Conflict):
        aiko.queue.claim_decision(id)


def test_the_time_for_taking_back_is_limited(timed: AuditStore, clock: Clock) -> None:
    aiko, id = join(timed, "aiko", Role.REVIEWER), record(timed)
    given = give(aiko, id)
    clock.move(601)
    with pytest.raises(Conflict, match="the time for taking this review back is over"):
        aiko.queue.withdraw(given.id)
    assert gate(timed, id)
    aiko.queue.amend(given.id, judgement(aiko, given, Verdict.FLAG))
    amended = timed.reviews(id)[-1]
    clock.move(600)
    assert aiko.queue.withdraw(amended.id) is not None


def test_amending_is_no_way_around_the_time_for_taking_back(timed: AuditStore, clock: Clock) -> None:
    aiko, id = join(timed, "aiko", Role.REVIEWER), record(timed)
    given = give(aiko, id)
    clock.move(601)
    with pytest.raises(InvalidRecord, match="withdraw"):
        aiko.queue.amend(given.id, judgement(aiko, given, Verdict.WITHDRAW))
    assert timed.reviews(id) == [given]


def test_a_review_that_was_taken_back_is_gone_for_good(store: AuditStore) -> None:
    """Amending it would put a review where somebody else has been given the place."""
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    claim = aiko.queue.withdraw(give(aiko, id).id)
    assert claim is not None
    aiko.queue.release(claim)
    withdrawal = store.reviews(id)[-1]
    give(kenji, id)
    for change in (
        lambda: aiko.queue.amend(withdrawal.id, judgement(aiko, withdrawal, Verdict.FLAG)),
        lambda: aiko.queue.withdraw(withdrawal.id),
    ):
        with pytest.raises(Conflict, match="taken back"):
            change()
    assert gate(store, id)
    assert len(store.reviews(id)) == 3


def test_a_flag_closes_the_gate_of_a_released_decision_at_once(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store, gate=Gate.RELEASED, required_reviews=2)
    assert gate(store, id)
    given = give(aiko, id, Verdict.FLAG)
    assert not gate(store, id)
    assert (store.summary(id).gate, store.summary(id).state) == (Gate.HELD, QueueState.OPEN)
    aiko.queue.amend(given.id, judgement(aiko, given))
    assert gate(store, id)


def test_a_person_may_still_amend_in_a_later_session(timed: AuditStore, clock: Clock) -> None:
    aiko, id = join(timed, "aiko", Role.REVIEWER), record(timed)
    who = aiko.person.id
    given = give(aiko, id)
    clock.move(24 * 3600)
    later = come_back(timed, who)
    later.queue.amend(given.id, judgement(later, given, Verdict.FLAG))
    amended = timed.reviews(id)[-1]
    assert (amended.authenticated_at, amended.submitted_at) == (clock.text, clock.text)


def test_who_lost_the_role_changes_nothing_more(store: AuditStore) -> None:
    aiko, root = join(store, "aiko", Role.REVIEWER), join(store, "root", Role.ADMIN)
    who = aiko.person.id
    given = give(aiko, record(store))
    change_account(root, who, roles=(Role.VIEWER,))
    later = come_back(store, who)
    for change in (lambda: later.queue.amend(given.id, judgement(later, given)), lambda: later.queue.withdraw(given.id)):
        with pytest.raises(Denied):
            change()


def test_the_review_says_who_as_what_and_under_which_claim(store: AuditStore) -> None:
    id = record(store, required_reviews=2)
    for login, role in (("aiko", Role.REVIEWER), ("lead", Role.LEAD)):
        access = join(store, login, role)
        person = access.person
        given = give(access, id, opened_at="2026-03-01T09:59:00.000Z")
        assert (given.reviewer_id, given.reviewer_name, given.role) == (person.id, login.title(), role.value)
        assert (given.authentication, given.authenticated_at) == (person.authentication, person.authenticated_at)
        assert given.authenticated_at is not None
        assert given.assigned_at is not None
        assert given.authenticated_at <= given.assigned_at <= given.submitted_at
        assert (given.suggestion_visible, given.opened_at) == (True, "2026-03-01T09:59:00.000Z")


def test_a_review_cannot_have_been_opened_in_the_future(store: AuditStore) -> None:
    with pytest.raises(InvalidRecord, match="in the future"):
        give(join(store, "aiko", Role.REVIEWER), record(store), opened_at="2999-03-01T09:59:00.000Z")


@pytest.mark.parametrize("opened_at", [None, 7, "yesterday"])
def test_an_opening_time_that_is_none_is_refused(store: AuditStore, opened_at: object) -> None:
    with pytest.raises(InvalidRecord, match="opened_at"):
        give(join(store, "aiko", Role.REVIEWER), record(store), opened_at=opened_at)
