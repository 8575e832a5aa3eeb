"""Pauses between events, and events whose time is missing or runs backwards.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.surprise import Codes, Column, counts_of

_MOST_WITHOUT = 0.5
# Share of the pauses that are shorter than a usual long one.
_LONG = 0.95
# A kind of fewer events has no usual pause.
_LEAST_OF_KIND = 4
# In seconds: shorter pauses count as so long.
_LEAST_PAUSE = 1e-3


class Pauses(NamedTuple):
    """Columns [N], all 0 where most events have no time: log(1 + seconds) since the event before, and until the next; the
    rarity of so long a pause in nats; the logarithms of how many times ``longer`` it is than a usual long one, than all others
    (``longest``), and than all others before events of its kind (``of_kind``), 0 where it is not; whether the time runs
    ``backwards``; whether it is ``missing``."""

    before: Column
    until_next: Column
    rarity: Column
    longer: Column
    longest: Column
    of_kind: Column
    backwards: Column
    missing: Column


def pauses(times: Sequence[float | None], kind: Codes) -> Pauses:
    """Return the pauses before and after every event, by its time in seconds; ``kind``: its kind [N]."""
    time = np.array([np.nan if at is None else at for at in times])
    missing = np.isnan(time)
    if missing.mean() > _MOST_WITHOUT:
        return Pauses(*(np.zeros(len(time)) for _ in range(8)))
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
        *_compared(pause, kind),
        (pause < 0).astype(np.float64),
        missing.astype(np.float64),
    )


def _compared(pause: NDArray[np.float64], kind: Codes) -> tuple[Column, Column, Column]:
    """Return the columns ``longer``, ``longest`` and ``of_kind``."""
    if not (pause > 0).any():
        return np.zeros(len(pause)), np.zeros(len(pause)), np.zeros(len(pause))
    # Times of whole seconds say that a pause of 0 may have lasted nearly one.
    least = max(float(pause[pause > 0].min()), _LEAST_PAUSE)
    logarithm = np.log(np.maximum(pause, least))
    usual = np.log(max(float(np.quantile(pause, _LONG)), least))
    seldom = counts_of(kind) < _LEAST_OF_KIND
    longest = _beyond_others(logarithm, np.zeros_like(kind))
    return np.maximum(logarithm - usual, 0.0), longest, np.where(seldom, 0.0, _beyond_others(logarithm, kind))


def _beyond_others(values: Column, group: Codes) -> Column:
    """Return how far the largest value of every group lies beyond the second largest, 0 for all other events [N]."""
    order = np.lexsort((values, group))
    own, ordered = group[order], values[order]
    last = np.append(own[1:] != own[:-1], True)
    second = np.append(False, own[1:] == own[:-1]) & last
    beyond = np.zeros(len(values))
    place = np.flatnonzero(second)
    beyond[order[place]] = ordered[place] - ordered[place - 1]
    return beyond
