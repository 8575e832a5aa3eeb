"""A line of a made-up log."""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.training.any_log.world import Kind


@dataclass(slots=True)
class Line:
    """Line of a log as written, its kind, its session, and what training shall learn of it: the number of the ``fault`` that it
    belongs to, -1 for a normal line, and the line that is its ``cause``."""

    text: str
    kind: Kind
    session: str | None = None
    fault: int = -1
    cause: Line | None = None

    @property
    def faulty(self) -> bool:
        """Return whether the line belongs to a fault."""
        return self.fault >= 0
