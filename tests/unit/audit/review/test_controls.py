"""Control items: seeded by a lead, offered by chance, never counted for the decision, never shown for what they are."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from audit import (
    Access,
    AuditStore,
    Claim,
    Conflict,
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
from audit.records.canonical import parse
from audit.review import claims
from audit.storage.schema import leases
from tests.support.audit.team import give, join, judgement, record, set_policy


@pytest.fixture
def lead(store: AuditStore) -> Access:
    return join(store, "lead", Role.LEAD)


@pytest.fixture
def ordinary(store: AuditStore) -> str:
    """One that waits for many: control items are only given among others."""
    return record(store, required_reviews=3)


@pytest.fixture
def item(store: AuditStore, lead: Access, ordinary: str) -> str:
    """Make a settled decision that Kenji rejected a control item; everybody else is to flag it."""
    id = record(store)
    give(join(store, "kenji", Role.REVIEWER), id, Verdict.FLAG)
    lead.queue.seed_control(id, Verdict.FLAG, "the pump was off, it cannot have been the pump")
    return id


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance always draws a control item, if the policy allows any."""
    monkeypatch.setattr(claims.random, "random", lambda: 0.0)


def fill_up(store: AuditStore, id: str) -> None:
    """Three people give the ordinary decision all its reviews."""
    for number in range(3):
        give(join(store, f"filler{number}", Role.REVIEWER), id)


def claimed(access: Access) -> Claim:
    claim = access.queue.claim()
    assert claim is not None
    return claim


def submit(access: Access, verdict: Verdict = Verdict.APPROVE) -> None:
    claim = claimed(access)
    access.queue.submit(claim, judgement(access, claim, verdict))


def test_seeding_is_an_entry_that_says_what_is_expected(store: AuditStore, item: str) -> None:
    entry = store.entries()[-1]
    assert (entry.type, entry.subject) == ("control", item)
    assert parse(store.sealed(entry.seq).payload)["expected"] == "flag"
    assert store.verify().ok


def test_only_settled_decisions_can_be_control_items(store: AuditStore, lead: Access) -> None:
    with pytest.raises(Conflict, match="settled"):
        lead.queue.seed_control(record(store), Verdict.APPROVE, "obvious")
    with pytest.raises(NotFound):
        lead.queue.seed_control(new_id(), Verdict.APPROVE, "obvious")
    settled = record(store, required_reviews=0, gate=Gate.RELEASED)
    with pytest.raises(InvalidRecord):
        lead.queue.seed_control(settled, Verdict.WITHDRAW, "obvious")
    with pytest.raises(InvalidRecord):
        lead.queue.seed_control(settled, Verdict.APPROVE, "")


def test_none_is_offered_unless_the_policy_says_so(store: AuditStore, item: str, ordinary: str) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    claim = claimed(aiko)
    assert (claim.decision_id, claim.kind) == (ordinary, ReviewKind.REVIEW)
    aiko.queue.release(claim)
    set_policy(store, control_share=0.2)
    claim = claimed(aiko)
    assert (claim.decision_id, claim.kind) == (item, ReviewKind.CONTROL)


def test_the_share_decides_how_often(store: AuditStore, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_policy(store, control_share=0.2)
    record(store)
    aiko = join(store, "aiko", Role.REVIEWER)
    monkeypatch.setattr(claims.random, "random", lambda: 0.2)
    claim = claimed(aiko)
    assert claim.kind is ReviewKind.REVIEW
    aiko.queue.release(claim)
    monkeypatch.setattr(claims.random, "random", lambda: 0.19)
    assert claimed(aiko).kind is ReviewKind.CONTROL


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.FLAG])
def test_its_review_never_moves_the_gate(store: AuditStore, item: str, verdict: Verdict) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    before = store.summary(item)
    claim = claimed(aiko)
    aiko.queue.submit(claim, judgement(aiko, claim, verdict))
    given = store.reviews(item)[-1]
    assert (given.kind, given.verdict, given.lease) == (ReviewKind.CONTROL, verdict, claim.token)
    after = store.summary(item)
    assert (after.gate, after.state) == (before.gate, before.state) == (Gate.REJECTED, QueueState.SETTLED)
    assert not gate(store, item)
    other = Verdict.FLAG if verdict is Verdict.APPROVE else Verdict.APPROVE
    with pytest.raises(Conflict, match="keeps its verdict"):
        aiko.queue.amend(given.id, judgement(aiko, given, other))
    aiko.queue.amend(given.id, judgement(aiko, given, verdict, comment="because of the pump"))
    assert aiko.queue.withdraw(store.reviews(item)[-1].id) is None
    assert store.summary(item).state is QueueState.SETTLED
    assert store.verify().ok


def test_nobody_gets_one_twice_or_one_that_they_reviewed(store: AuditStore, item: str, ordinary: str) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    kenji = next(r.reviewer_id for r in store.reviews(item))
    submit(aiko)
    claim = claimed(aiko)
    assert (claim.decision_id, claim.kind) == (ordinary, ReviewKind.REVIEW)
    aiko.queue.release(claim)
    fill_up(store, ordinary)
    policy = store.policy()
    with store.database.write() as connection:
        assert claims.claim_next(connection, kenji, store.database.now(connection), policy) is None


def test_none_is_given_where_nothing_else_waits(store: AuditStore, item: str, ordinary: str) -> None:
    set_policy(store, control_share=0.5)
    fill_up(store, ordinary)
    assert join(store, "aiko", Role.REVIEWER).queue.claim() is None


def test_one_that_was_skipped_does_not_come_back_at_once(store: AuditStore, item: str, ordinary: str) -> None:
    """Nothing else would, and so it would give itself away."""
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    aiko.queue.skip(claimed(aiko))
    claim = claimed(aiko)
    assert (claim.decision_id, claim.kind) == (ordinary, ReviewKind.REVIEW)


def test_one_that_waits_again_is_an_ordinary_decision(store: AuditStore, item: str, lead: Access) -> None:
    set_policy(store, control_share=0.5)
    lead.queue.request_review(item, "once more")
    claim = claimed(join(store, "aiko", Role.REVIEWER))
    assert (claim.decision_id, claim.kind) == (item, ReviewKind.REVIEW)


def test_giving_one_back_makes_no_place(store: AuditStore, item: str, ordinary: str) -> None:
    set_policy(store, control_share=0.5)
    aiko, root = join(store, "aiko", Role.REVIEWER), join(store, "root", Role.LEAD)
    for give_back in (aiko.queue.release, lambda c: root.queue.free_claim(c.decision_id, c.actor), aiko.queue.skip):
        give_back(claimed(aiko))
    assert aiko.queue.claims() == []
    root.queue.request_review(item, "once more")
    fill_up(store, ordinary)
    claim = claimed(aiko)
    assert (claim.decision_id, claim.kind) == (item, ReviewKind.REVIEW)
    assert join(store, "one more", Role.REVIEWER).queue.claim() is None


def test_it_looks_like_any_other_decision_that_waits(store: AuditStore, item: str, ordinary: str) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    assert claimed(aiko).kind is ReviewKind.CONTROL
    case, other = aiko.case(item), aiko.case(ordinary)
    assert (case.summary.gate, case.summary.state) == (other.summary.gate, other.summary.state)
    assert (case.reviews, case.summary.latest_review) == (other.reviews, other.summary.latest_review) == ([], None)
    assert aiko.summary(item) == case.summary
    assert case.hidden == other.hidden == 0
    for state, there in ((QueueState.SETTLED, False), (QueueState.OPEN, True), (None, True)):
        listed = [summary for summary in aiko.decisions(state=state) if summary.decision.id == item]
        assert listed == ([case.summary] if there else [])
    assert aiko.decisions(state=QueueState.OPEN, offset=1) == []


def test_one_without_any_review_looks_the_same(store: AuditStore, lead: Access, ordinary: str) -> None:
    set_policy(store, control_share=0.5)
    id = record(store, required_reviews=0, gate=Gate.RELEASED)
    lead.queue.seed_control(id, Verdict.APPROVE, "seen a hundred times")
    aiko = join(store, "aiko", Role.REVIEWER)
    claimed(aiko)
    assert aiko.case(id).summary.state is QueueState.OPEN


def test_the_history_does_not_tell(store: AuditStore, item: str, lead: Access) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    claimed(aiko)
    assert [entry.type for entry in aiko.history(item)] == ["decision"]
    assert "control" in {entry.type for entry in lead.history(item)}
    assert "control" in {entry.type for entry in join(store, "audit", Role.AUDITOR).history(item)}


def test_ones_own_progress_does_not_tell(store: AuditStore, item: str) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    submit(aiko)
    own = aiko.progress()
    assert own is not None
    assert (own.reviews, own.control.items) == (1, 0)


def test_the_lead_sees_how_often_somebody_was_right(store: AuditStore, item: str, lead: Access) -> None:
    set_policy(store, control_share=0.5)
    right, wrong = join(store, "aiko", Role.REVIEWER), join(store, "mika", Role.REVIEWER)
    submit(right, Verdict.FLAG)
    submit(wrong)
    shares = {person.name: person.control.value for person in lead.admin.team().people}
    assert shares == {"Aiko": 1.0, "Mika": 0.0, "Kenji": None}
    wrong.queue.withdraw(store.reviews(item)[-1].id)  # having read what others said
    assert {person.name: person.control.value for person in lead.admin.team().people} == shares


def test_seeding_again_replaces_what_is_expected(store: AuditStore, item: str, lead: Access) -> None:
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    submit(aiko)
    lead.queue.seed_control(item, Verdict.APPROVE, "it was the pump after all")
    shares = {person.name: person.control.value for person in lead.admin.team().people}
    assert shares["Aiko"] == 1.0
    assert store.verify().ok


def test_a_claim_on_one_that_was_erased_is_forgotten(store: AuditStore, item: str, ordinary: str) -> None:
    """Erased between the draw and the claim: nothing must keep its holder from other work."""
    set_policy(store, control_share=0.5)
    aiko = join(store, "aiko", Role.REVIEWER)
    claim = claimed(aiko)
    join(store, "root", Role.ADMIN).admin.erase(item, "asked for", early=True)
    with store.database.write() as connection:
        connection.execute(leases.insert().values(renewed_at=claim.granted_at, **asdict(claim)))
    assert claimed(aiko).decision_id == ordinary
