"""The benchmark of explanations: rows, truth, refusal, randomisation."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparsemix import ConfigError, SparseMixModel
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.randomisation import randomised
from sparsemix.explain.rerun import Rerun
from tests.benchmarks import brute_force, explanations
from tests.benchmarks.__main__ import main
from tests.benchmarks.brute_force import check_effects
from tests.benchmarks.explanations import ExplanationSettings, planted_rows, randomisation_rows, rows, speed_rows
from tests.benchmarks.report import BenchmarkRefused
from tests.support.paths import WEIGHTS
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import plant_sequence

COLUMNS = {"task", "method", "metric", "value", "low", "high"}


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return SparseMixModel.load(WEIGHTS)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Let the command measure planted causes, and return the rows that it writes."""
    report = tmp_path_factory.mktemp("planted") / "explanations.json"
    arguments = ["explanations", "--json", str(report), "--tasks", "planted", "--logs", "1", "--events", "600"]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(explanations, "planted_rows", partial(planted_rows, scored=1))
        assert main([*arguments, "--seeds", "3"]) == 0
    assert "pair_pointing_game" in printed.getvalue()
    found: list[dict[str, Any]] = json.loads(report.read_text())["rows"]
    return found


@pytest.mark.deep
def test_planted_causes_are_found_by_methods_and_missed_by_controls(planted: list[dict[str, Any]]) -> None:
    assert {row["task"] for row in planted} == {"planted"}
    assert all(set(row) == COLUMNS for row in planted)
    value = {(row["method"], row["metric"]): row["value"] for row in planted}
    assert value["pair_effect", "pair_pointing_game"] >= 0.8
    assert value["pair_effect", "pair_recall@5"] >= value["pair_effect", "pair_pointing_game"]
    assert value["pair_effect", "event_pointing_game"] > value["position", "event_pointing_game"]
    assert value["integrated_gradients", "delta_below_0.01"] == 1.0
    assert value["pair_effect", "comprehensiveness_logit"] > value["matched", "comprehensiveness_logit"]
    assert all(row["low"] <= row["value"] <= row["high"] for row in planted)


def test_effects_that_brute_force_contradicts_are_not_reported(model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_effects(model, 0, events=200) < 1e-9
    right = brute_force.without_pairs
    monkeypatch.setattr(brute_force, "without_pairs", lambda m, s, removed: right(m, s, removed) + 1e-3 * len(removed))
    with pytest.raises(BenchmarkRefused, match="nothing is reported"):
        check_effects(model, 0, events=200)
    monkeypatch.setattr(brute_force, "without_pairs", lambda m, s, removed: right(m, s, removed) * np.nan)
    with pytest.raises(BenchmarkRefused):
        check_effects(model, 0, events=200)


def test_brute_force_is_the_dense_reference(model: SparseMixModel) -> None:
    sequence = plant_sequence(120)
    trace = model.run_with_trace(sequence).trace
    head = trace.heads[0][1]
    pair = Pair(0, 1, int(head.query_index[50]), int(head.key_index[50]))
    change = Intervention.without([pair])
    found = brute_force.without_pairs(model, sequence, change.removed)
    assert np.abs(found - dense_logits(model, sequence, change)).max() < 1e-12
    assert np.abs(found - Rerun(model, sequence, trace)(change).logits(Rerun(model, sequence, trace).logits)).max() < 1e-9


def test_randomised_weights_keep_their_values_and_lose_their_order(model: SparseMixModel) -> None:
    other = randomised(model, 2, seed=1)
    assert other.weights_sha256 != model.weights_sha256
    assert other.weights_sha256 == randomised(model, 2, seed=1).weights_sha256
    for (name, before), after in zip(model.network.state_dict().items(), other.network.state_dict().values(), strict=True):
        assert np.array_equal(np.sort(before.numpy().ravel()), np.sort(after.numpy().ravel())), name
    untouched = "layers.0.attention.q.weight"
    assert np.array_equal(other.network.state_dict()[untouched].numpy(), model.network.state_dict()[untouched].numpy())


@pytest.mark.deep
def test_randomising_the_weights_destroys_the_explanations(model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.explanations._RANDOMISED_EVENTS", 256)
    monkeypatch.setattr("tests.benchmarks.explanations._RANDOMISED_TARGETS", 2)
    found = randomisation_rows(model, (0,))
    curve = [row["value"] for row in found if row["method"] == "pair_effect"]
    assert curve[0] == pytest.approx(1.0)
    assert abs(curve[-1]) < 0.3
    assert len(curve) == 5


@pytest.mark.deep
def test_speed_stands_beside_a_whole_run(model: SparseMixModel) -> None:
    found = speed_rows(model, 0, events=400, pairs=6)
    assert [row["method"] for row in found] == ["pair_effect", "whole_run", "pair_effect", "integrated_gradients"]
    assert all(row["value"] > 0 for row in found)
    assert "for 6 pairs at 400 events" in str(found[0]["metric"])


def test_settings_that_measure_nothing_are_refused(model: SparseMixModel) -> None:
    with pytest.raises(ConfigError, match="unknown task magic"):
        rows(model, ("magic",), ExplanationSettings((0,)))
    with pytest.raises(ConfigError, match="at least one log"):
        planted_rows(model, (0,), 0, 4096)
    told: list[str] = []
    assert rows(model, ("toxic_spans",), ExplanationSettings((0,)), told.append) == []
    assert told == ["toxic_spans is left out: it needs --data-dir"]


def test_no_task_and_no_place_for_the_report_are_refused(tmp_path: Path) -> None:
    assert main(["explanations", "--json", str(tmp_path / "r.json"), "--tasks", "none"]) == 1
    assert main(["explanations", "--json", str(tmp_path / "no" / "r.json")]) == 1
