"""Faults injected into real lines, one a log: frozen with its seeds before any detector was scored on these logs. A change here
makes all earlier figures incomparable.

| Kind | What is done | True lines |
|---|---|---|
| ``left_out`` | a line that regularly follows the one before it in its session is left out | that one, and the next |
| ``swapped`` | two neighbouring lines of a session change places; their times stay | both |
| ``burst`` | a line is repeated at once | all of the burst |
| ``number`` | a number becomes ten times as large, beyond all others at its place | the line |
| ``identifier`` | a line names another session of the same file | the line |
| ``foreign`` | a line of another system is put in | the line |
| ``order`` | neighbouring lines change their order: no two follow each other as any two did before; times stay | these lines |

``left_out``, ``swapped`` and ``identifier`` need a system that names its sessions. Kinds of lines are told here by their words
alone, on purpose otherwise than any detector does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.zero.logs import SYSTEMS, SystemLog

SEEDS = tuple(range(20))
_REGULAR = 3
"""How often a line must have followed its predecessor elsewhere, so that its absence breaks a rule."""
_BURST = (10, 40)
_SEEN = 5
_ORDER = (4, 6)
_TRIES = 400
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"(?<![\w.:/-])\d{1,7}(?![\w.:/-])")


@dataclass(frozen=True, slots=True)
class BrokenLog:
    """A log of N ``lines`` with one fault, and which lines are ``true`` bool [N]."""

    system: str
    kind: str
    seed: int
    lines: tuple[str, ...]
    true: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Edit:
    lines: list[str]
    true: list[int]


def broken(kind: str, seed: int, log: SystemLog, logs: Mapping[str, SystemLog]) -> BrokenLog | None:
    """Return the log with a fault of this kind; None where the system does not allow it. ``logs``: those of all systems."""
    place = [system.name for system in SYSTEMS].index(log.system.name)
    rng = np.random.default_rng([seed, list(KINDS).index(kind), place])
    edit = KINDS[kind](log, rng, logs)
    if edit is None:
        return None
    true = np.zeros(len(edit.lines), np.bool_)
    true[edit.true] = True
    return BrokenLog(log.system.name, kind, seed, tuple(edit.lines), true)


def kind_of(log: SystemLog, place: int) -> str:
    """Return the kind of a line: its words, without the time in front."""
    return " ".join(_WORD.findall(log.lines[place][int(log.head[place]) :]))


def _sessions(log: SystemLog) -> list[list[int]]:
    """Return the places of every session's lines, sessions in the order of their first lines."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(log.session):
        if key is not None:
            places[key].append(place)
    return list(places.values())


def _left_out(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    sessions = _sessions(log)
    kinds = [kind_of(log, place) for place in range(len(log.lines))]
    followed = Counter((kinds[a], kinds[b]) for places in sessions for a, b in pairwise(places))
    occurred = Counter(kinds[a] for places in sessions for a in places[:-1])
    candidates = [
        (a, b, c)
        for places in sessions
        for a, b, c in zip(places, places[1:], places[2:], strict=False)
        if followed[kinds[a], kinds[b]] > _REGULAR
        and 2 * followed[kinds[a], kinds[b]] > occurred[kinds[a]]
        and kinds[a] != kinds[b] != kinds[c]
    ]
    if not candidates:
        return None
    before, gone, after = candidates[int(rng.integers(len(candidates)))]
    lines = [line for place, line in enumerate(log.lines) if place != gone]
    return _Edit(lines, [before, after - 1])


def _swapped(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    candidates = [(a, b) for places in _sessions(log) for a, b in pairwise(places) if kind_of(log, a) != kind_of(log, b)]
    if not candidates:
        return None
    first, second = candidates[int(rng.integers(len(candidates)))]
    return _Edit(_rearranged(log, [first, second], [second, first]), [first, second])


def _burst(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    place, count = int(rng.integers(len(log.lines))), int(rng.integers(_BURST[0], _BURST[1] + 1))
    lines = [*log.lines[:place], *[log.lines[place]] * count, *log.lines[place + 1 :]]
    return _Edit(lines, list(range(place, place + count)))


def _number(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    candidates: list[tuple[int, int, re.Match[str], tuple[str, int]]] = []
    for place in range(len(log.lines)):
        kind, key = kind_of(log, place), log.session[place] or ""
        for slot, match in enumerate(_NUMBER.finditer(log.lines[place], int(log.head[place]))):
            # The session's own number is a name, not a quantity.
            if match[0] not in key:
                numbers[kind, slot].append(int(match[0]))
                candidates.append((place, int(match[0]), match, (kind, slot)))
    largest = {slot: max(values) for slot, values in numbers.items() if len(values) >= _SEEN}
    allowed = [one for one in candidates if one[3] in largest and one[1] > 0 and 10 * one[1] > largest[one[3]]]
    if not allowed:
        return None
    place, value, match, _ = allowed[int(rng.integers(len(allowed)))]
    line = log.lines[place]
    return _Edit(
        [*log.lines[:place], f"{line[: match.start()]}{10 * value}{line[match.end() :]}", *log.lines[place + 1 :]], [place]
    )


def _identifier(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    sessions = [places for places in _sessions(log) if len(places) > 1]
    if len(sessions) < 2:
        return None
    own, other = (sessions[int(number)] for number in rng.choice(len(sessions), 2, replace=False))
    place = own[int(rng.integers(1, len(own)))]
    key, name = log.session[place], log.session[other[0]]
    line = log.lines[place].replace(str(key), str(name))
    return _Edit([*log.lines[:place], line, *log.lines[place + 1 :]], [place])


def _foreign(log: SystemLog, rng: np.random.Generator, logs: Mapping[str, SystemLog]) -> _Edit | None:
    others = [name for name in sorted(logs) if name != log.system.name]
    other = logs[others[int(rng.integers(len(others)))]]
    line = other.lines[int(rng.integers(len(other.lines)))]
    place = int(rng.integers(1, len(log.lines)))
    return _Edit([*log.lines[:place], line, *log.lines[place:]], [place])


def _order(log: SystemLog, rng: np.random.Generator, _logs: Mapping[str, SystemLog]) -> _Edit | None:
    kinds = [kind_of(log, place) for place in range(len(log.lines))]
    followed = set(pairwise(kinds))
    for _ in range(_TRIES):
        size = int(rng.integers(_ORDER[0], _ORDER[1] + 1))
        start = int(rng.integers(1, len(kinds) - size))
        places = list(range(start, start + size))
        order = rng.permutation(places).tolist()
        if not followed.intersection(pairwise([kinds[place] for place in order])):
            return _Edit(_rearranged(log, places, order), places)
    return None


def _rearranged(log: SystemLog, places: Sequence[int], order: Sequence[int]) -> list[str]:
    """Return the lines with those at ``places`` replaced by those at ``order``; the times in front stay where they are."""
    lines = list(log.lines)
    for place, source in zip(places, order, strict=True):
        lines[place] = log.lines[place][: int(log.head[place])] + log.lines[source][int(log.head[source]) :]
    return lines


KINDS: dict[str, Callable[[SystemLog, np.random.Generator, Mapping[str, SystemLog]], _Edit | None]] = {
    "left_out": _left_out,
    "swapped": _swapped,
    "burst": _burst,
    "number": _number,
    "identifier": _identifier,
    "foreign": _foreign,
    "order": _order,
}
"""By name, in the order that the seeds depend on."""
