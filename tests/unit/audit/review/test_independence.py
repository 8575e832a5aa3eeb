"""Reviews stay independent: nobody turns their word round after reading others, settles their own dispute, or guesses."""

from __future__ import annotations

import pytest

from audit import AuditStore, Conflict, Gate, QueueState, ReviewKind, Role, Verdict, gate
from tests.support.audit.team import give, join, judgement, record, set_policy


def test_nobody_turns_their_verdict_round_once_others_can_be_read(store: AuditStore) -> None:
    ann, bob = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER)
    id = record(store, required_reviews=2)
    flagged = give(ann, id, Verdict.FLAG)
    give(bob, id)
    with pytest.raises(Conflict, match="keeps its verdict"):
        ann.queue.amend(flagged.id, judgement(ann, flagged, Verdict.APPROVE))
    assert store.summary(id).state is QueueState.DISPUTED
    ann.queue.amend(flagged.id, judgement(ann, flagged, Verdict.FLAG, comment="to say it more clearly"))
    assert store.summary(id).state is QueueState.DISPUTED
    assert store.verify().ok


def test_before_anybody_else_has_spoken_a_verdict_may_change(store: AuditStore) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    id = record(store, required_reviews=2)
    flagged = give(ann, id, Verdict.FLAG)
    ann.queue.amend(flagged.id, judgement(ann, flagged, Verdict.APPROVE))
    assert store.reviews(id)[-1].verdict is Verdict.APPROVE


def test_a_reviewer_who_withdraws_after_reading_others_does_not_come_back(store: AuditStore) -> None:
    ann, bob, cy = (join(store, name, Role.REVIEWER) for name in ("ann", "bob", "cy"))
    id = record(store, required_reviews=2)
    give(ann, id, Verdict.FLAG)
    assert bob.queue.withdraw(give(bob, id).id) is None
    with pytest.raises(Conflict, match="another person"):
        bob.queue.claim_decision(id)
    assert bob.queue.claim() is None
    give(cy, id, Verdict.FLAG)
    assert store.summary(id).gate is Gate.REJECTED
    assert store.verify().ok


def test_alone_one_can_take_a_word_back_and_say_another(store: AuditStore) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    id = record(store)
    claim = ann.queue.withdraw(give(ann, id).id)
    assert claim is not None
    ann.queue.submit(claim, judgement(ann, claim, Verdict.FLAG))
    assert store.summary(id).gate is Gate.REJECTED


def test_a_dispute_is_not_settled_by_a_lead_who_withdrew_from_it(store: AuditStore) -> None:
    ann, bob, lea = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER), join(store, "lea", Role.LEAD)
    id = record(store, required_reviews=2)
    give(ann, id, Verdict.FLAG)
    lea.queue.withdraw(give(lea, id).id)
    give(bob, id)
    assert store.summary(id).state is QueueState.DISPUTED
    assert lea.queue.claim(ReviewKind.ADJUDICATION) is None
    with pytest.raises(Conflict):
        lea.queue.claim_decision(id, ReviewKind.ADJUDICATION)
    assert not gate(store, id)


def test_the_gate_does_not_tell_what_others_said(store: AuditStore) -> None:
    ann, bob = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER)
    id = record(store, gate=Gate.RELEASED, required_reviews=2)
    give(ann, id, Verdict.FLAG)
    assert store.summary(id).gate is Gate.HELD
    for _ in range(2):
        assert bob.case(id).summary.gate is Gate.RELEASED
        assert [s.gate for s in bob.decisions()] == [Gate.RELEASED]
        bob.queue.claim_decision(id)
    asked = record(store, gate=Gate.RELEASED, required_reviews=1)
    ann.queue.request_review(asked, "odd")
    assert bob.case(asked).summary.gate is Gate.HELD


def test_control_items_are_not_announced(store: AuditStore) -> None:
    ann, bob, lea = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER), join(store, "lea", Role.LEAD)
    id = record(store)
    give(ann, id)
    entry = lea.queue.seed_control(id, Verdict.APPROVE, "known")
    assert [e.subject for e in bob.entries() if e.type == "control"] == [""]
    assert [e.subject for e in lea.entries() if e.type == "control"] == [id]
    assert store.entries(after=entry.seq - 1, limit=1)[0].subject == id
    set_policy(store, control_share=0.5)
    while (claim := bob.queue.claim()) is None:
        record(store)
    while claim.kind is not ReviewKind.CONTROL:
        bob.queue.submit(claim, judgement(bob, claim))
        record(store)
        claim = bob.queue.claim()
        assert claim is not None
    assert id not in [s.decision.id for s in bob.decisions(state=QueueState.SETTLED)]
    assert bob.case(id).summary.state is QueueState.OPEN
