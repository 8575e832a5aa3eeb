"""`AuditStore`: what every store offers. `MemoryStore` and `SqlStore` pass one contract suite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

from audit.checkpoint import Checkpoint
from audit.records import DecisionRecord, DecisionSummary, Gate, LogEntry, ReviewRecord
from audit.rules import Sealed
from audit.verification import VerificationReport

__all__ = ["AuditStore", "Head"]


class Head(NamedTuple):
    """Where the log ends: number of entries, Merkle root and hash of the last entry (hexadecimal)."""

    size: int
    root: str
    last_hash: str


class AuditStore(Protocol):
    """An append-only record of decisions, reviews and events. Safe to share between threads.

    Every write is one transaction: business rows, blobs and log entry appear together or not at all.
    Every method may raise `StoreUnavailable`; reads raise `Tampered` when a row is no longer a valid record.
    """

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes]) -> LogEntry:
        """Record a decision; `blobs` maps SHA-256 to content for its input and selections not yet stored.

        The content of the input is the upload as it came; selections are Arrow IPC streams, zstd-compressed.
        Errors: `InvalidRecord` for blobs missing, foreign or with another hash; `Conflict` when the id is
        taken.
        """

    def record_review(self, review: ReviewRecord) -> LogEntry:
        """Record a review; the entry's actor is the reviewer's id, its subject the decision.

        Errors: `NotFound` for an unknown decision, `Conflict` when the decision's current review is not the
        one that `supersedes` names, or when the id is taken.
        """

    def record_event(self, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        """Record another audited event, e.g. an export or a denial. Errors: `InvalidRecord`."""

    def decision(self, id: str) -> DecisionRecord:
        """Return a decision. Errors: `NotFound`."""

    def summary(self, id: str) -> DecisionSummary:
        """Return a decision with its state now and its latest review. Errors: `NotFound`."""

    def decisions(
        self, *, gate: Gate | None = None, unreviewed: bool = False, limit: int = 100, offset: int = 0
    ) -> list[DecisionSummary]:
        """List decisions in the order they were recorded, oldest first; `gate` filters by the state now."""

    def count_decisions(self, *, gate: Gate | None = None, unreviewed: bool = False) -> int:
        """Count what `decisions` would list without a limit."""

    def reviews(self, decision_id: str) -> list[ReviewRecord]:
        """List all reviews of a decision, superseded ones too, oldest first. Errors: `NotFound`."""

    def next_for_review(self, skip: Collection[str] = ()) -> DecisionSummary | None:
        """Return the unreviewed decision to look at next: held first, then oldest; none in `skip`."""

    def blob(self, sha256: str) -> bytes:
        """Return a blob's content, hashed again. Errors: `NotFound`; `Tampered` when the hash differs."""

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """List log entries with `seq` above `after`, in order."""

    def sealed(self, seq: int) -> Sealed:
        """Return the salt and payload that an entry commits to. Errors: `NotFound`."""

    def head(self) -> Head:
        """Return size, root and last hash, the root computed from the stored entry hashes."""

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> VerificationReport:
        """Derive everything again and name the first entry that does not hold (see `audit.verification`)."""

    def close(self) -> None:
        """Release files and connections; the store is not used afterwards."""
