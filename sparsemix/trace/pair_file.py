"""All selected pairs of a run as one plain table, CSV or Parquet: ``python -m sparsemix trace FILE --pairs FILE``.

One row a pair, in the order of layer, head and query: the columns of ``COLUMNS`` with both texts, whether the search of the
query proved that it missed no pair (``certified``), and both times in seconds since 1970 UTC, missing where an event has none.

The file is written block by block, so that it may be far larger than memory.

The columns of numbers are the same for the tables of the app and for files of the shell. Layers, heads and events are counted
from 0, as in the trace; lines from 1, as an editor shows them. ``weight`` lies in (0, 1]; ``margin`` is logit / 2 - threshold,
above 0; ``distance`` is query - key in events, above 0 when the key lies before the query.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sparsemix.atomic_files import replacing
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.readers.json_lines import storable
from sparsemix.trace.csv_cells import guarded
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


SCHEMA = pa.schema(COLUMNS | {"certified": pa.bool_(), "query_time": pa.float64(), "key_time": pa.float64()})
# Of one block: some 10 MB with the copies that are made of it.
_BLOCK_CHARS, _BLOCK_ROWS = 2**22, 2**16


def check_pair_file(path: Path) -> None:
    """Raise `TraceError` when no pairs can be written to ``path``: before the run, which may take long."""
    if path.suffix.lower() not in _WRITERS:
        raise TraceError(f"pairs are written as CSV or Parquet: name a file that ends in .csv or .parquet, not {path.name!r}")
    if path.is_dir():
        raise TraceError(f"{path} is a folder; name a file in it for the pairs")


def write_pairs(sequence: TokenSequence, trace: SelectionTrace, path: Path) -> int:
    """Write all pairs, the whole file or nothing, and return how many there are. Raises `TraceError` as ``check_pair_file``,
    and when the trace is of another sequence; `OSError` when the file cannot be written."""
    check_pair_file(path)
    check_fit(sequence, trace)
    with replacing(path) as partial:
        _WRITERS[path.suffix.lower()](pair_blocks(sequence, trace), partial)
    return sum(trace.pair_count(layer) for layer in range(len(trace.heads)))


def pair_blocks(sequence: TokenSequence, trace: SelectionTrace) -> Iterator[pa.RecordBatch]:
    """Yield all pairs as record batches of ``SCHEMA``, each with few enough rows for its texts to stay small."""
    longest = max((len(event.text) for event in sequence.events), default=0)
    rows = min(_BLOCK_ROWS, max(1, _BLOCK_CHARS // (2 * longest + 1)))
    events = {
        "line": np.array([event.line for event in sequence.events], np.int64),
        "text": np.array([storable(event.text) for event in sequence.events], dtype=object),
        "time": np.array([event.time for event in sequence.events], np.float64),
    }
    for layer, head, selection in trace:
        for start in range(0, len(selection.key_index), rows):
            yield _block(layer, head, selection, range(start, min(start + rows, len(selection.key_index))), events)


def _block(layer: int, head: int, selection: HeadSelection, places: range, events: dict[str, np.ndarray]) -> pa.RecordBatch:
    place = np.arange(places.start, places.stop)
    # The query of a pair: the last one whose pairs begin at or before it.
    query = np.searchsorted(selection.query_ptr, place, side="right") - 1
    columns = pair_numbers(layer, head, selection, query, place)
    for side in ("query", "key"):
        columns |= {f"{side}_{name}": values[columns[side]] for name, values in events.items()}
    columns["certified"] = selection.certified[query]
    # from_pandas: NaN, the time of an event without one, is a missing value.
    return pa.record_batch([pa.array(columns[field.name], field.type, from_pandas=True) for field in SCHEMA], schema=SCHEMA)


def _write_csv(blocks: Iterator[pa.RecordBatch], path: Path) -> None:
    # With a byte order mark, without which spreadsheets misread Japanese.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SCHEMA.names)
        for block in blocks:
            writer.writerows(zip(*(_cells(column) for column in block.columns), strict=True))


def _cells(column: pa.Array) -> list[str | None]:
    """Return a column as cells; numbers as short as they can be read back exactly."""
    if pa.types.is_string(column.type):
        return [guarded(text) for text in column.to_pylist()]
    cells: list[str | None] = column.cast(pa.string()).to_pylist()
    return cells


def _write_parquet(blocks: Iterator[pa.RecordBatch], path: Path) -> None:
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for block in blocks:
            writer.write_batch(block)


_WRITERS: dict[str, Callable[[Iterator[pa.RecordBatch], Path], None]] = {".csv": _write_csv, ".parquet": _write_parquet}
