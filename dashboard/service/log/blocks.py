"""The log's text in blocks, and an overview of the whole of it.

Axis letters: N events, B bins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.service.log.index import LogIndex
from dashboard.service.log.moments import written
from sparsemix import TokenSequence

BLOCK = 256
"""Lines of a block; no line is longer than 10,000 characters, at which readers cut."""
_BINS, _DENSITY, _GAPS = 512, 128, 50
_MOST_FLAGGED = 2_000
_CLEAR = 4.0  # times the usual step that a pause is long


def text_block(sequence: TokenSequence, index: LogIndex | None, block: int) -> dict[str, object]:
    """Return the lines of a block: their text, line number, time, level, source and, where there is an index of the log, how
    severe they are and of which kind. Raises `IndexError` where there is no such block."""
    first = block * BLOCK
    events = sequence.events[first : first + BLOCK] if block >= 0 else ()
    if not events:
        raise IndexError(f"there is no block {block}")
    numbers = [event.line for event in events]
    return {
        "first": first,
        "line": None if numbers == list(range(first + 1, first + 1 + len(events))) else numbers,
        "time": [written(event) for event in events],
        "level": [event.level or "" for event in events],
        "text": [event.text for event in events],
        "source": [sequence.source_of(first + place) for place in range(len(events))] if sequence.starts else None,
        **({} if index is None else _of_kind(index, first)),
    }


def _of_kind(index: LogIndex, first: int) -> dict[str, object]:
    own = slice(first, first + BLOCK)
    return {"grade": index.grade[own].tolist(), "kind": index.kind[own].tolist()}


def overview(sequence: TokenSequence, index: LogIndex, flagged: Sequence[Sequence[float]]) -> dict[str, object]:
    """Return what a narrow strip beside the log shows of all lines, and what can be filtered by. ``flagged``: event, line and
    probability of those that were flagged."""
    n = len(sequence)
    bins = min(_BINS, n)
    levels = {event.level for event in sequence.events} - {None}
    return {
        "severe": np.maximum.reduceat(index.grade, np.arange(bins) * n // bins).tolist() if n else [],
        "flagged": [[int(event), float(probability)] for event, _, probability in flagged[:_MOST_FLAGGED]],
        "density": _density(index.seconds),
        "gaps": _gaps(index.seconds, sequence.starts),
        "starts": list(sequence.starts),
        "sources": list(index.sources),
        "levels": sorted(str(level) for level in levels),
    }


def _density(seconds: NDArray[np.float64]) -> list[int] | None:
    """Return how many events lie in each of as many equal stretches of time; None where few have a time."""
    timed = seconds[~np.isnan(seconds)]
    if len(timed) < max(2, len(seconds) // 2) or not np.ptp(timed):
        return None
    return [int(count) for count in np.histogram(timed, _DENSITY)[0]]


def _gaps(seconds: NDArray[np.float64], starts: tuple[int, ...]) -> list[list[float]]:
    """Return the longest pauses, as the event after each and its seconds: those clearly longer than the usual step."""
    if len(seconds) < 2:
        return []
    step = np.nan_to_num(np.diff(seconds, prepend=seconds[0]))
    step[list(starts)] = 0.0
    longest = np.argsort(-step, kind="stable")[:_GAPS]
    usual = float(np.median(step[step > 0])) if (step > 0).any() else 0.0
    return [[int(event), float(step[event])] for event in sorted(longest.tolist()) if step[event] > _CLEAR * max(usual, 1.0)]
