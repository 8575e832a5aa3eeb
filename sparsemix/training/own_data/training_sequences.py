"""Sequences as training draws from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.encoding.encoder import Reading, encode
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.sequence import Event
from sparsemix.priors.event_priors import Following


@dataclass(frozen=True, slots=True)
class Source:
    """A sequence of N events with what is known of it: ``faulty`` (None: unknown), ``steps`` bool [N] or None; ``hashed``: its
    events as they are read; what was ``following`` them, where that is what is learned; the ``fault`` of the sequence and the
    ``step_faults`` int64 [N] of its steps, as places among the classes that are told apart, -1 for none."""

    events: tuple[Event, ...]
    faulty: bool | None
    steps: NDArray[np.bool_] | None
    hashed: HashedEvents
    following: Following | None = None
    fault: int = -1
    step_faults: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def of(cls, item: Item, features: int, reading: Reading, classes: Sequence[str] = ()) -> Source:
        """Read a sequence once; windows are cut from what comes out."""
        events = item.sequence.events
        steps = None if item.steps is None else item.faulty_steps
        place = {name: number for number, name in enumerate(classes)}
        faults = None
        if classes and item.steps is not None:
            faults = np.array([place.get(step, -1) for step in item.steps], np.int64)
        hashed = encode(events, features, reading)
        return cls(events, item.faulty, steps, hashed, None, place.get(item.label or "", -1), faults)


def padded(windows: Sequence[HashedEvents]) -> tuple[list[HashedEvents], NDArray[np.bool_]]:
    """Windows filled up to the longest with events that have no features, and which events are there [B, L]."""
    longest = max(len(window) for window in windows)
    valid = np.arange(longest) < np.array([len(window) for window in windows])[:, None]
    filled = [replace(w, pointer=np.pad(w.pointer, (0, longest - len(w)), mode="edge")) for w in windows]
    return filled, valid
