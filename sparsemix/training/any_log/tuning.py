"""Learning from a few labelled logs, on from the model for any log.

What the model reads of a log, its statistics, means the same in every plant; so a few labelled logs say which of them matter
here. Nothing is learned of single words: they only tell whether a later log is familiar."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from sparsemix.encoding.encoder import words
from sparsemix.encoding.file_statistics.statistics import file_statistics
from sparsemix.encoding.of_file import features_of
from sparsemix.encoding.sequence import Event
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import EventBatch
from sparsemix.training.any_log.examples import LogExample
from sparsemix.training.any_log.pretraining import logits_of, trained

# Few logs want few steps at a high rate.
_RATE = 4e-3
# Logits of thresholds to choose from.
_CUTS = np.arange(-4.0, 8.01, 0.25)


def labelled_example(events: Sequence[Event], faulty: NDArray[np.bool_], cause: NDArray[np.int64] | None = None) -> LogExample:
    """Return a labelled log as an example: each faulty event is a fault of its own; ``cause``: the events that decide, -1 for
    none, where they are known."""
    fault = np.where(faulty, faulty.cumsum() - 1, -1)
    return LogExample(file_statistics(tuple(events)), fault, np.full(len(faulty), -1) if cause is None else cause)


def tuned(
    model: SparseMixModel,
    examples: Sequence[LogExample],
    calibrating: Sequence[LogExample],
    steps: int,
    seed: int,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> SparseMixModel:
    """Return the ``model`` for any log after so many steps on labelled examples, with the event threshold of the best F1 on
    those for ``calibrating``, and with the calibration of whole logs where some of these are faulty and some are not."""
    network = trained(list(examples), steps, seed, report, model, rate=_RATE, left_out=0.0).double().eval()
    with torch.no_grad():
        batches = [EventBatch.of([features_of(one.statistics)]) for one in calibrating]
        logits = [logits_of(network, batch, attends=True) for batch in batches]
        faulty = [one.faulty for one in calibrating]
        cut = _best_cut(np.concatenate(logits), np.concatenate(faulty))
        network.config = replace(network.config, event_threshold=1.0 / (1.0 + math.exp(-cut)), sequence_threshold=0.5)
        highest, broken = np.array([own.max() for own in logits]), np.array([own.any() for own in faulty])
        calibration = (1.0, -cut)
        if broken.any() and not broken.all():
            fitted = LogisticRegression(C=1.0).fit(highest[:, None], broken)
            calibration = (float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))
        neutral = torch.cat([network.embed(batch)[0] for batch in batches]).mean(0)
    return SparseMixModel(network, np.zeros(0, np.uint32), neutral, calibration)


def knowing(model: SparseMixModel, logs: Sequence[Sequence[Event]]) -> SparseMixModel:
    """Return the model with the words of some logs as its vocabulary: logs with other words are unfamiliar."""
    vocabulary = sorted(set().union(*(words(event.message) for log in logs for event in log)))
    return SparseMixModel(model.network, np.array(vocabulary, np.uint32), model.neutral, model.calibration)


def _best_cut(logits: NDArray[np.float64], faulty: NDArray[np.bool_]) -> float:
    """Return the logit with the best F1, the middle one where several are equally good."""
    named = [logits >= cut for cut in _CUTS]
    scores = np.array([2.0 * (own & faulty).sum() / max(int(own.sum() + faulty.sum()), 1) for own in named])
    best = np.flatnonzero(scores == scores.max())
    return float(_CUTS[best[len(best) // 2]])
