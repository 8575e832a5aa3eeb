"""A log that is on the page before it is judged: its lines, and what the model has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from dashboard.service.decide.pipeline import LINE, LoadedDecision
from dashboard.service.log.routes import ENTRY
from sparsemix import TokenSequence


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class WaitingLog:
    """The events of a file that waits for its verdict, or of its beginning (``head``); ``entry`` stands in its address where
    the hash of a decision's entry stands else."""

    sequence: TokenSequence
    head: bool = False
    entry: str = field(default_factory=lambda: uuid4().hex[:ENTRY])

    @property
    def size(self) -> int:
        """About how many bytes it has."""
        return len(self.sequence) * LINE


Log = LoadedDecision | WaitingLog
"""What the log page shows."""
