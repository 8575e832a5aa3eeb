"""Calibration: thresholds and probabilities of logits, from sequences that training did not see.

With labels, the sequence's probability is calibrated by logistic regression (Platt 1999). Without labels, thresholds are
conformal: at most the chosen share of fresh normal sequences lies above them, whatever the network learned, as long as the
fresh sequences are like the held-out ones (Vovk, Gammerman, Shafer 2005, "Algorithmic learning in a random world"; Bates et al.
2023, "Testing for outliers with conformal p-values", arXiv 2104.08279). Held-out logs are scored by counts that have not seen
them, fresh logs by counts that also know the held-out logs (``prior_fitting``): somewhat fewer fresh logs lie above the
threshold, which is measured, not proved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.judges.following import Following
from sparsemix.model.network import EventBatch, Network
from sparsemix.training.own_data.batches import Source

_FLAGGED_EVENTS = 0.1
"""Share of normal events that may be flagged, as a part of the false-alarm rate: a reader of a log can look at a few lines."""
_PIECE = 256
_LEAST_SPREAD = 1e-6

_Judged = tuple[NDArray[np.float64], Following]
"""Event logits [N] of a sequence, and its ``following``."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The result of calibration. ``calibration`` (a, b): sequence logit = a * pooled event logits + b; thresholds as
    probabilities; ``reference``: pooled logits of normal sequences, ascending; ``smallest``: the smallest false-alarm rate that
    this many normal sequences can support."""

    calibration: tuple[float, float]
    sequence_threshold: float
    event_threshold: float
    reference: NDArray[np.float64]
    smallest: float


def logits_of(network: Network, source: Source) -> NDArray[np.float64]:
    """Return the event logits [N] of a sequence."""
    with torch.no_grad():
        return np.asarray(network(EventBatch.of([source.hashed]), following=source.following)[0][0].double().numpy())


def conformal_threshold(scores: NDArray[np.float64], share: float) -> float:
    """Return the score that at most a ``share`` of similar fresh scores exceeds; infinite where there are too few scores."""
    rank = math.floor(share * (len(scores) + 1))
    return math.inf if rank < 1 else float(np.sort(scores)[len(scores) - rank])


def _vouched(scores: NDArray[np.float64], share: float) -> float:
    """Return the conformal threshold, or the highest score where there are too few scores for this share; infinite without
    any scores."""
    threshold = conformal_threshold(scores, share)
    return float(scores.max()) if math.isinf(threshold) and len(scores) else threshold


def _above(cut: float) -> float:
    """Return a value slightly above a threshold: a score that equals a reference score is not rarer than allowed."""
    return cut + 1e-6 * max(1.0, abs(cut))


def calibrated(network: Network, held: Sequence[Source], task: str, false_alarms: float, *, wholes: bool) -> Calibrated:
    """Choose thresholds and calibration from held-out sequences; ``wholes``: they are whole sequences, and not the ends of
    sequences, of which pieces are compared."""
    logits = [logits_of(network, source) for source in held]
    faulty = np.array([source.faulty is True for source in held])
    judged = [(event_logits, source.following) for event_logits, source in zip(logits, held, strict=True)]
    normal = [one for one, bad in zip(judged, faulty, strict=True) if not bad]
    events = np.concatenate([event_logits for event_logits, _ in normal]) if normal else np.zeros(0)
    reference = np.sort(_pooled(network, normal if wholes else _pieces(normal)))
    smallest = 1.0 / (len(reference) + 1)
    event_cut = _above(_vouched(events, false_alarms * _FLAGGED_EVENTS))
    if task == "label":
        steps = [source.steps for source in held]
        if any(one is not None and one.any() for one in steps):
            event_cut = _best_cut(logits, steps)
        if network.judge.entities:
            # A file is faulty when one of its events is.
            return Calibrated((1.0, -event_cut), 0.5, _probability(event_cut), reference, smallest)
        return Calibrated(_platt(_pooled(network, judged), faulty), 0.5, _probability(event_cut), reference, smallest)
    cut = sequence_cut(reference, false_alarms)
    spread = max(float(reference.std()), _LEAST_SPREAD) if len(reference) else 1.0
    if math.isinf(cut):
        return Calibrated((1.0 / spread, 0.0), 1.0, _probability(event_cut), reference, smallest)
    return Calibrated((1.0 / spread, -_above(cut) / spread), 0.5, _probability(event_cut), reference, smallest)


def sequence_cut(scores: NDArray[np.float64], share: float) -> float:
    """Return the score from which a sequence is flagged: the conformal threshold, or beyond all scores where they are too few.

    How far beyond follows from the upper half of the scores, as if they went on as an exponential tail. Fewer normal sequences
    are flagged then than the scores can vouch for, and about the ``share`` where the tail is one.
    """
    threshold = conformal_threshold(scores, share)
    if not math.isinf(threshold) or not len(scores):
        return threshold
    beyond = float((scores - np.median(scores)).clip(min=0.0).sum() / max(len(scores) // 2, 1))
    return float(scores.max()) + beyond * math.log(1.0 / (share * (len(scores) + 1)))


def _pieces(judged: Sequence[_Judged]) -> list[_Judged]:
    """Return pieces of the sequences: the ends of a few sequences are too few to compare with."""
    return [
        (
            event_logits[start : start + _PIECE],
            following.at(np.arange(start, min(start + _PIECE, len(event_logits)))),
        )
        for event_logits, following in judged
        for start in range(0, max(len(event_logits) - _PIECE, 0) + 1, _PIECE)
    ]


def _pooled(network: Network, judged: Sequence[_Judged]) -> NDArray[np.float64]:
    with torch.no_grad():
        return np.array(
            [float(network.pooled(torch.from_numpy(event_logits), following=following)) for event_logits, following in judged]
        )


def _platt(pooled: NDArray[np.float64], faulty: NDArray[np.bool_]) -> tuple[float, float]:
    if faulty.all() or not faulty.any():
        return 1.0, 0.0
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    # A weak prior (C = 1) keeps the slope finite where the classes separate perfectly.
    fitted = LogisticRegression(C=1.0).fit(pooled[:, None], faulty)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _best_cut(logits: Sequence[NDArray[np.float64]], steps: Sequence[NDArray[np.bool_] | None]) -> float:
    """Return the event logit with the best F1 on steps with labels."""
    known = [(event_logits, step) for event_logits, step in zip(logits, steps, strict=True) if step is not None]
    score, truth = np.concatenate([event_logits for event_logits, _ in known]), np.concatenate([step for _, step in known])
    order = np.argsort(-score, kind="stable")
    hits = truth[order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    return float(score[order[int(f1.argmax())]])


def logit_of(probability: float) -> float:
    """Return the logit of a threshold; 30, the largest logit that is distinguished, for a threshold that nothing reaches."""
    return 30.0 if probability >= 1.0 else math.log(probability / (1.0 - probability))


def _probability(logit: float) -> float:
    return 1.0 if math.isinf(logit) else float(1.0 / (1.0 + math.exp(-min(max(logit, -30.0), 30.0))))
