"""BARO's RobustScorer (Pham, Ha and Zhang 2024, "BARO: Robust Root Cause Analysis for Microservices via Multivariate Bayesian
Online Change Point Detection"): the variable first that leaves its usual values furthest once the alarm is there.

A score is the largest distance of the values from the alarm on to the median of those before, by the interquartile range of
those before. As in the published code (github.com/phamquiluan/baro), a range of 0 counts as 1, variables that are constant on
either side are not ranked, and ties keep the order of the variables, here that of their first rows.

Axis letters: T points in time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.causes.event_table import EventTable

# Seconds between two points in time, as the authors of the data sample them; more where there would be more points than these.
_STEP, _MOST_POINTS = 0.5, 100_000
# A range that is no larger is one of rounding.
_NO_RANGE = 10 * np.finfo(np.float64).eps
_BOOLEANS = {"false": "0", "true": "1"}


def robust_scores(run: EventTable) -> list[tuple[str, float]]:
    """Return the variables of a run that are ranked, each with its score, the likeliest cause first. An alarm must be active at
    the end of the run: the first of these is the anomaly."""
    first, last = run.changes[0].time, run.end
    step = max(_STEP, (last - first) / _MOST_POINTS)
    times = first + step * np.arange(int((last - first) / step) + 1, dtype=np.float64)
    before = times < run.active(last)[0][0]
    scores = []
    for variable, series in _sampled(run, times).items():
        usual, later = series[before], series[~before]
        if len(np.unique(usual)) > 1 and len(np.unique(later)) > 1:
            low, median, high = np.percentile(usual, [25, 50, 75]).tolist()
            spread = high - low if high - low > _NO_RANGE else 1.0
            scores.append((variable, float(np.abs(later - median).max()) / spread))
    return sorted(scores, key=lambda one: -one[1])


def _sampled(run: EventTable, times: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the values of every variable that is no alarm at ``times`` [T]; before its first row, its first value."""
    rows: dict[str, tuple[list[float], list[str]]] = {}
    for change in run.changes:
        if change.node not in run.alarms:
            since, values = rows.setdefault(change.node, ([], []))
            since.append(change.time)
            values.append(change.value)
    return {
        variable: _numbers(values)[np.maximum(np.searchsorted(since, times, side="right") - 1, 0)]
        for variable, (since, values) in rows.items()
    }


def _numbers(values: list[str]) -> NDArray[np.float64]:
    """Return numbers as they are, False and True as 0 and 1, and other values by codes in the order of their first rows."""
    try:
        numbers = np.array([_BOOLEANS.get(value.lower(), value) for value in values]).astype(np.float64)
    except ValueError:
        codes: dict[str, int] = {}
        return np.array([codes.setdefault(value, len(codes)) for value in values], np.float64)
    return np.nan_to_num(numbers)
