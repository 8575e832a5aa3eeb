"""Sequences as training draws from them: windows of hashed events, as they are or with events out of place.

Axis letters: L events of a window, C columns that have scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from sparsemix.dataset import Item
from sparsemix.encoder import HashedEvents, Reading, column_table, encode, numeric_rows
from sparsemix.learn.corruption import corrupted_columns, corrupted_events
from sparsemix.scales import LAGS, RECENT
from sparsemix.sequence import Event

# Steps before a window that its first rows are read from: the forecast's lags, and the mean deviation of the last steps.
_HISTORY = LAGS + RECENT


@dataclass(frozen=True, slots=True)
class Source:
    """A sequence of N events with what is known of it: ``faulty`` (None: unknown), ``steps`` bool [N] or None; ``hashed``: its
    events; ``table`` [N, C] of the columns that have scales, and the hashed rows of everything ``beside`` them."""

    events: tuple[Event, ...]
    faulty: bool | None
    steps: NDArray[np.bool_] | None
    hashed: HashedEvents
    table: NDArray[np.float64]
    beside: HashedEvents

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def of(cls, item: Item, features: int, reading: Reading) -> Source:
        """Read a sequence once; windows are cut from what comes out."""
        events = item.sequence.events
        steps = None if item.steps is None else item.faulty_steps
        hashed = encode(events, features, reading)
        if not reading.scales:
            return cls(events, item.faulty, steps, hashed, np.zeros((len(events), 0)), hashed)
        table = column_table(events, reading.scales)
        whole = _matrix(hashed, features)
        values, shape = numeric_rows(table, reading.scales, features)
        beside = (whole - csr_matrix(values, shape=shape, dtype=np.float32)).tocsr()
        beside.eliminate_zeros()
        return cls(events, item.faulty, steps, hashed, table, _hashed(beside))


@dataclass(frozen=True, slots=True)
class Pool:
    """What is put out of place comes from here: sources to take it from, under one reading."""

    sources: Sequence[Source]
    features: int
    reading: Reading

    def out_of_place(
        self, source: Source, start: int, stop: int, rng: np.random.Generator
    ) -> tuple[HashedEvents, NDArray[np.bool_]]:
        """Events start..stop - 1 with some of them out of place, and which [L]."""
        first = max(start - _HISTORY, 0)
        if source.table.shape[1]:
            table, changed = corrupted_columns(source.table[first:stop], start - first, rng)
            values, shape = numeric_rows(table, self.reading.scales, self.features)
            rows = csr_matrix(values, shape=shape, dtype=np.float32) + _matrix(source.beside.window(first, stop), self.features)
            return _hashed(rows.tocsr()).window(start - first, stop - first), changed[start - first :]
        other = self.sources[int(rng.integers(len(self.sources)))]
        events, changed = corrupted_events(source.events[start:stop], other.events, self._any, rng)
        before = source.events[max(start - self.reading.context + 1, 0) : start]
        hashed = encode([*before, *events], self.features, self.reading)
        return hashed.window(len(before), len(hashed)), changed

    def _any(self, rng: np.random.Generator) -> Event:
        source = self.sources[int(rng.integers(len(self.sources)))]
        return source.events[int(rng.integers(len(source)))]


def _matrix(hashed: HashedEvents, features: int) -> csr_matrix:
    return csr_matrix((hashed.value, hashed.bucket, hashed.pointer), shape=(len(hashed), features))


def _hashed(matrix: csr_matrix) -> HashedEvents:
    return HashedEvents(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data.astype(np.float32))


def padded(windows: Sequence[HashedEvents]) -> tuple[list[HashedEvents], NDArray[np.bool_]]:
    """Windows filled up to the longest with events that have no features, and which events are there [B, L]."""
    longest = max(len(window) for window in windows)
    valid = np.arange(longest) < np.array([len(window) for window in windows])[:, None]
    filled = [replace(w, pointer=np.pad(w.pointer, (0, longest - len(w)), mode="edge")) for w in windows]
    return filled, valid
