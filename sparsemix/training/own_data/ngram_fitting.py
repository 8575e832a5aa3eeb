"""Evidence where whole sequences are labelled, learned before the network and for it to go on from: of a log's n-grams here,
of a table's columns in ``columns``.

What has seen a sequence is certain of its label; a network given that would learn that it needs no help. So every sequence is
given what was learned from the other folds (stacking: Wolpert 1992, "Stacked generalization"), while the evidence that is kept
knows every one. How long the n-grams are is chosen by what the other folds said.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import log_loss

from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.priors import ngram_evidence
from sparsemix.priors.column_evidence import Behaviour
from sparsemix.priors.event_priors import Prior, prior
from sparsemix.priors.ngram_evidence import Evidence
from sparsemix.training.own_data.column_fitting import evidence_of_columns

_FOLDS = 4
_LEAST_OF_A_CLASS = 2 * _FOLDS


def evidence_of_wholes(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], classes: Sequence[str]
) -> tuple[Evidence | Behaviour | None, dict[str, Prior]]:
    """Evidence of all ``items``, in the order given, and by the id of each what the other folds say of it; none where steps are
    labelled, or too few sequences are. Of tables it tells ``classes`` of faults apart, of logs only whether there is any."""
    faulty = np.array([item.faulty is True for item in items])
    few = min(faulty.sum(), (~faulty).sum()) < _LEAST_OF_A_CLASS
    if task != "label" or few or any(item.steps is not None for item in items):
        return None, {}
    if scales and all(item.sequence.source_format == "csv" for item in items):
        return evidence_of_columns(items, classes, scales)
    events = [item.sequence.events for item in items]
    judged = {length: _of_other_folds(events, faulty, length) for length in range(1, ngram_evidence.LONGEST + 1)}
    length = min(judged, key=lambda one: float(log_loss(faulty, expit([own.sum() + rest for own, rest in judged[one]]))))
    told = {item.id: prior(own, intercept) for item, (own, intercept) in zip(items, judged[length], strict=True)}
    return ngram_evidence.fit(events, faulty, length), told


def _of_other_folds(
    events: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int
) -> list[tuple[NDArray[np.float64], float]]:
    """What n-grams of at most this ``length``, learned from the other folds, add at every event of each sequence [N], and the
    intercept."""
    fold = _folds(faulty)
    found: list[tuple[NDArray[np.float64], float]] = [(np.zeros(0), 0.0)] * len(events)
    for one in range(_FOLDS):
        other = ngram_evidence.fit(
            [events[place] for place in np.flatnonzero(fold != one).tolist()], faulty[fold != one], length
        )
        for place in np.flatnonzero(fold == one).tolist():
            found[place] = other.of(events[place]), other.intercept
    return found


def _folds(faulty: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A fold for every sequence, of both classes the same share in each."""
    fold = np.zeros(len(faulty), np.int64)
    for one in (True, False):
        fold[faulty == one] = np.arange(int((faulty == one).sum())) % _FOLDS
    return fold
