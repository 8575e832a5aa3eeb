"""From a trained network to a finished model: known words, neutral event, thresholds, calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from sample_data.plant import LANGUAGES, PlantConfig
from sparsemix.encoding.encoder import words
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import EventBatch, Network
from sparsemix.training.common.metrics import Counts, count
from sparsemix.training.generated.corpus import LabelledLog, corpus, labelled

_SEED = 800_000
_LOGS = 18
_EVENTS = 2048


def finish(network: Network, seed: int) -> SparseMixModel:
    """Return the finished model: its event threshold (best F1), the calibration of its sequence probability, its vocabulary,
    and the neutral event (the mean embedding), all from separate logs, half of them healthy.

    Neither training nor validation used these logs.
    """
    features = network.config.features
    first = _SEED + 1_000 * seed
    faulty = corpus(_LOGS, _EVENTS, first, features)
    healthy = [
        labelled(
            PlantConfig(events=_EVENTS, fault_rate=0.0, language=LANGUAGES[i % len(LANGUAGES)]),
            first + 500 + i,  # seeds that no faulty log has
            features,
        )
        for i in range(_LOGS)
    ]
    logs = faulty + healthy
    logits = [logits_of(network, log) for log in logs]
    threshold = best_threshold(logits, logs)
    network.config = replace(network.config, event_threshold=threshold)
    top = np.array([values.max() for values in logits])[:, None]
    # A weak prior (C = 1) keeps the slope finite where the two kinds of log separate perfectly.
    fit = LogisticRegression(C=1.0).fit(top, [log.log.label for log in logs])
    vocabulary = sorted(set().union(*(words(e.message) for log in logs for e in log.sequence.events)))
    with torch.no_grad():
        neutral = torch.cat([network.embed(EventBatch.of([log.hashed]))[0] for log in logs]).mean(0)
    return SparseMixModel(network, np.array(vocabulary, np.uint32), neutral, (float(fit.coef_[0, 0]), float(fit.intercept_[0])))


def logits_of(network: Network, log: LabelledLog) -> NDArray[np.float32]:
    """Return the event logits [N] of a log."""
    with torch.no_grad():
        return np.asarray(network(EventBatch.of([log.hashed]))[0][0].numpy(), np.float32)


def best_threshold(logits: list[NDArray[np.float32]], logs: list[LabelledLog]) -> float:
    """Return the probability with the best F1, from a grid; the middle one where several are equally good."""
    grid = np.arange(0.05, 1.0, 0.05)
    scores = []
    for threshold in grid:
        cut = np.log(threshold / (1 - threshold))
        total = Counts()
        for values, log in zip(logits, logs, strict=True):
            total += count(values >= cut, log.label > 0)
        scores.append(total.f1)
    best = np.flatnonzero(np.array(scores) == max(scores))
    return round(float(grid[best[len(best) // 2]]), 2)
