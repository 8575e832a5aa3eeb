"""Calibration: thresholds and probabilities of logits, from sequences that are judged by others.

With labels, the sequence's probability is calibrated by logistic regression (Platt 1999). Without labels, thresholds are
conformal: at most the chosen share of fresh normal sequences lies above them, whatever the network learned, as long as the
fresh sequences are like those compared with (Vovk, Gammerman, Shafer 2005, "Algorithmic learning in a random world"; Bates et
al. 2023, "Testing for outliers with conformal p-values", arXiv 2104.08279). These are the held-out sequences, and where they
are few, all of them: each is scored by counts and terms of all others in folds, as in Barber et al. 2021, "Predictive inference
with the jackknife+" (arXiv 1905.02928), while one network, which learned most of them, and counts of all of them score fresh
ones. So for these the share is measured, not proved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.judges.following import Following
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.own_data.batches import Source

_FLAGGED_EVENTS = 0.1
"""Share of normal events that may be flagged, as a part of the false-alarm rate: a reader of a log can look at a few lines."""
# Pieces of a few long sequences: so many events each, or fewer until there are enough of them, where a score allows for length.
_PIECE, _LEAST_PIECE, _PIECES = 256, 32, 20
_LEAST_SPREAD = 1e-6
# Scores above a threshold that is told by rank; scores of a tail, and how many times the typical distance counts in it at most.
_TOLD_BY_RANK, _LEAST_TAIL, _MOST_BEYOND = 2, 5, 3.0

_Judged = tuple[NDArray[np.float64], Following]
"""Event logits [N] of a sequence, and its ``following``."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The result of calibration. ``calibration`` (a, b): sequence logit = a * pooled event logits + b; thresholds as
    probabilities; ``reference``: pooled logits of normal sequences, ascending; ``smallest``: the smallest false-alarm rate that
    they can support."""

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


def calibrated(
    network: Network,
    held: Sequence[Source],
    logits: Sequence[NDArray[np.float64]],
    task: str,
    false_alarms: float,
    *,
    wholes: bool,
) -> Calibrated:
    """Choose thresholds and calibration from sequences with their event ``logits``; ``wholes``: they are whole sequences, and
    not the ends of sequences, of which pieces are compared."""
    faulty = np.array([source.faulty is True for source in held])
    judged = [(event_logits, source.following) for event_logits, source in zip(logits, held, strict=True)]
    normal = [one for one, bad in zip(judged, faulty, strict=True) if not bad]
    events = np.concatenate([event_logits for event_logits, _ in normal]) if normal else np.zeros(0)
    length = min(max(len(events) // _PIECES, _LEAST_PIECE), _PIECE) if network.judge.terms else _PIECE
    reference = np.sort(_pooled(network, normal if wholes else _pieces(normal, length)))
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
    supported = (1 + int((reference > _above(cut)).sum())) * smallest
    return Calibrated((1.0 / spread, -_above(cut) / spread), 0.5, _probability(event_cut), reference, supported)


def sequence_cut(scores: NDArray[np.float64], share: float) -> float:
    """Return the score from which a sequence is flagged: the conformal threshold where the ``share`` of the scores is two at
    least, else where the share would lie if the scores went on as an exponential tail; infinite without scores.

    The threshold of a share that is one score is the highest of all: one odd sequence would hide everything, and twice as many
    ask for two. The tail is that of the highest tenth, five scores at least. None counts as further out than three times what
    half of them suggest, and to these distances one of a single unit is added: a sequence's score is near -log of a
    probability, of which the tail is exponential with this mean.
    """
    if share * (len(scores) + 1) >= _TOLD_BY_RANK or not len(scores):
        return conformal_threshold(scores, share)
    ordered = np.sort(scores)
    tail = min(max(_LEAST_TAIL, len(ordered) // 10), len(ordered) // 2)
    start = ordered[len(ordered) - tail - 1]
    beyond = ordered[len(ordered) - tail :] - start
    typical = float(np.median(beyond)) / math.log(2.0) if tail else 0.0
    mean = (float(np.minimum(beyond, _MOST_BEYOND * typical).sum()) + 1.0) / (tail + 1)
    return float(start) + mean * math.log((tail + 1) / (share * (len(ordered) + 1)))


def _pieces(judged: Sequence[_Judged], length: int) -> list[_Judged]:
    """Return pieces of the sequences, of the same ``length``: the ends of a few sequences are too few to compare with."""
    return [
        (event_logits[start : start + length], following.at(np.arange(start, min(start + length, len(event_logits)))))
        for event_logits, following in judged
        for start in range(0, max(len(event_logits) - length, 0) + 1, length)
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
