"""A pump's sensor table with gaps. One channel drifts away from what the others tell.

The set point changes, the air gets warmer over the day, cells and whole minutes are missing, and the pump is stopped once: that
is a usual day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.newcomer.files import PlantedFile, Record, morning, planted_file, stamp

_ROWS, _STEP = (1_800, 2_300), 10.0
_NAMES = ("flow_l_min", "pressure_bar", "temp_C", "current_A", "vibration_mm_s", "speed_rpm", "level_pct", "ambient_C")
_NOISE = np.array([0.8, 0.03, 0.15, 0.12, 0.06, 4.0, 0.3, 0.1])
_DIGITS = (1, 3, 2, 2, 3, 0, 1, 1)
_DRIFTING = ("pressure_bar", "temp_C", "current_A", "vibration_mm_s")
_LOST_CELLS = 0.01
_SIZE, _SEEN = 9.0, 3.0
"""Final drift, and the drift from which a row counts as faulty, in standard deviations of the channel's noise."""


def make(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return a table with one row in ten seconds."""
    count = int(rng.integers(*_ROWS))
    table = _usual(rng, count)
    begins, length = int(count * rng.uniform(0.5, 0.7)), int(rng.integers(250, 450))
    drift = np.clip((np.arange(count) - begins) / length, 0, 1) * _SIZE * faulty
    channel = _NAMES.index(_DRIFTING[rng.integers(len(_DRIFTING))])
    table[:, channel] += drift * _NOISE[channel]
    written = [[f"{value:.{digits}f}" for value, digits in zip(row, _DIGITS, strict=True)] for row in table.tolist()]
    for row, column in np.argwhere(rng.random(table.shape) < _LOST_CELLS).tolist():
        written[row][column] = ""
    start = morning(rng)
    records = [
        Record(start + _STEP * row, tuple(written[row]), "fault" if drift[row] >= _SEEN else "")
        for row in np.flatnonzero(_kept(rng, count)).tolist()
    ]
    lines = [",".join(("timestamp", *_NAMES)), *(",".join((_moment(record), *record.cells)) for record in records)]
    data = ("\n".join(lines) + "\n").encode()
    return planted_file(f"{name}.csv", data, records, range(2, len(records) + 2), _moment)


def _moment(record: Record) -> str:
    return stamp(record.time, "%Y-%m-%d %H:%M:%S")


def _usual(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return the values of a usual day [N, 8]."""
    speed = np.empty(count)
    for first in range(0, count, 300):
        speed[first : first + 300] = rng.choice([1_450.0, 1_600.0, 1_750.0])
    speed = _slow(speed, 0.15)
    stop = int(rng.integers(150, count // 2))
    speed[stop : stop + int(rng.integers(20, 50))] = 0.0
    load = _slow(np.clip(1 + 0.15 * _slow(rng.normal(0, 1, count), 0.02) * 5, 0.7, 1.3), 0.2)
    ambient = 21 + 4 * np.sin(np.linspace(0.2, 2.4, count)) + rng.normal(0, 0.5)
    flow = speed / 14.5 * load
    pressure = (speed / 1_600) ** 2 * 5.2 / load**0.3
    current = 2.1 * (speed > 0) + flow * pressure / 75
    temperature = ambient + 18 + _slow(current, 0.01) * 1.7
    vibration = 0.25 + speed / 1_600 * 1.1
    level = 62 + 9 * np.sin(np.arange(count) / 190 + rng.uniform(0, 6))
    table = np.stack([flow, pressure, temperature, current, vibration, speed, level, ambient], axis=1)
    return np.asarray(np.maximum(table + rng.normal(0, 1, table.shape) * _NOISE, 0.0))


def _slow(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return values that follow the given ones with this share a step."""
    followed = np.empty_like(values)
    state = values[0]
    for place, value in enumerate(values.tolist()):
        state += share * (value - state)
        followed[place] = state
    return followed


def _kept(rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
    """Return which rows were written: two pauses of some minutes are missing."""
    kept = np.ones(count, np.bool_)
    for first in rng.integers(50, count - 50, 2).tolist():
        kept[first : first + int(rng.integers(10, 60))] = False
    return kept
