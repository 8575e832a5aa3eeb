"""How good a model is on labelled data: ``python -m sparsemix evaluate --weights W --data D --json``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from sparsemix.dataset import DataSet
from sparsemix.errors import InputError
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import Counts, count
from sparsemix.training.own_data.prediction import Prediction, predictions


@dataclass(frozen=True, slots=True)
class Scores:
    """Ranking and decisions over ``total`` things of which ``faulty`` are: ``auc`` and ``average_precision`` of the scores
    (None with one class), and at the model's threshold ``precision``, ``recall``, ``f1`` and the share of normal ones that are
    flagged all the same, ``false_alarms``."""

    total: int
    faulty: int
    auc: float | None
    average_precision: float | None
    precision: float
    recall: float
    f1: float
    false_alarms: float


@dataclass(frozen=True, slots=True)
class DataEvaluation:
    """``sequences`` that have labels, and the ``events`` of those whose steps have labels; each None where there are none."""

    data: str
    data_sha256: str
    weights_sha256: str
    task: str
    sequences: Scores | None
    events: Scores | None

    def figures(self) -> dict[str, object]:
        """As one JSON object."""
        return asdict(self)


def evaluate_data(
    model: SparseMixModel, data: DataSet, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> DataEvaluation:
    """Decide on every labelled sequence and compare. Raises InputError where nothing is labelled."""
    items = data.labelled
    if not items:
        raise InputError(f"{data.name} has no labels to compare with.", code="no_labels", name=data.name)
    found: list[Prediction] = []
    for one in predictions(model, items):
        found.append(one)
        progress(len(found), len(items))
    truth = np.array([bool(item.faulty) for item in items])
    flagged = np.array([one.label != "normal" for one in found])
    sequences = scores(np.array([one.score for one in found]), flagged, truth)
    with_steps = [(item.faulty_steps, one) for item, one in zip(items, found, strict=True) if item.steps is not None]
    events = None
    if with_steps:
        steps = np.concatenate([step for step, _ in with_steps])
        event_scores = np.concatenate([one.event_scores for _, one in with_steps])
        events = scores(event_scores, event_scores >= model.event_cut, steps)
    return DataEvaluation(data.name, data.sha256, model.weights_sha256, model.config.task, sequences, events)


def scores(score: NDArray[np.float64], flagged: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Scores:
    """Compare scores and decisions with the truth."""
    counts: Counts = count(flagged, truth)
    both = bool(truth.any() and not truth.all())
    normal = int((~truth).sum())
    return Scores(
        total=len(truth),
        faulty=int(truth.sum()),
        auc=float(roc_auc_score(truth, score)) if both else None,
        average_precision=float(average_precision_score(truth, score)) if both else None,
        precision=counts.tp / max(counts.tp + counts.fp, 1),
        recall=counts.tp / max(counts.tp + counts.fn, 1),
        f1=counts.f1,
        false_alarms=counts.fp / normal if normal else 0.0,
    )


def table(found: DataEvaluation) -> str:
    """For a terminal."""
    lines = [f"{found.data}, task {found.task}"]
    for name, one in (("sequences", found.sequences), ("events", found.events)):
        if one is not None:
            auc, ap = (_shown(value) for value in (one.auc, one.average_precision))
            lines.append(
                f"{name:10} {one.total:8,} ({one.faulty:,} faulty)  AUC {auc}  AP {ap}  precision {one.precision:.3f}  "
                f"recall {one.recall:.3f}  F1 {one.f1:.3f}  false alarms {one.false_alarms:.4f}"
            )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
