"""Selected pairs as tables that a page shows, sorts and exports. Columns as in ``sparsemix.trace.pair_file``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.trace.pair_file import COLUMNS, check_fit, pair_numbers
from sparsemix.trace.selection_trace import HeadSelection, SelectionTrace

Range = tuple[int, int]
"""Events from the first up to, not including, the second."""


def top_pairs(sequence: TokenSequence, trace: SelectionTrace, queries: Sequence[int], limit: int) -> pd.DataFrame:
    """Return the strongest pairs of these events over all layers and heads: at most ``limit`` rows of ``COLUMNS``, by weight.

    Equal weights keep the order of layer, head, query and key, so the same trace gives the same table.
    Raises `TraceError` when the trace does not fit the sequence or an event lies outside it.
    """
    check_fit(sequence, trace)
    events = np.unique(np.asarray(queries, dtype=np.int64))
    if len(events) and (events[0] < 0 or events[-1] >= trace.length):
        raise TraceError(f"the events must lie in 0..{trace.length - 1}")
    parts = []
    for layer, head, selection in trace:
        start, counts = selection.query_ptr[events], selection.query_ptr[events + 1] - selection.query_ptr[events]
        query = np.repeat(events, counts)
        place = np.arange(len(query)) + np.repeat(start - np.cumsum(counts) + counts, counts)
        parts.append(pair_numbers(layer, head, selection, *strongest_places(selection, query, place, limit)))
    return _table(sequence, parts, limit)


def region_places(
    selection: HeadSelection, query_range: Range, key_range: Range
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return query int64 [P] and place in the pair columns int64 [P] of the pairs within the ranges, in stored order."""
    first, last = (int(np.clip(edge, 0, selection.length)) for edge in query_range)
    last = max(first, last)
    pointer = selection.query_ptr[first : last + 1]
    place = np.arange(pointer[0], pointer[-1])
    query = np.repeat(np.arange(first, last), np.diff(pointer))
    if key_range[0] <= 0 and key_range[1] >= selection.length:
        return query, place
    key = selection.key_index[pointer[0] : pointer[-1]]
    inside = (key >= key_range[0]) & (key < key_range[1])
    return query[inside], place[inside]


def strongest_places(
    selection: HeadSelection, query: NDArray[np.int64], place: NDArray[np.int64], limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return of these pairs the ``limit`` with the largest weight, as query and place, by weight, then query and key. Texts are
    looked up for these alone, so a million pairs stay cheap."""
    weight = selection.weight[place]
    if len(weight) > limit > 0:
        # All ties of the last weight stay; the full order below decides between them.
        kept = np.flatnonzero(weight >= np.partition(weight, len(weight) - limit)[len(weight) - limit])
    else:
        kept = np.arange(len(weight) if limit > 0 else 0)
    kept = kept[np.lexsort((selection.key_index[place[kept]], query[kept], -weight[kept]))][:limit]
    return query[kept], place[kept]


def pair_rows(
    sequence: TokenSequence,
    layer: int,
    head: int,
    selection: HeadSelection,
    query: NDArray[np.int64],
    place: NDArray[np.int64],
) -> pd.DataFrame:
    """Return these pairs as rows of ``COLUMNS``."""
    return _table(sequence, [pair_numbers(layer, head, selection, query, place)], len(query))


def _table(sequence: TokenSequence, parts: Iterable[Mapping[str, NDArray[np.generic]]], limit: int) -> pd.DataFrame:
    table = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    order = ["weight", "layer", "head", "query", "key"]
    table = table.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True).head(max(limit, 0))
    for side in ("query", "key"):
        events = [sequence.events[i] for i in table[side]]
        table[f"{side}_line"] = [event.line for event in events]
        table[f"{side}_text"] = [event.text for event in events]
    return table[list(COLUMNS)]
