"""The edge benchmark, in small: figures of what was compared, and a refusal where it does not agree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sparsemix import SparseMixModel
from tests.benchmarks import edge
from tests.benchmarks.__main__ import main
from tests.benchmarks.edge import EdgeSize, rows
from tests.benchmarks.report import BenchmarkRefused
from tests.support.paths import WEIGHTS

SMALL = EdgeSize(logs=1, events=200, long=300)


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return SparseMixModel.load(WEIGHTS)


@pytest.mark.deep
def test_a_row_says_what_was_measured_and_float32_agrees_in_everything(tmp_path: Path) -> None:
    path = tmp_path / "edge.json"
    small = ["--logs", "1", "--events", "200", "--long", "300", "--formats", "float32,int8"]
    assert main(["edge", "--json", str(path), *small]) == 0
    plain, rounded = json.loads(path.read_text())["rows"]
    assert (plain["format"], rounded["format"]) == ("float32", "int8")
    assert (plain["pairs_in_common"], plain["verdicts_same"], plain["flags_changed"]) == (1.0, 2, 0)
    assert plain["event_f1"] == plain["full_event_f1"]
    assert 0.9 < rounded["pairs_in_common"] < 1.0
    for row in (plain, rounded):
        assert row["start_seconds"] > 0 and row["long_seconds"] > 0
        assert 10 < row["peak_mb"] < 300
        assert row["runtime_mb"] < row["installed_mb"]
    assert rounded["runtime_mb"] < plain["runtime_mb"]


def test_it_refuses_to_report_what_does_not_agree(model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(_model: SparseMixModel, _kind: str) -> SparseMixModel:
        return SparseMixModel.from_bytes(
            SparseMixModel(model.network, np.array([1], np.uint32), model.neutral, (0.5, 0.1)).to_bytes()
        )

    monkeypatch.setattr(edge, "stored_as", other)
    with pytest.raises(BenchmarkRefused, match="does not decide"):
        rows(model, ("float32",), SMALL)


def test_a_runtime_that_fails_is_no_result(model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "export", lambda _model, path, _kind: path.mkdir())
    with pytest.raises(BenchmarkRefused, match="the runtime failed"):
        rows(model, ("float32",), SMALL)


@pytest.mark.parametrize("wrong", [["--formats", "int4"], ["--logs", "0"], ["--events", "1"]])
def test_settings_that_measure_nothing_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    assert main(["edge", "--json", str(tmp_path / "edge.json"), *wrong]) == 1
    assert not (tmp_path / "edge.json").exists()
