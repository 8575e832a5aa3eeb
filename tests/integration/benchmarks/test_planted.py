"""The planted logs as a task, with untrained weights: what is reported, and when it refuses."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from sparsemix import SparseMixModel
from tests.benchmarks.report import BenchmarkRefused
from tests.benchmarks.tasks import planted
from tests.support.sparsemix.small_models import SMALL, small_model


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    small_model().save(folder / "w.safetensors")
    small_model(config=replace(SMALL, attention="softmax")).save(folder / "w-dense.safetensors")
    return folder / "w.safetensors"


def test_a_length_has_a_row_of_each_twin(weights: Path) -> None:
    dense, sparse = planted.rows(0, 1.0, weights=weights, tests=((128, 2),))
    assert (dense["model"], sparse["model"]) == ("softmax", "entmax15")
    assert dense["density"] == 1.0
    assert 0.0 < float(str(sparse["density"])) < 1.0
    assert dense["cause_recall"] == 1.0
    assert sparse["answers"] == dense["answers"]
    difference = 100 * (float(str(sparse["accuracy"])) - float(str(dense["accuracy"])))
    assert sparse["points_to_twin"] == pytest.approx(difference)


@pytest.mark.parametrize("difference", [1e-3, math.nan])
def test_a_replay_that_differs_refuses_the_report(weights: Path, monkeypatch: pytest.MonkeyPatch, difference: float) -> None:
    model = SparseMixModel.load(weights)
    assert planted.check_replay(model, 0) < 1e-9
    monkeypatch.setattr(planted, "replay", lambda *_: [0.0, difference])
    with pytest.raises(BenchmarkRefused, match="nothing is reported"):
        planted.rows(0, 1.0, weights=weights, tests=((128, 1),))
