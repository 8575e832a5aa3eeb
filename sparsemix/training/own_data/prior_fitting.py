"""Evidence where whole sequences are labelled, learned before the network and for it to go on from: of a log's n-grams here,
of a table's columns in ``columns``.

What has seen a sequence is certain of its label; a network given that would learn that it needs no help. So every sequence is
given what was learned from the other folds (stacking: Wolpert 1992, "Stacked generalization"), while the evidence that is kept
knows every one. How long the n-grams are is chosen by what the other folds said.

Evidence of columns where whole tables are labelled, learned before the network and for it to go on from.

As with n-grams of a log (``wholes``), every sequence is given what was learned from the other folds (stacking: Wolpert 1992,
"Stacked generalization"), while the evidence that is kept knows every one. Tables are often windows of one recording: a fold is
a stretch of every fault in the order given, and what overlaps it has no say in it (``neighbours``). How strongly the weights
are held back is chosen by what the other folds said.

What is expected to come next where the normal course is learned, and what followed in every sequence against it.

Counts that have seen an event are not surprised by it. So sequences that something is to be learned or measured on are judged
by counts of all others, in folds, while the counts that are kept know every one (cross-conformal prediction: Vovk 2015,
"Cross-conformal predictors"). What is measured so errs to the safe side: the counts kept know more and are surprised less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax
from sklearn.metrics import log_loss

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.model.model import SparseMixModel
from sparsemix.priors import column_evidence, expectation, ngram_evidence
from sparsemix.priors.column_evidence import ColumnContributions, ColumnEvidence
from sparsemix.priors.event_priors import Prior, next_kinds, next_rows, prior, prior_of_columns
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.ngram_evidence import NgramEvidence
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.plan import beside, stretches_of

FOLDS = 4


def expected_kinds(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], initial: SparseMixModel | None
) -> Expectation | None:
    """Counts of all ``items``, where kinds of events are to be expected: in logs, without labels; those of the ``initial``
    model where it has any, for its kinds are what it knows."""
    if task != "novelty" or (scales and all(item.sequence.source_format == "csv" for item in items)):
        return None
    if initial is not None and initial.expectation is not None:
        return initial.expectation
    return expectation.fit([item.sequence.events for item in items])


def followed(
    items: Sequence[Item], beside: Sequence[Item] | None, known: Expectation | None, config: SparseMixConfig
) -> list[Source]:
    """The ``items`` as sources, with what followed their events where that is learned: kinds ``known``, expected by counts of
    those ``beside`` and of those of the items that are in other folds; None beside: by the known counts, which hold no item."""
    sources = [Source.of(item, config.features, config.reading, config.classes) for item in items]
    if known is None:
        return [replace(one, following=next_rows(one.events, config.scales)) if config.forecast else one for one in sources]
    if beside is None:
        return [replace(one, following=next_kinds(one.events, known, known)) for one in sources]
    others = [item.sequence.events for item in beside]
    found = list(sources)
    for fold in range(min(FOLDS, len(items))):
        rest = [one.events for place, one in enumerate(sources) if place % FOLDS != fold]
        counted = expectation.fit([*others, *rest], known)
        for place in range(fold, len(items), FOLDS):
            found[place] = replace(sources[place], following=next_kinds(sources[place].events, known, counted))
    return found


FOLDS = 4
_STRENGTHS = (0.01, 0.1, 1.0)
_UNKNOWN = -1


def evidence_of_columns(
    items: Sequence[Item], classes: Sequence[str], scales: tuple[Scale, ...]
) -> tuple[ColumnEvidence, dict[str, Prior]]:
    """Evidence of tables that are labelled as a whole, in the order given, for each of the ``classes`` (none: for any fault);
    and by the id of each what the other folds say of it. Faults that are none of the classes are not learned from."""
    place = {name: number for number, name in enumerate(classes, 1)}
    fault = np.array([(place.get(item.label or "", _UNKNOWN) if classes else 1) if item.faulty else 0 for item in items])
    tables = [column_evidence.values_of(item.sequence.events, scales) for item in items]
    fold = stretches_of(fault.tolist(), FOLDS)
    others = [(fold != one) & ~beside(items, fold == one) & (fault != _UNKNOWN) for one in range(FOLDS)]
    judged = {strength: _columns_of_other_folds(tables, fault, fold, others, strength) for strength in _STRENGTHS}
    best = min(judged, key=lambda strength: _loss(judged[strength], fault))
    told = {item.id: prior_of_columns(one) for item, one in zip(items, judged[best], strict=True)}
    return _fit_columns(tables, fault, fault != _UNKNOWN, best), told


def _columns_of_other_folds(
    tables: Sequence[NDArray[np.float64]],
    fault: NDArray[np.int64],
    fold: NDArray[np.int64],
    others: Sequence[NDArray[np.bool_]],
    strength: float,
) -> list[ColumnContributions]:
    known = [_fit_columns(tables, fault, other, strength) for other in others]
    return [known[one].of_values(table) for table, one in zip(tables, fold.tolist(), strict=True)]


def _fit_columns(
    tables: Sequence[NDArray[np.float64]], fault: NDArray[np.int64], wanted: NDArray[np.bool_], strength: float
) -> ColumnEvidence:
    return column_evidence.fit([tables[place] for place in np.flatnonzero(wanted).tolist()], fault[wanted], strength)


def _loss(judged: Sequence[ColumnContributions], fault: NDArray[np.int64]) -> float:
    """Mean surprise at which fault it was, or that there was none."""
    logits = np.stack([np.append(0.0, one.rest + one.row.sum(0)) for one in judged])
    known = fault != _UNKNOWN
    return float(-log_softmax(logits[known], 1)[np.arange(known.sum()), fault[known]].mean())


FOLDS = 4
_LEAST_OF_A_CLASS = 2 * FOLDS


def evidence_of_wholes(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], classes: Sequence[str]
) -> tuple[NgramEvidence | ColumnEvidence | None, dict[str, Prior]]:
    """Evidence of all ``items``, in the order given, and by the id of each what the other folds say of it; none where steps are
    labelled, or too few sequences are. Of tables it tells ``classes`` of faults apart, of logs only whether there is any."""
    faulty = np.array([item.faulty is True for item in items])
    few = min(faulty.sum(), (~faulty).sum()) < _LEAST_OF_A_CLASS
    if task != "label" or few or any(item.steps is not None for item in items):
        return None, {}
    if scales and all(item.sequence.source_format == "csv" for item in items):
        return evidence_of_columns(items, classes, scales)
    events = [item.sequence.events for item in items]
    judged = {length: _ngrams_of_other_folds(events, faulty, length) for length in range(1, ngram_evidence.LONGEST + 1)}
    length = min(judged, key=lambda one: float(log_loss(faulty, expit([own.sum() + rest for own, rest in judged[one]]))))
    told = {item.id: prior(own, intercept) for item, (own, intercept) in zip(items, judged[length], strict=True)}
    return ngram_evidence.fit(events, faulty, length), told


def _ngrams_of_other_folds(
    events: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int
) -> list[tuple[NDArray[np.float64], float]]:
    """What n-grams of at most this ``length``, learned from the other folds, add at every event of each sequence [N], and the
    intercept."""
    fold = _folds(faulty)
    found: list[tuple[NDArray[np.float64], float]] = [(np.zeros(0), 0.0)] * len(events)
    for one in range(FOLDS):
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
        fold[faulty == one] = np.arange(int((faulty == one).sum())) % FOLDS
    return fold
