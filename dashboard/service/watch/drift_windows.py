"""Which windows of a watched log its drift hears: such as do not overlap, and lie some time apart.

Drift's test holds for decisions in no particular order (`sparsemix.monitoring.drift.statistics`). Windows that follow each other
within seconds are of one moment of the plant: a reference of twenty of them has seen half a minute, and takes the next job for
a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.service.watch.sliding_windows import Window


@dataclass(frozen=True, slots=True)
class Heard:
    """The last window that was heard: its last ``line`` (0: none was), and the moment ``at``, in seconds since 1970."""

    line: int = 0
    at: float = 0.0

    def hears(self, window: Window, now: float, apart: float) -> bool:
        """Whether a window is news, ``apart`` seconds lying between two of them."""
        return window.first > self.line and now - self.at >= apart

    def payload(self) -> dict[str, object]:
        """As a decision's details keep it."""
        return {"drift_line": self.line, "drift_at": round(self.at, 3)}

    @classmethod
    def of(cls, said: Mapping[str, object]) -> Heard:
        """Back from there. Raises KeyError, TypeError, ValueError for what is no such thing."""
        return cls(int(str(said["drift_line"])), float(str(said["drift_at"])))
