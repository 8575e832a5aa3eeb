"""When a line was written, as the line itself says it: in words, and as numbers that are quickly compared."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sparsemix import TokenSequence
from sparsemix.encoding.sequence import Event
from sparsemix.model.run import Progress

Moments = NDArray[np.int64]
"""Of each line, its day and time of day as the digits of ``20261015093000``."""
NONE, OF_DAY = -1, 1_000_000
"""The moment of a line that says none; by how much a day counts more than a time of day."""
_DIGITS_ONLY = str.maketrans("", "", "-: ")
_STAMP = re.compile(r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?")
_BEYOND = "-"  # the time of a line beyond the calendar's years
_DAY, _CHUNK = 86_400.0, 32_768  # seconds; lines after which it is told how far a computation is


def clock(seconds: float) -> str:
    """Return the time of day of a time in seconds since 1970 UTC as ``09:30:00.250``."""
    found = _utc(seconds)
    return _BEYOND if found is None else found.time().isoformat("milliseconds" if found.microsecond else "seconds")


def written(event: Event) -> str:
    """Return the time of day as the line itself says it, in its own zone; as `clock` where it says none before its message."""
    if event.time is None:
        return ""
    stamp = (
        _STAMP.search(event.text, 0, max(len(event.text) - len(event.message), 0))
        if event.text.endswith(event.message)
        else None
    )
    return stamp[0].replace(",", ".") if stamp else clock(event.time)


def moment(event: Event) -> str:
    """Return day and time of day as the line itself says them, as ``2026-10-15 09:30:00.250``; "" where it says none."""
    said = written(event)
    if event.time is None or said in ("", _BEYOND):
        return ""
    hours, minutes, seconds = said.split(":")
    of_day = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    zone = (of_day - event.time + _DAY / 2) % _DAY - _DAY / 2
    day = _date(round(event.time + zone, 3) // _DAY)
    return f"{day} {said if said[1] != ':' else f'0{said}'}" if day else ""


def moments_of(sequence: TokenSequence, progress: Progress) -> Moments:
    """Return the moments of all lines. Raises what ``progress`` raises."""
    found = np.empty(len(sequence), np.int64)
    for place, event in enumerate(sequence.events):
        if place % _CHUNK == 0:
            progress(place / len(found), "moments")
        said = moment(event)
        found[place] = int(said[:19].translate(_DIGITS_ONLY)) if said else NONE
    return found


@lru_cache(1_000)
def _date(day: float) -> str:
    found = _utc(day * _DAY)
    return "" if found is None else str(found.date())


def _utc(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
