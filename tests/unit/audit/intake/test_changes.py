"""What became of gates is read from the log, the same whenever it is read."""

from __future__ import annotations

from audit import AuditStore, Gate, ReviewKind, Role, Verdict
from audit.intake.gate_changes import GateChange
from tests.support.audit.builders import UPLOAD, decision, sha
from tests.support.audit.team import give, join, record, set_policy

HELD, RELEASED, REJECTED = Gate.HELD, Gate.RELEASED, Gate.REJECTED


def told(store: AuditStore, after: int = 0) -> list[tuple[str, Gate | None, Gate]]:
    moves = [change for change in store.gate_changes(after)[0] if isinstance(change, GateChange)]
    return [(change.decision.id, change.before, change.after) for change in moves]


def test_every_move_of_a_gate_is_told_once_and_in_order(store: AuditStore) -> None:
    aiko, ben, lead = (join(store, name, role) for name, role in (("a", Role.REVIEWER), ("b", Role.REVIEWER), ("l", Role.LEAD)))
    set_policy(store)
    first = record(store, gate=HELD, required_reviews=2)
    second = record(store, gate=RELEASED, required_reviews=0)
    give(aiko, first)  # one of two: nothing moves
    give(ben, first, Verdict.FLAG)  # they disagree: it stays held
    give(lead, first, Verdict.APPROVE, kind=ReviewKind.ADJUDICATION)
    lead.queue.request_review(second, "look again")
    give(aiko, second, Verdict.FLAG)
    assert told(store) == [
        (first, None, HELD),
        (second, None, RELEASED),
        (first, HELD, RELEASED),
        (second, RELEASED, HELD),
        (second, HELD, REJECTED),
    ]
    changes, seen = store.gate_changes(0)
    assert seen == store.log_size()
    assert [store.entries(change.seq - 1, 1)[0].ts for change in changes] == [change.at for change in changes]
    assert changes[-1].after is store.proven_standing(second).gate


def test_it_goes_on_from_where_it_was_left_whatever_the_steps(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    for _ in range(3):
        give(aiko, record(store))
    whole, end = store.gate_changes(0)
    found, seen = [], 0
    while seen < end:
        part, seen = store.gate_changes(seen, 1)
        found += part
    assert found == whole and len(found) == 6
    assert store.gate_changes(end) == ([], end)


def test_what_fails_is_told_in_its_place_and_once(store: AuditStore) -> None:
    failures = store.single_user("test").failures
    record(store)
    failures.note(
        sha(UPLOAD), sha(b"weights"), name="lot-17", code="crashed", why="it may need more memory", place="/srv/a.log"
    )
    failures.note(sha(UPLOAD), sha(b"weights"), name="lot-17", code="crashed", why="it may need more memory")
    record(store)
    found, seen = store.gate_changes(0)
    assert [type(one).__name__ for one in found] == ["GateChange", "InputFailure", "GateChange"]
    assert found[1:2] == failures.of(sha(UPLOAD)) and found[1].seq == store.gate_changes(0, found[1].seq)[1]
    assert store.gate_changes(found[1].seq)[0] == found[2:] and seen == store.log_size()


def test_an_erased_decision_has_nothing_to_tell(store: AuditStore) -> None:
    root = join(store, "root", Role.ADMIN)
    gone, kept = record(store), decision(gate=RELEASED, required_reviews=0).id
    kept = record(store, id=kept, gate=RELEASED, required_reviews=0)
    root.admin.erase(gone, "asked for", early=True)
    assert [id for id, *_ in told(store)] == [kept]
