"""How long a decision takes by the number of its events: a time that every one takes, and a time an event.

found = time_by_length([200, 4_000, 9_000], [1.2, 2.0, 3.1])   # None: their lengths are too alike to tell
found.seconds(20_000)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["TimeByLength", "time_by_length"]

LEAST = 10
"""Decisions below which nothing is said."""
APART = 2.0
"""How many times as long the long ones have to be as the short ones (nine and one of ten)."""


@dataclass(frozen=True, slots=True)
class TimeByLength:
    """Seconds that every decision takes and seconds an event, fitted to so many ``decisions`` of ``shortest`` to ``longest``
    events."""

    constant: float
    per_event: float
    decisions: int
    shortest: int
    longest: int

    def seconds(self, events: float) -> float:
        """How long a decision on so many events takes."""
        return self.constant + self.per_event * events


def time_by_length(events: Sequence[int], seconds: Sequence[float]) -> TimeByLength | None:
    """Least squares, neither term below 0 (Lawson and Hanson 1974, for two unknowns written out); None where the decisions are
    too few, or too alike in length, to tell one term from the other."""
    if len(events) < LEAST:
        return None
    n, t = np.asarray(events, dtype=np.float64), np.asarray(seconds, dtype=np.float64)
    short, long = np.quantile(n, [0.1, 0.9])
    if long < APART * short or long <= 0:
        return None
    centred = n - n.mean()
    per_event = float(centred @ (t - t.mean()) / (centred @ centred))
    constant = float(t.mean() - per_event * n.mean())
    # Where the best line breaks one of the bounds, the best one within them lies on that bound.
    if per_event < 0:
        constant, per_event = float(t.mean()), 0.0
    elif constant < 0:
        constant, per_event = 0.0, float(n @ t / (n @ n))
    return TimeByLength(constant, per_event, len(n), int(n.min()), int(n.max()))
