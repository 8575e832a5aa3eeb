"""`MemoryStore`: the same record without a database, for tests and previews. Nothing outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping

from audit.blobs import StoredBlob, blobs_to_store, unpack
from audit.checkpoint import Checkpoint
from audit.errors import Conflict, NotFound
from audit.log import GENESIS, Problem, merkle_root
from audit.payload import to_payload
from audit.records import DecisionRecord, DecisionSummary, Gate, LogEntry, ReviewRecord
from audit.rules import DECISION, REVIEW, Sealed, check_event, check_page, check_supersedes, seal
from audit.store import Head
from audit.verification import Evidence, VerificationReport, verify_source

__all__ = ["MemoryStore"]


class MemoryStore:
    """An `AuditStore` in dictionaries, guarded by one lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._log: list[tuple[LogEntry, Sealed]] = []
        self._decisions: dict[str, tuple[int, DecisionRecord]] = {}
        self._reviews: dict[str, tuple[int, ReviewRecord]] = {}
        self._blobs: dict[str, StoredBlob] = {}

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes]) -> LogEntry:
        with self._lock:
            if decision.id in self._decisions:
                raise Conflict(f"decision {decision.id} is recorded already")
            new = blobs_to_store(decision, blobs, self._blobs)
            entry = self._append(decision.caller, DECISION, decision.id, to_payload(decision))
            self._blobs.update(new)
            self._decisions[decision.id] = (entry.seq, decision)
            return entry

    def record_review(self, review: ReviewRecord) -> LogEntry:
        with self._lock:
            current = self.summary(review.decision_id).latest_review
            if review.id in self._reviews:
                raise Conflict(f"review {review.id} is recorded already")
            check_supersedes(review, current.id if current else None)
            entry = self._append(review.reviewer_id, REVIEW, review.decision_id, to_payload(review))
            self._reviews[review.id] = (entry.seq, review)
            return entry

    def record_event(self, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        content = check_event(actor, type, subject, payload)
        with self._lock:
            return self._append(actor, type, subject, content)

    def _append(self, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        previous = self._log[-1][0] if self._log else None
        entry, sealed = seal(previous, actor=actor, type=type, subject=subject, payload=payload)
        self._log.append((entry, sealed))
        return entry

    def decision(self, id: str) -> DecisionRecord:
        return self.summary(id).decision

    def summary(self, id: str) -> DecisionSummary:
        with self._lock:
            if id not in self._decisions:
                raise NotFound(f"no decision has the id {id!r:.80}")
            seq, decision = self._decisions[id]
            reviews = self.reviews(id)
            latest = reviews[-1] if reviews else None
            gate = Gate.after(latest.verdict) if latest else decision.gate
            return DecisionSummary(seq, decision, gate, latest)

    def _matching(self, gate: Gate | None, unreviewed: bool) -> Iterator[DecisionSummary]:
        for id in self._decisions:
            summary = self.summary(id)
            if gate in (None, summary.gate) and not (unreviewed and summary.reviewed):
                yield summary

    def decisions(
        self, *, gate: Gate | None = None, unreviewed: bool = False, limit: int = 100, offset: int = 0
    ) -> list[DecisionSummary]:
        check_page(limit, offset)
        with self._lock:
            return list(self._matching(gate, unreviewed))[offset : offset + limit]

    def count_decisions(self, *, gate: Gate | None = None, unreviewed: bool = False) -> int:
        with self._lock:
            return sum(1 for _ in self._matching(gate, unreviewed))

    def reviews(self, decision_id: str) -> list[ReviewRecord]:
        with self._lock:
            if decision_id not in self._decisions:
                raise NotFound(f"no decision has the id {decision_id!r:.80}")
            return [review for _, review in self._reviews.values() if review.decision_id == decision_id]

    def next_for_review(self, skip: Collection[str] = ()) -> DecisionSummary | None:
        with self._lock:
            waiting = [s for s in self._matching(None, True) if s.decision.id not in skip]
        return min(waiting, key=lambda s: (s.gate is not Gate.HELD, s.seq), default=None)

    def blob(self, sha256: str) -> bytes:
        with self._lock:
            stored = self._blobs.get(sha256)
        if stored is None:
            raise NotFound(f"no blob has the SHA-256 {sha256!r:.80}")
        return unpack(sha256, stored.encoding, stored.data)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        check_page(limit, after)
        with self._lock:
            return [entry for entry, _ in self._log[after : after + limit]]

    def sealed(self, seq: int) -> Sealed:
        with self._lock:
            if not 1 <= seq <= len(self._log):
                raise NotFound(f"the log has no entry {seq}")
            return self._log[seq - 1][1]

    def head(self) -> Head:
        with self._lock:
            entries = [entry for entry, _ in self._log]
        root = merkle_root(bytes.fromhex(entry.hash) for entry in entries)
        return Head(len(entries), root.hex(), entries[-1].hash if entries else GENESIS)

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> VerificationReport:
        return verify_source(self, progress, checkpoint)

    def close(self) -> None:
        """Nothing is held open."""

    def log_size(self) -> int:
        return len(self._log)

    def evidence(self, after: int, limit: int) -> list[Evidence]:
        with self._lock:
            rows: dict[int, list[dict[str, object]]] = {}
            for seq, decision in self._decisions.values():
                rows[seq] = [to_payload(decision)]
            for seq, review in self._reviews.values():
                rows[seq] = [to_payload(review)]
            return [Evidence(e, sealed, rows.get(e.seq, [])) for e, sealed in self._log[after : after + limit]]

    def strays(self) -> list[Problem]:
        return []  # rows and entries cannot come apart here: no statement reaches one without the other
