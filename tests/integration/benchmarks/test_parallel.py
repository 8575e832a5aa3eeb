"""The benchmark ``parallel``: it reports what both ways learned alike, and nothing when they did not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sparsemix import SparseMixModel
from tests.benchmarks import parallel
from tests.benchmarks.__main__ import main
from tests.benchmarks.parallel import Course, _train, _Trained, rows
from tests.benchmarks.report import BenchmarkRefused
from tests.integration.sparsemix.training.test_learning import lots


@pytest.mark.deep
def test_it_trains_as_the_shell_does(tmp_path: Path) -> None:
    found = _train(tmp_path, lots(tmp_path, count=16), 2, 2, 1, double=False)
    assert len(found.loss) == 2 and 0 < found.seconds < found.command_seconds
    assert found.weights == SparseMixModel.load(tmp_path / "w.safetensors").weights_sha256


@pytest.mark.deep
def test_it_reports_curves_and_then_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(_place: Path, _data: Path, steps: int, processes: int, threads: int, *, double: bool) -> _Trained:
        return _Trained([0.5] * steps, 4.0 / (processes * threads), 9.0, f"{double}")

    monkeypatch.setattr(parallel, "_train", trained)
    report = tmp_path / "report.json"
    assert main(["parallel", "--steps", "8", "--repeats", "2", "--json", str(report)]) == 0
    curves, *timed = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert curves["largest_difference"] == 0.0 and curves["steps"] == 8 and curves["same_weights"]
    assert [(row["processes"], row["threads"], row["steps_a_second"]) for row in timed] == [(1, 1, 2), (1, 2, 4), (2, 1, 4)]
    assert main(["parallel", "--repeats", "0", "--json", str(report)]) == 0
    assert len(json.loads(report.read_text(encoding="utf-8"))["rows"]) == 1


def test_curves_that_differ_are_not_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(_place: Path, _data: Path, _steps: int, processes: int, _threads: int, *, double: bool) -> _Trained:
        assert double, "timed before it was compared"
        return _Trained([1.0, 0.5 + 2e-4 * (processes - 1)], 1.0, 1.0, "")

    monkeypatch.setattr(parallel, "_train", trained)
    with pytest.raises(BenchmarkRefused, match="differ by up to 2"):
        rows(tmp_path, Course(2, 2, 1), lambda _text: None)


@pytest.mark.deep
def test_a_training_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkRefused, match="training failed"):
        rows(tmp_path / "nothing.jsonl", Course(2, 2, 1), lambda _text: None)


def test_the_generated_logs_are_a_data_set(tmp_path: Path) -> None:
    parallel.plant_logs(tmp_path / "d.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["label"] for line in lines} == {"fault", "normal"}


@pytest.mark.parametrize("wrong", [("--steps", "1"), ("--processes", "1"), ("--repeats", "-1")])
def test_what_makes_no_sense_is_refused(wrong: tuple[str, str], tmp_path: Path) -> None:
    assert main(["parallel", "--json", str(tmp_path / "r.json"), *wrong]) == 1
