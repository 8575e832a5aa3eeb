"""Claims: who may hold what, and that only the holder's own, unused token counts."""

from __future__ import annotations

from dataclasses import replace

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
    new_id,
)
from tests.support.audit.team import give, join, judgement, record, set_policy


def test_nothing_waits_in_an_empty_queue(store: AuditStore) -> None:
    lead = join(store, "lead", Role.LEAD)
    assert lead.queue.claim() is None
    assert lead.queue.claim(ReviewKind.ADJUDICATION) is None
    assert lead.queue.claims() == lead.queue.live_claims() == []


def test_a_claim_says_what_for_and_until_when(store: AuditStore) -> None:
    set_policy(store, lease_seconds=60)
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    claim = aiko.queue.claim()
    assert claim is not None
    assert (claim.decision_id, claim.actor, claim.kind) == (id, aiko.person.id, ReviewKind.REVIEW)
    assert claim.granted_at < claim.expires_at
    assert aiko.queue.claims() == [claim]
    assert aiko.case(id).claim == claim


def test_two_people_never_hold_the_same_place(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    aiko.queue.claim_decision(id)
    assert kenji.queue.claim() is None
    with pytest.raises(Conflict, match="somebody else is working on"):
        kenji.queue.claim_decision(id)


def test_going_on_with_ones_own_claim(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    ids = {record(store), record(store)}
    first = aiko.queue.claim()
    assert first is not None
    for again in (aiko.queue.claim(), aiko.queue.claim_decision(first.decision_id)):
        assert again is not None
        assert (again.decision_id, again.token, again.granted_at) == (first.decision_id, first.token, first.granted_at)
    second = aiko.queue.claim_decision((ids - {first.decision_id}).pop())
    assert second.token != first.token
    assert [claim.token for claim in aiko.queue.claims()] == [first.token, second.token]


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_a_decision_has_as_many_places_as_reviews_that_it_needs(store: AuditStore, overlap: int) -> None:
    id = record(store, required_reviews=overlap)
    team = [join(store, f"r{n}", Role.REVIEWER) for n in range(overlap + 1)]
    held = [one.queue.claim() for one in team]
    assert [claim is not None for claim in held] == [True] * overlap + [False]
    assert len({claim.token for claim in held if claim}) == overlap
    for n, (one, claim) in enumerate(zip(team[:overlap], held, strict=False), 1):
        assert store.summary(id).state is QueueState.OPEN
        assert claim is not None
        one.queue.submit(claim, judgement(one, claim))
        assert len(store.reviews(id)) == n
    assert store.summary(id).state is QueueState.SETTLED
    assert team[-1].queue.claim() is None


def test_nobody_reviews_a_decision_twice(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store, required_reviews=2)
    give(aiko, id)
    assert aiko.queue.claim() is None
    with pytest.raises(Conflict, match="you have reviewed"):
        aiko.queue.claim_decision(id)
    assert len(store.reviews(id)) == 1


def test_a_used_token_is_worth_nothing(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store, required_reviews=2)
    claim = aiko.queue.claim_decision(id)
    aiko.queue.submit(claim, judgement(aiko, claim))
    for use in (
        aiko.queue.renew,
        aiko.queue.release,
        aiko.queue.skip,
        lambda c: aiko.queue.submit(c, judgement(aiko, c, Verdict.FLAG)),
    ):
        with pytest.raises(Conflict, match="is gone"):
            use(claim)
    assert [review.verdict for review in store.reviews(id)] == [Verdict.APPROVE]
    assert (store.summary(id).state, store.verify().ok) == (QueueState.OPEN, True)


def test_a_token_that_was_given_back_is_worth_nothing(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    stale = aiko.queue.claim_decision(id)
    aiko.queue.release(stale)
    assert aiko.queue.claims() == []
    fresh = kenji.queue.claim_decision(id)
    with pytest.raises(Conflict, match="is gone"):
        aiko.queue.submit(stale, judgement(aiko, stale))
    assert kenji.queue.submit(fresh, judgement(kenji, fresh)).actor == kenji.person.id


def test_a_claim_cannot_be_forged(store: AuditStore) -> None:
    aiko, lead = join(store, "aiko", Role.REVIEWER), join(store, "lead", Role.LEAD)
    id, other = record(store), record(store)
    claim = aiko.queue.claim_decision(id)
    for forged, error in (
        (replace(claim, token=new_id()), Conflict),
        (replace(claim, decision_id=other), Conflict),
        (replace(claim, decision_id=new_id()), NotFound),
        (replace(claim, actor=lead.person.id), Conflict),
        (replace(claim, kind=ReviewKind.CONTROL), InvalidRecord),
        (replace(claim, kind=ReviewKind.ADJUDICATION), Denied),
    ):
        with pytest.raises(error):
            aiko.queue.submit(forged, judgement(aiko, forged))
    with pytest.raises(Conflict, match="another person's"):
        lead.queue.submit(claim, judgement(lead, claim))
    with pytest.raises(Conflict):
        lead.queue.submit(replace(claim, actor=lead.person.id), judgement(lead, claim))
    with pytest.raises(InvalidRecord):
        own = lead.queue.claim_decision(other)
        lead.queue.submit(replace(own, kind=ReviewKind.ADJUDICATION), judgement(lead, own))
    assert store.reviews(id) == store.reviews(other) == []
    assert aiko.queue.submit(claim, judgement(aiko, claim)).subject == id


def test_a_control_item_is_not_had_for_the_asking(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    with pytest.raises(InvalidRecord):
        aiko.queue.claim(ReviewKind.CONTROL)
    with pytest.raises(InvalidRecord):
        aiko.queue.claim_decision(id, ReviewKind.CONTROL)
    assert kenji.queue.claim_decision(id).kind is ReviewKind.REVIEW


def test_what_cannot_be_claimed_says_why(store: AuditStore) -> None:
    aiko, lead = join(store, "aiko", Role.REVIEWER), join(store, "lead", Role.LEAD)
    with pytest.raises(NotFound):
        aiko.queue.claim_decision(new_id())
    settled = record(store, required_reviews=0, gate=Gate.RELEASED)
    with pytest.raises(Conflict, match="settled"):
        aiko.queue.claim_decision(settled)
    with pytest.raises(Conflict, match="open"):
        lead.queue.claim_decision(record(store), ReviewKind.ADJUDICATION)


def test_a_lead_takes_the_claim_of_somebody_who_went_home(store: AuditStore) -> None:
    aiko, kenji, lead = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER), join(store, "lead", Role.LEAD)
    id = record(store)
    claim = aiko.queue.claim_decision(id)
    assert lead.queue.live_claims() == [claim]
    with pytest.raises(NotFound):
        lead.queue.free_claim(id, kenji.person.id)
    entry = lead.queue.free_claim(id, aiko.person.id)
    assert (entry.type, entry.actor, entry.subject) == ("claim_freed", lead.person.id, id)
    with pytest.raises(Conflict, match="is gone"):
        aiko.queue.submit(claim, judgement(aiko, claim))
    assert give(kenji, id).reviewer_id == kenji.person.id
    with pytest.raises(NotFound):
        lead.queue.free_claim(id, aiko.person.id)


def test_a_refused_review_uses_the_claim_up_no_more_than_it_stores(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    claim = aiko.queue.claim_decision(id)
    size = store.head().size
    for bad in ({"verdict": Verdict.FLAG, "reason": None}, {"comment": "\x00"}, {"verdict": Verdict.WITHDRAW}):
        with pytest.raises(InvalidRecord):
            aiko.queue.submit(claim, judgement(aiko, claim, **bad))
    assert (store.head().size, store.reviews(id)) == (size, [])
    assert aiko.queue.submit(claim, judgement(aiko, claim)).seq == size + 1
