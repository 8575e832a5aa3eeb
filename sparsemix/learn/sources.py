"""Sequences as training draws from them: windows of hashed events, as they are or with events out of place.

Axis letters: L events of a window, C columns that have scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from sparsemix import scales
from sparsemix.dataset import Item
from sparsemix.encoder import HashedEvents, Reading, column_table, encode, hashed_rows, summed
from sparsemix.learn.corruption import corrupted_columns, corrupted_events
from sparsemix.network import Following
from sparsemix.sequence import Event


@dataclass(frozen=True, slots=True)
class Source:
    """A sequence of N events with what is known of it: ``faulty`` (None: unknown), ``steps`` bool [N] or None; ``hashed``: its
    events as ``reading`` has it; ``table`` [N, C] of the columns that have scales, and the rows of all ``beside`` it;
    what was ``following`` its events, where that is what is learned."""

    events: tuple[Event, ...]
    faulty: bool | None
    steps: NDArray[np.bool_] | None
    hashed: HashedEvents
    reading: Reading
    table: NDArray[np.float64]
    beside: csr_matrix
    following: Following | None = None

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def of(cls, item: Item, features: int, reading: Reading) -> Source:
        """Read a sequence once; windows are cut from what comes out."""
        events = item.sequence.events
        steps = None if item.steps is None else item.faulty_steps
        hashed = encode(events, features, reading)
        table = column_table(events, reading.scales)
        rows = csr_matrix((hashed.value, hashed.bucket, hashed.pointer), shape=(len(hashed), features))
        if reading.scales:
            rows = (rows - summed(scales.numbers(reading.scales, table), len(events), features)).tocsr()
            rows.eliminate_zeros()
        return cls(events, item.faulty, steps, hashed, reading, table, rows)


@dataclass(frozen=True, slots=True)
class Pool:
    """What is put out of place comes from here: sources to take it from."""

    sources: Sequence[Source]
    features: int

    def out_of_place(
        self, source: Source, start: int, stop: int, rng: np.random.Generator
    ) -> tuple[HashedEvents, NDArray[np.bool_]]:
        """Events start..stop - 1 with some of them out of place, and which [L]."""
        first = max(start - source.reading.history, 0)
        if source.table.shape[1]:
            table, changed = corrupted_columns(source.table[first:stop], start - first, rng)
            rows = summed(scales.numbers(source.reading.scales, table), stop - first, self.features) + source.beside[first:stop]
            return hashed_rows(rows).window(start - first, stop - first), changed[start - first :]
        other = self.sources[int(rng.integers(len(self.sources)))]
        events, changed = corrupted_events(source.events[start:stop], other.events, self._any, rng)
        before = source.events[first:start]
        hashed = encode([*before, *events], self.features, source.reading)
        return hashed.window(len(before), len(hashed)), changed

    def _any(self, rng: np.random.Generator) -> Event:
        source = self.sources[int(rng.integers(len(self.sources)))]
        return source.events[int(rng.integers(len(source)))]


def padded(windows: Sequence[HashedEvents]) -> tuple[list[HashedEvents], NDArray[np.bool_]]:
    """Windows filled up to the longest with events that have no features, and which events are there [B, L]."""
    longest = max(len(window) for window in windows)
    valid = np.arange(longest) < np.array([len(window) for window in windows])[:, None]
    filled = [replace(w, pointer=np.pad(w.pointer, (0, longest - len(w)), mode="edge")) for w in windows]
    return filled, valid
