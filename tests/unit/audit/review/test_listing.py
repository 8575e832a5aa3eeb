"""Lists of decisions: what the database finds and orders is what the rows show to this person, and nothing that they hide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit import (
    Access,
    AuditStore,
    DecisionFilter,
    DecisionSummary,
    Denied,
    Gate,
    InvalidRecord,
    Order,
    QueueState,
    ReviewKind,
    Role,
    Verdict,
)
from tests.support.audit.team import give, join, record, set_policy

NAMES = ("line 4.log", "LINE_4.csv", "100%.log", "ライン3.log", "a_b.log", "aXb.log")


@pytest.fixture
def team(store: AuditStore) -> dict[str, Access]:
    """People of every kind at decisions in every state, some of them blind, one under a claim each."""
    people = {
        "one": join(store, "one", Role.REVIEWER),
        "two": join(store, "two", Role.REVIEWER),
        "lead": join(store, "lead", Role.LEAD),
        "viewer": join(store, "viewer", Role.VIEWER),
        "fresh": join(store, "fresh", Role.REVIEWER, Role.AUDITOR),
    }
    one, two, lead = people["one"], people["two"], people["lead"]
    for blind in (False, True):
        for n, gate in enumerate(Gate):
            made = [
                record(
                    store,
                    blind=blind,
                    gate=gate,
                    required_reviews=2,
                    input_name=NAMES[(n + k) % len(NAMES)],
                    label=("fault", "normal")[k % 2],
                    score=(0.1 + 0.2 * n + 0.07 * k) % 1,
                    started_at=f"2026-03-0{1 + k}T09:30:00.000Z",
                    warnings=(("unfamiliar_input",), ("skipped_lines:3", 'said "unfamiliar_input"'), ())[k % 3],
                    due_at=f"2026-03-1{k}T00:00:00.000Z" if gate is Gate.HELD else None,
                )
                for k in range(6)
            ]
            give(one, made[1], suggestion_visible=not blind)
            give(one, made[2], Verdict.FLAG, suggestion_visible=not blind)
            for id, verdict in ((made[3], Verdict.APPROVE), (made[4], Verdict.FLAG)):
                give(one, id, suggestion_visible=not blind)
                give(two, id, verdict, suggestion_visible=not blind)
            given = give(two, made[5], suggestion_visible=not blind)
            two.queue.withdraw(given.id)
            if n == 0:
                lead.queue.request_review(made[0], "look again")
    two.queue.claim()
    one.queue.claim_decision(record(store, blind=True))
    lead.queue.claim(ReviewKind.ADJUDICATION)
    return people


def everything(access: Access) -> list[DecisionSummary]:
    """All decisions as this person sees them, newest first, by the way that knows no filter."""
    return access.decisions(limit=1000, newest_first=True)


def warned(summary: DecisionSummary) -> bool:
    return "unfamiliar_input" in summary.decision.warnings


FITS: list[tuple[DecisionFilter, Callable[[DecisionSummary], bool]]] = [
    (DecisionFilter(), lambda _s: True),
    (DecisionFilter(text="LiNe"), lambda s: "line" in s.decision.input_name.lower()),
    (DecisionFilter(text="ライン"), lambda s: "ライン" in s.decision.input_name),
    (DecisionFilter(text="a_b"), lambda s: "a_b" in s.decision.input_name),
    (DecisionFilter(text="0%"), lambda s: "0%" in s.decision.input_name),
    (DecisionFilter(label="fault"), lambda s: not s.blind and s.decision.label == "fault"),
    (DecisionFilter(warning="unfamiliar_input"), lambda s: not s.blind and warned(s)),
    (DecisionFilter(warning="skipped_lines"), lambda s: not s.blind and "skipped_lines:3" in s.decision.warnings),
    (
        DecisionFilter(since="2026-03-02T00:00:00.000Z", before="2026-03-04T00:00:00.000Z"),
        lambda s: s.decision.started_at[9] in "23",
    ),
    *[(DecisionFilter(gate=gate), lambda s, gate=gate: not s.blind and s.gate is gate) for gate in Gate],  # type: ignore[misc]
    *[(DecisionFilter(state=state), lambda s, state=state: s.state is state) for state in QueueState],  # type: ignore[misc]
    (
        DecisionFilter(text="log", label="normal", gate=Gate.HELD, state=QueueState.OPEN),
        lambda s: (
            not s.blind
            and ".log" in s.decision.input_name
            and (s.decision.label, s.gate, s.state) == ("normal", Gate.HELD, QueueState.OPEN)
        ),
    ),
]


def test_a_filter_finds_exactly_the_rows_that_show_it_to_the_reader(team: dict[str, Access]) -> None:
    for name, access in team.items():
        rows = everything(access)
        assert len(rows) == access.find(DecisionFilter()).total == 37
        for wanted, fits in FITS:
            found = access.find(wanted)
            assert found.summaries == [row for row in rows if fits(row)], (name, wanted)
            assert found.total == len(found.summaries)
    assert {s.blind for s in everything(team["fresh"])} == {True, False}, "the test is about blind rows too"


def test_an_order_tells_nothing_of_blind_rows(team: dict[str, Access]) -> None:
    for access in team.values():
        rows = everything(access)
        likely = access.find(DecisionFilter(), Order.PROBABLE).summaries
        assert likely == sorted(rows, key=lambda s: (s.blind, 0 if s.blind else -s.decision.score))
        held = access.find(DecisionFilter(), Order.HELD).summaries
        assert held == sorted(rows, key=lambda s: s.state is QueueState.SETTLED or s.blind or s.gate is not Gate.HELD)
        urgent = access.find(DecisionFilter(), Order.URGENT).summaries
        assert urgent == sorted(
            rows,
            key=lambda s: (
                s.state is QueueState.SETTLED,
                s.blind or s.gate is not Gate.HELD,
                "9999-12-31T23:59:59.999Z" if s.blind or s.due_at is None else s.due_at,
            ),
        )
        assert access.find(DecisionFilter(), Order.OLDEST).summaries == rows[::-1]
        names = [s.decision.input_name.lower() for s in access.find(DecisionFilter(), Order.NAME).summaries]
        assert [n for n in names if n.isascii() and n[0].isalpha()] == sorted(
            n for n in names if n.isascii() and n[0].isalpha()
        )


def test_pages_are_parts_of_the_whole_list(team: dict[str, Access]) -> None:
    access = team["one"]
    whole = access.find(DecisionFilter(text="log"), Order.PROBABLE)
    pages = [access.find(DecisionFilter(text="log"), Order.PROBABLE, limit=5, offset=at) for at in range(0, whole.total + 5, 5)]
    assert [s for page in pages for s in page.summaries] == whole.summaries
    assert {page.total for page in pages} == {whole.total}


def test_a_control_item_in_hand_is_found_as_one_of_those_that_wait(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, kenji = join(store, "lead", Role.LEAD), join(store, "kenji", Role.REVIEWER)
    known = record(store, input_name="control.log")
    give(join(store, "aiko", Role.REVIEWER), known, Verdict.FLAG)
    lead.queue.seed_control(known, Verdict.FLAG, "clear")
    record(store, input_name="waits.log")
    set_policy(store, control_share=0.5)
    monkeypatch.setattr("audit.review.claims.random.random", lambda: 0.0)
    claim = kenji.queue.claim()
    assert claim is not None
    assert claim.decision_id == known
    assert kenji.find(DecisionFilter(state=QueueState.SETTLED)).total == 0
    assert kenji.find(DecisionFilter(state=QueueState.OPEN)).total == 2
    assert kenji.find(DecisionFilter(gate=Gate.REJECTED)).total == 0


def test_a_list_of_ids_finds_those_that_are_there(store: AuditStore) -> None:
    ids = [record(store) for _ in range(3)]
    access = store.single_user("Aiko")
    found = access.find(DecisionFilter(ids=(ids[2], ids[0], "0" * 32)))
    assert [s.decision.id for s in found.summaries] == [ids[2], ids[0]]
    assert access.find(DecisionFilter(ids=())).total == 0


@pytest.mark.parametrize("wrong", [{"text": "a\0b"}, {"text": "x" * 1001}, {"since": "yesterday"}, {"label": ""}])
def test_what_cannot_be_looked_for_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRecord):
        DecisionFilter(**wrong)  # type: ignore[arg-type]


def test_who_may_not_read_finds_nothing(store: AuditStore) -> None:
    record(store)
    with pytest.raises(Denied):
        join(store, "nobody").find(DecisionFilter())
    with pytest.raises(InvalidRecord):
        store.single_user("Aiko").find(DecisionFilter(), limit=-1)
