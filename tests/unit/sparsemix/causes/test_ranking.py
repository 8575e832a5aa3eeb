"""Causes of an alarm: on a made-up machine the feedback that does not come is first, with and without names."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sparsemix.causes.event_table import EventTable, read_event_table
from sparsemix.causes.ranking import Cause, causes, moment_of, not_compared
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import InputError
from tests.support.sparsemix.made_up_machine import FAULTS, faulty_run, normal_runs

COMMAND = {"AX_work_pos": "AX_to_work", "AX_init_pos": "AX_to_init", "PU_flow": "PU_on"}


@cache
def normal() -> tuple[EventTable, ...]:
    return tuple(read_event_table(run.table(), "normal.csv") for run in normal_runs())


@cache
def usual() -> UsualStates:
    return UsualStates.of(normal())


def known(cause: str, seed: int = 0) -> EventTable:
    """Return what is known of a faulty run when somebody looks at the alarm."""
    run = faulty_run(cause, seed)
    return read_event_table(run.table(), "fault.csv").until(run.diagnosis_at)


def ranked(run: EventTable, states: UsualStates, *, names: bool) -> list[Cause]:
    return causes(run, states, moment_of(run, None), names=names)


@pytest.mark.parametrize("cause", FAULTS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("names", [True, False])
def test_the_feedback_that_does_not_come_is_first(cause: str, seed: int, names: bool) -> None:
    first, second = ranked(known(cause, seed), usual(), names=names)[:2]
    assert first.variable == cause and first.score > second.score and first.alike == names
    command = next(one for one in first.evidence if one.other == COMMAND[cause])
    assert (command.value, command.runs) == ("True", 0)
    assert command.seconds == pytest.approx(FAULTS[cause][1] + 0.05)


def test_evidence_falls_and_adds_up_to_the_score() -> None:
    for one in ranked(known("PU_flow"), usual(), names=False):
        surprises = [found.surprise for found in one.evidence]
        assert surprises == sorted(surprises, reverse=True)
        assert one.score == pytest.approx(sum(surprises[:5]) / 5 + one.rarity if surprises else 0.0)


def test_scrambled_names_give_the_same_order_without_names() -> None:
    run = known("AX_work_pos")
    nodes = sorted({change.node for table in (run, *normal()) for change in table.changes})
    order = np.random.default_rng(5).permutation(len(nodes)).tolist()
    word = {node: f"word{place}" for node, place in zip(nodes, order, strict=True)}

    def scrambled(table: EventTable) -> EventTable:
        changes = tuple(replace(change, node=word[change.node]) for change in table.changes)
        return EventTable(table.name, changes, frozenset(word[alarm] for alarm in table.alarms))

    plain = ranked(run, usual(), names=False)
    other = ranked(scrambled(run), UsualStates.of([scrambled(table) for table in normal()]), names=False)
    assert [(one.score, one.since) for one in other] == [(one.score, one.since) for one in plain]
    # Names decide between variables with the same score that changed together, as these two do.
    tied = {"AX_to_init", "AX_to_work"}
    assert [one.variable for one in other if one.variable not in {word[name] for name in tied}] == [
        word[one.variable] for one in plain if one.variable not in tied
    ]


def test_what_is_no_longer_so_at_the_alarm_does_not_count() -> None:
    """The stop of the machine comes after the alarm: the state at the alarm is explained."""
    run = known("AX_work_pos")
    assert {one.variable: one.value for one in ranked(run, usual(), names=False)}["AX_to_work"] == "True"
    assert [change.value for change in run.changes if change.node == "AX_to_work"][-1] == "False"


def test_the_line_is_that_of_the_last_change_of_value() -> None:
    data = faulty_run("PU_flow").table()
    for one in ranked(known("PU_flow"), usual(), names=True):
        cells = data.decode().splitlines()[one.line - 1].split(",")
        assert cells[1:3] == [one.variable, one.value]


@pytest.mark.parametrize("node", ["NEW_sensor", "PU_sensor"])
def test_a_variable_that_no_normal_run_has_is_last_whatever_its_name(node: str) -> None:
    run = known("PU_flow")
    odd = replace(run, changes=(replace(run.changes[0], node=node), *run.changes))
    found = next(one for one in ranked(odd, usual(), names=True) if one.variable == node)
    assert (found.score, found.evidence, found.alike) == (0.0, (), node.startswith("PU_"))
    assert ranked(odd, usual(), names=True)[0].variable == "PU_flow"


def hydraulics(pressures: list[float], alarm: bool = False) -> EventTable:
    """Return a run of twenty seconds in which a pump runs and its pressure moves."""
    rows = ["time,node,value", "0,HY_pump,on", "0,LB_level,full", "0,DR_door,closed"]
    rows += [f"{second},HY_pressure,{pressure}" for second, pressure in enumerate(pressures)]
    rows += ["20,HY_alarm,on"] if alarm else ["20,DR_door,open"]
    return read_event_table("\n".join(rows).encode(), "run.csv")


@pytest.mark.parametrize("names", [True, False])
def test_a_number_that_no_normal_run_ever_held_is_first(names: bool) -> None:
    random = np.random.default_rng(0)
    states = UsualStates.of([hydraulics(np.round(random.normal(100, 2, 20), 2).tolist()) for _ in range(12)])
    leak = [*np.round(random.normal(100, 2, 12), 2).tolist(), *np.round(np.linspace(70, 20, 8), 2).tolist()]
    first, *_ = ranked(hydraulics(leak, alarm=True), states, names=names)
    assert (first.variable, first.line) == ("HY_pressure", 17) and first.value.startswith("<= 9")
    assert first.since == pytest.approx(8.05) and {one.runs for one in first.evidence} == {0}


def test_what_is_not_compared_is_named_with_the_reason() -> None:
    run = known("PU_flow")
    changes = tuple(change for change in run.changes if change.node != "PU_motor")
    odd = EventTable(run.name, (replace(changes[0], node="NEW"), *changes), run.alarms | {"PU_on"})
    named = not_compared(odd, usual(), ranked(odd, usual(), names=True))
    assert [*named] == ["CN_parts", "NEW", "PU_motor", "PU_on"] and "counter" in named["CN_parts"]
    assert [named[one] for one in ("NEW", "PU_motor", "PU_on")] == [
        "no normal run has it",
        "this run does not have it",
        "an alarm in this run",
    ]


def test_of_what_is_equally_surprising_the_first_to_change_is_first() -> None:
    quiet = [read_event_table(b"time,node,value\n0,a,on\n0,b,on\n0,c,on\n9,a,on\n", "run.csv") for _ in range(4)]
    fault = b"time,node,value\n0,a,on\n0,b,on\n0,c,on\n3,b,off\n4,a,off\n9,x_alarm,on\n"
    found = ranked(read_event_table(fault, "run.csv"), UsualStates.of(quiet), names=True)
    assert [one.variable for one in found] == ["b", "a", "c"] and found[0].score == found[1].score


def test_without_an_active_alarm_the_way_out_is_named() -> None:
    run = faulty_run("PU_flow")
    table = read_event_table(run.table(), "fault.csv")
    for at in (None, 1.0):
        with pytest.raises(InputError, match="--at") as caught:
            moment_of(table, at)
        assert caught.value.code == "no_alarm"
    assert run.alarm_at is not None and moment_of(table, run.diagnosis_at) == pytest.approx(run.alarm_at + 0.05, abs=1e-3)
    assert causes(table, usual(), -1.0) == []
