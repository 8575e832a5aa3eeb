"""How stable training is: collapse under early penalties, and the spread over seeds.

- *Collapse* (``collapse``): what penalties do that start before the network has learned anything, and what the guard and
  the gate do about it. The same short training, sparse from the first step, three times: with heavy penalties from the first
  step on and no guard; the same with the guard; and with the penalties gated on the task loss, as they are by default.
- *Seeds* (``python -m tests.benchmarks seeds --weights A.safetensors B.safetensors ... --json FILE``): how much of a result is
  luck. The same training under several seeds, measured on the same fresh logs: a row for every weights and length, and for
  every length one with the least, the median and the largest of each figure.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sparsemix.config import SparseMixConfig
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.model import SparseMixModel
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.evaluation import evaluate
from sparsemix.training.generated.training import TrainingReport, train
from tests.benchmarks.report import Row, Tell
from tests.benchmarks.tasks.planted import check_replay

STEPS = 1500
# Above every task loss, so that the penalties never wait.
_ALWAYS_OPEN = 1e9
_HEAVY_PENALTY = 0.5
# Length and number of logs.
SEED_TESTS = ((2048, 20), (65536, 1))
_FIGURES = ("event_f1", "cause_recall", "selected_per_query", "certified_share")


def plans(steps: int, seed: int) -> dict[str, TrainConfig]:
    """Return the three ways to train, by name."""
    stages = (CurriculumStage(length=128, batch=16, steps=steps, pace=0.05, check_rate=0.3),)
    early = TrainConfig(
        seed=seed,
        stages=stages,
        gate=_ALWAYS_OPEN,
        sharpness=_HEAVY_PENALTY,
        search_cost=_HEAVY_PENALTY,
        ramp=1,
        validate_every=max(1, steps // 15),
        patience=100,
    )
    return {
        "early, not guarded": replace(early, guard=False),
        "early, guarded": early,
        "gated": TrainConfig(seed=seed, stages=stages, validate_every=early.validate_every, patience=early.patience),
    }


def collapse_rows(steps: int = STEPS, seed: int = 0, tell: Tell = lambda _text: None) -> list[Row]:
    """Return a row per way to train: F1, selected keys per query and the anchor's share at the last validation under sparse
    attention (None without such a validation), and what the guard did."""
    rows = []
    for name, plan in plans(steps, seed).items():
        reports: list[TrainingReport] = []
        started = time.monotonic()
        try:
            train(SparseMixConfig(), plan, reports.append)
            ended = "all steps"
        except TrainingCollapsed as error:
            ended = str(error)
        sparse = [report for report in reports if report.vitals]
        if sparse and reports[-1].vitals is None:
            ended += ", attention still soft"
        last = sparse[-1] if sparse else None
        vitals = last.vitals if last else None
        row: Row = {
            "training": name,
            "steps": reports[-1].step,
            "event_f1": last.f1 if last else None,
            "best_event_f1": max((report.f1 for report in sparse), default=None),
            "selected": vitals.selected if vitals else None,
            "anchor_share": vitals.anchor_share if vitals else None,
            "actions": [report.action for report in reports if report.action],
            "ended": ended,
            "seconds": time.monotonic() - started,
        }
        rows.append(row)
        tell(f"{name}: F1 {row['event_f1']}, selected {row['selected']}, {row['actions']}, {ended}")
    return rows


def seed_rows(
    weights: Sequence[Path],
    seed: int,
    tests: Sequence[tuple[int, int]] = SEED_TESTS,
    tell: Tell = lambda _text: None,
) -> list[Row]:
    """Return all rows of the spread over ``weights``; ``seed`` draws the logs, ``tests`` are lengths and numbers of logs.

    Raises `ConfigError` for the dense twin or fewer than two weights, `BenchmarkRefused` when a dense layer masked to the
    logged pairs gives another output than the run.
    """
    if len(weights) < 2:
        raise ConfigError("a spread needs the weights of at least two seeds")
    models = [SparseMixModel.load(path) for path in weights]
    if any(model.config.attention != "entmax15" for model in models):
        raise ConfigError("a dense softmax model selects every pair: there is no selection to measure")
    for model in models:
        check_replay(model, seed)
    rows: list[Row] = []
    for length, logs in tests:
        figures_by_weights = []
        for path, model in zip(weights, models, strict=True):
            result = evaluate(model, None, generated=logs, events=length, seed=seed)
            figures = (
                result.event_f1.value,
                result.cause_recall.value,
                result.selected_per_query.value,
                result.certified_share,
            )
            figures_by_weights.append(figures)
            row: Row = {"weights": path.name, "weights_sha256": model.weights_sha256, "length": length, "logs": logs}
            rows.append(row | {"effects": result.effects} | dict(zip(_FIGURES, figures, strict=True)))
            tell(f"{path.name} at {length}: " + ", ".join(f"{n} {v:.4f}" for n, v in zip(_FIGURES, figures, strict=True)))
        table = np.array(figures_by_weights)
        for name, statistic in (("least", np.min), ("median", np.median), ("largest", np.max)):
            values = (float(statistic(table[:, column])) for column in range(len(_FIGURES)))
            rows.append({"weights": name, "length": length, "logs": logs} | dict(zip(_FIGURES, values, strict=True)))
    return rows
