"""Lags in classes that grow with the lag, so that the lags of any number of pairs stay small and can be added.

A class is at most 9 % wide; whole lags up to 11 have a class each. Class 0 begins at 1 (an event, or a second).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 8  # classes that a lag passes while it doubles
_SHORTEST, _LONGEST = -20, 40  # powers of two: a microsecond, thirty thousand years
ZERO = _SHORTEST * _STEPS - 1
"""The class of lags below a microsecond, which are told as 0."""
CLASSES = (_LONGEST - _SHORTEST) * _STEPS + 1
"""How many classes there are: from ``ZERO`` to ``ZERO + CLASSES - 1``."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The quartiles of lags, in events or in seconds; each is off by 5 % at most."""

    low: float
    median: float
    high: float


def lag_classes(lags: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class of every lag, int64 [L]; what is negative counts as 0."""
    shown = np.maximum(lags.astype(np.float64), 2.0 ** (_SHORTEST - 1))
    classes: NDArray[np.int64] = np.clip(np.floor(_STEPS * np.log2(shown)), ZERO, ZERO + CLASSES - 1).astype(np.int64)
    return classes


def readable(lag: float) -> float:
    """Return a lag without digits that its class does not tell."""
    return float(f"{lag:.{2 if lag < 10 else 3}g}")


def quartiles(classes: NDArray[np.int64], counts: NDArray[np.int64], *, whole: bool) -> Lag:
    """Return the quartiles of lags from their classes, ascending, and how many there are of each; ``whole``: in whole
    numbers."""
    reached = np.cumsum(counts)
    at = np.searchsorted(reached, np.array([0.25, 0.5, 0.75]) * reached[-1])
    middle = np.where(classes[at] == ZERO, 0.0, 2.0 ** ((classes[at] + 0.5) / _STEPS))
    low, median, high = (np.rint(middle) if whole else middle).tolist()
    return Lag(low, median, high)
