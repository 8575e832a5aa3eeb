"""The accuracy benchmark on a scale at which nothing is learned: what it reports, and when it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix.config import SparseMixConfig
from sparsemix.errors import ConfigError
from tests.benchmarks.__main__ import main
from tests.benchmarks.report import BenchmarkRefused, machine, write_report
from tests.benchmarks.tasks import accuracy
from tests.benchmarks.tasks.accuracy import MEASURES, Trial, check_exact, rows
from tests.benchmarks.tasks.synthetic import AssociativeRecall, ListOps, SelectiveCopying
from tests.benchmarks.tasks.twins import Recipe, SequenceModel, answer_loss, train_twins

TINY = Recipe(lengths=(32, 48), steps=6, soft_steps=3, growing_steps=4, gate=1e9, batch_tokens=96, ramp=2)
TRIALS = [Trial(task, TINY, ((32, 3), (64, 2))) for task in (AssociativeRecall(), SelectiveCopying(), ListOps())]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "MEASURES", {trial.task.name: trial.rows for trial in TRIALS})


def small_model() -> SequenceModel:
    torch.manual_seed(0)
    task = AssociativeRecall()
    return SequenceModel(task.vocabulary, task.classes, SparseMixConfig(d_model=16, heads=2, d_head=8, d_ff=16))


def test_every_task_has_rows_of_both_twins(tiny: None) -> None:
    told: list[str] = []
    found = rows(tuple(accuracy.MEASURES), (0, 1), tell=told.append)
    assert [(row["task"], row["seed"], row["length"], row["model"]) for row in found] == [
        (trial.task.name, seed, length, kind)
        for trial in TRIALS
        for seed in (0, 1)
        for length in (32, 64)
        for kind in ("softmax", "entmax15")
    ]
    for dense, sparse in zip(found[::2], found[1::2], strict=True):
        assert dense["density"] == 1.0
        assert dense["points_to_twin"] is None
        assert 0.0 < float(str(sparse["density"])) < 1.0
        difference = 100 * (float(str(sparse["accuracy"])) - float(str(dense["accuracy"])))
        assert sparse["points_to_twin"] == pytest.approx(difference)
        assert dense["answers"] == sparse["answers"]
    assert any("entmax15" in text for text in told)


def test_the_same_seed_gives_the_same_rows(tiny: None) -> None:
    def measured() -> list[dict[str, object]]:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in rows(("recall",), (3,))]

    assert measured() == measured()


def test_the_benchmark_knows_its_tasks() -> None:
    assert list(MEASURES) == ["planted", "recall", "copying", "listops"]
    with pytest.raises(ConfigError, match="unknown task 'sorting'"):
        rows(("sorting",))


def test_the_attention_of_a_trained_model_is_compared_with_the_dense_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    model = train_twins(AssociativeRecall(), TINY, 0)["entmax15"].model
    assert check_exact(model, AssociativeRecall(), 64, 0) < 1e-9
    reference = accuracy.dense_entmax_attention
    monkeypatch.setattr(accuracy, "dense_entmax_attention", lambda attention, x: reference(attention, x) + 2e-5)
    with pytest.raises(BenchmarkRefused, match="layer 0 differs"):
        check_exact(model, AssociativeRecall(), 64, 0)
    monkeypatch.setattr(accuracy, "dense_entmax_attention", lambda attention, x: reference(attention, x) * float("nan"))
    with pytest.raises(BenchmarkRefused):
        check_exact(model, AssociativeRecall(), 64, 0)


def test_the_twins_share_their_soft_steps_and_then_part() -> None:
    told: list[str] = []
    twins = train_twins(AssociativeRecall(), TINY, 0, told.append)
    assert [text.split(" loss")[0] for text in told] == [
        "recall seed 0 softmax step 3",
        "recall seed 0 entmax15 step 6",
        "recall seed 0 softmax step 6",
    ]
    dense, sparse = (torch.cat([p.flatten() for p in twins[kind].model.parameters()]) for kind in ("softmax", "entmax15"))
    assert not torch.equal(dense, sparse)
    assert {layer.attention.kind for layer in twins["entmax15"].model.blocks} == {"entmax15"}
    assert {layer.attention.kind for layer in twins["softmax"].model.blocks} == {"softmax"}


def test_the_loss_counts_asked_positions_only() -> None:
    examples = AssociativeRecall().sample(64, 2, np.random.default_rng(0))
    logits, _ = small_model()(torch.from_numpy(examples.tokens))
    changed = logits.detach().clone()
    changed[torch.from_numpy(examples.target) < 0] = 100.0
    assert torch.equal(answer_loss(logits, examples), answer_loss(changed, examples))


def test_recipes_scale_and_refuse_what_cannot_be() -> None:
    assert replace(TINY, steps=100, soft_steps=60, growing_steps=40, ramp=20).scaled(0.5) == replace(
        TINY, steps=50, soft_steps=30, growing_steps=20, ramp=10
    )
    least = TINY.scaled(1e-6)
    assert (least.steps, least.soft_steps, least.growing_steps, least.ramp) == (2, 0, 1, 1)
    with pytest.raises(ConfigError, match="scale"):
        TINY.scaled(0.0)
    with pytest.raises(ConfigError, match="soft steps"):
        replace(TINY, soft_steps=6)
    with pytest.raises(ConfigError, match="lengths grow"):
        replace(TINY, growing_steps=0)


def test_the_command_writes_a_report_and_prints_a_table(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    assert main(["accuracy", "--json", str(path), "--tasks", "copying", "--seeds", "4"]) == 0
    report = json.loads(path.read_text(encoding="utf-8"))
    assert {row["task"] for row in report["rows"]} == {"copying"}
    assert {row["seed"] for row in report["rows"]} == {4}
    assert set(machine()) == set(report["machine"])
    printed = capsys.readouterr().out
    assert "entmax15" in printed
    assert "softmax" in printed
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accuracy", "--json", str(tmp_path / "missing" / "report.json")]) == 1
    assert "no folder" in capsys.readouterr().err
    assert main(["accuracy", "--json", str(tmp_path / "report.json"), "--tasks", "sorting"]) == 1
    assert "unknown task" in capsys.readouterr().err
    with pytest.raises(SystemExit) as error:
        main(["accuracy", "--json", str(tmp_path / "report.json"), "--seeds", "one"])
    assert error.value.code == 2


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()
    with pytest.raises(OSError, match=r"report\.json"):
        write_report(tmp_path / "report.json", [])
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
