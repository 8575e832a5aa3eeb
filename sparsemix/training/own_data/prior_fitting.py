"""What is fitted beside the network: priors before it, from which it starts, evidence of whole sequences and expected events;
and the terms of novelty after it.

Evidence, where whole sequences are labelled: of a log's n-grams or of a table's columns. Evidence that has seen a sequence is
certain of its label, and a network that starts from it would learn that nothing is left to do. So every sequence gets the
evidence learned from the other folds (stacking: Wolpert 1992, "Stacked generalization"), while the model's own evidence is
learned from every sequence. The other folds also choose the length of the n-grams, and the regularisation of the columns.
Tables are often windows of one recording: a fold is a stretch of every fault in the order given, and tables that overlap the
stretch are not used for it (``plan.beside``).

Expectation, where the normal course is learned: counts of what comes next, and what followed in every sequence. Counts that
have seen an event are not surprised by it. So sequences for training or measuring are judged by counts of all other sequences,
in folds, while the model's own counts hold every sequence (cross-conformal prediction: Vovk 2015, "Cross-conformal
predictors"). The measurement errs on the safe side: the model's counts know more and are surprised less.

The terms of novelty are fitted after the network, on normal sequences that are judged by all others, in folds. The tails say
how rare a statistic is among sequences that were not counted, or the model would take its own data for much more usual than
fresh data. The network's surprise is taken from sequences that it did not learn from, where these hold enough events.

Thresholds come from sequences that are judged in the same way, by counts and terms of all other folds. Of tables, whose terms
are one for all, the held-out ones are no part of the terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.judges.evidence import ColumnKnowledge, NgramKnowledge, Prior, column_prior, ngram_prior
from sparsemix.judges.following import FOLDS, Following, Knowledge
from sparsemix.judges.next_events import KindKnowledge, RowKnowledge
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.priors import column_evidence, expectation, ngram_evidence
from sparsemix.priors.column_evidence import ColumnEvidence
from sparsemix.priors.columns import values_of
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.plan import beside, stretches_of

NO_PRIORS: Mapping[str, Following] = {}
Setting = TypeVar("Setting", int, float)
Evidence = TypeVar("Evidence")
_STRENGTHS = (0.01, 0.1, 1.0)
_UNKNOWN = -1
_LEAST_OF_A_CLASS = 2 * FOLDS


def expected_by(items: Sequence[Item], scales: tuple[Scale, ...], initial: SparseMixModel | None) -> Knowledge:
    """Return what expects what comes next: in sensor tables the forecasts of columns that have ``scales``, in logs counts of
    the kinds in all ``items``. The counts of the ``initial`` model are kept, because it knows only these kinds."""
    if scales and all(item.sequence.source_format == "csv" for item in items):
        return RowKnowledge(scales)
    if initial is not None and initial.knowledge.kinds:
        return initial.knowledge
    return KindKnowledge(expectation.fit([item.sequence.events for item in items]))


def followed(
    items: Sequence[Item],
    beside: Sequence[Item] | None,
    knowledge: Knowledge,
    config: SparseMixConfig,
    priors: Mapping[str, Following] = NO_PRIORS,
    folds: int = FOLDS,
) -> list[Source]:
    """Return the ``items`` as sources, with what is known of their events besides: the ``priors`` by the id of each item, where
    there are any, else by ``knowledge``, of which counts are those of the items ``beside`` and of the ``items`` in other
    ``folds``; where ``beside`` is None, its own, which hold none of the ``items``."""
    judge = config.judge
    sources = [Source.of(item, config.features, judge.reading, judge.classes) for item in items]
    if priors:
        return [replace(source, following=priors[item.id]) for source, item in zip(sources, items, strict=True)]
    if beside is None:
        return [replace(source, following=knowledge.following(source.events)) for source in sources]
    logs = [source.events for source in sources]
    return by_each(sources, knowledge.by_others(logs, folds, [item.sequence.events for item in beside]))


def by_each(sources: Sequence[Source], knowledge: Sequence[Knowledge]) -> list[Source]:
    """Return the ``sources`` with what is known of the events of each by its own ``knowledge``."""
    return [replace(source, following=own.following(source.events)) for source, own in zip(sources, knowledge, strict=True)]


def evidence_of_wholes(
    items: Sequence[Item], scales: tuple[Scale, ...], classes: Sequence[str]
) -> tuple[Knowledge, Mapping[str, Following]]:
    """Return the evidence of all ``items``, in the order given, and by the id of each item the prior from the other folds.

    Return none where steps are labelled, or too few sequences. The evidence of tables is for each of the ``classes`` of faults,
    or for any fault without classes, and faults outside the classes are not learned from; that of logs says only whether there
    is a fault.
    """
    faulty = np.array([item.faulty is True for item in items])
    few = min(faulty.sum(), (~faulty).sum()) < _LEAST_OF_A_CLASS
    if few or any(item.steps is not None for item in items):
        return Knowledge(), NO_PRIORS
    events = [item.sequence.events for item in items]
    if not scales or any(item.sequence.source_format != "csv" for item in items):
        fold = _folds(faulty)
        by_others = _Stacked(faulty.astype(np.int64), [(fold == one, fold != one) for one in range(FOLDS)])
        lengths = range(1, ngram_evidence.LONGEST + 1)
        length, found = by_others.best(
            lengths,
            lambda length, used: ngram_evidence.fit([events[place] for place in used], faulty[used], length),
            lambda evidence, place: ngram_prior(evidence.of(events[place]), evidence.intercept),
        )
        knowledge: Knowledge = NgramKnowledge(ngram_evidence.fit(events, faulty, length))
    else:
        number = {name: number for number, name in enumerate(classes, 1)}
        fault = np.array([(number.get(item.label or "", _UNKNOWN) if classes else 1) if item.faulty else 0 for item in items])
        tables, fold = [values_of(rows, scales) for rows in events], stretches_of(fault.tolist(), FOLDS)
        masks = [(fold == one, (fold != one) & ~beside(items, fold == one) & (fault != _UNKNOWN)) for one in range(FOLDS)]

        def fitted(strength: float, used: NDArray[np.int64]) -> ColumnEvidence:
            return column_evidence.fit([tables[place] for place in used], fault[used], strength)

        strength, found = _Stacked(fault, masks).best(
            _STRENGTHS, fitted, lambda evidence, place: column_prior(evidence.of_values(tables[place]))
        )
        knowledge = ColumnKnowledge(fitted(strength, np.flatnonzero(fault != _UNKNOWN)), scales)
    return knowledge, {item.id: prior for item, prior in zip(items, found, strict=True)}


@dataclass(frozen=True)
class _Stacked:
    """Priors of sequences with a ``fault`` each [S], 0 for none, from other folds: a mask [S] of those that are judged, and one
    of those that are learned from, for every fold."""

    fault: NDArray[np.int64]
    folds: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]]

    def best(
        self,
        settings: Sequence[Setting],
        fit: Callable[[Setting, NDArray[np.int64]], Evidence],
        prior: Callable[[Evidence, int], Prior],
    ) -> tuple[Setting, list[Prior]]:
        """Return the setting that fits best, and the ``prior`` of every sequence by what it says of the other folds."""

        def judged(setting: Setting) -> tuple[float, Setting, list[Prior]]:
            found: dict[int, Prior] = {}
            for held, others in self.folds:
                evidence = fit(setting, np.flatnonzero(others))
                found |= {place: prior(evidence, place) for place in np.flatnonzero(held).tolist()}
            priors = [found[place] for place in range(len(found))]
            return self._loss(priors), setting, priors

        # One after another: the priors of hundreds of thousands of sequences fill the memory.
        _, best, priors = min(map(judged, settings), key=lambda one: one[0])
        return best, priors

    def _loss(self, priors: Sequence[Prior]) -> float:
        """Return the mean surprise at the fault of each sequence, "no fault" included."""
        logits = np.stack([np.append(0.0, one.alone if one.classes is None else one.classes) for one in priors])
        known = self.fault != _UNKNOWN
        return float(-log_softmax(logits[known], 1)[np.arange(known.sum()), self.fault[known]].mean())


def _folds(faulty: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a fold for every sequence, with the same share of both classes in each fold."""
    fold = np.zeros(len(faulty), np.int64)
    for one in (True, False):
        fold[faulty == one] = np.arange(int((faulty == one).sum())) % FOLDS
    return fold


# Events, and rows of tables, that say how surprising what was not learned is.
_ENOUGH_EVENTS, _ENOUGH_ROWS = 100, 1000


@torch.no_grad()
def surprise(
    network: Network, sources: Sequence[Source], others: Sequence[Knowledge], trained: int
) -> list[NDArray[np.float64]]:
    """Return the network's surprise at the events of each source that followed another one, beside what ``others`` say of each;
    none of the first so many, which it was ``trained`` on, where the others are long enough."""
    needed = _ENOUGH_EVENTS if network.judge.kinds else _ENOUGH_ROWS
    enough = sum(len(source) for source in sources[trained:]) >= needed
    found = [np.zeros(0)] * trained if enough else []
    for source in by_each(sources[len(found) :], others[len(found) :]):
        logits, _ = network(EventBatch.of([source.hashed]), following=source.following)
        found.append((logits[0] + network.usual)[source.following.followed].double().numpy())
    return found
