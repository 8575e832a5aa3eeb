"""Examples to pre-train on: a generated log as events, which of them are faulty, and which earlier ones explain them.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import FileStatistics, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes, codes_of
from sparsemix.encoding.sequence import Event
from sparsemix.training.any_log.clock import times_of_lines, times_of_rows
from sparsemix.training.any_log.course import Course
from sparsemix.training.any_log.faults import break_lines
from sparsemix.training.any_log.sensors import sensor_rows

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
    times, late = times_of_lines(rng, codes_of(id(line.kind) for line in lines)[0], breaks=breaks)
    return LogExample(_statistics([line.text for line in lines], times), _with(faults, late), cause)


def _with(faults: Codes, late: int) -> Codes:
    """Return the faults with one more at the event whose time is wrong, if there is one that is not faulty already."""
    if late >= 0 and faults[late] < 0:
        faults[late] = faults.max() + 1
    return faults


def _statistics(texts: list[str], times: Sequence[float | None]) -> FileStatistics:
    both = enumerate(zip(texts, times, strict=True), 1)
    return file_statistics(tuple(Event(text, text, time, None, None, number) for number, (text, time) in both))
