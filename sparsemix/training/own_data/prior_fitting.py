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

The terms of novelty are fitted after the network, on normal sequences that are judged by all others, in folds.

The tails say how rare a statistic is among sequences that were not counted, or the model would take its own data for much more
usual than fresh data. The network's surprise is taken from the checks, which it did not learn from, where they hold enough
events. Held-out sequences are no part of this: they are compared with fresh ones, which is only fair to both while nothing was
fitted on either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, log_softmax

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import EventBatch, Network
from sparsemix.priors import column_evidence, expectation, log_terms, ngram_evidence, table_terms
from sparsemix.priors.column_evidence import ColumnContributions, ColumnEvidence
from sparsemix.priors.columns import left_by_others, values_of, wide_values_of
from sparsemix.priors.event_priors import NextKind, NextRow, Prior, column_prior, next_kinds, next_rows, ngram_prior
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms, Rates, rates_of
from sparsemix.priors.ngram_evidence import NgramEvidence
from sparsemix.priors.table_terms import TableTerms
from sparsemix.priors.terms import Terms
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.plan import beside, stretches_of

FOLDS = 4
_STRENGTHS = (0.01, 0.1, 1.0)
_UNKNOWN = -1
_LEAST_OF_A_CLASS = 2 * FOLDS


def expected_kinds(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], initial: SparseMixModel | None
) -> Expectation | None:
    """Return counts of all ``items`` where kinds of events are learned (logs, task "novelty"); None elsewhere.

    The counts of the ``initial`` model are kept where it has any, because it knows only these kinds.
    """
    if task != "novelty" or (scales and all(item.sequence.source_format == "csv" for item in items)):
        return None
    if initial is not None and initial.expectation is not None:
        return initial.expectation
    return expectation.fit([item.sequence.events for item in items])


def followed(
    items: Sequence[Item],
    beside: Sequence[Item] | None,
    known: Expectation | None,
    config: SparseMixConfig,
    terms: Terms | None = None,
    folds: int = FOLDS,
) -> list[Source]:
    """Return the ``items`` as sources, with what followed their events where the network learns that.

    ``known``: the kinds; without them, rows of a table follow, or nothing. Kinds are expected by counts of the items ``beside``
    and of the ``items`` in other ``folds``; where ``beside`` is None, by the counts in ``known``, which hold none of the
    ``items``. ``terms`` of novelty; the rates of kinds are counted anew together with the kinds.
    """
    sources = [Source.of(item, config.features, config.reading, config.classes) for item in items]
    of_rows = terms if isinstance(terms, TableTerms) else None
    of_kinds = terms if isinstance(terms, LogTerms) else None
    if known is None:
        return [
            replace(source, following=next_rows(source.events, config.scales, of_rows)) if config.forecast else source
            for source in sources
        ]
    if beside is None:
        return [replace(source, following=next_kinds(source.events, known, known, of_kinds)) for source in sources]
    others = [item.sequence.events for item in beside]
    sources_followed = list(sources)
    for fold in range(min(folds, len(items))):
        rest = [*others, *(source.events for place, source in enumerate(sources) if place % folds != fold)]
        counted = expectation.fit(rest, known)
        by_others = of_kinds and replace(of_kinds, rates=rates_of(rest, counted, len(others) + len(items)))
        for place in range(fold, len(items), folds):
            following = next_kinds(sources[place].events, known, counted, by_others)
            sources_followed[place] = replace(sources[place], following=following)
    return sources_followed


def evidence_of_columns(
    items: Sequence[Item], classes: Sequence[str], scales: tuple[Scale, ...]
) -> tuple[ColumnEvidence, dict[str, Prior]]:
    """Return the evidence of tables that are labelled as a whole, and by the id of each table the prior from the other folds.

    ``items`` in the order given; the evidence is for each of the ``classes``, or for any fault without classes. Faults outside
    the classes are not learned from.
    """
    place = {name: number for number, name in enumerate(classes, 1)}
    fault = np.array([(place.get(item.label or "", _UNKNOWN) if classes else 1) if item.faulty else 0 for item in items])
    tables = [values_of(item.sequence.events, scales) for item in items]
    fold = stretches_of(fault.tolist(), FOLDS)
    others = [(fold != one) & ~beside(items, fold == one) & (fault != _UNKNOWN) for one in range(FOLDS)]
    judged = {strength: _columns_of_other_folds(tables, fault, fold, others, strength) for strength in _STRENGTHS}
    best = min(judged, key=lambda strength: _loss(judged[strength], fault))
    priors = {item.id: column_prior(one) for item, one in zip(items, judged[best], strict=True)}
    return _fit_columns(tables, fault, fault != _UNKNOWN, best), priors


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
    tables: Sequence[NDArray[np.float64]], fault: NDArray[np.int64], used: NDArray[np.bool_], strength: float
) -> ColumnEvidence:
    return column_evidence.fit([tables[place] for place in np.flatnonzero(used).tolist()], fault[used], strength)


def _loss(judged: Sequence[ColumnContributions], fault: NDArray[np.int64]) -> float:
    """Return the mean surprise at the fault of each table, "no fault" included."""
    logits = np.stack([np.append(0.0, one.rest + one.row.sum(0)) for one in judged])
    known = fault != _UNKNOWN
    return float(-log_softmax(logits[known], 1)[np.arange(known.sum()), fault[known]].mean())


def evidence_of_wholes(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], classes: Sequence[str]
) -> tuple[NgramEvidence | ColumnEvidence | None, dict[str, Prior]]:
    """Return the evidence of all ``items``, in the order given, and by the id of each item the prior from the other folds.

    Return none where steps are labelled, or too few sequences. The evidence of tables distinguishes ``classes`` of faults, the
    evidence of logs only whether there is a fault.
    """
    from sklearn.metrics import log_loss  # noqa: PLC0415 - slow to load

    faulty = np.array([item.faulty is True for item in items])
    few = min(faulty.sum(), (~faulty).sum()) < _LEAST_OF_A_CLASS
    if task != "label" or few or any(item.steps is not None for item in items):
        return None, {}
    if scales and all(item.sequence.source_format == "csv" for item in items):
        return evidence_of_columns(items, classes, scales)
    events = [item.sequence.events for item in items]
    judged = {length: _ngrams_of_other_folds(events, faulty, length) for length in range(1, ngram_evidence.LONGEST + 1)}
    length = min(judged, key=lambda one: float(log_loss(faulty, expit([own.sum() + rest for own, rest in judged[one]]))))
    priors = {item.id: ngram_prior(own, intercept) for item, (own, intercept) in zip(items, judged[length], strict=True)}
    return ngram_evidence.fit(events, faulty, length), priors


def _ngrams_of_other_folds(
    events: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int
) -> list[tuple[NDArray[np.float64], float]]:
    """Return what n-grams of at most this ``length``, learned from the other folds, add at every event of each sequence [N],
    and the intercept."""
    fold = _folds(faulty)
    parts: list[tuple[NDArray[np.float64], float]] = [(np.zeros(0), 0.0)] * len(events)
    for held_fold in range(FOLDS):
        evidence = ngram_evidence.fit(
            [events[place] for place in np.flatnonzero(fold != held_fold).tolist()], faulty[fold != held_fold], length
        )
        for place in np.flatnonzero(fold == held_fold).tolist():
            parts[place] = evidence.of(events[place]), evidence.intercept
    return parts


def _folds(faulty: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a fold for every sequence, with the same share of both classes in each fold."""
    fold = np.zeros(len(faulty), np.int64)
    for one in (True, False):
        fold[faulty == one] = np.arange(int((faulty == one).sum())) % FOLDS
    return fold


_ENOUGH_EVENTS = 1000


def of_logs(
    network: Network,
    trained: Sequence[Item],
    taken: Sequence[Source],
    known: Expectation,
    rates: Rates | None,
    every: int,
    *,
    whole: bool,
) -> LogTerms:
    """Return the terms of logs. ``taken``: sequences whose surprise counts; ``rates``: of weights to go on from, whose
    counts in ``known`` judge everything; without them, the ``trained`` sequences are judged in folds, as if all sequences of
    the model, ``every`` so many, had been counted; ``whole``: sequences are judged as wholes."""
    sequences = [item.sequence.events for item in trained]
    judged: list[tuple[tuple[NDArray[np.float64], ...], tuple[float, ...]]] = []
    if rates is not None:
        judged = [log_terms.statistics(events, known, rates) for events in sequences]
    else:
        for fold in range(min(FOLDS, len(sequences))):
            rest = [events for place, events in enumerate(sequences) if place % FOLDS != fold]
            counted = expectation.fit(rest, known)
            of_rest = rates_of(rest, counted, every)
            judged += [log_terms.statistics(events, counted, of_rest) for events in sequences[fold::FOLDS]]
    of_events = [np.concatenate(columns) for columns in zip(*(events for events, _ in judged), strict=True)]
    of_sequences = [np.array(column) for column in zip(*(sequence for _, sequence in judged), strict=True)]
    fitted = rates_of(sequences, known) if rates is None else rates
    return log_terms.fit(fitted, _surprise(network, taken), of_events, of_sequences, whole=whole)


def of_tables(network: Network, trained: Sequence[Item], taken: Sequence[Source]) -> TableTerms:
    """Return the terms of tables; ``taken``: tables whose surprise counts."""
    scales = network.config.scales
    tables = [wide_values_of(item.sequence.events, scales) for item in trained]
    rows = []
    for place in range(min(FOLDS, len(tables))):
        rest = [table for number, table in enumerate(tables) if number % FOLDS != place] or tables
        apart = left_by_others(np.concatenate(rest))
        rows += [table_terms.statistic(table, apart) for table in tables[place::FOLDS]]
    return table_terms.fit(tables, _surprise(network, taken), np.concatenate(rows))


def surprised(trained: Sequence[Source], checks: Sequence[Source]) -> list[Source]:
    """Return the sequences whose surprise counts: the ``checks``, and those ``trained`` on where the checks are short."""
    enough = sum(len(source) for source in checks) >= _ENOUGH_EVENTS
    return list(checks) if enough else [*trained, *checks]


@torch.no_grad()
def _surprise(network: Network, sources: Sequence[Source]) -> NDArray[np.float64]:
    """Return the network's surprise at all events of some sequences that followed another event."""
    parts = []
    for source in sources:
        if isinstance(source.following, NextKind | NextRow):
            logits, _ = network(EventBatch.of([source.hashed]), following=source.following)
            parts.append((logits[0] + network.usual)[source.following.there].double().numpy())
    return np.concatenate([np.zeros(0), *parts])
