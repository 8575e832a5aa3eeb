"""KPI against a record whose truth is known: counted by hand, by source, by week, and blind to what is not settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from audit import (
    Access,
    AuditStore,
    Costs,
    InvalidRecord,
    Kpi,
    Reason,
    ReviewPolicy,
    Role,
    Scope,
    Statistic,
    Verdict,
)
from audit.operation.observations import observations
from tests.support.audit.operating import START, Case, made, operate, say
from tests.support.audit.team import Clock, give, join

Lead = Callable[[], Access]


def weighed(cases: list[Case], counts: str, hits: str) -> float:
    """Compute the share by hand: all called decisions are known; each drawn one of the others stands for all others."""
    drawn = [case for case in cases if case.route == "random_control"]
    called = [case for case in cases if case.called]
    factor = (len(cases) - len(called)) / len(drawn)

    def total(rule: str) -> float:
        def good(case: Case) -> bool:
            return {
                "all": True,
                "right": case.right,
                "sound": not case.fault,
                "faulty": case.fault,
                "false alarm": case.called and not case.fault,
                "missed": case.fault and not case.called,
                "rightly called": case.called and case.fault,
                "missed cause": case.missed_cause,
            }[rule]

        return sum(map(good, called)) + factor * sum(map(good, drawn))

    return total(hits) / total(counts)


@pytest.fixture
def lead(timed: AuditStore, clock: Clock) -> Lead:
    clock.now = START
    return lambda: join(timed, "lead", Role.LEAD)


def test_shares_are_those_counted_by_hand(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    cases = operate(timed, clock)
    measured = lead().operation.kpi()
    values = measured.whole.values
    wanted = {
        Kpi.ACCURACY: weighed(cases, "all", "right"),
        Kpi.FALSE_ALARMS: weighed(cases, "sound", "false alarm"),
        Kpi.MISSED_FAULTS: weighed(cases, "faulty", "missed"),
        Kpi.MISSED_CAUSES: weighed(cases, "rightly called", "missed cause"),
    }
    for kpi, value in wanted.items():
        assert values[kpi].value == pytest.approx(value), kpi
        assert values[kpi].low < value < values[kpi].high
    reviewed = sum(case.reviewed for case in cases)
    assert (measured.whole.decisions, measured.whole.judged) == (len(cases), reviewed)
    assert values[Kpi.ACCURACY].items == reviewed
    assert measured.whole.fault_share.value == pytest.approx(weighed(cases, "all", "faulty"))
    assert values[Kpi.HELD].value == sum(case.called for case in cases) / len(cases)


def test_spans_and_loads(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    cases = operate(timed, clock)
    reviews = sum(case.reviewed for case in cases)
    scope = Scope("2026-03-02T00:00:00.000Z", "2026-03-22T00:00:00.000Z")
    measured = lead().operation.kpi(scope)
    values = measured.whole.values
    assert values[Kpi.LATENCY] == Statistic(2.0, 2.0, 2.0, measured.whole.decisions)
    assert (values[Kpi.MEMORY].value, values[Kpi.KEPT_PAIRS].value) == (600.5, pytest.approx(0.005))
    assert measured.whole.mean_review_seconds.value == 60
    # From the first decision, at eight, to the end.
    days = 20 - 8 / 24
    assert measured.whole.days == pytest.approx(days)
    load = measured.whole.mean_review_seconds.items / 60 / days
    assert values[Kpi.REVIEW_LOAD].value == pytest.approx(load)
    assert values[Kpi.REVIEW_LOAD].items <= reviews
    assert values[Kpi.WAITING].value == pytest.approx(58 / 3_600, rel=0.05)  # decided in 2 s, reviewed 60 s after the start
    costs = Costs()
    hours = days * costs.hours_day
    assert values[Kpi.COST_HOUR].value == pytest.approx(costs.machine_hour + load * days * costs.reviewer_hour / hours)


def test_by_source_by_week_and_by_weights(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    operate(timed, clock, 60)
    operate(timed, clock, 30, seed=2, weights_sha256="ab" * 32)
    access = lead()
    measured = access.operation.kpi()
    assert set(measured.sources) == {"line-1", "line-2", "line-3"}
    assert sum(one.decisions for one in measured.sources.values()) == 90
    assert list(measured.weeks) == [f"2026-03-{day:02d}T00:00:00.000Z" for day in (2, 9, 16)]
    assert sum(one.decisions for one in measured.weeks.values()) == 90
    assert len(measured.weights) == 2
    assert access.operation.kpi(Scope(weights="ab" * 32)).whole.decisions == 30
    assert access.operation.kpi(Scope(sources=("LINE-[12]",))).whole.decisions == 60
    assert access.operation.kpi(Scope(sources=("nobody*",))).whole.values[Kpi.ACCURACY] == Statistic(None, None, None, 0)
    alone = access.operation.kpi(Scope(sources=("line-2",))).whole
    assert alone == measured.sources["line-2"]


def test_a_review_that_somebody_asked_for_is_no_random_draw(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    access = lead()
    reviewer = join(timed, "aiko", Role.REVIEWER)
    for number in range(4):
        say(reviewer, clock, made(timed, START, "line-1", called=False, route="random_control"), **good(number))
    asked = made(timed, START, "line-1", called=False, route="not_sampled")
    access.queue.request_review(asked, "it looks odd")
    say(reviewer, clock, asked, called=False, fault=True, missed=False)
    measured = access.operation.kpi().whole
    assert measured.values[Kpi.ACCURACY].value == 1.0
    assert (measured.judged, measured.drawn, measured.drawn_judged) == (4, 4, 4)
    assert measured.mean_review_seconds.items == 5


def good(_: int) -> dict[str, bool]:
    return {"called": False, "fault": False, "missed": False}


def test_nothing_tells_what_is_judged_blind_or_not_settled(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    """What the model says of a decision that waits, and what a first reviewer said of it, shows nowhere."""
    operate(timed, clock, 40)
    access = lead()
    seen = []
    for called, verdict in ((True, Verdict.APPROVE), (False, Verdict.FLAG)):
        id = made(timed, clock.now, "line-9", called=called, route="unfamiliar_input", blind=True, required_reviews=2)
        give(join(timed, f"r-{called}", Role.REVIEWER), id, verdict, opened_at=clock.text)
        measured = access.operation.kpi(Scope(sources=("line-9",))).whole
        seen.append({kpi: value for kpi, value in measured.values.items() if kpi is not Kpi.REVIEW_LOAD})
        with timed.database.write() as connection:
            ones = observations(connection, Scope(sources=("line-9",)), clock.text)
        assert {(one.right, one.fault, one.called_fault, one.missed_cause) for one in ones} == {(None, None, None, None)}
    assert all(value.value is None for kpi, value in seen[1].items() if kpi in (Kpi.ACCURACY, Kpi.MISSED_FAULTS))


def test_the_time_to_settle_is_not_known_while_what_there_is_waits(timed: AuditStore, clock: Clock) -> None:
    clock.now = START
    made(timed, START, "line-1", called=True, route="fault", due_at="2026-03-02T09:00:00.000Z")
    clock.move(7_202)
    measured = join(timed, "late", Role.LEAD).operation.kpi().whole
    assert (measured.waiting, measured.overdue) == (1, 1)
    assert measured.values[Kpi.WAITING] == Statistic(None, None, None, 0)


def test_what_waits_makes_the_time_to_settle_longer_not_shorter(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    """Nine settled after ten minutes: with one more that waits it is still known, with four more nobody can say."""
    access, reviewer = lead(), join(timed, "aiko", Role.REVIEWER)
    for number in range(9):
        id = made(timed, START, "line-1", called=True, route="fault")
        say(reviewer, clock, id, called=True, fault=True, missed=False, seconds=0 if number else 600)
    settled = access.operation.kpi().whole.values[Kpi.WAITING]
    assert (settled.value, settled.items) == (pytest.approx(1 / 6, abs=0.01), 9)
    made(timed, START, "line-1", called=True, route="fault")
    clock.move(60)
    one_waits = access.operation.kpi().whole.values[Kpi.WAITING]
    assert (one_waits.value, one_waits.items) == (settled.value, 9)
    for _ in range(3):
        made(timed, START, "line-1", called=True, route="fault")
    assert access.operation.kpi().whole.values[Kpi.WAITING] == Statistic(None, None, None, 9)


def test_reasons_that_say_nothing_of_the_verdict_do_not_count(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    access, reviewer = lead(), join(timed, "aiko", Role.REVIEWER)
    for reason, corrected in (
        (Reason.WRONG_CAUSE, None),
        (Reason.DATA_PROBLEM, None),
        (Reason.OTHER, "normal"),
        (Reason.WRONG_VERDICT, None),
    ):
        id = made(timed, START, "line-1", called=True, route="fault")
        give(reviewer, id, Verdict.FLAG, reason=reason, corrected_label=corrected, opened_at=clock.text)
    measured = access.operation.kpi().whole
    assert (measured.values[Kpi.ACCURACY].value, measured.values[Kpi.ACCURACY].items) == (pytest.approx(1 / 3), 3)
    assert measured.values[Kpi.MISSED_CAUSES].value == 1.0


def test_agreement_takes_settled_decisions_only(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    access = lead()
    people = [join(timed, name, Role.REVIEWER) for name in ("aiko", "ben")]
    access.admin.set_policy(ReviewPolicy(overlap=2))
    for verdict in (Verdict.APPROVE, Verdict.FLAG, Verdict.APPROVE):
        id = made(timed, START, "line-1", called=True, route="fault", required_reviews=2)
        for who in people:
            give(who, id, verdict, opened_at=clock.text)
    disputed = made(timed, START, "line-1", called=True, route="fault", required_reviews=2)
    for who, verdict in zip(people, (Verdict.APPROVE, Verdict.FLAG), strict=True):
        give(who, disputed, verdict, opened_at=clock.text)
    measured = access.operation.kpi().whole.values[Kpi.AGREEMENT]
    assert (measured.value, measured.items) == (1.0, 3)


def test_decisions_without_a_source_count_for_all_and_for_no_line(timed: AuditStore, lead: Lead) -> None:
    made(timed, START, None, called=True, route="fault")
    access = lead()
    assert access.operation.kpi().whole.decisions == 1
    assert access.operation.kpi(Scope(sources=("line*",))).whole.decisions == 0
    assert set(access.operation.kpi().sources) == {""}


def test_a_page_left_open_over_night_is_an_hour(timed: AuditStore, clock: Clock, lead: Lead) -> None:
    clock.now = START + timedelta(days=1)
    access, reviewer = lead(), join(timed, "aiko", Role.REVIEWER)
    give(reviewer, made(timed, START, "line-1", called=True, route="fault"), opened_at="2026-03-02T09:00:00.000Z")
    assert access.operation.kpi().whole.mean_review_seconds.value == 3_600


def test_details_may_hold_any_character(store: AuditStore) -> None:
    made(store, START, None, called=True, route="fault", details={"source": "line-1", "note": "a\x00b\u2028"})
    assert set(join(store, "lead", Role.LEAD).operation.kpi().sources) == {"line-1"}


@pytest.mark.parametrize("wrong", [{"since": "yesterday"}, {"sources": ["line"]}, {"sources": ("",)}, {"weights": "abc"}])
def test_a_scope_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        Scope(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault_share": 1.1},
        {"machine_hour": -1.0},
        {"hours_day": 25.0},
        {"sequences_day": 0.0},
        {"currency": ""},
        {"dedicated": 1},
    ],
)
def test_assumptions_refuse(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord, match=next(iter(wrong))):
        Costs(**wrong)  # type: ignore[arg-type]


def test_assumptions_are_an_entry_of_the_log(store: AuditStore) -> None:
    access = join(store, "lead", Role.LEAD)
    assert access.operation.costs() == Costs()
    entry = access.operation.set_costs(Costs(reviewer_hour=60.0, currency="JPY"))
    assert (entry.type, entry.subject, entry.actor) == ("costs", "assumptions", access.person.id)
    assert access.operation.costs() == Costs(reviewer_hour=60.0, currency="JPY")
    assert store.verify().ok
