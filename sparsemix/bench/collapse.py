"""What penalties do that start before anything is learned, and what the guard and the gate do about it: ``bench collapse``.

The same short training, sparse from the first step, three times: with heavy penalties from the first step on and nobody
watching; the same with the guard; and with the penalties gated on the task loss, as they are by default.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from sparsemix.config import SparseMixConfig
from sparsemix.errors import TrainingCollapsed
from sparsemix.training.generated.curriculum import Stage, TrainConfig
from sparsemix.training.generated.training import Report, train

STEPS = 1500
_EVER = 1e9
_HEAVY = 0.5


def plans(steps: int, seed: int) -> dict[str, TrainConfig]:
    """The three ways to train, by name."""
    stages = (Stage(length=128, batch=16, steps=steps, pace=0.05, check_rate=0.3),)
    early = TrainConfig(
        seed=seed,
        stages=stages,
        gate=_EVER,
        sharpness=_HEAVY,
        search_cost=_HEAVY,
        ramp=1,
        validate_every=max(1, steps // 15),
        patience=100,
    )
    return {
        "early, not guarded": replace(early, guard=False),
        "early, guarded": early,
        "gated": TrainConfig(seed=seed, stages=stages, validate_every=early.validate_every, patience=early.patience),
    }


def rows(steps: int = STEPS, seed: int = 0, tell: Callable[[str], None] = lambda _text: None) -> list[dict[str, object]]:
    """One row a way to train: F1, selected keys a query and the anchor's share at the last validation under sparse attention
    (None without any), and what the guard did."""
    found = []
    for name, plan in plans(steps, seed).items():
        reports: list[Report] = []
        begun = time.monotonic()
        try:
            train(SparseMixConfig(), plan, reports.append)
            ended = "all steps"
        except TrainingCollapsed as error:
            ended = str(error)
        watched = [report for report in reports if report.vitals]
        if watched and reports[-1].vitals is None:
            ended += ", attention still soft"
        last = watched[-1] if watched else None
        vitals = last.vitals if last else None
        row: dict[str, object] = {
            "training": name,
            "steps": reports[-1].step,
            "event_f1": last.f1 if last else None,
            "best_event_f1": max((report.f1 for report in watched), default=None),
            "selected": vitals.selected if vitals else None,
            "anchor_share": vitals.anchor_share if vitals else None,
            "actions": [report.action for report in reports if report.action],
            "ended": ended,
            "seconds": time.monotonic() - begun,
        }
        found.append(row)
        tell(f"{name}: F1 {row['event_f1']}, selected {row['selected']}, {row['actions']}, {ended}")
    return found
