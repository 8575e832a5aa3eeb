"""Blind review: who sees what others said, for every role in every state; and lists never tell more than the case."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore, Conflict, Gate, QueueState, ReviewKind, Role, Verdict
from tests.support.audit.team import give, join, judgement, record

OPEN, DISPUTED, SETTLED = QueueState.OPEN, QueueState.DISPUTED, QueueState.SETTLED
VERDICTS = {OPEN: (Verdict.APPROVE,), DISPUTED: (Verdict.APPROVE, Verdict.FLAG), SETTLED: (Verdict.FLAG, Verdict.FLAG)}

# Who asks -> the states in which they see what others said.
SEEN: dict[tuple[Role, ...], set[QueueState]] = {
    (Role.VIEWER,): {OPEN, DISPUTED, SETTLED},
    (Role.ADMIN,): {OPEN, DISPUTED, SETTLED},
    (Role.AUDITOR,): {OPEN, DISPUTED, SETTLED},
    (Role.REVIEWER,): {SETTLED},
    (Role.REVIEWER, Role.VIEWER): {SETTLED},
    (Role.REVIEWER, Role.ADMIN): {SETTLED},
    (Role.LEAD,): {DISPUTED, SETTLED},
    (Role.LEAD, Role.REVIEWER): {DISPUTED, SETTLED},
    (Role.AUDITOR, Role.REVIEWER): {SETTLED},
}


def reviewed(store: AuditStore, state: QueueState) -> str:
    """Record a decision that needs two reviews, in this state."""
    id = record(store, required_reviews=2)
    for number, verdict in enumerate(VERDICTS[state]):
        give(join(store, f"{state}-{number}", Role.REVIEWER), id, verdict)
    assert store.summary(id).state is state
    return id


def check(access: Access, id: str, *, sees: bool, own: int = 0) -> None:
    """Check that the case, the summary and every list show the same."""
    everything = access.store.reviews(id)
    case = access.case(id)
    assert len(case.reviews) == (len(everything) if sees else own)
    assert case.hidden == len(everything) - len(case.reviews)
    assert access.summary(id) == case.summary
    if not sees:
        mine = case.reviews[-1] if case.reviews else None
        assert (case.summary.state, case.summary.latest_review) == (QueueState.OPEN, mine)
    (listed,) = (summary for summary in access.decisions() if summary.decision.id == id)
    assert listed.latest_review is None or listed.latest_review in case.reviews


@pytest.mark.parametrize("state", list(QueueState))
def test_who_sees_what_others_said(store: AuditStore, state: QueueState) -> None:
    id = reviewed(store, state)
    for number, (roles, seen) in enumerate(SEEN.items()):
        check(join(store, f"asker{number}", *roles), id, sees=state in seen)
    check(join(store, "all", *Role), id, sees=state in (DISPUTED, SETTLED))


def test_who_has_spoken_sees_the_others(store: AuditStore) -> None:
    id = record(store, required_reviews=3)
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.LEAD)
    give(aiko, id)
    give(kenji, id, Verdict.FLAG)
    for one in (aiko, kenji):
        check(one, id, sees=True)


@pytest.mark.parametrize("roles", [(Role.REVIEWER,), (Role.LEAD,), (Role.REVIEWER, Role.AUDITOR), tuple(Role)])
def test_who_has_claimed_is_blind_whatever_their_roles(store: AuditStore, roles: tuple[Role, ...]) -> None:
    id = reviewed(store, OPEN)
    one = join(store, "one", *roles)
    one.queue.claim_decision(id)
    check(one, id, sees=False)
    assert one.case(id).claim == one.queue.claims()[0]


def test_a_lead_with_a_dispute_in_hand_sees_both_sides(store: AuditStore) -> None:
    id = reviewed(store, DISPUTED)
    lead = join(store, "lead", Role.LEAD)
    lead.queue.claim_decision(id, ReviewKind.ADJUDICATION)
    check(lead, id, sees=True)


def test_who_took_their_word_back_sees_their_own_only(store: AuditStore) -> None:
    id = record(store, required_reviews=2)
    aiko = join(store, "aiko", Role.REVIEWER)
    given = give(aiko, id)
    give(join(store, "kenji", Role.REVIEWER), id, Verdict.FLAG)
    check(aiko, id, sees=True)
    assert aiko.queue.withdraw(given.id) is None
    check(aiko, id, sees=False, own=2)


@pytest.mark.parametrize("initial", list(Gate))
def test_the_gate_tells_a_blind_reviewer_nothing(store: AuditStore, initial: Gate) -> None:
    """A flag closes the gate of a released decision: seen open or closed, it would tell what others said."""
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    shown = []
    for verdict in (Verdict.APPROVE, Verdict.FLAG):
        id = record(store, gate=initial, required_reviews=2)
        give(aiko, id, verdict)
        (listed,) = (summary.gate for summary in kenji.decisions() if summary.decision.id == id)
        shown.append((kenji.case(id).summary.gate, listed))
        aiko.queue.request_review(id, "look again")
        assert kenji.case(id).summary.gate is Gate.HELD
    assert shown == [(initial, initial)] * 2


def test_counts_and_lists_are_of_the_same_decisions(store: AuditStore) -> None:
    for state in QueueState:
        reviewed(store, state)
    aiko = join(store, "aiko", Role.REVIEWER)
    counted = aiko.counts()
    assert sum(counted.values()) == aiko.count_decisions() == len(aiko.decisions()) == 3
    for state in QueueState:
        listed = aiko.decisions(state=state)
        assert len(listed) == aiko.count_decisions(state=state) == 1
        assert counted[state, listed[0].gate] == 1


def test_what_the_model_said_is_kept_from_blind_reviewers_until_they_have_spoken(store: AuditStore) -> None:
    id = record(store, blind=True, required_reviews=2)
    aiko, lead, viewer = join(store, "aiko", Role.REVIEWER), join(store, "lea", Role.LEAD), join(store, "vic", Role.VIEWER)

    def hidden(access: Access) -> bool:
        (listed,) = access.decisions()
        assert listed.blind == access.case(id).summary.blind == access.summary(id).blind
        return listed.blind

    assert (hidden(aiko), hidden(lead), hidden(viewer)) == (True, True, False)
    claim = aiko.queue.claim_decision(id)
    assert hidden(aiko)
    aiko.queue.submit(claim, judgement(aiko, claim, suggestion_visible=False))
    assert store.reviews(id)[-1].suggestion_visible is False
    assert (hidden(aiko), hidden(lead)) == (False, True)
    give(join(store, "kenji", Role.REVIEWER), id, Verdict.FLAG)
    assert not hidden(lead)


def test_who_has_seen_what_the_model_said_cannot_be_blind_again(store: AuditStore) -> None:
    id, open_one = record(store, blind=True), record(store)
    aiko = join(store, "aiko", Role.REVIEWER)
    given = give(aiko, id, suggestion_visible=False)
    claim = aiko.queue.withdraw(given.id)
    assert claim is not None
    assert not aiko.case(id).summary.blind
    aiko.queue.submit(claim, judgement(aiko, claim, suggestion_visible=False))
    assert store.reviews(id)[-1].suggestion_visible is True
    assert give(aiko, open_one, suggestion_visible=False).suggestion_visible is True


def test_who_asked_for_one_more_review_does_not_give_it(store: AuditStore) -> None:
    id = record(store)
    give(join(store, "kenji", Role.REVIEWER), id, Verdict.FLAG)
    aiko = join(store, "aiko", Role.REVIEWER)
    aiko.queue.request_review(id, "the pump was off")
    assert aiko.queue.claim() is None
    with pytest.raises(Conflict, match="another person"):
        aiko.queue.claim_decision(id)
    give(join(store, "mika", Role.REVIEWER), id)


def test_who_asked_before_anybody_had_spoken_may_give_it(store: AuditStore) -> None:
    id = record(store, gate=Gate.RELEASED, required_reviews=0)
    alone = store.single_user("Aiko")
    alone.queue.request_review(id, "the pump was off")
    give(alone, id)
    assert store.summary(id).state is SETTLED
