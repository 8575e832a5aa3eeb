"""Costs and savings against numbers worked out by hand, and what must hold whatever the assumptions are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit import Costs
from audit.operation.estimates import TimeByLength
from dashboard.service.decide import economics
from dashboard.service.decide.economics import DENSE, LONG, MANUAL, SPARSE, CostFigures, fitted, saving, tornado, ways

COSTS = Costs(
    sequences_day=100.0,
    events_sequence=6_000.0,
    hours_day=10.0,
    days_year=200.0,
    fault_share=0.1,
    machine_hour=1.0,
    dedicated=False,
    dense_machine_hour=2.0,
    dense_us_event=0.0,
    dense_ns_pair=1_000.0,
    dense_review_factor=2.0,
    reviewer_hour=36.0,
    engineer_hour=60.0,
    manual_lines_hour=6_000.0,
    manual_share=0.5,
    manual_found=0.8,
    missed_fault=10.0,
    false_alarm=5.0,
    set_up=1_000.0,
    training=200.0,
    labelling=300.0,
    dense_hardware=700.0,
    upkeep_year=50.0,
)
MEASURED = CostFigures(
    seconds_sequence=3.6, reviews_sequence=0.2, seconds_review=100.0, false_alarm_rate=0.01, missed_rate=0.05
)


def test_every_part_by_hand() -> None:
    found = ways(COSTS, MEASURED)
    sparse, dense, manual = found[SPARSE], found[DENSE], found[MANUAL]
    # 20,000 sequences a year of 3.6 s; 4,000 reviews of 100 s; 18,000 normal ones of which 180 are called; 2,000 faults.
    assert sparse.machine == pytest.approx(20.0)
    assert sparse.people == pytest.approx(4_000 * 100 / 3_600 * 36)
    assert sparse.false_alarms == pytest.approx(900)
    assert sparse.missed_faults == pytest.approx(1_000)
    assert (sparse.upkeep, sparse.once) == (50, 1_500)
    # 36 million pairs of 1 microsecond: 36 s a sequence, 200 hours a year.
    assert dense.machine == pytest.approx(400.0)
    assert dense.people == pytest.approx(2 * sparse.people)
    assert dense.once == 2_200
    # Half of the logs, an hour each; of 2,000 faults 800 are found.
    assert manual.people == pytest.approx(20_000 * 0.5 * 60)
    assert manual.missed_faults == pytest.approx(12_000)
    assert (manual.machine, manual.once) == (0, 0)
    assert economics.hour(manual, COSTS) == pytest.approx(manual.year / 2_000)
    assert saving(found, MANUAL, LONG) == pytest.approx(3 * manual.year - 3 * sparse.year - 1_500)


def test_a_machine_that_stands_there_costs_all_day_and_a_second_one_comes_when_it_has_to() -> None:
    standing = replace(COSTS, dedicated=True)
    assert ways(standing, MEASURED)[SPARSE].machine == 2_000
    # 100 sequences of 720 s are 20 hours of work a day of 10 hours.
    assert ways(standing, replace(MEASURED, seconds_sequence=720.0))[SPARSE].machine == 4_000


def test_what_is_not_measured_is_not_computed() -> None:
    unknown = replace(MEASURED, missed_rate=None)
    assert unknown.missing == ["missed_rate"]
    found = ways(COSTS, unknown)
    assert list(found) == [MANUAL]
    assert saving(found, MANUAL, LONG) is None
    assert economics.break_even(found, MANUAL, date(2026, 1, 1)) is None
    assert tornado(COSTS, unknown) == []


def test_break_even() -> None:
    found = ways(COSTS, MEASURED)
    begin = date(2026, 1, 1)
    yearly = found[MANUAL].year - found[SPARSE].year
    day = economics.break_even(found, MANUAL, begin)
    assert day is not None
    assert (day - begin).days == -(-1_500 / yearly * 365.25 // 1)
    dear = ways(replace(COSTS, reviewer_hour=1e6), MEASURED)
    assert economics.break_even(dear, MANUAL, begin) is None
    assert economics.break_even(found, DENSE, begin) == begin, "less to set up and less to run"


def test_what_matters_most_comes_first_and_moves_the_right_way() -> None:
    found = tornado(COSTS, MEASURED)
    reading = {"engineer_hour", "manual_lines_hour", "manual_share", "sequences_day", "days_year", "events_sequence"}
    assert {one.name for one in found[:6]} == reading
    by_name = {one.name: one for one in found}
    assert by_name["reviewer_hour"].less > by_name["reviewer_hour"].more
    assert by_name["engineer_hour"].less < by_name["engineer_hour"].more
    assert by_name["seconds_review"].less > by_name["seconds_review"].more
    assert "dense_ns_pair" not in by_name
    swings = [abs(one.more - one.less) for one in found]
    assert swings == sorted(swings, reverse=True)


def test_a_longer_log_takes_longer_by_its_events_alone_where_they_were_told_apart() -> None:
    line = TimeByLength(3.0, 0.0001, 20, 40, 9_000)
    fitted_time = replace(MEASURED, seconds_sequence=line.seconds(COSTS.events_sequence), time_by_length=line)
    assert fitted_time.seconds_of(12_000, COSTS) == pytest.approx(4.2)
    assert MEASURED.seconds_of(12_000, COSTS) == pytest.approx(7.2)
    swings = {one.name: one for one in tornado(COSTS, fitted_time, DENSE)}
    longer = replace(COSTS, events_sequence=9_000.0)
    after = ways(longer, replace(fitted_time, seconds_sequence=3.9))
    assert swings["events_sequence"].more == pytest.approx(saving(after, DENSE, LONG))


money = st.floats(0, 1e5)


@given(money, money, money, st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1e4), st.booleans())
def test_saving_and_costs_add_up(
    reviewer: float, engineer: float, missed: float, faults: float, share: float, volume: float, dedicated: bool
) -> None:
    costs = replace(
        COSTS,
        reviewer_hour=reviewer,
        engineer_hour=engineer,
        missed_fault=missed,
        fault_share=faults,
        manual_share=share,
        sequences_day=volume,
        dedicated=dedicated,
    )
    found = ways(costs, MEASURED)
    for way in found.values():
        parts = way.machine + way.people + way.false_alarms + way.missed_faults + way.upkeep
        assert way.year == pytest.approx(parts)
        assert min(way.machine, way.people, way.false_alarms, way.missed_faults) >= 0
        assert way.over(2.0) - way.over(1.0) == pytest.approx(way.year, rel=1e-6, abs=1e-3)
    difference = found[MANUAL].over(LONG) - found[SPARSE].over(LONG)
    assert saving(found, MANUAL, LONG) == pytest.approx(difference)
    day = economics.break_even(found, MANUAL, date(2026, 1, 1))
    assert day is None or found[MANUAL].year >= found[SPARSE].year


@given(st.floats(1.0, 1e3), st.floats(0.1, 1e3))
def test_times_that_keep_to_the_law_give_its_terms(us_event: float, ns_pair: float) -> None:
    lengths = [1_000.0, 4_000.0, 16_000.0]
    costs = replace(COSTS, dense_us_event=us_event, dense_ns_pair=ns_pair)
    found = fitted(lengths, [economics.dense_seconds(costs, n) for n in lengths])
    assert found == (pytest.approx(us_event, rel=1e-3), pytest.approx(ns_pair, rel=1e-3))


@given(st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3))
def test_no_term_is_below_zero(seconds: list[float]) -> None:
    assume(min(seconds) > 0)
    us_event, ns_pair = fitted([1_000.0, 4_000.0, 16_000.0], seconds)
    assert us_event >= 0
    assert ns_pair >= 0
    assert us_event + ns_pair > 0
