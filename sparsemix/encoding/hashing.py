"""Feature hashing: named features to rows of signed buckets, without a closed vocabulary.

The bucket and the sign of a name come from its 32-bit MurmurHash3; features of a row that share a bucket are added up in single
precision. The numbers are, bit for bit, those of scikit-learn's FeatureHasher with scipy's sparse matrices, which made the rows
at first: what was recorded then comes out again. A test compares them.

Sources: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning" (arXiv 0902.2206); Appleby 2011,
"MurmurHash3", the variant x86_32 with seed 0.

Axis letters: N rows, F features of all rows one after another.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Feature = tuple[str, float]
Long = NDArray[np.int64]

_ALL = 0xFFFFFFFF
_C1, _C2 = 0xCC9E2D51, 0x1B873593
# Hashes that are remembered: beyond these, few names come twice.
_KEPT = 2**18
# Up to here std::sort keeps the order of equals.
_STABLE = 16


@dataclass(frozen=True, slots=True)
class HashedEvents:
    """CSR rows of hashed features: ``pointer`` int64 [N + 1], ``bucket`` int64 [nnz], ``value`` float32 [nnz]."""

    pointer: Long
    bucket: Long
    value: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pointer) - 1

    def window(self, start: int, stop: int) -> HashedEvents:
        """Rows start..stop - 1."""
        low, high = self.pointer[start], self.pointer[stop]
        return HashedEvents(self.pointer[start : stop + 1] - low, self.bucket[low:high], self.value[low:high])


def murmur3(data: bytes) -> int:
    """MurmurHash3 x86_32 with seed 0, as a signed number."""
    found = 0
    whole = len(data) & ~3
    for start in range(0, whole, 4):
        found ^= _scrambled(int.from_bytes(data[start : start + 4], "little"))
        found = (found << 13 | found >> 19) & _ALL
        found = (found * 5 + 0xE6546B64) & _ALL
    if whole < len(data):
        found ^= _scrambled(int.from_bytes(data[whole:], "little"))
    found ^= len(data)
    found = (found ^ found >> 16) * 0x85EBCA6B & _ALL
    found = (found ^ found >> 13) * 0xC2B2AE35 & _ALL
    found ^= found >> 16
    return found - 2**32 if found >= 2**31 else found


def _scrambled(block: int) -> int:
    block = block * _C1 & _ALL
    return (block << 15 | block >> 17) * _C2 & _ALL


class _Hashes(dict[str, int]):
    """Hashes of names, found at the first question; a plain look-up from then on."""

    def __missing__(self, name: str) -> int:
        if len(self) >= _KEPT:
            self.clear()
        found = self[name] = murmur3(name.encode())
        return found


_hashes = _Hashes()


def places(names: Iterable[str], features: int) -> tuple[Long, NDArray[np.float64]]:
    """Bucket in 0 .. ``features`` - 1 and sign of every name [F]. Raises UnicodeEncodeError for half of a surrogate pair."""
    return _placed(np.fromiter(map(_hashes.__getitem__, names), np.int64), features)


def _placed(found: Long, features: int) -> tuple[Long, NDArray[np.float64]]:
    return np.abs(found) % features, np.where(found >= 0, 1.0, -1.0)


def hashed(rows: Iterable[list[Feature]], features: int) -> HashedEvents:
    """A row of buckets for every list of features; those of value 0 are left out."""
    return summed(*_flat(rows, features))


def hashed_apart(rows: Iterable[list[Feature]], features: int) -> tuple[HashedEvents, NDArray[np.bool_]]:
    """Rows as ``hashed`` makes them among others of which one at least is *out of order*: its buckets do not rise by
    themselves; and which of these are so [N]. What a row is among others that all are in order may differ in the last bit."""
    row, bucket, value, length = _flat(rows, features)
    falls = (row[1:] == row[:-1]) & (bucket[1:] < bucket[:-1])
    out_of_order = np.bincount(row[1:][falls], minlength=length) > 0
    # One more row, out of order, for the others to be among.
    found = summed(
        np.append(row, [length, length]), np.append(bucket, [1, 0]), np.append(value, np.ones(2, np.float32)), length + 1
    )
    return found.window(0, length), out_of_order


def _flat(rows: Iterable[list[Feature]], features: int) -> tuple[Long, Long, NDArray[np.float32], int]:
    """Row, bucket and value of all features, and the number of rows: as ``summed`` wants them."""
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
    """Features [F], by rising ``row``, as ``length`` rows of rising buckets: what shares one is added up, in order."""
    order = _order(row, bucket, length)
    row, bucket, value = row[order], bucket[order], value[order]
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (bucket[1:] != bucket[:-1])
    first = np.flatnonzero(new)
    total = value[first]
    size = np.diff(first, append=len(row))
    # One after the other: numpy's own sums would take another order.
    for step in range(1, int(size.max(initial=1))):
        more = np.flatnonzero(size > step)
        total[more] += value[first[more] + step]
    return HashedEvents(_pointer(row[first], length), bucket[first], total)


def added(one: HashedEvents, other: HashedEvents) -> HashedEvents:
    """The sum of rows as ``summed`` makes them, without what cancels out."""
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
    """Places of the features by row and bucket; equals lie as scipy's sorting leaves them, for their sum hangs on it."""
    order = np.argsort(row * (int(bucket.max(initial=0)) + 1) + bucket, kind="stable")
    if not ((row[1:] == row[:-1]) & (bucket[1:] < bucket[:-1])).any():
        return order
    # Two numbers have one sum, however they lie.
    at, by = row[order], bucket[order]
    thrice = (at[2:] == at[:-2]) & (by[2:] == by[:-2])
    pointer = _pointer(row, length)
    for one in np.unique(at[2:][thrice]).tolist():
        first, end = int(pointer[one]), int(pointer[one + 1])
        if end - first > _STABLE:
            arranged = first + np.array(_partitioned(bucket[first:end].tolist()), np.int64)
            order[first:end] = arranged[np.argsort(bucket[arranged], kind="stable")]
    return order


def _partitioned(keys: list[int]) -> list[int]:
    """Places of ``keys`` as the quicksort of libstdc++'s std::sort leaves them for its insertion sort, which keeps the order of
    equals (Musser 1997, "Introspective sorting and selection algorithms")."""
    places, parts = list(range(len(keys))), [(0, len(keys))]
    while parts:
        first, last = parts.pop()
        while last - first > _STABLE:
            cut = _cut(keys, places, first, last)
            parts.append((cut, last))
            last = cut
    return places


def _cut(keys: list[int], places: list[int], first: int, last: int) -> int:
    """Partition ``places[first:last]`` about the median of three; where the second part begins."""
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
