"""Leases and time: expiry, resuming, clocks that are set, and that time alone takes nothing away."""

from __future__ import annotations

import pytest

from audit import AuditStore, Conflict, QueueState, Role
from tests.support.audit.team import Clock, come_back, join, judgement, record, set_policy

LEASE = 900  # seconds, the default


def test_a_claim_lasts_as_long_as_the_policy_says(timed: AuditStore, clock: Clock) -> None:
    set_policy(timed, lease_seconds=60)
    aiko, id = join(timed, "aiko", Role.REVIEWER), record(timed)
    claim = aiko.queue.claim_decision(id)
    assert claim.granted_at == clock.text
    clock.move(60)
    assert claim.expires_at == clock.text


def test_an_expired_claim_goes_to_the_next_who_asks(timed: AuditStore, clock: Clock) -> None:
    aiko, kenji = join(timed, "aiko", Role.REVIEWER), join(timed, "kenji", Role.REVIEWER)
    id = record(timed)
    lost = aiko.queue.claim_decision(id)
    clock.move(LEASE - 1)
    assert kenji.queue.claim() is None
    clock.move(1)
    taken = kenji.queue.claim()
    assert taken is not None
    assert taken.decision_id == id
    for use in (aiko.queue.renew, aiko.queue.release, lambda c: aiko.queue.submit(c, judgement(aiko, c))):
        with pytest.raises(Conflict, match="had run out and somebody else took it"):
            use(lost)
    assert aiko.queue.claim() is None
    kenji.queue.submit(taken, judgement(kenji, taken))
    assert [review.reviewer_id for review in timed.reviews(id)] == [kenji.person.id]
    assert timed.summary(id).state is QueueState.SETTLED


def test_a_named_decision_with_an_expired_claim_can_be_had(timed: AuditStore, clock: Clock) -> None:
    aiko, kenji = join(timed, "aiko", Role.REVIEWER), join(timed, "kenji", Role.REVIEWER)
    id = record(timed)
    aiko.queue.claim_decision(id)
    clock.move(LEASE)
    assert kenji.queue.claim_decision(id).actor == kenji.person.id
    assert aiko.queue.claims() == []


def test_a_late_review_counts_when_nobody_took_the_place(timed: AuditStore, clock: Clock) -> None:
    aiko, id = join(timed, "aiko", Role.REVIEWER), record(timed)
    claim = aiko.queue.claim_decision(id)
    clock.move(20 * 60)
    aiko.queue.submit(claim, judgement(aiko, claim))
    (given,) = timed.reviews(id)
    assert (given.assigned_at, given.submitted_at, given.lease) == (claim.granted_at, clock.text, claim.token)


def test_working_on_keeps_a_claim_alive(timed: AuditStore, clock: Clock) -> None:
    aiko, kenji = join(timed, "aiko", Role.REVIEWER), join(timed, "kenji", Role.REVIEWER)
    claim = aiko.queue.claim_decision(record(timed))
    for go_on in (lambda: aiko.queue.renew(claim), aiko.queue.claim, lambda: aiko.queue.claim_decision(claim.decision_id)):
        clock.move(LEASE - 1)
        renewed = go_on()
        assert renewed is not None
        assert renewed.token == claim.token
        assert (renewed.granted_at, renewed.expires_at > claim.expires_at) == (claim.granted_at, True)
        assert kenji.queue.claim() is None
        assert aiko.queue.claims() == [renewed]


def test_ones_own_expired_claim_is_taken_up_again(timed: AuditStore, clock: Clock) -> None:
    aiko = join(timed, "aiko", Role.REVIEWER)
    record(timed)
    claim = aiko.queue.claim()
    clock.move(LEASE + 1)
    again = aiko.queue.claim()
    assert claim is not None
    assert again is not None
    assert (again.token, again.decision_id) == (claim.token, claim.decision_id)
    aiko.queue.submit(claim, judgement(aiko, claim))


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_expiry_never_makes_more_places_than_there_are(timed: AuditStore, clock: Clock, overlap: int) -> None:
    team = [join(timed, f"r{n}", Role.REVIEWER) for n in range(2 * overlap)]
    id = record(timed, required_reviews=overlap)
    early = [one.queue.claim() for one in team[:overlap]]
    clock.move(LEASE)
    late = [one.queue.claim() for one in team[overlap:]]
    assert None not in early
    assert None not in late
    assert len(join(timed, "lead", Role.LEAD).queue.live_claims()) == overlap
    for one, claim in zip(team[:overlap], early, strict=True):
        with pytest.raises(Conflict):
            one.queue.submit(claim, judgement(one, claim))  # type: ignore[arg-type]
    for one, claim in zip(team[overlap:], late, strict=True):
        one.queue.submit(claim, judgement(one, claim))  # type: ignore[arg-type]
    assert len(timed.reviews(id)) == overlap


def test_many_expired_claims_come_back_one_after_the_other(timed: AuditStore, clock: Clock) -> None:
    away, kenji = join(timed, "away", Role.REVIEWER), join(timed, "kenji", Role.REVIEWER)
    ids = {record(timed) for _ in range(20)}
    for id in ids:
        away.queue.claim_decision(id)
    clock.move(LEASE)
    for _ in ids:
        claim = kenji.queue.claim()
        assert claim is not None
        ids = ids - {claim.decision_id}
        kenji.queue.submit(claim, judgement(kenji, claim))
    assert ids == set()


def test_a_clock_set_forwards_may_cost_a_claim_but_gives_it_to_one(timed: AuditStore, clock: Clock) -> None:
    ids = [join(timed, f"r{n}", Role.REVIEWER).person.id for n in range(3)]
    id = record(timed)
    first = come_back(timed, ids[0]).queue.claim_decision(id)
    clock.move(3600)
    team = [come_back(timed, id) for id in ids]
    second = team[1].queue.claim()
    assert second is not None
    assert team[2].queue.claim() is None
    with pytest.raises(Conflict):
        team[0].queue.submit(first, judgement(team[0], first))
    team[1].queue.submit(second, judgement(team[1], second))
    assert len(timed.reviews(id)) == 1


def test_a_clock_set_back_by_little_takes_nothing_away(timed: AuditStore, clock: Clock) -> None:
    aiko, kenji = join(timed, "aiko", Role.REVIEWER), join(timed, "kenji", Role.REVIEWER)
    id = record(timed)
    clock.move(3)
    claim = aiko.queue.claim_decision(id)
    clock.move(-3)  # as far as servers' clocks may differ
    assert kenji.queue.claim() is None
    aiko.queue.submit(claim, judgement(aiko, claim))
    assert [review.reviewer_id for review in timed.reviews(id)] == [aiko.person.id]


def test_a_claim_of_the_future_does_not_block_a_decision(timed: AuditStore, clock: Clock) -> None:
    """Granted while the clock was an hour ahead, it would otherwise last an hour and a quarter."""
    ids = [join(timed, f"r{n}", Role.REVIEWER).person.id for n in range(2)]
    id = record(timed)
    clock.move(3600)
    lost = come_back(timed, ids[0]).queue.claim_decision(id)
    clock.move(-3600)
    aiko, kenji = (come_back(timed, id) for id in ids)
    taken = kenji.queue.claim()
    assert taken is not None
    with pytest.raises(Conflict):
        aiko.queue.submit(lost, judgement(aiko, lost))
    kenji.queue.submit(taken, judgement(kenji, taken))
    assert len(timed.reviews(id)) == 1


def test_a_late_review_counts_after_the_clock_was_set_back(timed: AuditStore, clock: Clock) -> None:
    person = join(timed, "aiko", Role.REVIEWER).person.id
    id = record(timed)
    clock.move(3600)
    claim = come_back(timed, person).queue.claim_decision(id)
    clock.move(-3600)
    aiko = come_back(timed, person)
    aiko.queue.submit(claim, judgement(aiko, claim))
    assert len(timed.reviews(id)) == 1
    assert timed.verify().ok


def test_order_is_by_seq_whatever_the_clock_says(timed: AuditStore, clock: Clock) -> None:
    aiko = join(timed, "aiko", Role.REVIEWER)
    ids = []
    for step in (0, -3600, 7200, -3600):
        clock.move(step)
        ids.append(record(timed))
    order = []
    while claim := aiko.queue.claim():
        order.append(claim.decision_id)
        aiko.queue.submit(claim, judgement(aiko, claim))
    assert order == ids
    assert timed.verify().ok
