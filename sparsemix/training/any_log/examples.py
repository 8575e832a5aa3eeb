"""Examples to pre-train on: a generated log as events, which of them are faulty, and which earlier ones explain them.

Axis letters: N events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import FileStatistics, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.sequence import Event
from sparsemix.training.any_log.course import Course
from sparsemix.training.any_log.faults import break_lines
from sparsemix.training.any_log.sensors import sensor_rows

_SENSORS = 0.2
# Every so manyth log has no fault.
_HEALTHY = 7
_WITHOUT_TIMES = 0.3
_SHORTEST, _LONGEST = 100, 20_000
_FEW_LONG = 0.1
_USUALLY_LONGEST = 2500
_FAULTY_WEIGHT = 8.0


@dataclass(frozen=True, slots=True)
class Example:
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


def example(seed: int) -> Example:
    """Return the example of a seed."""
    rng = np.random.default_rng(seed)
    longest = _LONGEST if rng.random() < _FEW_LONG else _USUALLY_LONGEST
    length = int(np.exp(rng.uniform(np.log(_SHORTEST), np.log(longest))))
    if rng.random() < _SENSORS:
        rows, faults = sensor_rows(rng, length)
        return Example(file_statistics(_in_step(rng, rows)), faults, np.full(length, -1))
    course = Course(rng, length)
    lines = course.write()
    if seed % _HEALTHY:
        break_lines(rng, course.world, lines)
    place = {id(line): number for number, line in enumerate(lines)}
    cause = np.array([-1 if line.cause is None else place[id(line.cause)] for line in lines])
    faults = np.array([line.fault for line in lines])
    return Example(file_statistics(_events(rng, [line.text for line in lines])), faults, cause)


def _events(rng: np.random.Generator, texts: list[str]) -> tuple[Event, ...]:
    """Return the texts as events, most logs with times."""
    times: list[float | None] = [None] * len(texts)
    if rng.random() >= _WITHOUT_TIMES:
        pause = rng.exponential(np.exp(rng.normal(0, 1)), len(texts)) * (rng.random(len(texts)) < 0.5)
        seconds = rng.uniform(1e9, 1.7e9) + pause.cumsum()
        times = (np.floor(seconds) if rng.random() < 0.5 else seconds).tolist()
    return _at(texts, times)


def _in_step(rng: np.random.Generator, rows: list[str]) -> tuple[Event, ...]:
    """Return the rows of a table as events at equal pauses, with up to two gaps."""
    pause = np.full(len(rows), float(rng.choice([1, 5, 10, 60])))
    pause[rng.integers(len(rows), size=int(rng.integers(0, 3)))] *= rng.integers(5, 200)
    return _at(rows, (rng.uniform(1e9, 1.7e9) + pause.cumsum()).tolist())


def _at(texts: list[str], times: list[float | None]) -> tuple[Event, ...]:
    return tuple(
        Event(text, text, time, None, None, number) for number, (text, time) in enumerate(zip(texts, times, strict=True), 1)
    )
