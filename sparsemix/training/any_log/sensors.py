"""Made-up sensor tables: columns that follow common factors, with changed settings and stops that are normal; and with spikes,
shifts, drifts, stuck sensors and lost relations, which are not.

Axis letters: N rows, C columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Shares of the tables whose settings somebody changes, and whose machine stops; rows until it runs again as before.
_SHIFTING, _STOPPING, _COMES_BACK = 0.4, 0.5, 8
_FAULTS = ("spike", "shift", "drift", "stuck", "unrelated")


def sensor_rows(rng: np.random.Generator, length: int, *, breaks: bool) -> tuple[list[str], NDArray[np.int64]]:
    """Return the rows of a table as ``name=number`` texts, and the number of each row's fault [N], -1 for normal rows;
    ``breaks``: whether there are faults."""
    columns = int(rng.integers(2, 31))
    values = _course(rng, length, columns)
    faults = np.full(length, -1)
    for number, fault in enumerate(rng.choice(_FAULTS, int(rng.integers(1, 5)) if breaks else 0)):
        faults[_break(rng, values, str(fault))] = number
    scaled = values * np.exp(rng.normal(0, 2, columns)) + rng.normal(0, 20, columns)
    digits = rng.integers(0, 4, columns)
    names = [f"c{number}" for number in range(columns)]
    lost = rng.random((length, columns)) < (0.01 if rng.random() < 0.3 else 0.0)
    rows = [
        " ".join(
            f"{name}={value:.{digit}f}"
            for name, value, digit, gone in zip(names, row, digits, missing, strict=True)
            if not gone
        )
        for row, missing in zip(scaled, lost, strict=True)
    ]
    return rows, faults


def _course(rng: np.random.Generator, length: int, columns: int) -> NDArray[np.float64]:
    factors = int(rng.integers(1, 6))
    memory = rng.uniform(0.5, 0.999, factors)
    steps = rng.normal(size=(length, factors)) * np.sqrt(1 - memory**2)
    course = np.empty((length, factors))
    state = rng.normal(size=factors)
    for place in range(length):
        state = memory * state + steps[place]
        course[place] = state
    if rng.random() < 0.4:
        course[:, 0] += 2 * np.sin(2 * np.pi * np.arange(length) / rng.uniform(20, 300))
    if rng.random() < 0.3:
        course[:, -1] += 2 * (np.arange(length) // int(rng.integers(50, 400)) % 2)
    loading = rng.normal(size=(factors, columns)) * (rng.random((factors, columns)) < 0.7)
    values = course @ loading + rng.normal(size=(length, columns)) * rng.uniform(0.02, 0.6, columns)
    if rng.random() < _SHIFTING:
        _change_settings(rng, values)
    if rng.random() < _STOPPING:
        _stop(rng, values)
    return values


def _change_settings(rng: np.random.Generator, values: NDArray[np.float64]) -> None:
    """Move some columns to other levels from time to time, as somebody does who changes a setting."""
    length, columns = values.shape
    chosen = np.flatnonzero(rng.random(columns) < 0.5)
    for start in rng.integers(length, size=int(rng.integers(1, 8))):
        values[start:, chosen] += rng.normal(0, 3, len(chosen))


def _stop(rng: np.random.Generator, values: NDArray[np.float64]) -> None:
    """Stop the machine from time to time: its columns lie still at their lowest, and come back in some rows."""
    length, columns = values.shape
    chosen = np.flatnonzero(rng.random(columns) < 0.7)
    still = values[:, chosen].min(0) - np.abs(rng.normal(2, 2, len(chosen)))
    for start in rng.integers(length, size=int(rng.integers(1, 7))):
        stop = start + int(np.exp(rng.uniform(np.log(5), np.log(max(6, length // 10)))))
        rows = len(values[start:stop])
        values[start:stop, chosen] = still + rng.normal(0, 0.02, (rows, len(chosen)))
        back = values[stop : stop + _COMES_BACK, chosen]
        values[stop : stop + _COMES_BACK, chosen] = still + (back - still) * np.linspace(0, 1, len(back))[:, None]


def _break(rng: np.random.Generator, values: NDArray[np.float64], fault: str) -> slice:
    """Put a fault into some rows, and return which."""
    length, columns = values.shape
    rows = 1 if fault == "spike" else int(np.exp(rng.uniform(np.log(5), np.log(max(6, length // 8)))))
    start = int(rng.integers(length - rows))
    part = slice(start, start + rows)
    chosen = rng.choice(columns, int(rng.integers(1, min(4, columns) + 1)), replace=False)
    size = values[:, chosen].std(0) * rng.uniform(2, 8) * rng.choice([-1, 1], len(chosen))
    if fault in ("spike", "shift"):
        values[part, chosen] += size
    elif fault == "drift":
        values[part, chosen] += size * np.linspace(0, 1, rows)[:, None]
    elif fault == "stuck":
        values[part, chosen] = values[start, chosen]
    else:
        other = int(rng.integers(length - rows))
        values[part, chosen] = values[other : other + rows, chosen][::-1].copy()
    return part
