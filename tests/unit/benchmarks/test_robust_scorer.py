"""BARO's RobustScorer on runs whose scores can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix.causes.event_table import EventTable, read_event_table
from tests.benchmarks.causes.data import FaultRun, MachineData
from tests.benchmarks.causes.robust_scorer import robust_scores
from tests.benchmarks.causes.scrambling import scrambled

# Sampled at 0, 0.5, 1, ..., 5.5; the alarm begins at 4.
_VALUES = {
    "speed": {0.0: "10", 1.0: "11", 2.0: "12", 3.0: "13", 4.0: "11.5", 5.0: "2"},
    "valve": {0.0: "False", 3.5: "True", 5.0: "False"},
    "tool": {0.0: "drill", 3.5: "saw", 5.0: "mill"},
    "twin": {0.0: "drill", 3.5: "saw", 5.0: "mill"},
    "fixed before": {0.0: "1", 5.0: "900"},
    "fixed after": {0.0: "1", 3.0: "900"},
    "alarm": {0.0: "0", 1.0: "1", 2.0: "0", 4.0: "1", 5.5: "1"},
}


def run_of(values: dict[str, dict[float, str]]) -> EventTable:
    rows = [f"{time},{node},{value},{node}" for node, changes in values.items() for time, value in changes.items()]
    return read_event_table("\n".join(["time,node,value,type", *rows]).encode(), "run.csv")


def test_the_largest_distance_to_the_median_by_the_range_before_the_first_active_alarm() -> None:
    scores = dict(robust_scores(run_of(_VALUES)))
    usual = [10, 10, 11, 11, 12, 12, 13, 13]
    low, median, high = np.percentile(usual, [25, 50, 75])
    assert scores["speed"] == pytest.approx((median - 2) / (high - low))
    # No range: it counts as 1. Codes are in the order of first rows.
    assert (scores["valve"], scores["tool"]) == (1.0, 2.0)


def test_the_order_of_variables_that_are_constant_on_neither_side() -> None:
    order = [variable for variable, _ in robust_scores(run_of(_VALUES))]
    assert order == ["speed", "tool", "twin", "valve"]


def test_only_an_alarm_that_is_still_active_splits_the_run() -> None:
    over = {**_VALUES, "early alarm": {0.0: "0", 1.5: "1", 2.5: "0"}}
    assert len(run_of(over).alarms) == 2 and robust_scores(run_of(over)) == robust_scores(run_of(_VALUES))
    still = {**_VALUES, "early alarm": {0.0: "0", 1.5: "1"}}
    assert robust_scores(run_of(still)) != robust_scores(run_of(_VALUES))


def test_names_do_not_count() -> None:
    run = run_of(_VALUES)
    hidden = scrambled(MachineData((), (FaultRun("group", "scenario", run, frozenset(("valve",))),)), 0).faults[0].run
    assert [score for _, score in robust_scores(run)] == [score for _, score in robust_scores(hidden)]


def test_years_cost_no_more_than_hours() -> None:
    far = {node: {time * 1e7: value for time, value in changes.items()} for node, changes in _VALUES.items()}
    assert [variable for variable, _ in robust_scores(run_of(far))] == ["speed", "tool", "twin", "valve"]
