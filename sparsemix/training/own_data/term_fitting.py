"""The terms of novelty are fitted after the network, on normal sequences that are judged by all others, in folds.

The tails say how rare a statistic is among sequences that were not counted, or the model would take its own data for much more
usual than fresh data. The network's surprise is taken from the checks, which it did not learn from, where they hold enough
events. Held-out sequences are no part of this: they are compared with fresh ones, which is only fair to both while nothing was
fitted on either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.encoding.sequence import Event
from sparsemix.model.network import Batch, Network
from sparsemix.priors import expectation, log_terms, table_terms
from sparsemix.priors.columns import left_by_others, wide_values_of
from sparsemix.priors.event_priors import NextKind, NextRow
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms, Rates, rates_of
from sparsemix.priors.table_terms import TableTerms
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.prior_fitting import FOLDS

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
        for held, rest in _folds(sequences):
            counted = expectation.fit(rest, known)
            of_rest = rates_of(rest, counted, every)
            judged += [log_terms.statistics(events, counted, of_rest) for events in held]
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


def _folds(
    sequences: Sequence[Sequence[Event]],
) -> list[tuple[list[Sequence[Event]], list[Sequence[Event]]]]:
    """Return, for every fold, its sequences and all others."""
    return [
        (list(sequences[fold::FOLDS]), [events for place, events in enumerate(sequences) if place % FOLDS != fold])
        for fold in range(min(FOLDS, len(sequences)))
    ]


@torch.no_grad()
def _surprise(network: Network, sources: Sequence[Source]) -> NDArray[np.float64]:
    """Return the network's surprise at all events of some sequences that followed another event."""
    parts = []
    for source in sources:
        if isinstance(source.following, NextKind | NextRow):
            logits, _ = network(Batch.of([source.hashed]), following=source.following)
            parts.append((logits[0] + network.usual)[source.following.there].double().numpy())
    return np.concatenate([np.zeros(0), *parts])
