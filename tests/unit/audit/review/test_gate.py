"""The gate: closed unless every row behind the decision is the committed one and people have released it."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from audit import AuditStore, Gate, GateAnswer, QueueState, ReviewKind, Role, StoreUnavailable, Verdict, gate, new_id
from audit.records.records import ReviewRecord
from audit.review.gate import current_reviews, standing
from tests.support.audit.builders import flagged, review
from tests.support.audit.fixtures import STORES, built, copy_of
from tests.support.audit.forging import edit, owner
from tests.support.audit.team import give, join, record

NAMES = ("aiko", "kenji", "mika")


@pytest.mark.parametrize(
    ("initial", "required", "verdicts", "ruling", "expected"),
    [
        (Gate.RELEASED, 0, "", None, Gate.RELEASED),
        (Gate.RELEASED, 1, "", None, Gate.RELEASED),
        (Gate.REJECTED, 1, "", None, Gate.REJECTED),
        (Gate.HELD, 1, "", None, Gate.HELD),
        (Gate.HELD, 1, "a", None, Gate.RELEASED),
        (Gate.HELD, 1, "f", None, Gate.REJECTED),
        (Gate.RELEASED, 1, "f", None, Gate.REJECTED),
        (Gate.REJECTED, 1, "a", None, Gate.RELEASED),
        (Gate.HELD, 2, "a", None, Gate.HELD),
        (Gate.HELD, 2, "f", None, Gate.HELD),
        (Gate.RELEASED, 2, "a", None, Gate.RELEASED),
        (Gate.RELEASED, 2, "f", None, Gate.HELD),
        (Gate.HELD, 2, "aa", None, Gate.RELEASED),
        (Gate.HELD, 2, "ff", None, Gate.REJECTED),
        (Gate.HELD, 2, "af", None, Gate.HELD),
        (Gate.RELEASED, 3, "aaf", None, Gate.HELD),
        (Gate.HELD, 2, "af", "a", Gate.RELEASED),
        (Gate.RELEASED, 3, "aaf", "f", Gate.REJECTED),
    ],
)
def test_what_opens_it(
    store: AuditStore, initial: Gate, required: int, verdicts: str, ruling: str | None, expected: Gate
) -> None:
    means = {"a": Verdict.APPROVE, "f": Verdict.FLAG}
    id = record(store, gate=initial, required_reviews=required)
    for name, verdict in zip(NAMES, verdicts, strict=False):
        give(join(store, name, Role.REVIEWER), id, means[verdict])
    if ruling:
        give(join(store, "lead", Role.LEAD), id, means[ruling], kind=ReviewKind.ADJUDICATION)
    answer = gate(store, id)
    assert (answer.gate, answer.released, bool(answer)) == (expected, expected is Gate.RELEASED, expected is Gate.RELEASED)
    assert store.summary(id).gate is expected
    assert store.verify().ok


def test_an_answer_is_true_only_when_released() -> None:
    assert GateAnswer("x", True, Gate.RELEASED, "released")
    assert not GateAnswer("x", False, Gate.HELD, "held")


def fill(store: AuditStore) -> None:
    """Record a decision (the first entry) that two people released, and one that waits."""
    id = record(store, required_reviews=2)
    for name in ("aiko", "kenji"):
        give(join(store, name, Role.REVIEWER), id)
    record(store)


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(request, tmp_path_factory, fill)


class Released(NamedTuple):
    """A record with a decision that was released."""

    url: str
    store: AuditStore
    id: str


@pytest.fixture
def released(made: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Released]:
    with copy_of(made, request, tmp_path) as copy:
        store = AuditStore(copy)
        id = store.entries()[0].subject
        assert gate(store, id)
        yield Released(copy, store, id)
        store.close()


FORGERIES = [
    "UPDATE payloads SET payload=replace(payload, 'approve', 'flag') WHERE payload LIKE '%approve%'",
    "UPDATE payloads SET salt='zz' WHERE seq=1",
    "DELETE FROM payloads WHERE seq=1",
    "UPDATE log SET actor='forger' WHERE seq=1",
    "UPDATE log SET hash=prev WHERE seq=1",
    "DELETE FROM log WHERE seq=1",
    "UPDATE log SET subject='other' WHERE seq=1",
    "UPDATE log SET type='export' WHERE seq=1",
    "UPDATE log SET type='export' WHERE type='review'",
]
IN_CACHES = [
    "UPDATE decisions SET gate='rejected' WHERE id='{id}'",
    "UPDATE decisions SET required_reviews=3 WHERE id='{id}'",
    "DELETE FROM decisions WHERE id='{id}'",
    "DELETE FROM decision_files",
    "UPDATE reviews SET verdict='flag' WHERE decision_id='{id}'",
    "DELETE FROM reviews WHERE decision_id='{id}' AND seq=(SELECT max(seq) FROM reviews)",
    "UPDATE queue SET gate='rejected' WHERE decision_id='{id}'",
    "UPDATE queue SET accepted=1 WHERE decision_id='{id}'",
    "DELETE FROM queue WHERE decision_id='{id}'",
]


@pytest.mark.parametrize("statement", FORGERIES)
def test_a_forged_entry_closes_it(released: Released, statement: str) -> None:
    edit(released.url, statement.format(id=released.id))
    answer = gate(released.store, released.id)
    assert (answer.released, answer.gate) == (False, None), answer.reason


@pytest.mark.parametrize("statement", IN_CACHES)
def test_what_caches_say_changes_nothing_and_verification_names_it(released: Released, statement: str) -> None:
    edit(released.url, statement.format(id=released.id))
    assert gate(released.store, released.id)
    assert not released.store.verify().ok


def test_a_forged_place_in_the_queue_does_not_open_it(store: AuditStore, url: str) -> None:
    id = record(store)
    edit(url, "UPDATE queue SET gate='released', state='settled', accepted=1, free=0")
    assert not gate(store, id)
    assert not store.verify().ok


def test_a_review_that_no_entry_recorded_does_not_open_it(store: AuditStore, url: str) -> None:
    id, other = record(store), record(store)
    give(join(store, "aiko", Role.REVIEWER), other)
    edit(
        url,
        f"UPDATE reviews SET decision_id='{id}'",
        f"UPDATE queue SET gate='released', state='settled', accepted=1, free=0 WHERE decision_id='{id}'",
    )
    assert not gate(store, id)
    assert gate(store, other)


@pytest.mark.parametrize("id", ["", "no id", "\x00", "\udcff", "x" * 100_000, "'; DROP TABLE log; --"])
def test_whatever_is_asked_an_unknown_decision_is_closed(store: AuditStore, id: str) -> None:
    answer = gate(store, id)
    assert (answer.released, answer.gate) == (False, None)
    answer = gate(store, new_id())
    assert (answer.released, answer.gate) == (False, None)
    assert "no decision has the id" in answer.reason


@pytest.mark.parametrize("id", [None, 7, b"1" * 32, ["x"]])
def test_what_is_no_text_is_closed(store: AuditStore, id: object) -> None:
    assert not gate(store, id)  # type: ignore[arg-type]


def test_it_never_raises(released: Released, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that raises may be taken for one that was not asked."""

    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(released.store, "proven_standing", fails)
    assert not gate(released.store, released.id)
    assert not gate(None, released.id)  # type: ignore[arg-type]


def test_an_erased_decision_is_closed(released: Released) -> None:
    join(released.store, "root", Role.ADMIN).admin.erase(released.id, "asked for", early=True)
    answer = gate(released.store, released.id)
    assert (answer.released, answer.gate) == (False, None)
    assert "erased" in answer.reason


def test_a_store_that_cannot_be_read_is_closed(released: Released, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(released.store, "proven_standing", fails)
    answer = gate(released.store, released.id)
    assert (answer.released, answer.gate, answer.reason) == (False, None, "the record cannot be read: the disk is gone")


def test_a_missing_table_is_closed(released: Released) -> None:
    with owner(released.url, guarded=True) as connection:
        connection.execute("ALTER TABLE payloads RENAME TO payloads_gone")
    answer = gate(released.store, released.id)
    assert (answer.released, answer.gate) == (False, None)


def test_an_answer_costs_no_more_in_a_long_log_that_was_read_before(released: Released) -> None:
    store, counted = released.store, []
    event.listen(store.database._reading, "before_cursor_execute", lambda *a: counted.append(a[2]))
    gate(store, released.id)
    counted.clear()
    gate(store, released.id)
    before = len(counted)
    for n in range(50):
        store.record_event("a", "note", str(n), {})
    gate(store, released.id)  # reads the new entries, each once
    counted.clear()
    gate(store, released.id)
    assert len(counted) == before < 40


votes = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([Verdict.APPROVE, Verdict.FLAG])), max_size=6)


@given(st.sampled_from(list(Gate)), st.integers(0, 3), votes, st.integers(0, 2))
def test_a_held_decision_is_released_by_nothing_but_enough_approvals(
    initial: Gate, required: int, given_votes: list[tuple[str, Verdict]], requests: int
) -> None:
    """Whatever happens: without a ruling, released means that enough current reviews all approve, or nobody objected."""
    if initial is Gate.HELD:
        required = max(1, required)
    reviews: list[ReviewRecord] = []
    for name, verdict in given_votes:
        mine = [r for r in reviews if r.reviewer_id == name]
        make = review if verdict is Verdict.APPROVE else flagged
        reviews.append(make("1" * 32, reviewer_id=name, supersedes=mine[-1].id if mine else None))
    found = standing(initial, required, reviews, requests)
    current = current_reviews(reviews)
    assert len(current) == len({r.reviewer_id for r in reviews})
    needed = max(required + requests, bool(current))
    assert (found.accepted, found.required) == (len(current), needed)
    approvals = [r for r in current if r.verdict is Verdict.APPROVE]
    enough = len(current) >= needed
    if found.gate is Gate.RELEASED:
        assert len(approvals) == len(current)
        assert (enough and current) or (initial is Gate.RELEASED and not requests)
    if found.state is QueueState.SETTLED:
        assert enough
        assert len(approvals) in (0, len(current))
    if found.state is QueueState.DISPUTED:
        assert enough
        assert found.gate is Gate.HELD
