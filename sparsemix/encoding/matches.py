"""Matching pairs: events that share an identifier (``entities``), as CSR.

Axis letters: Q queries, P matching pairs, X events beside the queries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct


@dataclass(frozen=True, slots=True)
class Matches:
    """Matching pairs of Q queries as CSR: the keys of query r are ``key[pointer[r]:pointer[r + 1]]`` int32, rising; ``offset``
    int32 [P]: key minus query in events; ``shared`` uint8 [P]: the types of the identifiers that both have, as bits."""

    pointer: NDArray[np.int64]
    key: NDArray[np.int32]
    offset: NDArray[np.int32]
    shared: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.pointer) - 1

    @property
    def row(self) -> NDArray[np.int64]:
        """Return the query's row of every pair [P]."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))

    def place_of(self, row: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of some pairs among the matching pairs, -1 for pairs that do not match."""
        asked = distinct(row[row < len(self)])
        counts, own = places_in_rows(self.pointer, asked)
        span = int(max(self.key[own].max(initial=0), key.max(initial=0))) + 1
        mine, wanted = np.repeat(asked, counts) * span + self.key[own], row * span + key
        place = np.searchsorted(mine, wanted).clip(max=max(len(mine) - 1, 0))
        return np.where(mine[place] == wanted, own[place], -1) if len(mine) else np.full(len(row), -1)

    def without(self, events: Collection[int]) -> Matches:
        """Return the pairs whose key is none of these ``events``."""
        stays = ~np.isin(self.key, list(events))
        pointer = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)[self.pointer]
        return Matches(pointer, self.key[stays], self.offset[stays], self.shared[stays])

    def part(self, rows: NDArray[np.int64], queries: NDArray[np.int64]) -> tuple[Matches, NDArray[np.int64]]:
        """Return the pairs of some ``rows`` [Q], which are those of the events ``queries`` [Q], with keys as places among these
        queries and the events beside them; and the latter [X]."""
        counts, place = places_in_rows(self.pointer, rows)
        beside = np.setdiff1d(self.key[place], queries)
        events = np.concatenate([queries, beside])
        order = np.argsort(events, kind="stable")
        key = order[np.searchsorted(events, self.key[place], sorter=order)]
        pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Matches(pointer, key.astype(np.int32), self.offset[place], self.shared[place]), beside.astype(np.int64)

    def rows(self, start: int, stop: int) -> Matches:
        """Return the pairs of the queries from ``start`` to ``stop`` - 1."""
        part = slice(int(self.pointer[start]), int(self.pointer[stop]))
        return Matches(
            self.pointer[start : stop + 1] - self.pointer[start], self.key[part], self.offset[part], self.shared[part]
        )


def together(parts: Sequence[Matches], length: int) -> Matches:
    """Return the pairs of several windows, each padded to ``length`` queries without pairs. The keys of a window of n queries
    are places among these and, from n on, events beside them; the events beside all windows come after all queries."""
    pointers, keys = [np.zeros(1, np.int64)], []
    pairs, beside = 0, length * len(parts)
    for number, part in enumerate(parts):
        own = len(part)
        pointers.append(np.pad(part.pointer[1:] + pairs, (0, length - own), mode="edge"))
        inside = part.key < own
        keys.append(np.where(inside, part.key + number * length, part.key - own + beside))
        pairs += len(part.key)
        beside += int(part.key.max(initial=own - 1)) + 1 - own
    offset, shared = (np.concatenate([getattr(part, name) for part in parts]) for name in ("offset", "shared"))
    return Matches(np.concatenate(pointers), np.concatenate(keys).astype(np.int32), offset, shared)


def places_in_rows(pointer: NDArray[np.int64], rows: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many entries some ``rows`` of CSR have, and the places of these entries, row after row."""
    counts = pointer[rows + 1] - pointer[rows]
    return counts, ranges(pointer[rows], counts)


def ranges(start: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each start on, so many each, one after another."""
    ends = np.cumsum(counts)
    return np.asarray(np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - (ends - counts), counts), np.int64)
