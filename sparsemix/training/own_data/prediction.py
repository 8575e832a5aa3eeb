"""What a model says of every sequence of a data set: ``python -m sparsemix predict --weights W --data D --out P.jsonl``.

A line a sequence: ``id``, ``label``, ``score`` (the logit), ``probability``, ``p_value`` (against normal data, where the
weights know any), ``known_share`` of its words and ``unfamiliar`` (the rest says little then), ``event_scores`` (logits) and
``flagged`` places; where faults are told apart, the likeliest ``fault`` if there is any, and its ``fault_probability``; for a
text the character ``offsets`` of its words; where n-grams of events or columns have a say, ``evidence``: their logit ``alone``,
what ``own`` share of it every event brings in, what ``attended`` events add, and of a table's ``columns`` name, term
(``column_evidence.TERMS``) and what it adds; with attributions, ``explained``: the event that
was explained, and ``attributions``, what every event contributed to its score through attention.

How good a model is on labelled data: ``python -m sparsemix evaluate --weights W --data D --json``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import encode, known_share
from sparsemix.errors import InputError
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Batch
from sparsemix.priors.event_priors import Following
from sparsemix.priors.ngram_evidence import LogitParts
from sparsemix.training.common.metrics import Counts, count


@dataclass(frozen=True, slots=True)
class Prediction:
    """``label``, ``score`` and calibrated ``probability`` of a sequence, its ``p_value``; ``event_scores`` float64 [N]; where
    faults are told apart the likeliest ``fault``, if there is any, and its probability; with attributions the ``explained``
    event and what every event contributed to its score [N]; ``weighed``: the score in parts, where n-grams or columns have a
    say."""

    id: str
    label: str
    score: float
    probability: float
    p_value: float | None
    event_scores: NDArray[np.float64]
    fault: tuple[str, float] | None = None
    weighed: LogitParts | None = None
    explained: int | None = None
    attributions: NDArray[np.float32] | None = None


def predictions(model: SparseMixModel, items: Sequence[Item], *, attributions: bool = False) -> Iterator[Prediction]:
    """Decide on every sequence, in order. ``attributions``: integrated gradients, the selection held still, of the event with
    the highest score."""
    for item in items:
        if attributions and model.config.attention == "entmax15":
            run = model.run_with_trace(item.sequence)
            rerun = Rerun(model, item.sequence, run.trace)
            explained = int(rerun.logits.argmax())
            contribution = integrated_gradients(rerun, explained).dense(len(item))
            found = _prediction(model, item, rerun.logits, rerun.following, run.decision.fault)
            yield replace(found, explained=explained, attributions=contribution)
        else:
            with torch.no_grad():
                x, _ = model.network.attended(Batch.of([encode(item.sequence.events, model.config.features, model.reading)]))
                following = model.following(item.sequence.events)
                logits = model.network.event_logits(x, following)[0]
            yield _prediction(model, item, logits.numpy(), following, model.likeliest_fault(x, following))


def _prediction(
    model: SparseMixModel,
    item: Item,
    logits: NDArray[np.float64],
    following: Following | None,
    fault: tuple[str, float] | None,
) -> Prediction:
    found = torch.from_numpy(logits)
    label, probability = model.verdict(found, following)
    return Prediction(
        item.id,
        label,
        float(model.pooled(found, following)),
        probability,
        model.p_value(found, following),
        model.event_scores(logits),
        fault,
        model.weighed(found, following),
    )


def write_predictions(
    model: SparseMixModel,
    data: DataSet,
    path: Path,
    *,
    attributions: bool,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Write one line a sequence; the file is there whole or not at all. Returns how many sequences are unfamiliar."""
    unfamiliar = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            found = predictions(model, data.items, attributions=attributions)
            for done, (item, one) in enumerate(zip(data.items, found, strict=True), 1):
                line = _line(model, item, one)
                unfamiliar += bool(line["unfamiliar"])
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
                progress(done, len(data))
        except BaseException:
            temporary.unlink()
            raise
    temporary.replace(path)
    return unfamiliar


def _line(model: SparseMixModel, item: Item, one: Prediction) -> dict[str, object]:
    known = known_share(item.sequence.events, model.vocabulary)
    line: dict[str, object] = {
        "id": one.id,
        "label": one.label,
        "score": one.score,
        "probability": one.probability,
        "p_value": one.p_value,
        "known_share": known,
        "unfamiliar": known < model.config.familiarity_floor,
        "flagged": np.flatnonzero(one.event_scores >= model.event_cut).tolist(),
        "event_scores": one.event_scores.tolist(),
    }
    if one.fault is not None:
        line |= {"fault": one.fault[0], "fault_probability": one.fault[1]}
    if one.weighed is not None:
        by_column = {"columns": [list(part) for part in one.weighed.columns]} if one.weighed.columns else {}
        line["evidence"] = {
            "alone": one.weighed.alone,
            "attended": one.weighed.attended,
            "own": one.weighed.own.tolist(),
            **by_column,
        }
    if item.offsets is not None:
        line["offsets"] = item.offsets.tolist()
    if one.attributions is not None:
        line |= {"explained": one.explained, "attributions": one.attributions.tolist()}
    return line


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
