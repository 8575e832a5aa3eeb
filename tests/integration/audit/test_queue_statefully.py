"""Random actions of people in random order: places, standings and gates stay right, and nothing gets stuck."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from audit import Access, AuditStore, Conflict, Denied, Gate, NotFound, QueueState, ReviewKind, Role, Verdict, gate
from audit.log import authority
from audit.people import sessions
from audit.review.gate import current_reviews
from tests.support.audit.team import Clock, join, judgement, record, set_policy

# SPARSEMIX_TEST_EXAMPLES=500 tries more examples.
EXAMPLES = int(os.environ.get("SPARSEMIX_TEST_EXAMPLES", "2"))
TEAM = [(Role.REVIEWER,), (Role.REVIEWER,), (Role.REVIEWER, Role.LEAD), (Role.LEAD,), (Role.AUDITOR,)]

someone = st.integers(0, len(TEAM) - 1)
any_of = st.integers(0, 10**6)
kinds = st.sampled_from([ReviewKind.REVIEW, ReviewKind.REVIEW, ReviewKind.ADJUDICATION])
verdicts = st.sampled_from([Verdict.APPROVE, Verdict.FLAG])


class Team(RuleBasedStateMachine):
    """Five people at a record; each may try any action, and actions that are not theirs or not possible now are refused."""

    def __init__(self, new_record: Callable[[], str]) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = AuditStore(new_record(), clock=self.clock)
        set_policy(self.store, control_share=0.5)
        self.team = [join(self.store, f"p{number}", *roles) for number, roles in enumerate(TEAM)]
        self.ids: list[str] = []
        self.names = count()

    def teardown(self) -> None:
        try:
            self.everything_can_be_finished()
        finally:
            self.store.close()

    def attempt(self, do: Callable[[], object]) -> None:
        with suppress(Conflict, Denied, NotFound):
            do()

    @rule(required=st.integers(0, 3), initial=st.sampled_from(list(Gate)), due=st.booleans())
    def decide(self, required: int, initial: Gate, due: bool) -> None:
        required = max(required, int(initial is Gate.HELD))
        due_at = "2026-03-02T00:00:00.000Z" if due else None
        self.ids.append(record(self.store, required_reviews=required, gate=initial, due_at=due_at))

    @rule(who=someone, kind=kinds)
    def claim(self, who: int, kind: ReviewKind) -> None:
        self.attempt(lambda: self.team[who].queue.claim(kind))

    @precondition(lambda self: self.ids)
    @rule(who=someone, which=any_of, kind=kinds)
    def claim_one(self, who: int, which: int, kind: ReviewKind) -> None:
        self.attempt(lambda: self.team[who].queue.claim_decision(self.ids[which % len(self.ids)], kind))

    @rule(who=someone, which=any_of, verdict=verdicts, do=st.sampled_from(["submit", "submit", "release", "skip", "renew"]))
    def use_a_claim(self, who: int, which: int, verdict: Verdict, do: str) -> None:
        access = self.team[who]
        held = access.queue.claims()
        if held:
            claim = held[which % len(held)]
            with_it = (claim, judgement(access, claim, verdict)) if do == "submit" else (claim,)
            self.attempt(lambda: getattr(access.queue, do)(*with_it))

    @precondition(lambda self: self.ids)
    @rule(who=someone, which=any_of, at=any_of, verdict=verdicts, back=st.booleans())
    def change_a_review(self, who: int, which: int, at: int, verdict: Verdict, back: bool) -> None:
        reviews = self.store.reviews(self.ids[which % len(self.ids)])
        if reviews:
            review, access = reviews[at % len(reviews)], self.team[who]
            said = judgement(access, review, verdict)
            self.attempt(lambda: access.queue.withdraw(review.id) if back else access.queue.amend(review.id, said))

    @precondition(lambda self: self.ids)
    @rule(who=someone, which=any_of, do=st.sampled_from(["request", "seed", "free", "erase"]), verdict=verdicts)
    def intervene(self, who: int, which: int, do: str, verdict: Verdict) -> None:
        id, queue = self.ids[which % len(self.ids)], self.team[who].queue
        if do == "request":
            self.attempt(lambda: queue.request_review(id, "look again"))
        elif do == "seed":
            self.attempt(lambda: queue.seed_control(id, verdict, "obvious"))
        elif do == "free":
            self.attempt(lambda: [queue.free_claim(claim.decision_id, claim.actor) for claim in queue.live_claims()[:1]])
        elif which % 4 == 0:
            join(self.store, f"root{next(self.names)}", Role.ADMIN).admin.erase(id, "asked for", early=True)
            self.ids.remove(id)

    @rule(seconds=st.sampled_from([30, 400, 901, -3, -600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)

    @invariant()
    def the_record_holds(self) -> None:
        report = self.store.verify()
        assert report.ok, report.problem_text

    @invariant()
    def every_place_and_gate_is_right(self) -> None:
        held = [claim for person in self.team for claim in person.queue.claims()]
        for id in self.ids:
            summary, reviews = self.store.summary(id), self.store.reviews(id)
            assert gate(self.store, id).gate is summary.gate
            current = current_reviews(reviews)
            ordinary = [review.reviewer_id for review in current if review.kind is ReviewKind.REVIEW]
            rulings = [review.reviewer_id for review in current if review.kind is ReviewKind.ADJUDICATION]
            assert len(set(ordinary)) == len(ordinary), "somebody counts twice"
            assert not set(ordinary) & set(rulings), "a party settled its own dispute"
            standing = self.store.proven_standing(id)
            assert len(ordinary) == standing.accepted <= standing.required
            claims = [claim for claim in held if claim.decision_id == id]
            assert len({claim.actor for claim in claims}) == len(claims)
            if standing.state is QueueState.OPEN:
                places = [claim for claim in claims if claim.kind is ReviewKind.REVIEW]
                assert len(places) + standing.accepted <= standing.required
                assert not {claim.actor for claim in places} & set(ordinary)
            if standing.state is QueueState.DISPUTED:
                assert sum(claim.kind is ReviewKind.ADJUDICATION for claim in claims) <= 1

    def everything_can_be_finished(self) -> None:
        """Check that newcomers can settle every decision after all people have given back their claims."""
        for person in self.team:
            for claim in person.queue.claims():
                person.queue.release(claim)
        set_policy(self.store)
        for _ in range(9):
            if not self.store.count_decisions(state=QueueState.OPEN):
                break
            self.work(join(self.store, f"new{next(self.names)}", Role.REVIEWER), ReviewKind.REVIEW)
        self.work(join(self.store, f"new{next(self.names)}", Role.LEAD), ReviewKind.ADJUDICATION)
        assert self.store.count_decisions(state=QueueState.SETTLED) == len(self.ids)
        self.the_record_holds()

    def work(self, person: Access, kind: ReviewKind) -> None:
        while claim := person.queue.claim(kind):
            person.queue.submit(claim, judgement(person, claim))


@pytest.mark.deep
def test_whatever_people_do(new_record: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "IDLE", 10**8)  # sessions are not tested here
    monkeypatch.setattr(sessions, "LONGEST", 10**8)
    monkeypatch.setattr(authority, "_LONGEST", 1e8)
    run_state_machine_as_test(
        lambda: Team(new_record),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
