"""Sixteen people at once: no place is given twice, nothing is lost, nothing gets stuck."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from audit import Access, AuditStore, Claim, Conflict, QueueState, ReviewKind, Role, Verdict
from tests.support.audit.team import Clock, give, join, judgement, record, set_policy

PEOPLE = 16


def all_at_once(work: Callable[[int], None]) -> None:
    """Run `work(0)` to `work(15)` in threads that start together; raise the first error of any thread."""
    barrier, raised = threading.Barrier(PEOPLE), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except Exception as error:  # raised again below
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


@pytest.fixture
def team(store: AuditStore) -> list[Access]:
    return [join(store, f"r{number}", Role.REVIEWER) for number in range(PEOPLE)]


@pytest.mark.parametrize("overlap", [1, 3])
def test_one_decision_is_held_by_as_many_as_it_has_places(store: AuditStore, team: list[Access], overlap: int) -> None:
    id = record(store, required_reviews=overlap)
    held: list[Claim] = []

    def work(number: int) -> None:
        claim = team[number].queue.claim()
        if claim is not None:
            held.append(claim)

    all_at_once(work)
    assert len(held) == overlap
    assert {claim.decision_id for claim in held} == {id}
    assert len({claim.token for claim in held}) == len({claim.actor for claim in held}) == overlap


def test_a_queue_is_worked_off_without_doubles_or_losses(store: AuditStore, team: list[Access]) -> None:
    overlap = {record(store, required_reviews=1 + n % 3): 1 + n % 3 for n in range(12)}
    acknowledged: list[tuple[str, str]] = []

    def work(number: int) -> None:
        access, chance = team[number], random.Random(number)  # noqa: S311 - any choice will do
        for _ in range(60):
            claim = access.queue.claim()
            if claim is None:
                return
            if chance.random() < 0.3:
                access.queue.release(claim)
            else:
                access.queue.submit(claim, judgement(access, claim))
                acknowledged.append((claim.decision_id, claim.actor))

    all_at_once(work)
    last = join(store, "last", Role.REVIEWER)
    while claim := last.queue.claim():  # claims that were given back at the very end
        last.queue.submit(claim, judgement(last, claim))
        acknowledged.append((claim.decision_id, claim.actor))
    reviews = [(review.decision_id, review.reviewer_id) for id in overlap for review in store.reviews(id)]
    assert sorted(reviews) == sorted(acknowledged)
    assert len(set(reviews)) == len(reviews)
    assert Counter(id for id, _ in reviews) == overlap
    assert store.count_decisions(state=QueueState.SETTLED) == len(overlap)
    assert join(store, "lead", Role.LEAD).queue.live_claims() == []
    assert store.verify().ok


def test_one_token_is_used_once(store: AuditStore, team: list[Access]) -> None:
    id = record(store, required_reviews=3)
    claim = team[0].queue.claim_decision(id)
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            team[0].queue.submit(claim, judgement(team[0], claim))
            outcomes.append("accepted")
        except Conflict:
            outcomes.append("refused")

    all_at_once(work)
    assert Counter(outcomes) == {"accepted": 1, "refused": PEOPLE - 1}
    assert len(store.reviews(id)) == 1


def test_one_dispute_is_settled_by_one_lead(store: AuditStore, team: list[Access]) -> None:
    id = record(store, required_reviews=2)
    for reviewer, verdict in ((team[0], Verdict.APPROVE), (team[1], Verdict.FLAG)):
        give(reviewer, id, verdict)
    leads = [join(store, f"lead{number}", Role.LEAD) for number in range(PEOPLE)]
    held: list[Claim] = []

    def work(number: int) -> None:
        claim = leads[number].queue.claim(ReviewKind.ADJUDICATION)
        if claim is not None:
            held.append(claim)
            leads[number].queue.submit(claim, judgement(leads[number], claim))

    all_at_once(work)
    assert len(held) == 1
    assert store.summary(id).state is QueueState.SETTLED


def test_expired_claims_are_given_to_one_person_each(timed: AuditStore, clock: Clock) -> None:
    set_policy(timed, lease_seconds=60)
    team = [join(timed, f"r{number}", Role.REVIEWER) for number in range(PEOPLE)]
    away = join(timed, "away", Role.REVIEWER)
    ids = [record(timed) for _ in range(6)]
    lost = [away.queue.claim_decision(id) for id in ids]
    clock.move(61)
    held: list[Claim] = []

    def work(number: int) -> None:
        for _ in range(3):  # a place whose row is locked by somebody is passed over
            claim = team[number].queue.claim()
            if claim is not None:
                held.append(claim)
                return

    all_at_once(work)
    for reviewer in team:
        if not reviewer.queue.claims() and (claim := reviewer.queue.claim()):
            held.append(claim)
    assert sorted(claim.decision_id for claim in held) == sorted(ids)
    for claim in lost:
        with pytest.raises(Conflict):
            away.queue.submit(claim, judgement(away, claim))


def test_amending_and_withdrawing_at_once_leaves_one_outcome(store: AuditStore, team: list[Access]) -> None:
    id = record(store)
    give(team[0], id)
    (first,) = store.reviews(id)
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            if number % 2:
                team[0].queue.withdraw(first.id)
            else:
                team[0].queue.amend(first.id, judgement(team[0], first, Verdict.FLAG))
            outcomes.append("done")
        except Conflict:
            outcomes.append("refused")

    all_at_once(work)
    assert Counter(outcomes) == {"done": 1, "refused": PEOPLE - 1}
    assert len(store.reviews(id)) == 2
    assert store.verify().ok
