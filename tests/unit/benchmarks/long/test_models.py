"""The models of the benchmark `long` on a small made-up HDFS: what they learn from, what they are asked, what is counted."""

from __future__ import annotations

import dataclasses
import json
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix.errors import ConfigError
from sparsemix.trace.head_selection import HeadSelection
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.own_data import Plan
from tests.benchmarks import brute_force
from tests.benchmarks.__main__ import main
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long import baselines, models, twin
from tests.benchmarks.long.data import read, untold
from tests.benchmarks.long.forms import FORMS, renamed
from tests.benchmarks.long.model import asked, training_data
from tests.benchmarks.long.models import OURS, OWN, RENAMED, TWIN, UNMATCHED, Trainings
from tests.benchmarks.long.selection import SelectionCount
from tests.benchmarks.long.twin import longest_window, twin_plan
from tests.benchmarks.report import BenchmarkRefused
from tests.support.sparsemix.made_up_hdfs import made_up, write

PLAN = Plan(steps=2)


@pytest.fixture
def data(tmp_path: Path) -> Hdfs:
    (tmp_path / "hdfs").mkdir()
    write(tmp_path / "hdfs", *made_up(60))
    return read(tmp_path)


def test_training_reads_the_lines_before_the_cut_with_the_labels_of_their_blocks(data: Hdfs) -> None:
    (item,) = training_data(data).items
    assert [event.text for event in item.sequence.events] == list(data.lines[: data.cut])
    assert (item.faulty_steps == data.label[: data.cut]).all()


@pytest.mark.parametrize("form", FORMS)
def test_blocks_are_renamed_alike_everywhere_and_keep_nothing_of_their_names(data: Hdfs, form: str) -> None:
    other = renamed(data, form, 0)
    assert not any("blk_" in line for line in other.lines)
    assert all(other.names[number] in line for number, line in zip(other.block.tolist(), other.lines, strict=True))
    back = dict(zip(other.names, data.names, strict=True))
    behind = [[back.get(word, word) for word in line.split()[5:]] for line in other.lines]
    assert behind[7] == data.lines[7].split()[5:]
    assert renamed(data, form, 1).names != other.names == renamed(data, form, 0).names
    assert len({*other.names}) == len(other.names)
    later = renamed(data, form, 0, data.cut).lines
    assert later[: data.cut] == data.lines[: data.cut] and "blk_" not in "".join(later[data.cut :])
    if form != "number":  # a table of labels can name no lines by numbers as short as these
        (item,) = training_data(other).items
        assert (item.faulty_steps == data.label[: data.cut]).all()


def test_a_model_matches_the_blocks_and_learns_nothing_from_test_lines(data: Hdfs) -> None:
    trainings = Trainings(steps=2, beside=())
    other = dataclasses.replace(data, anomalous=data.anomalous & (np.arange(len(data.names)) < data.split))
    (first, own), (second, _) = (tuple(trainings.judged(one, (30,), (3,), lambda text: None)) for one in (data, other))
    assert [first.method, own.method, first.seed] == [OURS, OWN, 3]
    (scores, threshold), (again, same) = first.scored[30], second.scored[30]
    assert threshold == same and (scores == again).all() and len(scores) == len(data.lines) - data.cut
    assert (own.scored[30][0] == scores).all()
    figures = first.figures[30]
    assert figures["own_block_share"] == pytest.approx(1.0, abs=0.01)
    assert figures["certified_share"] == 1.0 and figures["steps"] == 2


def test_wrong_attention_is_refused(data: Hdfs, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = brute_force.dense_matches
    for wrong in (lambda out: out + 2e-5, lambda out: out * torch.nan):
        monkeypatch.setattr(brute_force, "dense_matches", lambda layer, x, m, wrong=wrong: wrong(reference(layer, x, m)))
        with pytest.raises(BenchmarkRefused, match="layer 0 differs from dense entmax attention"):
            asked(untold(data), PLAN, (), lambda length: lambda trace, span: None)


def test_models_beside_the_first_are_trained_as_long(data: Hdfs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "_WINDOWS", (32, 16))
    monkeypatch.setattr(models, "LONGEST_ASKED", 30)
    plans: list[Plan] = []
    monkeypatch.setattr(models, "asked", lambda data, plan, *rest: plans.append(plan) or asked(data, plan, *rest))
    told: list[str] = []
    judged = list(Trainings(steps=2).judged(data, (30, 60), (3, 4), told.append))
    assert [(one.method, one.seed) for one in judged] == [
        *((name, seed) for seed in (3, 4) for name in (OURS, OWN)),
        *((name, 3) for name in (RENAMED, UNMATCHED, TWIN)),
    ]
    lengths = {one.method: [*one.scored] for one in judged}
    assert lengths == {OURS: [30, 60], OWN: [30, 60], RENAMED: [60], UNMATCHED: [30, 60], TWIN: [30]}
    first = next(one.figures[30]["training_seconds"] for one in judged if one.method == OURS)
    # A training keeps to its minutes, and ends a little before them: what is compared is what was asked.
    assert [plan.minutes for plan in plans if plan.steps is None] == [first / 60.0] * 2
    assert any("dense twin: about" in line for line in told)
    with pytest.raises(ConfigError, match="unknown: triplet"):
        Trainings(beside=("triplet",))


def test_the_twin_has_the_longest_windows_that_its_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    for steps, window in (({4096: 20}, 4096), ({4096: 16, 2048: 17}, 2048), ({}, 512)):
        monkeypatch.setattr(twin, "_trial", lambda data, plan, steps=steps: steps.get(plan.longest, 0))
        assert longest_window(None, PLAN, 4.0, lambda text: None) == window  # type: ignore[arg-type]
    plan = twin_plan(PLAN, 4096, 4.0)
    assert (plan.attention, plan.steps, plan.minutes, plan.longest, plan.events) == ("softmax", None, 4.0, 4096, 8192)


def test_the_selection_is_counted_over_lines_that_have_company(data: Hdfs) -> None:
    span = (data.cut, data.cut + 4)
    block = np.zeros(len(data.lines), np.int64)
    block[slice(*span)] = [5, 6, 5, 7]
    count = SelectionCount(dataclasses.replace(data, block=block))
    # Line 0: itself, line 2 of its block, line 1 of another. Line 1, alone, does not count. Line 2: line 3.
    one = _head([[0, 1, 2], [3], [3], []], [[0.5, 0.1, 0.3], [1.0], [0.2], []])
    other = _head([[1], [], [], []], [[0.5], [], [], []])
    count.look(SelectionTrace(((other, one), (other, other))), span)
    figures = count.figures()
    assert figures == {
        "own_block_share": pytest.approx(0.3 / 0.6),
        "certified_share": 0.75,
        "keys_per_query": pytest.approx(8 / 16),
    }


def _head(keys: list[list[int]], weights: list[list[float]]) -> HeadSelection:
    pointer = np.concatenate([[0], np.cumsum([len(some) for some in keys])]).astype(np.int64)
    weight, none = np.array([*chain(*weights)], np.float32), np.zeros(0, np.float32)
    certified = np.array([True, True, True, False])
    columns = (pointer, np.array([*chain(*keys)], np.int32), weight, weight, np.zeros(len(weight), np.uint8))
    return HeadSelection(*columns, *np.zeros((2, 4), np.float32), certified, np.zeros(5, np.int64), none.astype(np.int32), none)


def test_the_command_reports_the_models(data: Hdfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_TREES", 5)
    monkeypatch.setattr(baselines, "_EPOCHS", 3)
    report = tmp_path / "long.json"
    options = ["--seeds", "0", "--lengths", "300", "--steps", "2", "--beside", "renamed", "--forms", "uuid,number"]
    assert main(["long", "--data-dir", str(tmp_path), "--json", str(report), *options]) == 0
    found = json.loads(report.read_text("utf-8"))
    assert found["complete"] and found["steps"] == 2
    by_name = {row["method"]: row for row in found["rows"]}
    assert by_name[f"{OURS}, uuid"]["f1"] == by_name[OURS]["f1"] and len(by_name[f"{OURS}, number"]["unfamiliar"]) == 1
    assert {OURS, OWN, RENAMED, f"{OURS} minus {RENAMED}", "told, forest", f"{OURS} minus told, forest"} <= {*by_name}
    assert len(by_name[RENAMED]["own_block_share"]) == 1 and by_name[OURS]["peak_mib"][0] > 0
