"""Where one source ends in a file and another begins, as in the joined logs of two hosts, each with times by its own clock.

A *seam* is a place where the clock clearly jumps back and stays there: not the jitter of programs that write side by side, nor
one wrong time. A seam tells no sources by itself, for a clock that was set back is an incident. Beside it speaks one of three:

- *name*: a word stands at the same place of all lines before the seam, another one of all behind it, and neither comes on the
  other side: a host or a program.
- *kinds*: both sides are long, and their lines of other kinds.
- *period*: both sides cover much the same time. A shift by whole half hours tells nothing: that is how time zones and daylight
  saving time change.

Axis letters: N events that have a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, template
from sparsemix.readers.first_words import normalise_level

Split = Literal["one", "clock"]
"""Treat the file as one source; or begin another at every seam."""
# Seconds by which a clock clearly jumps; events before and behind a seam among which it does not jump again, and that the
# sides of one which tells sources have.
_CLEAR, _BESIDE = 10.0, 10
# A clock that jumps back more often than this runs wrong.
_MOST_SEAMS = 100
# Name: first words of a line that are looked at, and kinds of lines that each side has at least.
_WORDS, _KINDS = 6, 3
_NUMBERED = re.compile(r"\[\d+\]:?$")
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}")
# Kinds: lines of a long side, and the largest share of them that are of a kind of the other side.
_LONG, _ALIKE = 100, 0.02
# Period: share of each side that lies in the other's; the largest shift of a time zone, its steps, and a pause between lines.
_SHARED, _ZONES, _ZONE, _PAUSE = 0.75, 14 * 3600.0, 1800.0, 60.0


def source_starts(events: Sequence[Event], split: Split | None) -> tuple[int, ...]:
    """Return the events, ascending and above 0, at which another source begins; ``split``: None to tell from the events."""
    if split == "one":
        return ()
    timed = [event for event, one in enumerate(events) if one.time is not None]
    times = np.array([events[event].time for event in timed], np.float64)
    seams = jumps_back(times)
    if split is None and seams:
        seams = _telling(seams, times, [events[event] for event in timed]) if len(seams) <= _MOST_SEAMS else []
    return tuple(timed[seam] for seam in seams)


def jumps_back(times: NDArray[np.float64]) -> list[int]:
    """Return the places of ``times`` [N] at which the clock clearly jumps back and stays there."""
    back = np.flatnonzero(np.diff(times) < -_CLEAR) + 1
    apart = np.diff(back, prepend=-_BESIDE, append=len(times) + _BESIDE)
    alone = back[(apart[:-1] >= _BESIDE) & (apart[1:] >= _BESIDE)].tolist()
    return [at for at in alone if times[max(at - _BESIDE, 0) : at].min() - times[at : at + _BESIDE].max() > _CLEAR]


def _telling(seams: list[int], times: NDArray[np.float64], events: list[Event]) -> list[int]:
    """Return the seams at which another source begins."""
    # Both are looked for only where the period does not tell.
    columns = cache(lambda: list(zip(*map(_names, events), strict=True)))
    kinds = cache(lambda: [template(event.message) for event in events])
    found = [0]
    for at, end in pairwise([*seams, len(times)]):
        begin = found[-1]
        if min(at - begin, end - at) < _BESIDE:
            continue
        if _same_period(times[begin:at], times[at:end]) or _other_events(columns(), kinds(), begin, at, end):
            found.append(at)
    return found[1:]


def _other_events(columns: Sequence[tuple[str, ...]], kinds: Sequence[str], begin: int, at: int, end: int) -> bool:
    several = min(len(set(kinds[begin:at])), len(set(kinds[at:end]))) >= _KINDS
    named = several and any(_other_name(column, begin, at, end) for column in columns)
    return named or _other_kinds(kinds[begin:at], kinds[at:end])


def _other_name(column: tuple[str, ...], begin: int, at: int, end: int) -> bool:
    before, behind = column[at - 1], column[at]
    if not before or not behind or set(column[begin:at]) != {before} or set(column[at:end]) != {behind}:
        return False
    return before not in column[at:] and behind not in column[:at]


def _other_kinds(before: Sequence[str], behind: Sequence[str]) -> bool:
    sides = (before, set(before)), (behind, set(behind))
    if any(len(side) < _LONG or 2 * len(kinds) > len(side) for side, kinds in sides):
        return False
    (_, own), (_, others) = sides
    shared = own & others
    return all(sum(kind in shared for kind in side) <= _ALIKE * len(side) for side, _ in sides)


def _names(event: Event) -> tuple[str, ...]:
    """Return the names in the source and the first words of an event [_WORDS + 1]."""
    words = event.message.split(maxsplit=_WORDS)[:_WORDS]
    return tuple(map(_name, (event.source or "", *words, *[""] * (_WORDS - len(words)))))


@lru_cache(maxsize=65_536)
def _name(word: str) -> str:
    """Return a word that may name a host or program, without the number of a process; ``""`` for numbers, dates and levels."""
    name = _NUMBERED.sub("", word).strip(":")
    value = name.rpartition("=")[2]
    named = any(char.isalpha() for char in value) or _ADDRESS.fullmatch(value)
    return name if named and normalise_level(value) is None else ""


def of_time_zone(shift: float) -> bool:
    """Return whether a clock that goes back by so many seconds shows the time of another zone, or of winter."""
    return shift < _ZONES and -shift % _ZONE < _PAUSE


def _same_period(before: NDArray[np.float64], behind: NDArray[np.float64]) -> bool:
    if of_time_zone(float(before[-1] - behind[0])):
        return False
    inside = [((a >= b.min()) & (a <= b.max())).mean() for a, b in ((before, behind), (behind, before))]
    return bool(min(inside) >= _SHARED)
