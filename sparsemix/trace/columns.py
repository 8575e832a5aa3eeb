"""Columns of a written head: arrays of unsigned integers and their bytes, before they are packed.

``codec`` says what each array holds and writes the arrays with Arrow and zstd; a runtime without both writes the same arrays by
hand (``edge.runtime``).

Keys are written as small numbers (ranks), because events of one kind select much the same keys again and again. For every key,
the 16 keys that came right after it in earlier rows are kept, the latest first. A key among them is written as its position
there, any other key as SLOTS and, in a second array, as its distance from the query. The first key of a row follows the key
that the caller names, or the row's beginning.

Axis letters: N queries, P pairs, L keys written by their distance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.kernels.compiled import compiled
from sparsemix.trace.grid import GridCodes, numbers_of
from sparsemix.trace.head_selection import HeadSelection, Route

VERSION = b"2"
ARRAYS = (
    *("pairs", "uncertified", "anchor", "threshold"),
    *("rank", "distance", "code", "code_last"),
    *("near", "near_rank", "near_distance", "near_margin"),
)
# Limits of one layer, so that a small blob cannot use up all memory: queries; and queries, pairs and near misses of all heads
# together.
MAX_LENGTH, MAX_NUMBERS = 2**21, 2**25
Pointer = NDArray[np.int64]
Keys = NDArray[np.int32]
SLOTS = 16
"""Rank of a key that is written by its distance."""


def columns_of(head: HeadSelection) -> tuple[int, dict[str, NDArray[np.integer]]] | None:
    """Return the columns of one head: its ``local_window`` (pairs at most this far apart have route LOCAL; -1: no pair) and the
    arrays by name, with numbers in 0 .. 2^32 - 1. None when the head does not lie on the grid or its routes do not follow from
    the distance."""
    codes, window = GridCodes.nearest(numbers_of(head), head.near_ptr), _local_window(head)
    if codes is None or window is None or not codes.matches(head):
        return None
    n, counts, near_counts = head.length, np.diff(head.query_ptr), np.diff(head.near_ptr)
    last = head.query_ptr[1:][counts > 0] - 1
    rank, distance = key_ranks(head.query_ptr, head.key_index, np.full(n, n, np.int32))
    near_rank, near_distance = key_ranks(head.near_ptr, head.near_index, first_keys(head.query_ptr, head.key_index))
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
    return window, dict(zip(ARRAYS, arrays, strict=True))


def planes(values: NDArray[np.integer]) -> list[NDArray[np.uint8]]:
    """Return the byte planes of numbers in 0 .. 2^32 - 1, lowest first, without high planes that are 0 throughout."""
    used = (int(values.max(initial=0)).bit_length() + 7) // 8
    bytes_of = values.astype("<u4", copy=False).view(np.uint8).reshape(-1, 4) if used > 1 else values.astype(np.uint8)[:, None]
    return [np.ascontiguousarray(bytes_of[:, byte]) for byte in range(used)]


def fits(heads: Sequence[HeadSelection]) -> bool:
    """Return whether a layer of these heads is small enough to be read back."""
    return heads[0].length <= MAX_LENGTH and sum(numbers(head) for head in heads) <= MAX_NUMBERS


def numbers(head: HeadSelection) -> int:
    """Return the number of queries, pairs and near misses of a head."""
    return head.length + len(head.key_index) + len(head.near_index)


def _local_window(head: HeadSelection) -> int | None:
    """Return the largest distance of a LOCAL pair, -1 without any; None when it does not separate LOCAL from CONTENT."""
    distance = np.abs(head.key_index - head.query_index)
    local, content = head.route == Route.LOCAL, head.route == Route.CONTENT
    if not (local | content).all():
        return None
    window, nearest = int(distance[local].max(initial=-1)), int(distance[content].min(initial=head.length))
    return window if window < nearest else None


def first_keys(pointer: NDArray[np.int64], key: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the first key of every row, N for rows without keys, int32 [N]."""
    n = len(pointer) - 1
    first = np.full(n, n, np.int32)
    filled = pointer[1:] > pointer[:-1]
    first[filled] = key[pointer[:-1][filled]]
    return first


def _zigzag(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return (values << 1) ^ (values >> 31)


def key_ranks(pointer: Pointer, key: Keys, before: Keys) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Return the ranks uint8 [P] of the keys, and the distances [L] of keys with rank SLOTS: 2 d for d = query - key >= 0, else
    -2 d - 1.

    ``pointer`` [N + 1] and ``key`` [P] as in HeadSelection; ``before`` [N]: the key that a row's first key follows, N for
    the row's beginning.
    """
    rank, distance = np.empty(len(key), np.uint8), np.empty(len(key), np.uint32)
    used = _write(pointer, key, before, rank, distance)
    return rank, distance[:used]


def keys_of_ranks(pointer: Pointer, rank: NDArray[np.uint8], distance: NDArray[np.uint32], before: Keys) -> Keys:
    """Return the keys of which ``key_ranks`` gave the ranks, int32 [P]. Raises `TraceError` for a key outside 0..N - 1."""
    key = np.empty(len(rank), np.int32)
    if _read(pointer, rank, distance, before, key) != len(distance):
        raise TraceError("the keys of the selection blob contradict each other")
    return key


@compiled()
def _to_front(row: Keys, slot: int, target: int) -> None:
    """Put a key in front of the keys before it in a ``slot``."""
    for place in range(slot, 0, -1):
        row[place] = row[place - 1]
    row[0] = target


@compiled()
def _write(pointer: Pointer, key: Keys, before: Keys, rank: NDArray[np.uint8], distance: NDArray[np.uint32]) -> int:
    """Write ranks and distances, and return the number of distances."""
    n = len(pointer) - 1
    recent = np.full((n + 1, SLOTS), -1, np.int32)
    used = 0
    for query in range(n):
        row = recent[before[query]]
        for place in range(pointer[query], pointer[query + 1]):
            target = key[place]
            slot_of = 0
            while slot_of < SLOTS and row[slot_of] != target:
                slot_of += 1
            rank[place] = slot_of
            if slot_of == SLOTS:
                away = query - np.int64(target)
                distance[used] = 2 * away if away >= 0 else -2 * away - 1
                used += 1
                slot_of = SLOTS - 1
            _to_front(row, slot_of, target)
            row = recent[target]
    return used


@compiled()
def _read(pointer: Pointer, rank: NDArray[np.uint8], distance: NDArray[np.uint32], before: Keys, key: Keys) -> int:
    """Read the keys, and return the number of distances; -1 for numbers that do not fit. Compiled code checks no index, so
    every index is checked here."""
    n = len(pointer) - 1
    recent = np.full((n + 1, SLOTS), -1, np.int32)
    used = 0
    for query in range(n):
        row = recent[before[query]]
        for place in range(pointer[query], pointer[query + 1]):
            slot_of = np.int64(rank[place])
            if slot_of < SLOTS:
                target = np.int64(row[slot_of])
            elif used < len(distance):
                coded = np.int64(distance[used])
                target = np.int64(query - coded // 2 if coded % 2 == 0 else query + (coded + 1) // 2)
                used += 1
                slot_of = np.int64(SLOTS - 1)
            else:
                return -1
            if target < 0 or target >= n:
                return -1
            _to_front(row, slot_of, target)
            key[place] = target
            row = recent[target]
    return used
