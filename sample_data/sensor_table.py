"""A table of sensor values, as a machine's data logger writes it: one channel drifts away, and for some minutes nothing is
written.

A pump runs under a load that changes slowly. Its channels follow the load, each with noise of its own that fades over some
rows. From one row on the temperature of a bearing rises, while everything else goes on as before: at first no value is out of
range, but it no longer fits the load. Rows are faulty once the drift exceeds three standard deviations of the channel's noise.
Each of them is caused by the row where the drift begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sample_data.planted import PlantedFile

DRIFT = "drift"
LEAST_ROWS = 100
DRIFTING = "bearing_temperature_C"
# Name -> value without load, change with full load, standard deviation of the noise, decimals.
CHANNELS = {
    "feed_pressure_bar": (6.2, -0.8, 0.04, 2),
    "flow_l_min": (80.0, 45.0, 0.9, 1),
    "motor_current_A": (11.5, 6.0, 0.12, 2),
    "bearing_temperature_C": (48.0, 9.0, 0.25, 1),
    "vibration_mm_s": (1.4, 0.7, 0.06, 2),
}
_STEP = timedelta(seconds=10)
_FADE = 0.85  # share of the noise that remains in the next row
# Where in the table, in shares of its length: nothing is written, and the drift begins.
_GAP, _DRIFT = 0.3, 0.6


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """Settings of a generated table: ``rows``, one every ten seconds; ``gap``: minutes for which nothing is written;
    ``drift``: rise of the drifting channel per hour, in its unit: 0 gives a healthy table."""

    rows: int = 1440
    gap: float = 18.0
    drift: float = 4.0

    def __post_init__(self) -> None:
        if self.rows < LEAST_ROWS:
            raise ValueError(f"rows must be at least {LEAST_ROWS}")
        if self.gap < 0 or self.drift < 0:
            raise ValueError("gap and drift must not be negative")


def generate_sensor_table(config: SensorConfig, seed: int) -> PlantedFile:
    """Generate a table; the same settings and seed give the same lines."""
    rng = np.random.default_rng(seed)
    rows, begins = config.rows, int(_DRIFT * config.rows)
    load = _load(rows, rng)
    rise = config.drift * np.maximum(0, np.arange(rows) - begins) * _STEP.total_seconds() / 3600
    columns = []
    for name, (base, change, deviation, digits) in CHANNELS.items():
        values = base + change * load + _noise(rows, deviation, rng) + (rise if name == DRIFTING else 0.0)
        columns.append([f"{value:.{digits}f}" for value in values])
    start = datetime(2026, 3, 2, 6, 0) + timedelta(seconds=int(rng.integers(0, 3_600)))  # in no zone
    times = [start + row * _STEP + (row >= int(_GAP * rows)) * timedelta(minutes=config.gap) for row in range(rows)]
    lines = [",".join(["time", *CHANNELS])]
    lines += [",".join([time.isoformat(sep=" "), *cells]) for time, *cells in zip(times, *columns, strict=True)]
    # The header is line 1.
    faulty = [row + 2 for row in np.flatnonzero(rise > 3 * CHANNELS[DRIFTING][2]).tolist()]
    pairs = tuple((line, begins + 2) for line in faulty)
    return PlantedFile(tuple(lines), rows, dict.fromkeys(faulty, DRIFT), pairs, seed)


def _load(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return the load in [0, 1] over the rows: slow waves of different lengths."""
    place = np.arange(rows)[:, None]
    lengths, phases = rng.uniform(120, 700, 4), rng.uniform(0, 2 * np.pi, 4)
    waves = np.sin(2 * np.pi * place / lengths + phases).mean(axis=1)
    return np.asarray(0.5 + 0.5 * waves)


def _noise(rows: int, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Return noise with this standard deviation, of which a part remains from row to row."""
    fresh = rng.normal(0.0, deviation * np.sqrt(1 - _FADE**2), rows)
    noise = np.empty(rows)
    last = rng.normal(0.0, deviation)
    for row in range(rows):
        last = noise[row] = _FADE * last + fresh[row]
    return noise
