"""Count the kinds of pairs of one run.

An edge goes from the earlier event of a pair to the later one, whichever of them is the query: by their times where both have
one and these differ, else by their order in the log. Pairs of the same two events in several heads are one pair. A later event
that has several earlier events of one kind counts once in the support, with the lag of its heaviest pair; an earlier event that
has several later events of one kind counts once in the origins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.graph.lags import lag_classes
from sparsemix.graph.pair_counts import (
    CountedRun,
    Edges,
    Examples,
    Frequencies,
    Ints,
    PairCounts,
    added_lags,
    rank_within,
    strongest,
    summed,
)
from sparsemix.model.template_pairs import coded_templates
from sparsemix.trace.pair_file import check_fit
from sparsemix.trace.selection_trace import SelectionTrace

_EVENTS, _SECONDS = 0, 1


def counts_of(sequence: TokenSequence, trace: SelectionTrace, weights_sha256: str, decision: str = "") -> PairCounts:
    """Count the pairs of different events that the heads of a run selected, and keep the strongest edges.

    Raises `TraceError` when the trace does not fit the sequence.
    """
    check_fit(sequence, trace)
    codes, texts = coded_templates(sequence)
    times = np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64)
    pairs = _pairs(trace)
    earlier, later = _in_order(pairs["query"], pairs["key"], times)
    # By later event and earlier kind, the heaviest pair first.
    group = later * len(texts) + codes[earlier]
    order = np.lexsort((later - earlier, -pairs["weight"], group))
    earlier, later, group = earlier[order], later[order], group[order]
    pairs = {name: column[order] for name, column in pairs.items()}
    first = rank_within(group) == 0
    named, edge = np.unique(codes[earlier] * len(texts) + codes[later], return_inverse=True)
    size = len(named)
    origins = np.unique(edge * len(sequence) + earlier) // max(1, len(sequence))
    edges = Edges(
        earlier=named // max(1, len(texts)),
        later=named % max(1, len(texts)),
        support=summed(edge, first, size),
        origins=summed(origins, None, size),
        pairs=summed(edge, None, size),
        runs=np.ones(size, np.int64),
        weight=np.bincount(edge, pairs["weight"], size).astype(np.float64),
    )
    heaviest = np.lexsort((later, -pairs["weight"], edge))
    heaviest = heaviest[rank_within(edge[heaviest]) == 0]
    lines = np.array([event.line for event in sequence.events], np.int64)
    examples = Examples(
        edge=edge[heaviest],
        run=np.zeros(size, np.int64),
        earlier=lines[earlier[heaviest]],
        later=lines[later[heaviest]],
        **{name: pairs[name][heaviest] for name in ("layer", "head", "query", "key", "weight")},
    )
    span = sequence.time_span
    return strongest(
        PairCounts(
            runs=(CountedRun(sequence.name, len(sequence), sequence.sha256, weights_sha256, decision),),
            pairs=len(edge),
            first=None if span is None else span[0],
            last=None if span is None else span[1],
            kinds=tuple(texts),
            frequencies=Frequencies(
                kind=np.arange(len(texts)),
                run=np.zeros(len(texts), np.int64),
                events=summed(codes, None, len(texts)),
                pairs=summed(codes[later], None, len(texts)),
            ),
            edges=edges,
            lags=added_lags(*_lags(edge[first], earlier[first], later[first], times)),
            examples=examples,
        )
    )


def _pairs(trace: SelectionTrace) -> dict[str, NDArray[Any]]:
    """Return the different pairs of different events, int64: ``query``, ``key``, the ``layer`` and ``head`` that gave most
    weight, and the ``weight`` of all heads, float64."""
    parts = []
    for layer, head, selection in trace:
        query, key = selection.query_index.astype(np.int64), selection.key_index.astype(np.int64)
        other = np.flatnonzero(query != key)
        of_head = (np.full(len(other), layer), np.full(len(other), head), selection.weight[other].astype(np.float64))
        parts.append((query[other], key[other], *of_head))
    names = ("query", "key", "layer", "head", "weight")
    joined = {name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)}
    # One row for the two events, whichever of them is the query.
    low, high = np.minimum(joined["query"], joined["key"]), np.maximum(joined["query"], joined["key"])
    _, pair = np.unique(high * trace.length + low, return_inverse=True)
    order = np.lexsort((-joined["weight"], pair))
    heaviest = order[rank_within(pair[order]) == 0]
    return {name: column[heaviest] for name, column in joined.items()} | {"weight": np.bincount(pair, joined["weight"])}


def _in_order(query: Ints, key: Ints, times: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Return the earlier and the later event of every pair."""
    after = times[query] - times[key]
    # Comparisons with a missing time are false.
    query_later = (after > 0) | (~(after < 0) & (query > key))
    return np.where(query_later, key, query), np.where(query_later, query, key)


def _lags(edge: Ints, earlier: Ints, later: Ints, times: NDArray[np.float64]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return edge, unit, class and count (1) of the lags in events, and in seconds where both events have a time."""
    seconds = times[later] - times[earlier]
    timed = np.isfinite(seconds)
    unit = np.repeat([_EVENTS, _SECONDS], [len(edge), int(timed.sum())])
    lag = np.concatenate([lag_classes(np.abs(later - earlier)), lag_classes(seconds[timed])])
    return np.concatenate([edge, edge[timed]]), unit, lag, np.ones(len(unit), np.int64)
