"""Selected pairs as columns of numbers, the same for the tables of the app and for files of the shell.

Layers, heads and events are counted from 0, as in the trace; lines from 1, as an editor shows them. ``weight`` lies in (0, 1];
``margin`` is logit / 2 - threshold, above 0; ``distance`` is query - key in events, above 0 when the key lies before the query.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.trace.head_selection import HeadSelection, Route
from sparsemix.trace.selection_trace import SelectionTrace

COLUMNS = {
    "layer": pa.int32(),
    "head": pa.int32(),
    "query": pa.int64(),
    "key": pa.int64(),
    "query_line": pa.int64(),
    "key_line": pa.int64(),
    "query_text": pa.string(),
    "key_text": pa.string(),
    "weight": pa.float32(),
    "logit": pa.float32(),
    "margin": pa.float32(),
    "route": pa.string(),
    "distance": pa.int64(),
}
"""The columns of a table of pairs, with their types in a file."""
_ROUTES = np.array([route.name.lower() for route in Route], dtype=object)


def pair_numbers(
    layer: int, head: int, selection: HeadSelection, query: NDArray[np.int64], place: NDArray[np.int64]
) -> dict[str, NDArray[np.generic]]:
    """Return the columns of these pairs but lines and texts, each [P]; ``query`` [P] and ``place`` [P] in the pair columns."""
    logit, key = selection.logit[place], selection.key_index[place].astype(np.int64)
    return {
        "layer": np.full(len(place), layer),
        "head": np.full(len(place), head),
        "query": query,
        "key": key,
        "weight": selection.weight[place],
        "logit": logit,
        "margin": (logit / 2 - selection.threshold[query]).astype(np.float32),
        "route": _ROUTES[selection.route[place]],
        "distance": query - key,
    }


def check_fit(sequence: TokenSequence, trace: SelectionTrace) -> None:
    """Raise `TraceError` when the trace is of another sequence."""
    if len(sequence) != trace.length:
        raise TraceError(f"the trace is of {trace.length} events, the sequence of {len(sequence)}")
