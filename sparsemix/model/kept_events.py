"""KeptEvents: the embedded events of a log's last window, of which the next window has most.

    kept = KeptEvents()
    for sequence in windows:
        x, known = model.embed_known(sequence.events, kept=kept)

An event's row depends on its message and on the time since the last event before it that has one, so an event that follows the
same event in both windows has the same row, to the bit; only new events, and those at the beginning, are read. The selection is
not kept: a shift by 2,000 of 100,000 lines changes what a quarter of the events read, because they had selected rare events far
back.

Axis letters: N events, M model dimension.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sparsemix.encoding.hashing import Shares
from sparsemix.encoding.sequence import Event

# Places where the last window may go on that are tried: where lines repeat, there may be many.
_TRIED = 64
_NOTHING = torch.empty(0), np.zeros(0)


class KeptEvents:
    """What one model made of the last window; for one thread."""

    def __init__(self) -> None:
        self._said: list[tuple[str, float | None]] = []
        self._kept: tuple[Tensor, Shares] = _NOTHING

    def shared(self, events: Sequence[Event]) -> tuple[slice, tuple[Tensor, Shares]] | None:
        """Return which of the ``events`` have rows that are kept, and these rows [K, M] with the shares of their words that are
        known [K]; None where none has."""
        said = [(event.message, event.time) for event in events]
        place, first = -1, next((number for number, (_, time) in enumerate(said) if time is not None), -1) + 1
        for _ in range(_TRIED if said else 0):
            try:
                place = self._said.index(said[0], place + 1)
            except ValueError:
                return None
            stop = len(self._said) - place
            if self._said[place:] == said[:stop]:
                (x, shares), own = self._kept, slice(place + first, place + stop)
                return (slice(first, stop), (x[own], shares[own])) if stop > first else None
        return None

    def keep(self, events: Sequence[Event], x: Tensor, known: Sequence[Shares | None]) -> None:
        """Keep the rows ``x`` [N, M] of a window and the shares of its events, part by part; nothing where an event has no
        words and so no share."""
        shares = np.concatenate([part for part in known if part is not None] or [np.zeros(0)])
        said = [(event.message, event.time) for event in events]
        self._said, self._kept = (said, (x, shares)) if len(shares) == len(events) else ([], _NOTHING)
