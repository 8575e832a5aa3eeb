"""What is learned beside the network, and given to it with every sequence: what comes next by counts or by each column's own
forecast, or what n-grams say of the whole.

What has seen a sequence is not surprised by it, and certain of its label; a network given that would learn that it needs no
help. So every sequence is given what was learned from the other folds (cross-fitting, as in stacking: Wolpert 1992, "Stacked
generalization").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import log_loss

from sparsemix import evidence, expectation
from sparsemix.config import SparseMixConfig
from sparsemix.dataset import Item
from sparsemix.evidence import Evidence
from sparsemix.expectation import Expectation
from sparsemix.following import Following, Prior, next_kinds, next_rows, prior
from sparsemix.learn.sources import Source
from sparsemix.model import SparseMixModel
from sparsemix.scales import Scale
from sparsemix.sequence import Event

FOLDS = 4
_LEAST_OF_A_CLASS = 2 * FOLDS


@dataclass(frozen=True, slots=True)
class Beside:
    """``expected`` of what comes next, or ``evidence`` of n-grams, or neither; ``by_id``: of sequences that evidence was
    learned from, what the other folds say."""

    expected: Expectation | None
    evidence: Evidence | None
    by_id: dict[str, Prior]

    def fresh(self, items: Sequence[Item], config: SparseMixConfig) -> list[Source]:
        """Sequences that the network does not learn from, read as the model will read all others."""

        def following(item: Item) -> Following | None:
            if item.id in self.by_id:
                return self.by_id[item.id]
            if self.expected is not None:
                return next_kinds(item.sequence.events, self.expected, self.expected)
            return next_rows(item.sequence.events, config.scales) if config.forecast else None

        return [_source(item, config, following(item)) for item in items]

    def learned(self, items: Sequence[Item], config: SparseMixConfig) -> list[Source]:
        """Sequences that the network learns from; their counts are those of the other folds."""
        found = self.fresh(items, config)
        if self.expected is None:
            return found
        known, events = self.expected, [item.sequence.events for item in items]
        for fold in range(FOLDS):
            counted = expectation.fit([one for place, one in enumerate(events) if place % FOLDS != fold], known.by)
            for place in range(fold, len(items), FOLDS):
                found[place] = replace(found[place], following=next_kinds(events[place], known, counted))
        return found


def beside(
    trained: Sequence[Item], others: Sequence[Item], task: str, scales: tuple[Scale, ...], initial: SparseMixModel | None
) -> Beside:
    """What ``trained`` sequences teach; of evidence, whose every judgement comes from other folds, also the ``others``."""
    table = bool(scales) and all(item.sequence.source_format == "csv" for item in trained)
    if table:
        return Beside(None, None, {})
    if task == "novelty":
        going_on = None if initial is None else initial.expectation
        return Beside(going_on or expectation.fit([item.sequence.events for item in trained]), None, {})
    every = [*trained, *others]
    faulty = np.array([item.faulty is True for item in every])
    if any(item.steps is not None for item in every) or min(faulty.sum(), (~faulty).sum()) < _LEAST_OF_A_CLASS:
        return Beside(None, None, {})
    events = [item.sequence.events for item in every]
    judged = {length: _of_other_folds(events, faulty, length) for length in range(1, evidence.LONGEST + 1)}
    length = min(
        judged, key=lambda one: float(log_loss(faulty, expit([own.sum() + intercept for own, intercept in judged[one]])))
    )
    by_id = {item.id: prior(own, intercept) for item, (own, intercept) in zip(every, judged[length], strict=True)}
    return Beside(None, evidence.fit(events, faulty, length), by_id)


def _of_other_folds(
    events: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int
) -> list[tuple[NDArray[np.float64], float]]:
    """What n-grams of at most this ``length``, learned from the other folds, add at every event of each sequence [N], and the
    intercept."""
    fold = _folds(faulty)
    found: list[tuple[NDArray[np.float64], float]] = [(np.zeros(0), 0.0)] * len(events)
    for one in range(FOLDS):
        other = evidence.fit([events[place] for place in np.flatnonzero(fold != one).tolist()], faulty[fold != one], length)
        for place in np.flatnonzero(fold == one).tolist():
            found[place] = other.of(events[place]), other.intercept
    return found


def _folds(faulty: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A fold for every sequence, of both classes the same share in each."""
    fold = np.zeros(len(faulty), np.int64)
    for one in (True, False):
        fold[faulty == one] = np.arange(int((faulty == one).sum())) % FOLDS
    return fold


def _source(item: Item, config: SparseMixConfig, following: Following | None) -> Source:
    return replace(Source.of(item, config.features, config.reading, config.classes), following=following)
