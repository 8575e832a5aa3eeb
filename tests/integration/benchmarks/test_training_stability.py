"""The stability of training: the three trainings of the collapse benchmark on a few steps, and the spread over seeds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sparsemix import ConfigError
from sparsemix.training.generated.training import train
from tests.benchmarks import training_stability
from tests.benchmarks.__main__ import main
from tests.support.paths import WEIGHTS

DENSE = WEIGHTS.with_name("weights-dense.safetensors")


def test_only_the_penalties_and_the_guard_differ() -> None:
    plans = training_stability.plans(30, 0)
    assert [plan.guard for plan in plans.values()] == [False, True, True]
    early, guarded, gated = plans.values()
    assert early.gate > 1e6 > gated.gate
    assert early.sharpness == guarded.sharpness > gated.sharpness
    assert early.stages == guarded.stages == gated.stages


@pytest.mark.deep
def test_a_row_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(config: object, plan: object, report: object) -> object:
        short = replace(plan, training_logs=2, validation_logs=1, log_events=256)  # type: ignore[type-var]
        return train(config, short, report)  # type: ignore[arg-type]

    monkeypatch.setattr(training_stability, "train", small)
    report = tmp_path / "c.json"
    assert main(["collapse", "--json", str(report), "--steps", "4"]) == 0
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert [row["training"] for row in rows] == list(training_stability.plans(4, 0))
    assert all(0.0 <= float(str(row["event_f1"])) <= float(str(row["best_event_f1"])) <= 1.0 for row in rows)


@pytest.mark.deep
def test_the_same_weights_twice_have_no_spread() -> None:
    found = training_stability.seed_rows([WEIGHTS, WEIGHTS], 1, ((400, 2),))
    assert [row["weights"] for row in found] == [WEIGHTS.name, WEIGHTS.name, "least", "median", "largest"]
    for name in ("event_f1", "cause_recall", "selected_per_query", "certified_share"):
        assert len({row[name] for row in found}) == 1


@pytest.mark.parametrize("weights", [[WEIGHTS], [WEIGHTS, DENSE]])
def test_what_has_no_spread_is_refused(weights: list[Path]) -> None:
    with pytest.raises(ConfigError):
        training_stability.seed_rows(weights, 1, ((400, 1),))
