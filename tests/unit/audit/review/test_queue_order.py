"""What is offered first, what is skipped, and asking for one more review."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore, Conflict, Gate, InvalidRecord, NotFound, QueueState, Role, Verdict, gate, new_id
from audit.records.canonical import parse
from audit.records.clock import shifted
from tests.support.audit.team import give, join, judgement, record, set_policy


def reviewed_in_order(access: Access) -> list[str]:
    """Review whatever is offered until nothing is."""
    order = []
    while claim := access.queue.claim():
        order.append(claim.decision_id)
        access.queue.submit(claim, judgement(access, claim))
    return order


def test_held_first_then_by_due_date_then_the_oldest(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    made = [
        record(store, gate=Gate.RELEASED),
        record(store, gate=Gate.HELD),
        record(store, gate=Gate.RELEASED, due_at="2026-03-02T00:00:00.000Z"),
        record(store, gate=Gate.HELD, due_at="2026-03-09T00:00:00.000Z"),
        record(store, gate=Gate.HELD, due_at="2026-03-03T00:00:00.000Z"),
        record(store, gate=Gate.HELD),
        record(store, gate=Gate.REJECTED),
        record(store, gate=Gate.RELEASED, required_reviews=0),
    ]
    listed = [made.index(summary.decision.id) for summary in store.decisions(urgent_first=True, state=QueueState.OPEN)]
    assert [made.index(id) for id in reviewed_in_order(aiko)] == listed == [4, 3, 1, 5, 2, 0, 6]


def test_what_comes_next_is_told_without_being_claimed(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    first, second, third = (record(store) for _ in range(3))
    assert aiko.queue.upcoming(first) == second
    assert aiko.queue.claim_decision(second)
    assert (aiko.queue.upcoming(second), kenji.queue.upcoming(first)) == (first, third)
    assert [claim.decision_id for claim in aiko.queue.claims() + kenji.queue.claims()] == [second]


def test_a_decision_that_was_called_into_question_goes_first(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    made = [record(store, gate=Gate.RELEASED, required_reviews=2) for _ in range(3)]
    give(aiko, made[2], Verdict.FLAG)  # closes the gate
    assert reviewed_in_order(kenji) == [made[2], made[0], made[1]]


def test_what_was_skipped_comes_last_to_who_skipped_it_only(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    made = [record(store), record(store), record(store, gate=Gate.RELEASED)]
    for id in (made[0], made[1]):
        claim = aiko.queue.claim()
        assert claim is not None
        assert claim.decision_id == id
        entry = aiko.queue.skip(claim, "needs the shift log")
        assert (entry.type, entry.actor, entry.subject) == ("skip", aiko.person.id, id)
        assert parse(store.sealed(entry.seq).payload) == {"why": "needs the shift log"}
    assert aiko.queue.claims() == []
    claim = kenji.queue.claim()
    assert claim is not None
    assert claim.decision_id == made[0]
    kenji.queue.release(claim)
    assert reviewed_in_order(aiko) == [made[2], made[0], made[1]]


def test_a_skip_with_a_bad_reason_gives_nothing_back(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    claim = aiko.queue.claim_decision(record(store))
    with pytest.raises(InvalidRecord):
        aiko.queue.skip(claim, "x" * 10_001)
    assert aiko.queue.claims() == [claim]


def test_one_may_skip_again_and_still_review(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    for _ in range(2):
        claim = aiko.queue.claim()
        assert claim is not None
        aiko.queue.skip(claim)
    assert reviewed_in_order(aiko) == [id]


def test_a_request_holds_a_released_decision_until_it_is_met(store: AuditStore) -> None:
    auditor, aiko = join(store, "audit", Role.AUDITOR), join(store, "aiko", Role.REVIEWER)
    id = record(store, gate=Gate.RELEASED, required_reviews=0)
    assert gate(store, id)
    entry = auditor.queue.request_review(id, "the pump was replaced that day")
    assert (entry.type, entry.actor) == ("review_requested", auditor.person.id)
    assert not gate(store, id)
    summary = store.summary(id)
    assert (summary.gate, summary.state) == (Gate.HELD, QueueState.OPEN)
    give(aiko, id)
    assert gate(store, id)
    assert store.summary(id).state is QueueState.SETTLED
    assert store.verify().ok


def test_a_request_asks_for_one_more_person(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    give(aiko, id)
    assert gate(store, id)
    aiko.queue.request_review(id, "not sure after all")
    assert not gate(store, id)
    assert aiko.queue.claim() is None
    give(kenji, id, Verdict.FLAG)
    assert store.summary(id).state is QueueState.DISPUTED


def test_requests_have_a_limit_and_need_a_reason(store: AuditStore) -> None:
    auditor = join(store, "audit", Role.AUDITOR)
    id = record(store, required_reviews=8)
    with pytest.raises(InvalidRecord):
        auditor.queue.request_review(id, " ")
    auditor.queue.request_review(id, "once more")
    with pytest.raises(Conflict, match="the limit"):
        auditor.queue.request_review(id, "once more")
    with pytest.raises(NotFound):
        auditor.queue.request_review(new_id(), "why not")
    assert store.verify().ok


def test_every_request_makes_one_place(store: AuditStore) -> None:
    auditor = join(store, "audit", Role.AUDITOR)
    team = [join(store, f"r{n}", Role.REVIEWER) for n in range(4)]
    id = record(store)
    first = team[0].queue.claim_decision(id)
    for _ in range(2):
        auditor.queue.request_review(id, "another view")
    held = [one.queue.claim() for one in team[1:]]
    assert [claim is not None for claim in held] == [True, True, False]
    for one, claim in zip(team, [first, *held[:2]], strict=False):
        assert claim is not None
        one.queue.submit(claim, judgement(one, claim))
    assert (store.summary(id).state, len(store.reviews(id))) == (QueueState.SETTLED, 3)


def test_a_review_that_was_asked_for_is_due_like_any_other(store: AuditStore) -> None:
    set_policy(store, due_hours=4)
    id, later = record(store, required_reviews=0, gate=Gate.RELEASED), record(store, due_at="2999-01-01T00:00:00.000Z")
    auditor, aiko = join(store, "auditor", Role.AUDITOR), join(store, "aiko", Role.REVIEWER)
    auditor.queue.request_review(id, "it was the last one before the fire")
    due = store.summary(id).due_at
    assert due is not None
    with store.database.read() as connection:
        now = store.database.now(connection)
    assert shifted(now, 4 * 3600 - 60) < due <= shifted(now, 4 * 3600)
    assert [summary.decision.id for summary in aiko.decisions(state=QueueState.OPEN, urgent_first=True)] == [id, later]
    assert store.verify().ok
    auditor.queue.request_review(later, "as well")
    earlier = store.summary(later).due_at
    assert earlier is not None
    assert earlier < "2999"
    set_policy(store, due_hours=0)
    auditor.queue.request_review(id, "and once more")
    assert store.summary(id).due_at == due
    assert store.verify().ok
