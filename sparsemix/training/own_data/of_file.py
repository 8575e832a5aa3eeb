"""Learning from logs with labelled lines, on from the model for any log: ``train --data D --from any-log``.

It reads no words, only what a log says about itself, and that means the same in every plant. So a few labelled logs are enough
to say what of it matters here (``any_log.pretraining``), where learning words needs many."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from sparsemix.dataset import DataSet, Item
from sparsemix.errors import InputError
from sparsemix.model.model import SparseMixModel
from sparsemix.training.any_log.examples import LogExample
from sparsemix.training.any_log.pretraining import knowing, labelled_example, tuned
from sparsemix.training.own_data.calibration import Calibrated
from sparsemix.training.own_data.fitting import Fitting, Report
from sparsemix.training.own_data.learning import Learned
from sparsemix.training.own_data.plan import Plan, split, usable

STEPS = 400
"""Steps of a plan that names none."""
_LEAST_EVENTS = 50
_SMOOTHING = 0.05


def learn_of_file(data: DataSet, plan: Plan, initial: SparseMixModel, report: Report = lambda _fitting: None) -> Learned:
    """Learn from the logs of ``data`` whose lines have labels, on from the ``initial`` model for any log, for the plan's steps,
    400 where it has none.

    Raises `InputError` for a plan that does not learn labels, when lines have no labels of both kinds, or when a log is too
    short."""
    if plan.task == "novelty":
        raise InputError(
            "The model for any log goes on from labels, not from what is normal. Learn labels, or start from other weights.",
            code="labels_only",
        )
    items = [item for item in usable(data, "label") if item.steps is not None]
    marked = sum(int(item.faulty_steps.sum()) for item in items)
    if not marked or marked == sum(map(len, items)):
        raise InputError(
            f"{data.name} has no labelled lines of both kinds. The model for any log learns from lines: label single lines, or "
            "start from other weights.",
            code="no_labelled_lines",
            name=data.name,
        )
    used, held = split(items, plan.held_out, plan.seed)
    short = next((item.id for item in (*used, *held) if len(item) < _LEAST_EVENTS), None)
    if short is not None:
        raise InputError(
            f"{short} has fewer than {_LEAST_EVENTS} events to judge a line by. Join short logs, or start from other weights.",
            code="too_short",
            name=short,
            needed=_LEAST_EVENTS,
        )
    steps, started, curve = plan.steps or STEPS, time.monotonic(), list[float]()

    def told(step: int, loss: float) -> None:
        curve.append(loss)
        seconds = time.monotonic() - started
        share = step / steps
        report(Fitting(step, share, _smoothed(curve), seconds, seconds * (1.0 - share) / share, sparse=True))

    model = tuned(initial, _examples(used), _examples(held), steps, plan.seed, told)
    model = knowing(model, [item.sequence.events for item in used], initial.lines)
    config = model.config
    calibrated = Calibrated(model.calibration, config.sequence_threshold, config.event_threshold, np.zeros(0), 1.0)
    edges = np.linspace(0, steps, 101).astype(int)[1:].tolist()
    loss = tuple(_smoothed(curve[:edge]) for edge in edges if edge)
    return Learned(model, "label", len(used), len(held), calibrated, loss, tuple(curve), time.monotonic() - started, 1, "cpu")


def _examples(items: Sequence[Item]) -> list[LogExample]:
    return [labelled_example(item.sequence.events, item.faulty_steps) for item in items]


def _smoothed(curve: Sequence[float]) -> float:
    """Return the mean of the last losses, weighted towards the last."""
    recent = np.array(curve[-100:])
    weight = (1.0 - _SMOOTHING) ** np.arange(len(recent))[::-1]
    return float((recent * weight).sum() / weight.sum())
