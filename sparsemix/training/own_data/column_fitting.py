"""Evidence of columns where whole tables are labelled, learned before the network and for it to go on from.

As with n-grams of a log (``wholes``), every sequence is given what was learned from the other folds (stacking: Wolpert 1992,
"Stacked generalization"), while the evidence that is kept knows every one. Tables are often windows of one recording: a fold is
a stretch of every fault in the order given, and what overlaps it has no say in it (``neighbours``). How strongly the weights
are held back is chosen by what the other folds said.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.priors import column_evidence
from sparsemix.priors.column_evidence import Behaviour, Told
from sparsemix.priors.event_priors import Prior, prior_of_columns
from sparsemix.training.own_data.overlapping import beside, stretches_of

FOLDS = 4
_STRENGTHS = (0.01, 0.1, 1.0)
_UNKNOWN = -1


def evidence_of_columns(
    items: Sequence[Item], classes: Sequence[str], scales: tuple[Scale, ...]
) -> tuple[Behaviour, dict[str, Prior]]:
    """Evidence of tables that are labelled as a whole, in the order given, for each of the ``classes`` (none: for any fault);
    and by the id of each what the other folds say of it. Faults that are none of the classes are not learned from."""
    place = {name: number for number, name in enumerate(classes, 1)}
    fault = np.array([(place.get(item.label or "", _UNKNOWN) if classes else 1) if item.faulty else 0 for item in items])
    tables = [column_evidence.values_of(item.sequence.events, scales) for item in items]
    fold = stretches_of(fault.tolist(), FOLDS)
    others = [(fold != one) & ~beside(items, fold == one) & (fault != _UNKNOWN) for one in range(FOLDS)]
    judged = {strength: _of_other_folds(tables, fault, fold, others, strength) for strength in _STRENGTHS}
    best = min(judged, key=lambda strength: _loss(judged[strength], fault))
    told = {item.id: prior_of_columns(one) for item, one in zip(items, judged[best], strict=True)}
    return _fitted(tables, fault, fault != _UNKNOWN, best), told


def _of_other_folds(
    tables: Sequence[NDArray[np.float64]],
    fault: NDArray[np.int64],
    fold: NDArray[np.int64],
    others: Sequence[NDArray[np.bool_]],
    strength: float,
) -> list[Told]:
    known = [_fitted(tables, fault, other, strength) for other in others]
    return [known[one].of_values(table) for table, one in zip(tables, fold.tolist(), strict=True)]


def _fitted(
    tables: Sequence[NDArray[np.float64]], fault: NDArray[np.int64], wanted: NDArray[np.bool_], strength: float
) -> Behaviour:
    return column_evidence.fit([tables[place] for place in np.flatnonzero(wanted).tolist()], fault[wanted], strength)


def _loss(judged: Sequence[Told], fault: NDArray[np.int64]) -> float:
    """Mean surprise at which fault it was, or that there was none."""
    logits = np.stack([np.append(0.0, one.rest + one.row.sum(0)) for one in judged])
    known = fault != _UNKNOWN
    return float(-log_softmax(logits[known], 1)[np.arange(known.sum()), fault[known]].mean())
