"""Decisions on every sequence of a data set, and figures of a model on labelled data.

``python -m sparsemix predict --weights W --data D --out P.jsonl`` writes one JSON object per sequence;
``docs/reference/outputs.md`` describes its fields.

``python -m sparsemix evaluate --weights W --data D --json`` prints the figures on labelled data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.atomic_files import replacing
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import encode
from sparsemix.errors import ExplanationError, InputError
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import called, find_incidents
from sparsemix.incidents.incident import Incident
from sparsemix.incidents.sentences import content, sentence_of
from sparsemix.judges.usual_selection import Unlike, unlike_as_json, unlike_training
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.priors.ngram_evidence import LogitParts
from sparsemix.training.common.metrics import Counts, count

MOST_TOLD = 100_000
"""Events of the sequences whose incidents are told, together: some minutes."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Predicted:
    """How many sequences are called ``faulty``, are ``unfamiliar``, and have incidents that were not looked for (``untold``);
    ``first``: the id of each of the first with incidents, and its first incident in a sentence."""

    faulty: int
    unfamiliar: int
    untold: int
    first: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The decision on a sequence: ``label``, ``score``, calibrated ``probability`` and ``p_value``; ``event_scores`` float64
    [N]; where faults are distinguished, the likeliest ``fault``, if there is any, with its probability; with attributions, the
    ``explained`` event and every event's contribution to its score [N]; ``weighed``: the parts of the score, where n-grams or
    columns contribute; ``unlike``: see `Decision`."""

    id: str
    label: str
    score: float
    probability: float
    p_value: float | None
    event_scores: NDArray[np.float64]
    fault: tuple[str, float] | None = None
    weighed: LogitParts | None = None
    unlike: Unlike | None = None
    explained: int | None = None
    attributions: NDArray[np.float32] | None = None


def predictions(model: SparseMixModel, items: Sequence[Item], *, attributions: bool = False) -> Iterator[Prediction]:
    """Decide on every sequence, in order. ``attributions``: also attribute the event with the highest score, by integrated
    gradients with frozen selection."""
    for item in items:
        more: dict[str, Any] = {}
        if attributions and model.config.attention == "entmax15":
            run = model.run_with_trace(item.sequence)
            rerun = Rerun(model, item.sequence, run.trace)
            logits, following, fault = torch.from_numpy(rerun.logits), rerun.following, run.decision.fault
            explained = int(rerun.logits.argmax())
            unlike = run.decision.unlike
            more = {"explained": explained, "attributions": integrated_gradients(rerun, explained).dense(len(item))}
        else:
            with torch.no_grad():
                hashed = encode(item.sequence.events, model.config.features, model.reading)
                x, statistics = model.network.attended(EventBatch.of([hashed]))
                following = model.knowledge.following(item.sequence.events)
                logits = model.network.event_logits(x, following)[0]
            fault = model.likeliest_fault(x, following)
            pairs = (statistics[0].selected * len(item)).tolist()
            unlike = unlike_training(model.judge.selected, pairs, len(item))
        label, probability = model.verdict(logits, following)
        yield Prediction(
            item.id,
            label,
            float(model.pooled(logits, following)),
            probability,
            model.p_value(logits, following),
            model.event_scores(logits.numpy()),
            fault,
            model.weighed(logits, following),
            unlike,
            **more,
        )


def write_predictions(
    model: SparseMixModel,
    data: DataSet,
    path: Path,
    *,
    attributions: bool,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Predicted:
    """Write one line per sequence, the whole file or nothing. Of sequences that are called faulty or are unfamiliar, the
    incidents are told as `trace` tells them, of as many as hold ``MOST_TOLD`` events."""
    faulty = unfamiliar = untold = events = 0
    first: list[tuple[str, str]] = []
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        results = predictions(model, data.items, attributions=attributions)
        for done, (item, prediction) in enumerate(zip(data.items, results, strict=True), 1):
            line = _line(model, item, prediction)
            unfamiliar += bool(line["unfamiliar"])
            if line["label"] != "normal" or line["unfamiliar"]:
                events += len(item)
                if events > MOST_TOLD:
                    untold += 1
                else:
                    incidents, by_itself = _incidents(model, item)
                    line["incidents_by_itself"] = by_itself
                    line["incidents"] = [content(incident, item.sequence.events) for incident in incidents]
                    if by_itself:
                        line["label"] = called(prediction.label, incidents, item.sequence.events)
                    first += [(item.id, sentence_of(incident, item.sequence.events)) for incident in incidents[:1]]
            faulty += line["label"] != "normal"
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            progress(done, len(data))
    return Predicted(faulty, unfamiliar, untold, tuple(first[:_SHOWN]))


def _incidents(model: SparseMixModel, item: Item) -> tuple[list[Incident], bool]:
    """Return a sequence's incidents, and whether the sequence itself tells them, for the weights do not know its words."""
    if model.config.attention != "entmax15":
        return [], False
    judged = run_or_fall_back(model, item.sequence, keep_layers=True)
    try:
        found = find_incidents(Rerun(judged.model, item.sequence, judged.run.trace, layers=judged.run.layers))
    except ExplanationError:  # values that are not finite
        return [], judged.fell_back
    return found, judged.fell_back


def _line(model: SparseMixModel, item: Item, prediction: Prediction) -> dict[str, object]:
    known = model.known_share(item.sequence.events)
    line: dict[str, object] = {
        "id": prediction.id,
        "label": prediction.label,
        "score": prediction.score,
        "probability": prediction.probability,
        "p_value": prediction.p_value,
        "false_alarm_rate": model.supported_rate,
        "known_share": known,
        "unfamiliar": known < model.config.familiarity_floor or prediction.unlike is not None,
        "unlike_training": unlike_as_json(prediction.unlike),
        "flagged": np.flatnonzero(prediction.event_scores >= model.event_cut).tolist(),
        "event_scores": prediction.event_scores.tolist(),
    }
    if prediction.fault is not None:
        line |= {"fault": prediction.fault[0], "fault_probability": prediction.fault[1]}
    if prediction.weighed is not None:
        by_column = {"columns": [list(part) for part in prediction.weighed.columns]} if prediction.weighed.columns else {}
        line["evidence"] = {
            "alone": prediction.weighed.alone,
            "attended": prediction.weighed.attended,
            "own": prediction.weighed.own.tolist(),
            **by_column,
        }
    if item.offsets is not None:
        line["offsets"] = item.offsets.tolist()
    if prediction.attributions is not None:
        line |= {"explained": prediction.explained, "attributions": prediction.attributions.tolist()}
    return line


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures over ``total`` sequences or events, of which ``faulty`` are faulty: ``auc`` and ``average_precision`` of the
    scores (None with one class), and at the model's threshold ``precision``, ``recall``, ``f1`` and ``false_alarms``, the share
    of normal ones that are flagged."""

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
    """Figures of the labelled ``sequences``, and of the labelled ``events``; each None where there are none."""

    data: str
    data_sha256: str
    weights_sha256: str
    task: str
    sequences: Scores | None
    events: Scores | None


def evaluate_data(
    model: SparseMixModel, data: DataSet, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> DataEvaluation:
    """Decide on every labelled sequence and compare with the labels. Raises ``InputError`` when nothing is labelled."""
    items = data.labelled
    if not items:
        raise InputError(f"{data.name} has no labels to compare with.", code="no_labels", name=data.name)
    results: list[Prediction] = []
    for result in predictions(model, items):
        results.append(result)
        progress(len(results), len(items))
    truth = np.array([bool(item.faulty) for item in items])
    flagged = np.array([result.label != "normal" for result in results])
    sequences = scores(np.array([result.score for result in results]), flagged, truth)
    with_steps = [(item.faulty_steps, result) for item, result in zip(items, results, strict=True) if item.steps is not None]
    events = None
    if with_steps:
        steps = np.concatenate([step for step, _ in with_steps])
        event_scores = np.concatenate([result.event_scores for _, result in with_steps])
        events = scores(event_scores, event_scores >= model.event_cut, steps)
    return DataEvaluation(data.name, data.sha256, model.weights_sha256, model.judge.task, sequences, events)


def scores(score: NDArray[np.float64], flagged: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Scores:
    """Compare scores and decisions with the truth."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 - slow to load

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


def table(evaluation: DataEvaluation) -> str:
    """Return the figures as text for a terminal."""
    lines = [f"{evaluation.data}, task {evaluation.task}"]
    for name, group in (("sequences", evaluation.sequences), ("events", evaluation.events)):
        if group is not None:
            auc, ap = (_shown(value) for value in (group.auc, group.average_precision))
            lines.append(
                f"{name:10} {group.total:8,} ({group.faulty:,} faulty)  AUC {auc}  AP {ap}  precision {group.precision:.3f}  "
                f"recall {group.recall:.3f}  F1 {group.f1:.3f}  false alarms {group.false_alarms:.4f}"
            )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
