"""Layers of a trace as Arrow record batches, one batch per head, in two versions.

| Version | Written for | Bytes per pair |
|---|---|---|
| 2, compact | heads on the grid (``grid``) | two to three |
| 1, plain and exact | heads off the grid; read also for selections recorded before there was a grid | some ten |

Version 1 has one row per query. Pairs and near misses are list columns, whose offsets *are* the CSR pointers.

Version 2 has one row: ``length`` (N queries), ``local_window`` (pairs at most this far apart have route LOCAL,
the others CONTENT; -1: all have CONTENT), and arrays of unsigned integers as lists of zstd frames. Frame b of an array holds
byte b, counted from the lowest, of every number; high bytes that are 0 throughout are left out. Signed numbers x are written
as 2 x for x >= 0, else -2 x - 1. ``grid`` defines the codes, ``columns`` the ranks.

    pairs           [N] pairs of every query                        near            [N] near misses of every query
    uncertified     [N / 8] bits, the first query's highest         near_rank       [M] ranks of their keys
    anchor          [N] codes                                       near_distance   keys of rank SLOTS, as below
    threshold       [N] codes, signed                               near_margin     [M] codes
    rank            [P] ranks of the pairs' keys                    distance        query - key for rank SLOTS, signed
    code            [P - R] codes, without the last pair of each of the R queries that have pairs
    code_last       [R] what the last pair's code is above the one that makes the query's weights sum to 1, signed

For the ranks, a row's first pair follows the row's beginning, and its first near miss follows its first pair. Weights, logits,
margins, routes and queries can be computed from these columns. The same heads give the same bytes with the same zstd.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.trace import columns as trace_columns
from sparsemix.trace.columns import ARRAYS, SLOTS, columns_of, first_keys, keys_of_ranks, numbers, planes
from sparsemix.trace.grid import FULL, MAX_NEAR, MAX_THRESHOLD, GridCodes
from sparsemix.trace.head_selection import HeadSelection, Route

COMPACT_SCHEMA = pa.schema(
    {"length": pa.uint32(), "local_window": pa.int32()} | {name: pa.list_(pa.binary()) for name in ARRAYS}
)
_CODEC = pa.Codec("zstd", compression_level=1)
PLAIN_VERSION = b"1"
PLAIN_SCHEMA = pa.schema(
    {
        "head": pa.uint8(),
        "query": pa.int32(),
        "key_index": pa.list_(pa.int32()),
        "weight": pa.list_(pa.float32()),
        "logit": pa.list_(pa.float32()),
        "route": pa.list_(pa.uint8()),
        "threshold": pa.float32(),
        "anchor_weight": pa.float32(),
        "certified": pa.bool_(),
        "near_index": pa.list_(pa.int32()),
        "near_logit": pa.list_(pa.float32()),
    }
)
_OF_PAIRS, _OF_NEAR = ("key_index", "weight", "logit", "route"), ("near_index", "near_logit")
_OF_QUERIES = ("threshold", "anchor_weight", "certified")
PLAIN_OPTIONS = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3), use_threads=False)


def compact_batch(head: HeadSelection) -> pa.RecordBatch | None:
    """Return the record batch of one head; None when the head does not lie on the grid or its routes do not follow from the
    distance."""
    head_columns = columns_of(head)
    if head_columns is None:
        return None
    window, arrays = head_columns
    frames = {name: [[_CODEC.compress(plane, asbytes=True) for plane in planes(array)]] for name, array in arrays.items()}
    row = {"length": [head.length], "local_window": [window], **frames}
    return pa.RecordBatch.from_pydict(row, schema=COMPACT_SCHEMA)


def heads_of_compact(batches: Iterable[pa.RecordBatch]) -> tuple[HeadSelection, ...]:
    """Read the heads that ``compact_batch`` wrote. Raises `TraceError` for numbers that are out of range, missing or
    contradictory."""
    heads, left = [], trace_columns.MAX_NUMBERS
    for batch in batches:
        heads.append(_head(batch, left))
        left -= numbers(heads[-1])
    return tuple(heads)


def _unzigzag(values: NDArray[np.uint32]) -> NDArray[np.int64]:
    wide = values.astype(np.int64)
    return (wide >> 1) ^ -(wide & 1)


class _BatchRow:
    """The single row of a record batch of version 2."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows != 1:
            raise TraceError("the selection blob does not have one row per head")
        self._row = batch.to_pylist()[0]

    def number(self, name: str) -> int:
        value = self._row[name]
        if value is None:
            raise TraceError(f"{name} is missing in the selection blob")
        return int(value)

    def array(self, name: str, size: int, most: int = 2**32 - 1) -> NDArray[np.uint32]:
        """Return ``size`` numbers, uint32. Raises `TraceError` for another count, or for a number above ``most``."""
        frames = self._row[name]
        if frames is None or None in frames or len(frames) > 4 or (frames and not size):
            raise TraceError(f"{name} is damaged in the selection blob")
        planes = np.zeros((size, 4), np.uint8)
        for byte, frame in enumerate(frames):
            planes[:, byte] = np.frombuffer(_CODEC.decompress(frame, size), np.uint8)
        values = planes.view("<u4")[:, 0].astype(np.uint32, copy=False)
        if values.max(initial=0) > most:
            raise TraceError(f"{name} is out of range in the selection blob")
        return values


def _head(batch: pa.RecordBatch, left: int) -> HeadSelection:
    """Return the head of a batch; ``left``: the most queries, pairs and near misses that it may have."""
    columns = _BatchRow(batch)
    n, window = columns.number("length"), columns.number("local_window")
    if n > min(left, trace_columns.MAX_LENGTH):
        raise TraceError("the selection blob is too large")
    query_ptr = _pointer(columns.array("pairs", n))
    near_ptr = _pointer(columns.array("near", n))
    total, near_total = int(query_ptr[-1]), int(near_ptr[-1])
    if n + total + near_total > left:
        raise TraceError("the selection blob is too large")
    key = _keys(columns, "", query_ptr, np.full(n, n, np.int32))
    codes = _codes(columns, query_ptr, near_total)
    distance = np.abs(key - np.repeat(np.arange(n, dtype=np.int32), np.diff(query_ptr)))
    return HeadSelection(
        query_ptr=query_ptr,
        key_index=key,
        route=np.where(distance <= window, np.uint8(Route.LOCAL), np.uint8(Route.CONTENT)),
        certified=np.unpackbits(columns.array("uncertified", (n + 7) // 8, 255).astype(np.uint8), count=n) == 0,
        near_ptr=near_ptr,
        near_index=_keys(columns, "near_", near_ptr, first_keys(query_ptr, key)),
        **codes.numbers(query_ptr, near_ptr),
    )


def _pointer(counts: NDArray[np.uint32]) -> NDArray[np.int64]:
    pointer = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=pointer[1:])
    return pointer


def _keys(columns: _BatchRow, prefix: str, pointer: NDArray[np.int64], before: NDArray[np.int32]) -> NDArray[np.int32]:
    rank = columns.array(f"{prefix}rank", int(pointer[-1]), SLOTS).astype(np.uint8)
    distance = columns.array(f"{prefix}distance", int((rank == SLOTS).sum()))
    return keys_of_ranks(pointer, rank, distance, before)


def _codes(columns: _BatchRow, query_ptr: NDArray[np.int64], near_total: int) -> GridCodes:
    n, total = len(query_ptr) - 1, int(query_ptr[-1])
    last = query_ptr[1:][np.diff(query_ptr) > 0] - 1
    others = np.ones(total, np.bool_)
    others[last] = False
    pair = np.ones(total, np.int32)
    pair[others] = columns.array("code", total - len(last), FULL)
    anchor = columns.array("anchor", n, FULL).astype(np.int32)
    threshold = _unzigzag(columns.array("threshold", n, 2 * MAX_THRESHOLD)).astype(np.int32)
    near = columns.array("near_margin", near_total, MAX_NEAR).astype(np.int32)
    codes = GridCodes(pair, anchor, threshold, near)
    pair[last] = codes.last_expected(query_ptr) + _unzigzag(columns.array("code_last", len(last), 2 * FULL))
    if total and not 0 < pair.min() <= pair.max() <= FULL:
        raise TraceError("a selected pair has no weight in the selection blob")
    return codes


def plain_batch(index: int, head: HeadSelection) -> pa.RecordBatch:
    """Return the record batch of one head, the ``index``-th of its layer."""
    n = head.length
    columns = {
        "head": np.full(n, index, np.uint8),
        "query": np.arange(n, dtype=np.int32),
        **{name: _lists(head.query_ptr, getattr(head, name)) for name in _OF_PAIRS},
        **{name: _lists(head.near_ptr, getattr(head, name)) for name in _OF_NEAR},
        **{name: getattr(head, name) for name in _OF_QUERIES},
    }
    return pa.RecordBatch.from_pydict(columns, schema=PLAIN_SCHEMA)


def _lists(pointer: NDArray[np.int64], values: NDArray[np.generic]) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(pointer.astype(np.int32)), pa.array(values))


def plain_head(batch: pa.RecordBatch) -> HeadSelection:
    """Read the head that ``plain_batch`` wrote. Raises `TraceError` for values that are missing or contradictory."""
    if any(column.null_count for column in batch.columns):
        raise TraceError("the selection blob lacks values")
    query_ptr, near_ptr = (np.array(batch.column(name).offsets.to_numpy(), np.int64) for name in ("key_index", "near_index"))
    columns = {name: _plain_numbers(batch.column(name).values) for name in (*_OF_PAIRS, *_OF_NEAR)}
    columns |= {name: _plain_numbers(batch.column(name)) for name in _OF_QUERIES}
    return HeadSelection(query_ptr=query_ptr, near_ptr=near_ptr, **columns)


def _plain_numbers(array: pa.Array) -> NDArray[Any]:
    if array.null_count:
        raise TraceError("the selection blob lacks values")
    # A copy: Arrow's arrays are read-only, and Numba would compile every loop a second time for them.
    return np.array(array.to_numpy(zero_copy_only=False))
