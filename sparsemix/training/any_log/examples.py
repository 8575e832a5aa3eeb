"""Examples to pre-train on: a generated log as events, which of them are faulty, and which earlier ones explain them.

Times are pauses that follow from what is written, long ones that are usual, and some that are not.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import FileStatistics, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.sequence import Event
from sparsemix.encoding.tokens import numbered
from sparsemix.training.any_log.course import Course
from sparsemix.training.any_log.faults import break_lines
from sparsemix.training.any_log.sensors import sensor_rows

Pauses = NDArray[np.float64]
_WITHOUT_TIMES, _WHOLE_SECONDS = 0.3, 0.5
_KINDS_OF_PAUSES = ("at once", "steady", "uneven")
_KIND_SHARES = (0.5, 0.2, 0.3)
# Share of logs in which lines of some kinds always come later than others.
_BY_KIND = 0.4
# Share of logs whose systems lie still at times, how often (below the second number), and for how long in seconds.
_STOPS, _STOPS_A_LOG, _STOP = 0.35, (3, 9), (300.0, 100_000.0)
# Shares of logs with faults for which a pause beyond all others is drawn, one beyond all others of its kind (left out where it
# would be beyond all others, which is often), and a step backwards.
_FAULTS, _FAULT_SHARES = ("long", "of kind", "backwards", ""), (0.2, 0.12, 0.04, 0.64)
# How many times the longest other a wrong pause lasts, and for how many seconds at least; lines that a kind needs for one.
_TIMES_LONGER, _LEAST_LONG = (4.0, 20_000.0), 5.0
_LEAST_OF_KIND = 10
# A table whose longest gap is so many times the next one has a fault there.
_GAP = 3.0


def times_of_lines(rng: np.random.Generator, kind: Codes, *, breaks: bool) -> tuple[list[float] | list[None], int]:
    """Return the times of a log's events in seconds, or None for each, and the index of the event whose time is a fault, -1
    where none is. ``kind``: that of every event [N]; ``breaks``: whether there may be a fault."""
    if rng.random() < _WITHOUT_TIMES:
        return [None] * len(kind), -1
    pause = _usual(rng, kind)
    late = _break(rng, pause, kind) if breaks else -1
    seconds = rng.uniform(1e9, 1.7e9) + pause.cumsum()
    return (np.floor(seconds) if rng.random() < _WHOLE_SECONDS else seconds).tolist(), late


def times_of_rows(rng: np.random.Generator, length: int, *, breaks: bool) -> tuple[list[float], int]:
    """Return the times of a table's rows in seconds, at equal pauses with up to three gaps, and the index of the row after a
    gap that is a fault, -1 where none is."""
    step = float(rng.choice([1, 5, 10, 60]))
    pause = np.full(length, step)
    gaps = rng.integers(1, length, size=int(rng.integers(0, 4)))
    pause[gaps] *= rng.integers(5, 200, size=len(gaps))
    longest, other = int(pause.argmax()), np.sort(pause)[-2]
    late = longest if pause[longest] >= _GAP * other else -1
    if late >= 0 and not breaks:
        # Without the longest, the next would be the longest of all.
        pause[:], late = step, -1
    return (rng.uniform(1e9, 1.7e9) + pause.cumsum()).tolist(), late


def _usual(rng: np.random.Generator, kind: Codes) -> Pauses:
    """Return the usual pauses before events, in seconds [N]."""
    length, scale = len(kind), float(np.exp(rng.normal(0, 1)))
    way = str(rng.choice(_KINDS_OF_PAUSES, p=_KIND_SHARES))
    if way == "at once":
        pause = scale * rng.exponential(size=length) * (rng.random(length) < 0.5)
    elif way == "steady":
        pause = scale * np.abs(rng.normal(1.0, rng.uniform(0.001, 0.3), length))
    else:
        pause = scale * np.exp(rng.normal(0, rng.uniform(0.3, 2.5), length))
    if rng.random() < _BY_KIND:
        pause *= np.exp(rng.normal(0, rng.uniform(0.5, 2.5), kind.max() + 1))[kind]
    if rng.random() < _STOPS:
        stops = rng.integers(length, size=int(rng.integers(*_STOPS_A_LOG)))
        pause[stops] = np.exp(rng.uniform(np.log(_STOP[0]), np.log(_STOP[1]), len(stops)))
    return np.asarray(pause)


def _break(rng: np.random.Generator, pause: Pauses, kind: Codes) -> int:
    """Put a fault into the pauses, and return at which event; -1 for none."""
    fault, place = str(rng.choice(_FAULTS, p=_FAULT_SHARES)), int(rng.integers(1, len(pause)))
    times = float(np.exp(rng.uniform(*np.log(_TIMES_LONGER))))
    if fault == "long":
        pause[place] = max(_LEAST_LONG, times * float(pause[1:].max()))
        return place
    if fault == "of kind":
        own = np.flatnonzero(kind == kind[place])
        longer = max(_LEAST_LONG, times * float(pause[own].max()))
        # Between the longest of its kind and the longest of all: else it is the other fault.
        if len(own) >= _LEAST_OF_KIND and longer <= pause[1:].max():
            pause[place] = longer
            return place
    if fault == "backwards":
        pause[place] = -float(np.exp(rng.uniform(np.log(_LEAST_LONG), np.log(_STOP[1]))))
        return place
    return -1


_SENSORS = 0.2
# Share of the logs that are no sensor tables that have states, their shortest, and the share of these with no other faults.
_PLANTS, _SHORTEST_PLANT, _STATES_ALONE = 0.3, 700, 0.3
# Every so manyth log has no fault.
_HEALTHY = 7
_SHORTEST, _LONGEST = 100, 20_000
_FEW_LONG = 0.1
_USUALLY_LONGEST = 2500
_FAULTY_WEIGHT = 8.0


@dataclass(frozen=True, slots=True)
class LogExample:
    """Statistics of a log of N events; ``fault`` int64 [N]: the number of the fault that an event belongs to, -1 for normal
    ones; ``cause`` int64 [N]: the index of the event that caused it, -1 where none did."""

    statistics: FileStatistics
    fault: Codes
    cause: Codes

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Return which events belong to a fault [N]."""
        return self.fault >= 0

    @property
    def weight(self) -> NDArray[np.float64]:
        """Return the weight of every event in the loss [N]: a fault of many events counts more than one of a single event, but
        not as often more as it has events."""
        count = np.bincount(self.fault + 1)
        return np.where(self.faulty, _FAULTY_WEIGHT / np.sqrt(count[self.fault + 1]), 1.0)


def example(seed: int) -> LogExample:
    """Return the example of a seed."""
    rng = np.random.default_rng(seed)
    longest = _LONGEST if rng.random() < _FEW_LONG else _USUALLY_LONGEST
    length = int(np.exp(rng.uniform(np.log(_SHORTEST), np.log(longest))))
    breaks = bool(seed % _HEALTHY)
    if rng.random() < _SENSORS:
        texts, faults = sensor_rows(rng, length, breaks=breaks)
        row_times, late = times_of_rows(rng, length, breaks=breaks)
        return LogExample(_statistics(texts, row_times), _with(faults, late), np.full(length, -1))
    plant = bool(rng.random() < _PLANTS)
    if plant:
        length = max(length, int(np.exp(rng.uniform(np.log(_SHORTEST_PLANT), np.log(_USUALLY_LONGEST)))))
    course = Course(rng, length, plant=plant, breaks=breaks)
    lines = course.write()
    if breaks and not (plant and rng.random() < _STATES_ALONE):
        break_lines(rng, course.system, lines)
    place = {id(line): number for number, line in enumerate(lines)}
    cause = np.array([-1 if line.cause is None else place.get(id(line.cause), -1) for line in lines])
    faults = np.array([line.fault for line in lines])
    times, late = times_of_lines(rng, numbered(id(line.kind) for line in lines)[1], breaks=breaks)
    return LogExample(_statistics([line.text for line in lines], times), _with(faults, late), cause)


def _with(faults: Codes, late: int) -> Codes:
    """Return the faults with one more at the event whose time is wrong, if there is one that is not faulty already."""
    if late >= 0 and faults[late] < 0:
        faults[late] = faults.max() + 1
    return faults


def _statistics(texts: list[str], times: Sequence[float | None]) -> FileStatistics:
    both = enumerate(zip(texts, times, strict=True), 1)
    return file_statistics(tuple(Event(text, text, time, None, None, number) for number, (text, time) in both))
