"""Feature hashing: named features to rows of signed buckets, without a closed vocabulary.

The bucket and the sign of a name come from its 32-bit MurmurHash3; features of a row that share a bucket are added up in single
precision. The numbers equal, bit for bit, those of scikit-learn's FeatureHasher with scipy's sparse matrices, which the first
versions used: decisions recorded then can be repeated. A test compares them.

Sources: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning" (arXiv 0902.2206); Appleby 2011,
"MurmurHash3", the variant x86_32 with seed 0.

Axis letters: N rows, F features of all rows one after another, D names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.entities import Entities
from sparsemix.encoding.matches import places_in_rows, ranges
from sparsemix.encoding.tokens import Feature, Long

_C1, _C2, _C3 = map(np.uint32, (0xCC9E2D51, 0x1B873593, 0xE6546B64))
Shares = NDArray[np.float64]
# Up to this length std::sort keeps the order of equal keys.
_STABLE = 16


@dataclass(frozen=True, slots=True)
class HashedEvents:
    """CSR rows of hashed features: ``pointer`` int64 [N + 1], ``bucket`` int64 [nnz], ``value`` float32 [nnz]; the ``entities``
    of all events, where the reading has types of identifiers; the shares ``known`` of the words of those events that have
    words, where they were asked for."""

    pointer: Long
    bucket: Long
    value: NDArray[np.float32]
    entities: Entities | None = None
    known: Shares | None = None

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
        counts, place = places_in_rows(self.pointer, events)
        return HashedEvents(np.append(0, np.cumsum(counts)), self.bucket[place], self.value[place])


@dataclass(frozen=True, slots=True)
class Part:
    """What computes the ``rows`` of ``some`` events."""

    some: slice
    rows: Callable[[], HashedEvents]


@dataclass(frozen=True, slots=True)
class NamedRows:
    """Rows of named features: ``names`` [D]; CSR rows with ``pointer`` int64 [N + 1], ``name`` int64 [F]
    which name, ``value`` float64 [F]."""

    names: Sequence[str]
    pointer: Long
    name: Long
    value: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Feature]]) -> NamedRows:
        """Return the rows of lists of features."""
        names = [name for row in rows for name, _ in row]
        value = np.array([value for row in rows for _, value in row], np.float64)
        return cls(names, np.cumsum([0, *map(len, rows)]), np.arange(len(names)), value)

    def __len__(self) -> int:
        return len(self.pointer) - 1

    def at(self, rows: NDArray[np.integer[Any]]) -> NamedRows:
        """Return some of the ``rows``, in their order."""
        counts, place = places_in_rows(self.pointer, rows)
        return NamedRows(self.names, np.append(0, np.cumsum(counts)), self.name[place], self.value[place])

    def only(self, kept: NDArray[np.bool_]) -> NamedRows:
        """Return the features whose names are ``kept`` [D]."""
        of_these = kept[self.name]
        pointer = np.append(0, np.cumsum(of_these))[self.pointer]
        return NamedRows(self.names, pointer, self.name[of_these], self.value[of_these])

    @property
    def row(self) -> Long:
        """Return the row of every feature [F]."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))


def joined(parts: Sequence[NamedRows]) -> NamedRows:
    """Return rows with the features of all parts, in each row those of one part after those of another."""
    counts = [np.diff(part.pointer) for part in parts]
    pointer = np.append(0, np.cumsum(np.sum(counts, 0))).astype(np.int64)
    name, value = np.empty(pointer[-1], np.int64), np.empty(pointer[-1], np.float64)
    begin, first = pointer[:-1], 0
    for part, count in zip(parts, counts, strict=True):
        place = ranges(begin, count)
        name[place], value[place] = part.name + first, part.value
        begin, first = begin + count, first + len(part.names)
    return NamedRows([name for part in parts for name in part.names], pointer, name, value)


def murmur3(names: Sequence[bytes]) -> Long:
    """Return the MurmurHash3 x86_32 with seed 0 of every name, as signed numbers [D]."""
    length = np.array([len(name) for name in names], np.int64)
    order = np.argsort(-length, kind="stable")
    text = np.frombuffer(b"".join(names) + b"\0\0\0\0", np.uint8).astype(np.uint32)
    first, size = (np.cumsum(length) - length)[order], length[order]
    state, shorter = np.zeros(len(names), np.uint32), -size
    for start in range(0, int(size.max(initial=0)), 4):
        left = size[: np.searchsorted(shorter, -start)] - start
        at = first[: len(left)] + start
        block = np.zeros(len(left), np.uint32)
        for byte in range(4):
            block |= np.where(left > byte, text[at + byte] << np.uint32(8 * byte), 0).astype(np.uint32)
        block *= _C1
        some = state[: len(left)] ^ _rotated(block, 15) * _C2
        # A rest of fewer than four bytes is only mixed in.
        state[: len(left)] = np.where(left >= 4, _rotated(some, 13) * np.uint32(5) + _C3, some)
    state ^= size.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        state = (state ^ state >> np.uint32(shift)) * np.uint32(factor)
    hashes = np.empty(len(names), np.int64)
    hashes[order] = (state ^ state >> np.uint32(16)).view(np.int32)
    return hashes


def _rotated(value: NDArray[np.uint32], by: int) -> NDArray[np.uint32]:
    return value << np.uint32(by) | value >> np.uint32(32 - by)


def places(names: Sequence[str], features: int) -> tuple[Long, NDArray[np.float64]]:
    """Return bucket in 0 .. ``features`` - 1 and sign of every name [D]. Raises `UnicodeEncodeError` for half of a surrogate
    pair."""
    hashes = murmur3([name.encode() for name in names])
    return np.abs(hashes) % features, np.where(hashes >= 0, 1.0, -1.0)


_Placed = tuple[Long, Long, NDArray[np.float32], int]


def _placed(rows: NamedRows, features: int) -> _Placed:
    """Return row, bucket and signed value of every feature that is not 0, and the number of rows."""
    bucket, sign = places(rows.names, features)
    value = rows.value * sign[rows.name]
    there = value != 0
    return rows.row[there], bucket[rows.name[there]], value[there].astype(np.float32), len(rows)


def hashed(parts: Iterable[NamedRows], features: int, *, any_falls: bool = False) -> HashedEvents:
    """Return a row of buckets for every row of features, of all parts one after another; features with value 0 are left out.
    ``any_falls``: whether `rows_fall` is known to be true of the same file."""
    done, waiting = list[HashedEvents](), list[_Placed]()
    for rows in parts:
        waiting.append(_placed(rows, features))
        any_falls = any_falls or _falls(*waiting[-1][:2])
        if any_falls:
            done += [_summed(*one, any_falls=True) for one in waiting]
            waiting.clear()
    done += [_summed(*one, any_falls=False) for one in waiting]
    return done[0] if len(done) == 1 else concatenated(done)


def summed(row: Long, bucket: Long, value: NDArray[np.float32], length: int) -> HashedEvents:
    """Return features [F], by rising ``row``, as ``length`` rows of rising buckets; values that share a bucket are added up, in
    order."""
    return _summed(row, bucket, value, length, any_falls=_falls(row, bucket))


def rows_fall(rows: NamedRows, features: int) -> bool:
    """Return whether the buckets of any row do not rise."""
    return _falls(*_placed(rows, features)[:2])


def _falls(row: Long, bucket: Long) -> bool:
    return bool(((row[1:] == row[:-1]) & (bucket[1:] < bucket[:-1])).any())


def _summed(row: Long, bucket: Long, value: NDArray[np.float32], length: int, *, any_falls: bool) -> HashedEvents:
    order = _order(row, bucket, length, any_falls=any_falls)
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


def _order(row: Long, bucket: Long, length: int, *, any_falls: bool) -> Long:
    """Return the positions of the features by row and bucket.

    Equal ones keep the order that scipy's sorting leaves, because their sum depends on it: it sorts nothing unless the buckets
    of any row of all fall.
    """
    order = np.argsort(row * (int(bucket.max(initial=0)) + 1) + bucket, kind="stable")
    if not any_falls:
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
