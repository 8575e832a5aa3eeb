"""Pauses between events, and events whose time is missing or runs backwards.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sparsemix.encoding.file_statistics.surprise import Column

_MOST_WITHOUT = 0.5


@dataclass(frozen=True, slots=True)
class Pauses:
    """Columns [N], all 0 where most events have no time: log(1 + seconds) since the event before, and until the next; the
    rarity of so long a pause in nats; whether the time runs ``backwards``; whether it is ``missing``."""

    before: Column
    until_next: Column
    rarity: Column
    backwards: Column
    missing: Column


def pauses(times: Sequence[float | None]) -> Pauses:
    """Return the pauses before and after every event, by its time in seconds."""
    time = np.array([np.nan if at is None else at for at in times])
    missing = np.isnan(time)
    if missing.mean() > _MOST_WITHOUT:
        return Pauses(*(np.zeros(len(time)) for _ in range(5)))
    # An event without a time has that of the last one before it that has one.
    last = np.maximum.accumulate(np.where(missing, -1, np.arange(len(time))))
    filled = np.where(last >= 0, time[last], time[np.flatnonzero(~missing)[0]])
    pause = np.diff(filled, prepend=filled[0])
    before = np.log1p(np.maximum(pause, 0.0))
    longer = len(time) - np.searchsorted(np.sort(pause), pause, "left")
    return Pauses(
        before,
        np.append(before[1:], 0.0),
        -np.log(longer / len(time)),
        (pause < 0).astype(np.float64),
        missing.astype(np.float64),
    )
