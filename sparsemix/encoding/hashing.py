"""Feature hashing: named features to rows of signed buckets, without a closed vocabulary.

The bucket and the sign of a name come from its 32-bit MurmurHash3; features of a row that share a bucket are added up in single
precision. The numbers equal, bit for bit, those of scikit-learn's FeatureHasher with scipy's sparse matrices, which the first
versions used: decisions recorded then can be repeated. A test compares them.

Sources: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning" (arXiv 0902.2206); Appleby 2011,
"MurmurHash3", the variant x86_32 with seed 0.

Axis letters: N rows, F features of all rows one after another.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.entities import Entities

Feature = tuple[str, float]
Long = NDArray[np.int64]

_ALL = 0xFFFFFFFF
_C1, _C2 = 0xCC9E2D51, 0x1B873593
# Hashes that are remembered: in a larger table few names would occur twice.
_KEPT = 2**18
# Up to this length std::sort keeps the order of equal keys.
_STABLE = 16


@dataclass(frozen=True, slots=True)
class HashedEvents:
    """CSR rows of hashed features: ``pointer`` int64 [N + 1], ``bucket`` int64 [nnz], ``value`` float32 [nnz]; the ``entities``
    of all events, where the reading has types of identifiers."""

    pointer: Long
    bucket: Long
    value: NDArray[np.float32]
    entities: Entities | None = None

    def __len__(self) -> int:
        return len(self.pointer) - 1

    def window(self, start: int, stop: int) -> HashedEvents:
        """Return the rows ``start`` to ``stop`` - 1, without entities."""
        low, high = self.pointer[start], self.pointer[stop]
        return HashedEvents(self.pointer[start : stop + 1] - low, self.bucket[low:high], self.value[low:high])

    def by_itself(self, start: int, stop: int) -> HashedEvents:
        """Return the rows ``start`` to ``stop`` - 1, with entities that are matched among these rows only."""
        entities = None if self.entities is None else self.entities.window(start, stop)
        return replace(self.window(start, stop), entities=entities)

    def at(self, events: Long) -> HashedEvents:
        """Return the rows of some ``events``, without entities."""
        counts = self.pointer[events + 1] - self.pointer[events]
        pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        place = np.arange(pointer[-1]) + np.repeat(self.pointer[events] - pointer[:-1], counts)
        return HashedEvents(pointer, self.bucket[place], self.value[place])


def murmur3(data: bytes) -> int:
    """Return the MurmurHash3 x86_32 with seed 0, as a signed number."""
    state = 0
    whole = len(data) & ~3
    for start in range(0, whole, 4):
        state ^= _scrambled(int.from_bytes(data[start : start + 4], "little"))
        state = (state << 13 | state >> 19) & _ALL
        state = (state * 5 + 0xE6546B64) & _ALL
    if whole < len(data):
        state ^= _scrambled(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & _ALL
    state = (state ^ state >> 13) * 0xC2B2AE35 & _ALL
    state ^= state >> 16
    return state - 2**32 if state >= 2**31 else state


def _scrambled(block: int) -> int:
    block = block * _C1 & _ALL
    return (block << 15 | block >> 17) * _C2 & _ALL


class _Hashes(dict[str, int]):
    """Hashes of names, computed at the first look-up and remembered."""

    def __missing__(self, name: str) -> int:
        if len(self) >= _KEPT:
            self.clear()
        value = self[name] = murmur3(name.encode())
        return value


_hashes = _Hashes()


def places(names: Iterable[str], features: int) -> tuple[Long, NDArray[np.float64]]:
    """Return bucket in 0 .. ``features`` - 1 and sign of every name [F]. Raises `UnicodeEncodeError` for half of a surrogate
    pair."""
    return _placed(np.fromiter(map(_hashes.__getitem__, names), np.int64), features)


def _placed(hashes: Long, features: int) -> tuple[Long, NDArray[np.float64]]:
    return np.abs(hashes) % features, np.where(hashes >= 0, 1.0, -1.0)


def hashed(rows: Iterable[list[Feature]], features: int) -> HashedEvents:
    """Return a row of buckets for every list of features; features with value 0 are left out."""
    return summed(*_flat(rows, features))


def hashed_apart(rows: Iterable[list[Feature]], features: int) -> tuple[HashedEvents, NDArray[np.bool_]]:
    """Return the rows as ``hashed`` makes them among rows of which at least one is *out of order*, and which of the rows are
    out of order, bool [N].

    A row is out of order when its buckets do not rise before they are sorted. Where all rows are in order, ``hashed`` may
    return rows that differ in the last bit.
    """
    row, bucket, value, length = _flat(rows, features)
    falls = (row[1:] == row[:-1]) & (bucket[1:] < bucket[:-1])
    out_of_order = np.bincount(row[1:][falls], minlength=length) > 0
    # One more row, which is out of order.
    rows_with_extra = summed(
        np.append(row, [length, length]), np.append(bucket, [1, 0]), np.append(value, np.ones(2, np.float32)), length + 1
    )
    return rows_with_extra.window(0, length), out_of_order


def _flat(rows: Iterable[list[Feature]], features: int) -> tuple[Long, Long, NDArray[np.float32], int]:
    """Return row, bucket and value of all features, and the number of rows: the arguments of ``summed``."""
    # Arrays, not lists: a long log has millions of features.
    hashes, values, counts = array("q"), array("d"), array("q")
    for row in rows:
        counts.append(len(row))
        if row:
            names, own = zip(*row, strict=True)
            hashes.extend(map(_hashes.__getitem__, names))
            values.extend(own)
    bucket, sign = _placed(np.frombuffer(hashes, np.int64), features)
    value = np.frombuffer(values, np.float64) * sign
    row_of = np.repeat(np.arange(len(counts)), np.frombuffer(counts, np.int64))
    there = value != 0
    return row_of[there], bucket[there], value[there].astype(np.float32), len(counts)


def summed(row: Long, bucket: Long, value: NDArray[np.float32], length: int) -> HashedEvents:
    """Return features [F], by rising ``row``, as ``length`` rows of rising buckets; values that share a bucket are added up, in
    order."""
    order = _order(row, bucket, length)
    row, bucket, value = row[order], bucket[order], value[order]
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (bucket[1:] != bucket[:-1])
    first = np.flatnonzero(new)
    total = value[first]
    size = np.diff(first, append=len(row))
    # Added one after the other: numpy's own sums would use another order.
    for step in range(1, int(size.max(initial=1))):
        more = np.flatnonzero(size > step)
        total[more] += value[first[more] + step]
    return HashedEvents(_pointer(row[first], length), bucket[first], total)


def concatenated(parts: Sequence[HashedEvents]) -> HashedEvents:
    """Return the rows of all parts, one after another, without entities."""
    counts = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.pointer) for part in parts)])
    bucket, value = (np.concatenate([getattr(part, name) for part in parts]) for name in ("bucket", "value"))
    return HashedEvents(np.cumsum(counts), bucket, value)


def added(one: HashedEvents, other: HashedEvents) -> HashedEvents:
    """Return the sum of two sets of rows, without buckets that cancel out."""
    parts = (one, other)
    row = np.concatenate([np.repeat(np.arange(len(part)), np.diff(part.pointer)) for part in parts])
    bucket, value = (np.concatenate([getattr(part, name) for part in parts]) for name in ("bucket", "value"))
    by_row = np.argsort(row, kind="stable")
    both = summed(row[by_row], bucket[by_row], value[by_row], len(one))
    left = both.value != 0
    rows = np.repeat(np.arange(len(both)), np.diff(both.pointer))
    return HashedEvents(_pointer(rows[left], len(one)), both.bucket[left], both.value[left])


def _pointer(row: Long, length: int) -> Long:
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=length))]).astype(np.int64)


def _order(row: Long, bucket: Long, length: int) -> Long:
    """Return the positions of the features by row and bucket.

    Equal ones keep the order that scipy's sorting leaves, because their sum depends on it.
    """
    order = np.argsort(row * (int(bucket.max(initial=0)) + 1) + bucket, kind="stable")
    if not ((row[1:] == row[:-1]) & (bucket[1:] < bucket[:-1])).any():
        return order
    # The sum of two numbers does not depend on their order.
    at, by = row[order], bucket[order]
    three_or_more = (at[2:] == at[:-2]) & (by[2:] == by[:-2])
    pointer = _pointer(row, length)
    for shared_row in np.unique(at[2:][three_or_more]).tolist():
        first, end = int(pointer[shared_row]), int(pointer[shared_row + 1])
        if end - first > _STABLE:
            arranged = first + np.array(_partitioned(bucket[first:end].tolist()), np.int64)
            order[first:end] = arranged[np.argsort(bucket[arranged], kind="stable")]
    return order


def _partitioned(keys: list[int]) -> list[int]:
    """Return the positions of ``keys`` as the quicksort of libstdc++'s std::sort leaves them for its insertion sort, which
    keeps the order of equal keys (Musser 1997, "Introspective sorting and selection algorithms")."""
    places, parts = list(range(len(keys))), [(0, len(keys))]
    while parts:
        first, last = parts.pop()
        while last - first > _STABLE:
            cut = _cut(keys, places, first, last)
            parts.append((cut, last))
            last = cut
    return places


def _cut(keys: list[int], places: list[int], first: int, last: int) -> int:
    """Partition ``places[first:last]`` about the median of three; return where the second part begins."""
    trio = (first + 1, first + (last - first) // 2, last - 1)
    low, middle, high = (keys[places[at]] for at in trio)
    if low < middle:
        median = 1 if middle < high else 2 if low < high else 0
    else:
        median = 0 if low < high else 2 if middle < high else 1
    places[first], places[trio[median]] = places[trio[median]], places[first]
    pivot, left, right = keys[places[first]], first + 1, last
    while True:
        while keys[places[left]] < pivot:
            left += 1
        right -= 1
        while pivot < keys[places[right]]:
            right -= 1
        if left >= right:
            return left
        places[left], places[right] = places[right], places[left]
        left += 1
