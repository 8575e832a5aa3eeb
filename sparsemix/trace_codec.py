"""Layers of a trace as compact columns, version 2: heads on the grid, two to three bytes a pair.

One record batch a head with one row: ``length`` (N queries), ``local_window`` (pairs at most this far apart have route LOCAL,
the others CONTENT; -1: all have CONTENT), and arrays of unsigned integers as lists of zstd frames. Frame b of an array holds
byte b, counted from the lowest, of every number; high bytes that are 0 throughout are left out. Signed numbers x are written
as 2 x for x >= 0, else -2 x - 1. The codes are those of ``trace_grid``, the ranks those of ``trace_keys``.

    pairs           [N] pairs of every query                        near            [N] near misses of every query
    uncertified     [N / 8] bits, the first query's highest         near_rank       [M] their keys, after the row's first pair
    anchor          [N] codes                                       near_distance   keys of rank SLOTS, as below
    threshold       [N] codes, signed                               near_margin     [M] codes
    rank            [P] the pairs' keys, after the row's beginning  distance        query - key for rank SLOTS, signed
    code            [P - R] codes, without the last pair of each of the R queries that have pairs
    code_last       [R] what the last pair's code is above the one that makes the query's weights sum to 1, signed

Weights, logits, margins, routes and queries follow from these. The same heads give the same bytes with the same zstd.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix import trace_keys
from sparsemix.compiled import compiled
from sparsemix.errors import TraceError
from sparsemix.head_selection import HeadSelection, Route
from sparsemix.trace_grid import FULL, MAX_NEAR, MAX_THRESHOLD, GridCodes

VERSION = b"2"
ARRAYS = (
    "pairs",
    "uncertified",
    "anchor",
    "threshold",
    "rank",
    "distance",
    "code",
    "code_last",
    "near",
    "near_rank",
    "near_distance",
    "near_margin",
)
SCHEMA = pa.schema({"length": pa.uint32(), "local_window": pa.int32()} | {name: pa.list_(pa.binary()) for name in ARRAYS})
# What one layer may hold, so that a small blob cannot ask for all memory: queries, and queries, pairs and near misses of all
# its heads together.
MAX_LENGTH, MAX_NUMBERS = 2**21, 2**25
_LOCAL, _CONTENT = int(Route.LOCAL), int(Route.CONTENT)
_CODEC = pa.Codec("zstd", compression_level=1)


def to_batch(head: HeadSelection) -> pa.RecordBatch | None:
    """The record batch of one head; None when it does not lie on the grid or its routes do not follow from the distance."""
    codes, window = GridCodes.nearest(head), _local_window(head)
    if codes is None or window is None or not codes.matches(head):
        return None
    n, counts, near_counts = head.length, np.diff(head.query_ptr), np.diff(head.near_ptr)
    last = head.query_ptr[1:][counts > 0] - 1
    rank, distance = trace_keys.ranks(head.query_ptr, head.key_index, np.full(n, n, np.int32))
    near_rank, near_distance = trace_keys.ranks(head.near_ptr, head.near_index, _first_keys(head.query_ptr, head.key_index))
    arrays: tuple[NDArray[np.integer], ...] = (
        counts,
        np.packbits(~head.certified),
        codes.anchor,
        _zigzag(codes.threshold),
        rank,
        distance,
        np.delete(codes.pair, last),
        _zigzag(codes.pair[last] - codes.last_expected(head.query_ptr)),
        near_counts,
        near_rank,
        near_distance,
        codes.near,
    )
    frames = {name: [_frames(array)] for name, array in zip(ARRAYS, arrays, strict=True)}
    return pa.RecordBatch.from_pydict({"length": [n], "local_window": [window], **frames}, schema=SCHEMA)


def from_batches(batches: Iterable[pa.RecordBatch]) -> tuple[HeadSelection, ...]:
    """The heads of what ``to_batch`` wrote. Raises TraceError on numbers out of range, missing or in contradiction."""
    heads, left = [], MAX_NUMBERS
    for batch in batches:
        heads.append(_head(batch, left))
        left -= _numbers(heads[-1])
    return tuple(heads)


def fits(heads: Sequence[HeadSelection]) -> bool:
    """Whether a layer of these heads is small enough to be read back."""
    return heads[0].length <= MAX_LENGTH and sum(_numbers(head) for head in heads) <= MAX_NUMBERS


def _numbers(head: HeadSelection) -> int:
    return head.length + len(head.key_index) + len(head.near_index)


def _local_window(head: HeadSelection) -> int | None:
    """The largest distance of a LOCAL pair, -1 without any; None when that does not separate LOCAL from CONTENT."""
    window, nearest_content = _reach(head.query_ptr, head.key_index, head.route)
    return window if window < nearest_content else None


@compiled()
def _reach(pointer: NDArray[np.int64], key: NDArray[np.int32], route: NDArray[np.uint8]) -> tuple[int, int]:
    """The largest distance of a LOCAL pair or -1, the smallest of a CONTENT pair or N; 0 and 0 with any other route."""
    n = len(pointer) - 1
    farthest, nearest = -1, n
    for query in range(n):
        for place in range(pointer[query], pointer[query + 1]):
            distance = abs(int(key[place]) - query)
            if route[place] == _LOCAL:
                farthest = max(farthest, distance)
            elif route[place] == _CONTENT:
                nearest = min(nearest, distance)
            else:
                return 0, 0
    return farthest, nearest


def _routes(distance: NDArray[np.int32], window: int) -> NDArray[np.uint8]:
    return np.where(distance <= window, np.uint8(_LOCAL), np.uint8(_CONTENT))


def _first_keys(pointer: NDArray[np.int64], key: NDArray[np.int32]) -> NDArray[np.int32]:
    """The first key of every row, N for rows without any, int32 [N]."""
    n = len(pointer) - 1
    first = np.full(n, n, np.int32)
    filled = pointer[1:] > pointer[:-1]
    first[filled] = key[pointer[:-1][filled]]
    return first


def _zigzag(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return (values << 1) ^ (values >> 31)


def _unzigzag(values: NDArray[np.uint32]) -> NDArray[np.int64]:
    wide = values.astype(np.int64)
    return (wide >> 1) ^ -(wide & 1)


def _frames(values: NDArray[np.integer]) -> list[bytes]:
    """Byte planes of numbers in 0 .. 2^32 - 1, each a zstd frame."""
    used = (int(values.max(initial=0)).bit_length() + 7) // 8
    planes = values.astype("<u4", copy=False).view(np.uint8).reshape(-1, 4) if used > 1 else values.astype(np.uint8)[:, None]
    return [_CODEC.compress(np.ascontiguousarray(planes[:, byte]), asbytes=True) for byte in range(used)]


class _Columns:
    """The one row of a record batch."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows != 1:
            raise TraceError("the selection blob is not one row a head")
        self._row = batch.to_pylist()[0]

    def number(self, name: str) -> int:
        value = self._row[name]
        if value is None:
            raise TraceError(f"{name} is missing in the selection blob")
        return int(value)

    def array(self, name: str, size: int, most: int = 2**32 - 1) -> NDArray[np.uint32]:
        """``size`` numbers, uint32; raises TraceError when there are not as many or one is above ``most``."""
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
    """``left``: queries, pairs and near misses that the head may have at most."""
    columns = _Columns(batch)
    n, window = columns.number("length"), columns.number("local_window")
    if n > min(left, MAX_LENGTH):
        raise TraceError("the selection blob is too large")
    query_ptr = _pointer(columns.array("pairs", n))
    near_ptr = _pointer(columns.array("near", n))
    total, near_total = int(query_ptr[-1]), int(near_ptr[-1])
    if n + total + near_total > left:
        raise TraceError("the selection blob is too large")
    key = _keys(columns, "", query_ptr, np.full(n, n, np.int32))
    codes = _codes(columns, query_ptr, near_total)
    return HeadSelection(
        query_ptr=query_ptr,
        key_index=key,
        weight=codes.weight(),
        logit=codes.logit(query_ptr),
        route=_routes(np.abs(key - np.repeat(np.arange(n, dtype=np.int32), np.diff(query_ptr))), window),
        threshold=codes.thresholds(),
        anchor_weight=codes.anchor_weight(),
        certified=np.unpackbits(columns.array("uncertified", (n + 7) // 8, 255).astype(np.uint8), count=n) == 0,
        near_ptr=near_ptr,
        near_index=_keys(columns, "near_", near_ptr, _first_keys(query_ptr, key)),
        near_logit=codes.near_logit(near_ptr),
    )


def _pointer(counts: NDArray[np.uint32]) -> NDArray[np.int64]:
    pointer = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=pointer[1:])
    return pointer


def _keys(columns: _Columns, prefix: str, pointer: NDArray[np.int64], before: NDArray[np.int32]) -> NDArray[np.int32]:
    rank = columns.array(f"{prefix}rank", int(pointer[-1]), trace_keys.SLOTS).astype(np.uint8)
    distance = columns.array(f"{prefix}distance", int((rank == trace_keys.SLOTS).sum()))
    return trace_keys.keys(pointer, rank, distance, before)


def _codes(columns: _Columns, query_ptr: NDArray[np.int64], near_total: int) -> GridCodes:
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
