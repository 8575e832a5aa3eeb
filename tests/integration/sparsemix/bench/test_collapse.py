"""The three trainings of the collapse benchmark, on a few steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sparsemix.__main__ import main
from sparsemix.bench import collapse
from sparsemix.training.generated.training import train


def test_only_the_penalties_and_the_guard_differ() -> None:
    plans = collapse.plans(30, 0)
    assert [plan.guard for plan in plans.values()] == [False, True, True]
    early, guarded, gated = plans.values()
    assert early.gate > 1e6 > gated.gate
    assert early.sharpness == guarded.sharpness > gated.sharpness
    assert early.stages == guarded.stages == gated.stages


def test_a_row_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(config: object, plan: object, report: object) -> object:
        short = replace(plan, training_logs=2, validation_logs=1, log_events=256)  # type: ignore[type-var]
        return train(config, short, report)  # type: ignore[arg-type]

    monkeypatch.setattr(collapse, "train", small)
    assert main(["bench", "collapse", "--json", str(tmp_path / "c.json"), "--steps", "4"]) == 0
    rows = collapse.rows(4)
    assert [row["training"] for row in rows] == list(collapse.plans(4, 0))
    assert all(0.0 <= float(str(row["event_f1"])) <= float(str(row["best_event_f1"])) <= 1.0 for row in rows)
