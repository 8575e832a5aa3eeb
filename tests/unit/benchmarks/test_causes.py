"""Causes of alarms on a made-up machine in the form of the data: read, scored, checked, and refused where a check fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparsemix.causes.event_table import EventTable, read_event_table
from sparsemix.causes.ranking import causes, moment_of
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import ConfigError
from tests.benchmarks.__main__ import main
from tests.benchmarks.causes.baselines import BASELINES, HeldStates, ranked
from tests.benchmarks.causes.benchmark import BARO, average_precision, causes_rows
from tests.benchmarks.causes.checks import check_durations, check_scores
from tests.benchmarks.causes.data import ARCHIVE, load
from tests.benchmarks.causes.scrambling import scrambled
from tests.benchmarks.report import BenchmarkRefused
from tests.support.sparsemix.made_up_machine import faulty_run, packed, write_data_set


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("data") / "causrca").parent


def known(cause: str) -> EventTable:
    run = faulty_run(cause)
    return read_event_table(run.table(), "run.csv").until(run.diagnosis_at)


def test_archive_and_folder_hold_the_same(folder: Path, tmp_path: Path) -> None:
    packed(folder / ARCHIVE.parent, tmp_path / ARCHIVE)
    whole, below, archived = load(folder), load(folder / ARCHIVE.parent), load(tmp_path)
    assert whole == below == archived
    assert [(fault.group, fault.scenario) for fault in whole.faults] == [
        *[("axis", "exp_0")] * 2,
        *[("axis", "exp_1")] * 2,
        *[("pump", "exp_0")] * 2,
    ]
    assert whole.faults[0].true == {"AX_work_pos"} and whole.faults[0].run.end <= faulty_run("AX_work_pos").diagnosis_at


def test_data_that_are_not_there_are_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="data-dir"):
        load(tmp_path)
    (tmp_path / ARCHIVE).parent.mkdir()
    (tmp_path / ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(ConfigError, match="data-dir"):
        load(tmp_path)


@pytest.mark.parametrize("true", [["XX_unknown"], ["AX_A_100"], []])
def test_a_truth_that_is_no_variable_is_refused(tmp_path: Path, true: list[str]) -> None:
    root = write_data_set(tmp_path / "causrca", runs=1)
    (path,) = root.glob("dig_twin/exp_axis/exp_0/*_description.json")
    path.write_text(json.dumps({"manipulatedVars": true}))
    with pytest.raises(BenchmarkRefused, match="axis/exp_0/run_0"):
        load(tmp_path)


def test_average_precision_of_the_first_three() -> None:
    assert average_precision(["a", "b", "c"], {"a"}) == average_precision(["a", "b", "c"], {"a", "b"}) == 1.0
    assert average_precision(["a", "b", "c", "d"], {"a", "b", "c", "d"}) == 1.0
    assert average_precision(["x", "a", "b"], {"a", "b"}) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert average_precision(["x", "y", "z", "a"], {"a"}) == 0.0


def test_scrambled_names_say_nothing_and_keep_everything_else(folder: Path) -> None:
    data = load(folder)
    hidden = scrambled(data, 3)
    assert hidden == scrambled(data, 3) != scrambled(data, 4)
    names = {change.node for run in data.normal for change in run.changes}
    for run, other in zip(data.normal, hidden.normal, strict=True):
        assert not names & {change.node for change in other.changes}
        assert [replace(change, node="") for change in other.changes] == [replace(change, node="") for change in run.changes]
        assert len(other.alarms) == len(run.alarms)
    for fault, other in zip(data.faults, hidden.faults, strict=True):
        assert len(other.run.active(other.run.end)) == len(fault.run.active(fault.run.end)) == 1
        assert other.true <= {change.node for change in other.run.changes}


def test_rules_that_anyone_would_try(folder: Path) -> None:
    held, run = HeldStates.of(load(folder).normal), known("PU_flow")
    orders = {name: ranked(rule, run, held) for name, rule in BASELINES.items()}
    assert {len(order) for order in orders.values()} == {8} and "PU_A_200" not in orders["rarity of the state"]
    for name in ("name of the latest alarm, recency", "name of any alarm, rarity"):
        assert {*orders[name][:3]} == {"PU_on", "PU_motor", "PU_flow"}
    # The stop of the machine comes after the alarm, and what the stop switches off is latest then.
    assert set(orders["time recency, before the diagnosis"][:2]) <= {"AX_to_work", "AX_to_init", "PU_on", "PU_motor"}
    # No normal run counts such parts.
    odd = replace(run, changes=(*run.changes, replace(run.changes[-1], node="CN_parts", value="-1")))
    assert ranked(BASELINES["rarity of the state"], odd, held)[0] == "CN_parts"


def test_wrong_durations_and_scores_are_refused(folder: Path) -> None:
    normal = load(folder).normal
    usual = UsualStates.of(normal)
    check_durations(usual, normal, 0)
    wrong = {pair: lasting + 0.01 for pair, lasting in usual.states.items()}
    fewer = {pair: lasting[1:] for pair, lasting in usual.states.items()}
    for states in (wrong, fewer):
        with pytest.raises(BenchmarkRefused, match="plain loop"):
            check_durations(replace(usual, states=states), normal, 0)
    run = known("AX_work_pos")
    plain = causes(run, usual, moment_of(run, None), names=False)
    check_scores(plain, plain[::-1])
    with pytest.raises(BenchmarkRefused, match="names"):
        check_scores(plain, causes(run, usual, moment_of(run, None)))


def test_the_rows_of_every_set(folder: Path) -> None:
    rows = causes_rows(folder, 0, lambda _: None)
    assert {row["set"] for row in rows} == {"axis", "pump"}
    assert {(row["runs"], row["scenarios"]) for row in rows} == {(4, 2), (2, 1)}
    value = {(row["set"], row["method"]): row["value"] for row in rows if row["metric"] == "AP@3"}
    for name in ("axis", "pump"):
        assert value[name, "causes"] == value[name, "causes, names scrambled"] == 1.0
        assert np.mean([value[name, rule] for rule in BASELINES]) < 0.9
        # A feedback that does not come stays as it was: its distance to its usual values is no larger than before.
        assert value[name, BARO] < value[name, "causes"] and (name, f"{BARO}, names scrambled") not in value
    for row in rows:
        assert isinstance(row["low"], float) and isinstance(row["high"], float) and row["low"] <= row["high"]


def test_the_command_writes_a_report(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "causes.json"
    assert main(["causes", "--data-dir", str(folder), "--json", str(report)]) == 0
    assert json.loads(report.read_bytes())["seed"] == 0
    assert "difference to" in capsys.readouterr().out
