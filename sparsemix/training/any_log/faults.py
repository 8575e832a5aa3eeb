"""Faults put into the lines of a normal course. Written without a look at how any benchmark breaks logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from sparsemix.training.any_log.system import LogLine, MadeUpSystem, MessageSlot

_TRIES = 100
# Lines of a kind that are needed for its values to change, and share of these that do.
_LEAST_CHANGED, _CHANGED = 30, 0.7
# Share of wrong numbers that stand in one line alone.
_ONE_NUMBER = 0.75
# Of a draw between 0 and 1: below, a number is off by its own deviations; above, it becomes the least that there is.
_OFF_ITS_OWN, _LEAST = 0.5, 0.7
# So many deviations, and so many units of its last digit at least, so that it can be seen.
_OFF, _SEEN = (8.0, 80.0), 5.0
# Number of the fault that is just being put in.
_OPEN = 1 << 30


def _sessions(lines: list[LogLine]) -> list[list[int]]:
    """Return the places of the lines of every session of at least three lines, none of them faulty."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line.session:
            places[line.session].append(number)
    return [own for own in places.values() if len(own) > 2 and not any(lines[place].faulty for place in own)]


def _mark(*lines: LogLine) -> None:
    for line in lines:
        line.fault = _OPEN


def _scatter(rng: np.random.Generator, lines: list[LogLine], new: list[LogLine], start: int, widest: int) -> None:
    """Insert new lines from a place on, at most so many lines apart."""
    place = start
    for line in new:
        lines.insert(min(place, len(lines)), line)
        place += 1 + int(rng.integers(0, widest + 1))


def _step_missing(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    sessions = _sessions(lines)
    if sessions:
        own = sessions[rng.integers(len(sessions))]
        step = int(rng.integers(1, len(own) - 1))
        if lines[own[step - 1]].kind is not lines[own[step]].kind:
            _mark(lines[own[step - 1]], lines[own[step + 1]])
            del lines[own[step]]


def _steps_swapped(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    sessions = _sessions(lines)
    if sessions:
        own = sessions[rng.integers(len(sessions))]
        step = int(rng.integers(len(own) - 1))
        first, second = own[step], own[step + 1]
        if lines[first].kind is not lines[second].kind:
            lines[first], lines[second] = lines[second], lines[first]
            _mark(lines[first], lines[second])


def _repeated(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    place = int(rng.integers(len(lines)))
    line = lines[place]
    if not line.faulty:
        count = int(np.exp(rng.uniform(np.log(6), np.log(60))))
        lines[place : place + 1] = [LogLine(line.text, line.kind, line.session, fault=_OPEN) for _ in range(count)]


def _wrong_number(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    """Make a number wrong in one line, or in the next lines of its kind, too."""
    for _ in range(_TRIES):
        place = int(rng.integers(len(lines)))
        line = lines[place]
        if line.kind.numeric and not line.faulty:
            wrong = int(rng.choice(list(line.kind.numeric)))
            factor = _factor(rng, line.kind.numeric[wrong])
            count = 1 if rng.random() < _ONE_NUMBER else int(rng.integers(2, 7))
            later = [other for other in lines[place:] if other.kind is line.kind and not other.faulty]
            for other in later[:count]:
                other.text = system.line(other.kind, other.session, times={wrong: factor})
                _mark(other)
            return


def _factor(rng: np.random.Generator, slot: MessageSlot) -> float:
    """Return by what to multiply a number so that it is wrong; by less where the usual ones lie close together."""
    draw = rng.random()
    if slot.narrow is not None and draw < _OFF_ITS_OWN:
        off = slot.narrow * float(np.exp(rng.uniform(np.log(_OFF[0]), np.log(_OFF[1]))))
        factor = float(np.exp(rng.choice([-1, 1]) * min(off, np.log(100))))
        if abs(factor - 1.0) * slot.usual >= _SEEN:
            return factor
    if slot.narrow is not None and draw > _LEAST and slot.usual >= _SEEN:
        return 0.0
    return float(rng.choice([10, 10, 20, 50, 100, 1000]))


def _wrong_session(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    sessions = _sessions(lines)
    if len(sessions) > 1:
        own, other = (sessions[number] for number in rng.choice(len(sessions), 2, replace=False))
        line, name = lines[own[rng.integers(1, len(own))]], lines[other[0]].session
        if line.session and name and line.session in line.text:
            line.text = line.text.replace(line.session, name)
            _mark(line)


def _of_other_system(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    other = MadeUpSystem(np.random.default_rng(int(rng.integers(2**32))))
    kind = other.kinds[0]
    lines.insert(int(rng.integers(1, len(lines))), LogLine(other.line(kind, "1"), kind, fault=_OPEN))


def _shuffled(rng: np.random.Generator, _system: MadeUpSystem, lines: list[LogLine]) -> None:
    seen = {(id(a.kind), id(b.kind)) for a, b in pairwise(lines)}
    for _ in range(_TRIES):
        count = int(rng.integers(3, 8))
        start = int(rng.integers(len(lines) - count))
        part = lines[start : start + count]
        shuffled = [part[place] for place in rng.permutation(count)]
        new = not any((id(a.kind), id(b.kind)) in seen for a, b in pairwise(shuffled))
        if new and not any(line.faulty for line in part):
            _mark(*shuffled)
            lines[start : start + count] = shuffled
            return


def _severe(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    for _ in range(int(rng.integers(1, 4))):
        kind = system.kind(int(rng.choice([2, 3, 4], p=[0.1, 0.45, 0.45])), fault_word=0.85)
        new = [LogLine(system.line(kind, None), kind, fault=_OPEN) for _ in range(int(np.exp(rng.uniform(0, np.log(30)))))]
        if rng.random() < 0.5:
            _scatter(rng, lines, new, int(rng.integers(len(lines))), 4)
        else:
            for line in new:
                lines.insert(int(rng.integers(len(lines))), line)


def _new_kind(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    kind = system.kind(int(rng.integers(2, 5)) if rng.random() < 0.6 else None, fault_word=0.5)
    new = [LogLine(system.line(kind, None), kind, fault=_OPEN) for _ in range(int(rng.integers(1, 25)))]
    _scatter(rng, lines, new, int(rng.integers(len(lines))), int(rng.integers(0, 4)))


def _incident(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    """Insert different new lines close together, as systems write when something breaks; some of them have no word for it, and
    half of the incidents are announced by a line long before."""
    place = int(rng.integers(1, len(lines)))
    kinds = [
        system.kind(int(rng.integers(2, 5)) if rng.random() < 0.3 else None, fault_word=0.6)
        for _ in range(int(rng.integers(2, 9)))
    ]
    cause = None
    if rng.random() < 0.5:
        kind = system.kind()
        cause = LogLine(system.line(kind, None), kind)
        lines.insert(max(0, place - int(np.exp(rng.uniform(np.log(3), np.log(max(4, place)))))), cause)
    new = [LogLine(system.line(kind, None), kind, fault=_OPEN, cause=cause) for kind in kinds]
    _scatter(rng, lines, new, place + (cause is not None), int(rng.integers(0, 2)))


def _cause_and_effects(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    cause_kind, effect_kind = system.kind(), system.kind(int(rng.integers(1, 4)), fault_word=0.6)
    cause = LogLine(system.line(cause_kind, None), cause_kind)
    place = int(rng.integers(0, max(1, len(lines) // 2)))
    lines.insert(place, cause)
    distance = int(np.exp(rng.uniform(np.log(3), np.log(max(4, len(lines) - place - 2)))))
    count = int(rng.integers(1, 20))
    effects = [LogLine(system.line(effect_kind, None), effect_kind, fault=_OPEN, cause=cause) for _ in range(count)]
    _scatter(rng, lines, effects, place + distance, 7)


def _values_change(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    """After a rare line, a number of few values has another one for a while, as a status code has."""
    places = [
        (kind, place)
        for kind in system.kinds
        for place, piece in enumerate(kind.pieces)
        if isinstance(piece, MessageSlot) and piece.type == "of few"
    ]
    if not places:
        return
    kind, place = places[rng.integers(len(places))]
    own = [number for number, line in enumerate(lines) if line.kind is kind and not line.faulty]
    if len(own) < _LEAST_CHANGED:
        return
    first = int(rng.integers(len(own) // 2, len(own)))
    cause_kind = system.kind()
    cause = LogLine(system.line(cause_kind, None), cause_kind)
    slot = kind.pieces[place]
    text = f"{slot.key if isinstance(slot, MessageSlot) else ''}{rng.integers(1, 600)}"
    for number in own[first : first + int(rng.integers(3, 40))]:
        if rng.random() < _CHANGED:
            line = lines[number]
            line.text, line.cause = system.line(kind, line.session, instead={place: text}), cause
            _mark(line)
    before = own[first]
    lines.insert(max(0, before - int(np.exp(rng.uniform(np.log(3), np.log(max(4, before)))))), cause)


_FAULTS: tuple[Callable[[np.random.Generator, MadeUpSystem, list[LogLine]], None], ...] = (
    _step_missing,
    _steps_swapped,
    _repeated,
    # Twice: numbers are wrong in more ways than other things, and in plants many odd ones are fine.
    _wrong_number,
    _wrong_number,
    _wrong_session,
    _of_other_system,
    _shuffled,
    _severe,
    _new_kind,
    _incident,
    _cause_and_effects,
    _values_change,
)


def break_lines(rng: np.random.Generator, system: MadeUpSystem, lines: list[LogLine]) -> None:
    """Put one to six faults into the lines; some kinds of faults need sessions, and leave others as they are."""
    for number, kind in enumerate(rng.integers(len(_FAULTS), size=int(rng.integers(1, 7))).tolist()):
        _FAULTS[kind](rng, system, lines)
        for line in lines:
            if line.fault == _OPEN:
                line.fault = number
