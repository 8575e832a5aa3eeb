"""Disputes: when there is one, who settles it, and what that leaves to the others."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore, Conflict, Denied, Gate, QueueState, ReviewKind, ReviewRecord, Role, Verdict, gate
from tests.support.audit.team import change_account, come_back, give, join, judgement, record

RULING = ReviewKind.ADJUDICATION


class Dispute:
    """Aiko approved, Kenji flagged; one who leads and has said nothing, one who may still review."""

    def __init__(self, store: AuditStore) -> None:
        self.store = store
        self.aiko, self.kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
        self.lead, self.other = join(store, "lead", Role.LEAD), join(store, "other", Role.REVIEWER, Role.LEAD)
        self.id = record(store, required_reviews=2)
        self.approval = give(self.aiko, self.id)
        self.flag = give(self.kenji, self.id, Verdict.FLAG)

    @property
    def state(self) -> QueueState:
        return self.store.summary(self.id).state

    def rule(self, access: Access, verdict: Verdict = Verdict.APPROVE) -> ReviewRecord:
        return give(access, self.id, verdict, kind=RULING)


@pytest.fixture
def dispute(store: AuditStore) -> Dispute:
    return Dispute(store)


def test_a_dispute_is_held_for_a_lead(dispute: Dispute) -> None:
    assert dispute.state is QueueState.DISPUTED
    answer = gate(dispute.store, dispute.id)
    assert (answer.released, answer.gate) == (False, Gate.HELD)
    assert "a lead has to decide" in answer.reason
    assert dispute.other.queue.claim() is None
    for reviewer in (dispute.aiko, dispute.kenji):
        with pytest.raises(Denied):
            reviewer.queue.claim(RULING)


@pytest.mark.parametrize(("verdict", "after"), [(Verdict.APPROVE, Gate.RELEASED), (Verdict.FLAG, Gate.REJECTED)])
def test_the_ruling_of_a_lead_settles_it(dispute: Dispute, verdict: Verdict, after: Gate) -> None:
    ruling = dispute.rule(dispute.lead, verdict)
    assert (ruling.kind, ruling.role) == (RULING, Role.LEAD)
    assert (dispute.state, dispute.store.summary(dispute.id).gate) == (QueueState.SETTLED, after)
    assert bool(gate(dispute.store, dispute.id)) is (after is Gate.RELEASED)
    with pytest.raises(Conflict):
        dispute.rule(dispute.other)
    assert dispute.store.verify().ok


def test_one_lead_at_a_time(dispute: Dispute) -> None:
    claim = dispute.lead.queue.claim(RULING)
    assert claim is not None
    assert claim.kind is RULING
    assert dispute.other.queue.claim(RULING) is None
    dispute.lead.queue.release(claim)
    assert dispute.other.queue.claim(RULING) is not None


def test_who_reviewed_never_settles(store: AuditStore) -> None:
    first, second = join(store, "first", Role.LEAD), join(store, "second", Role.LEAD, Role.REVIEWER)
    id = record(store, required_reviews=2)
    give(first, id)
    give(second, id, Verdict.FLAG)
    for party in (first, second):
        assert party.queue.claim(RULING) is None
        with pytest.raises(Conflict, match="another person has to look at it"):
            party.queue.claim_decision(id, RULING)
    give(join(store, "third", Role.LEAD), id, kind=RULING)
    assert store.summary(id).state is QueueState.SETTLED


def test_after_the_ruling_the_reviews_stand(dispute: Dispute) -> None:
    dispute.rule(dispute.lead)
    for change in (
        lambda: dispute.kenji.queue.amend(
            dispute.flag.id, judgement(dispute.kenji, dispute.flag, Verdict.FLAG, comment="let me explain")
        ),
        lambda: dispute.kenji.queue.withdraw(dispute.flag.id),
        lambda: dispute.other.queue.request_review(dispute.id, "I doubt it"),
    ):
        with pytest.raises(Conflict, match="settled"):
            change()
    assert len(dispute.store.reviews(dispute.id)) == 3
    assert gate(dispute.store, dispute.id)


def test_nobody_turns_round_once_others_can_be_read(dispute: Dispute) -> None:
    """Only a lead settles a disagreement; what was meant may still be explained."""
    for person, given, other in (
        (dispute.aiko, dispute.approval, Verdict.FLAG),
        (dispute.kenji, dispute.flag, Verdict.APPROVE),
    ):
        with pytest.raises(Conflict, match="keeps its verdict"):
            person.queue.amend(given.id, judgement(person, given, other))
        person.queue.amend(given.id, judgement(person, given, given.verdict, comment="let me explain"))
    assert dispute.state is QueueState.DISPUTED
    assert [review.verdict for review in dispute.store.reviews(dispute.id)] == [Verdict.APPROVE, Verdict.FLAG] * 2


def test_who_takes_their_word_back_then_leaves_the_place_to_others(dispute: Dispute) -> None:
    assert dispute.kenji.queue.withdraw(dispute.flag.id) is None
    assert (dispute.state, bool(gate(dispute.store, dispute.id))) == (QueueState.OPEN, False)
    assert dispute.kenji.queue.claim() is None
    with pytest.raises(Conflict):
        dispute.kenji.queue.claim_decision(dispute.id)
    give(dispute.other, dispute.id)
    assert (dispute.state, bool(gate(dispute.store, dispute.id))) == (QueueState.SETTLED, True)


def test_who_had_a_part_in_it_never_settles_it(store: AuditStore) -> None:
    """Not even when they took their word back: it was theirs."""
    party = join(store, "party", Role.LEAD)
    id = record(store, required_reviews=2)
    party.queue.withdraw(give(party, id).id)
    party.queue.release(party.queue.claims()[0])
    for name, verdict in (("aiko", Verdict.APPROVE), ("kenji", Verdict.FLAG)):
        give(join(store, name, Role.REVIEWER), id, verdict)
    assert party.queue.claim(RULING) is None
    with pytest.raises(Conflict):
        party.queue.claim_decision(id, RULING)


def test_a_ruling_on_a_dispute_that_is_none_any_more_is_refused(dispute: Dispute) -> None:
    claim = dispute.lead.queue.claim(RULING)
    assert claim is not None
    dispute.kenji.queue.withdraw(dispute.flag.id)
    with pytest.raises(Conflict, match="no longer waits"):
        dispute.lead.queue.submit(claim, judgement(dispute.lead, claim))
    assert not gate(dispute.store, dispute.id)
    dispute.lead.queue.release(claim)
    assert dispute.lead.queue.claims() == []
    assert dispute.store.verify().ok


def test_a_claim_on_a_dispute_that_vanished_gives_no_place_away(dispute: Dispute) -> None:
    """One place is open and taken; the lead's claim was for something else."""
    ruling = dispute.lead.queue.claim(RULING)
    dispute.kenji.queue.withdraw(dispute.flag.id)
    again = dispute.other.queue.claim()
    assert ruling is not None
    assert again is not None
    dispute.lead.queue.release(ruling)
    assert join(dispute.store, "fifth", Role.REVIEWER).queue.claim() is None
    dispute.other.queue.submit(again, judgement(dispute.other, again))
    assert dispute.state is QueueState.SETTLED


def test_asking_for_a_third_opinion_instead_of_a_ruling(dispute: Dispute) -> None:
    ruling = dispute.lead.queue.claim(RULING)
    dispute.aiko.queue.request_review(dispute.id, "let a third person look")
    assert dispute.state is QueueState.OPEN
    third = join(dispute.store, "third", Role.REVIEWER)
    assert ruling is not None
    dispute.lead.queue.release(ruling)
    claim = third.queue.claim()
    assert claim is not None
    assert dispute.other.queue.claim() is None
    third.queue.submit(claim, judgement(third, claim))
    assert dispute.state is QueueState.DISPUTED


def test_a_ruling_can_be_taken_back_and_given_anew(dispute: Dispute) -> None:
    """By the same lead with the same verdict, or by another lead."""
    ruling = dispute.rule(dispute.lead)
    claim = dispute.lead.queue.withdraw(ruling.id)
    assert claim is not None
    assert (claim.kind, dispute.state) == (RULING, QueueState.DISPUTED)
    assert not gate(dispute.store, dispute.id)
    with pytest.raises(Conflict, match="keeps its verdict"):
        dispute.lead.queue.submit(claim, judgement(dispute.lead, claim, Verdict.FLAG))
    dispute.lead.queue.submit(claim, judgement(dispute.lead, claim))
    assert gate(dispute.store, dispute.id)
    latest = dispute.store.reviews(dispute.id)[-1]
    with pytest.raises(Conflict, match="keeps its verdict"):
        dispute.lead.queue.amend(latest.id, judgement(dispute.lead, latest, Verdict.FLAG))
    again = dispute.lead.queue.withdraw(latest.id)
    assert again is not None
    dispute.lead.queue.release(again)
    other = join(dispute.store, "other-lead", Role.LEAD)
    give(other, dispute.id, Verdict.FLAG, kind=RULING)
    assert dispute.store.summary(dispute.id).gate is Gate.REJECTED
    assert dispute.store.verify().ok


def test_without_a_ruling_the_reviewers_may_explain_themselves_again(dispute: Dispute) -> None:
    ruling = dispute.rule(dispute.lead)
    explained = judgement(dispute.kenji, dispute.flag, Verdict.FLAG, comment="let me explain")
    with pytest.raises(Conflict):
        dispute.kenji.queue.amend(dispute.flag.id, explained)
    dispute.lead.queue.withdraw(ruling.id)
    dispute.kenji.queue.amend(dispute.flag.id, explained)
    assert dispute.state is QueueState.DISPUTED


def test_who_leads_no_more_changes_no_ruling(dispute: Dispute) -> None:
    root = join(dispute.store, "root", Role.ADMIN)
    who = dispute.lead.person.id
    ruling = dispute.rule(dispute.lead)
    change_account(root, who, roles=(Role.REVIEWER,))
    former = come_back(dispute.store, who)
    for change in (
        lambda: former.queue.amend(ruling.id, judgement(former, ruling, Verdict.FLAG)),
        lambda: former.queue.withdraw(ruling.id),
    ):
        with pytest.raises(Denied):
            change()
    assert dispute.store.reviews(dispute.id)[-1] == ruling
    assert gate(dispute.store, dispute.id)


def test_a_lead_with_a_review_at_hand_can_take_a_dispute_beside_it(dispute: Dispute) -> None:
    waiting = record(dispute.store)
    review, ruling = dispute.other.queue.claim(), dispute.other.queue.claim(RULING)
    assert review is not None
    assert ruling is not None
    assert (review.decision_id, ruling.decision_id) == (waiting, dispute.id)
    again, anew = dispute.other.queue.claim(), dispute.other.queue.claim(RULING)
    assert again is not None
    assert anew is not None
    assert (again.token, anew.token) == (review.token, ruling.token)
