"""Usual states: the longest times that pairs of states last together in normal runs, the same as by a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.causes.event_table import EventTable, read_event_table
from sparsemix.causes.usual_states import UsualStates, _runs_of
from sparsemix.errors import InputError
from tests.support.sparsemix.made_up_machine import normal_runs


def table(rows: str) -> EventTable:
    return read_event_table(f"time,node,value\n{rows}".encode(), "run.csv")


def by_loop(codes: np.ndarray, edges: np.ndarray) -> dict[tuple[int, int], float]:
    """Return the longest time of every row and code of 0 and more, change by change."""
    longest: dict[tuple[int, int], float] = {}
    for row, line in enumerate(codes.tolist()):
        start = 0
        for place, code in enumerate(line):
            if place and code != line[place - 1]:
                start = place
            if code >= 0:
                seconds = float(edges[place + 1] - edges[start])
                longest[row, code] = max(longest.get((row, code), 0.0), seconds)
    return longest


@given(st.data())
def test_runs_are_those_of_a_plain_loop(data: st.DataObject) -> None:
    rows, changes = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 12))
    line = st.lists(st.integers(-1, 3), min_size=changes, max_size=changes)
    codes = np.array(data.draw(st.lists(line, min_size=rows, max_size=rows)))
    steps = data.draw(st.lists(st.integers(0, 9), min_size=changes + 1, max_size=changes + 1))
    edges = np.cumsum(steps).astype(float)
    found = _runs_of(codes, edges)
    assert {(row, code): seconds for row, code, seconds in found} == by_loop(codes, edges)
    assert len(found) == len({(row, code) for row, code, _ in found})


def test_states_last_together_until_one_of_them_changes_or_the_run_ends() -> None:
    runs = [table("0,a,x\n1,b,on\n4,a,y\n5,a,x\n6,b,off\n9,b,off\n"), table("0,a,x\n0,b,on\n10,c,1\n")]
    usual = UsualStates.of(runs)
    assert usual.variables == ("a", "b", "c") and usual.runs == 2
    assert usual.states["a", "x", "b", "on"].tolist() == [3.0, 10.0]
    assert usual.states["a", "y", "b", "on"].tolist() == [1.0]
    assert usual.states["a", "x", "b", "off"].tolist() == [3.0]


def test_the_surprise_counts_the_runs_that_lasted_so_long() -> None:
    usual = UsualStates.of([table("0,a,x\n0,b,on\n3,c,1\n"), table("0,a,x\n0,b,on\n10,c,1\n")])
    assert usual.surprise(("b", "on"), ("a", "x"), 3.0) == (pytest.approx(0.0), 2)
    assert usual.surprise(("a", "x"), ("b", "on"), 4.0) == (pytest.approx(-math.log(2 / 3)), 1)
    assert usual.surprise(("a", "x"), ("b", "never"), 0.1) == (pytest.approx(math.log(3)), 0)


def test_a_state_never_held_surprises_less_where_runs_often_hold_new_ones() -> None:
    tools = [table(f"0,tool,T{number}\n0,door,closed\n3,c,1\n") for number in range(4)]
    usual = UsualStates.of(tools)
    assert usual.new["tool"] == 4 and usual.new["door"] == 0
    # A fifth tool is no surprise after four; a door that was never open is one, with whatever tool.
    assert usual.surprise(("tool", "T9"), ("door", "closed"), 1.0) == (pytest.approx(-math.log(5 / 5)), 0)
    assert usual.surprise(("door", "open"), ("tool", "T0"), 1.0) == (pytest.approx(-math.log(1 / 5)), 0)
    assert usual.surprise(("door", "open"), ("tool", "T9"), 1.0) == (pytest.approx(-math.log(5 / 5)), 0)


def test_counters_texts_and_alarms_are_left_out_and_named() -> None:
    usual = UsualStates.of([read_event_table(run.table(), "run.csv") for run in normal_runs()])
    assert not {"CN_parts", "DR_A_300"} & {*usual.variables} and "AX_work_pos" in usual.variables
    assert "counter" in usual.left_out["CN_parts"] and "DR_A_300" not in usual.left_out
    programs = "".join(f"{second},program,P{second}\n" for second in range(40))
    usual = UsualStates.of([table(f"0,a,x\n0,b,y\n{programs}") for _ in range(2)])
    assert usual.left_out == {"program": "texts with more than 20 values"}


def test_a_node_that_is_an_alarm_in_one_run_only_breaks_no_other() -> None:
    alarms = "".join(f"{n},z,{n}.5,Alarm\n" for n in range(1200))
    odd = read_event_table(f"time,node,value,type\n0,a,x,Binary\n0,b,y,Binary\n{alarms}".encode(), "odd.csv")
    usual = UsualStates.of([odd, *(table(f"0,a,x\n0,b,y\n0,z,{n}\n9,a,x\n") for n in range(3))])
    assert usual.variables == ("a", "b", "z") and usual.states["a", "x", "z", "1"].tolist() == [9.0]


def test_a_cell_that_is_no_number_leaves_the_others_in_their_ranges() -> None:
    rows = "".join(f"{n},p,{n * 7 % 40 + 0.5}\n" for n in range(40))
    usual = UsualStates.of([table(f"0,a,x\n{rows}41,p,{odd}\n") for odd in ("n/a", "1", "inf")])
    assert not usual.left_out and {*usual.edges} == {"p"} and usual.held["p", "n/a"] == 1


def test_a_number_with_many_values_is_in_a_range_and_no_pair_of_two_numbers_is_kept() -> None:
    rows = "".join(f"{second},{node},{value + second / 100}\n" for second in range(40) for node, value in (("n", 5), ("m", 1)))
    usual = UsualStates.of([table(f"0,a,x\n{rows}40,b,y\n") for _ in range(3)])
    assert not usual.left_out and {*usual.edges} == {"n", "m"}
    ends = [change.value for change in usual.ranged(table("0,n,4\n1,n,5.2\n2,n,6\n3,n,no\n")).changes]
    assert ends == ["<= 4.9805", "5.195 to 5.26", "> 5.4095", "no"]
    pairs = {(one, other) for one, _, other, _ in usual.states}
    assert ("a", "n") in pairs and ("m", "n") not in pairs
    assert usual.comparable("a", "n") and not usual.comparable("m", "n") and not usual.comparable("a", "a")


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2") as caught:
        UsualStates.of([table("0,a,x\n0,b,y\n")])
    assert caught.value.code == "too_few_runs"
    with pytest.raises(InputError, match="no two variables") as caught:
        UsualStates.of([table("0,a,x\n"), table("0,a,x\n")])
    assert caught.value.code == "no_states"
