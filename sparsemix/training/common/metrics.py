"""Counts, F1 and bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def f1(self) -> float:
        """Return 2 tp / (2 tp + fp + fn); 1 when there is nothing to find and nothing was found."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0


def count(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Counts:
    """Count hits and errors of a predicted mask against the true mask."""
    return Counts(int((predicted & truth).sum()), int((predicted & ~truth).sum()), int((~predicted & truth).sum()))


def f1_of(rows: NDArray[np.float64]) -> float:
    """Return the micro F1 of rows (tp, fp, fn)."""
    tp, fp, fn = rows.sum(0)
    return Counts(int(tp), int(fp), int(fn)).f1


def ratio_of(rows: NDArray[np.float64]) -> float:
    """Return the sum of the first column over the sum of the second; 0 where the second sum is 0."""
    top, bottom = rows.sum(0)
    return float(top / bottom) if bottom else 0.0


def interval(rows: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], float], seed: int) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a statistic over the rows (logs).

    Source: Efron and Tibshirani 1993.
    """
    rng = np.random.default_rng(seed)
    values = [statistic(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(_RESAMPLES)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
