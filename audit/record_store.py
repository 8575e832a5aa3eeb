"""`RecordStore`: the append-only record of decisions, reviews and events, in SQLite or PostgreSQL.

This class checks no roles: it is for the program itself. `audit.access` is for what people do, and checks their roles.
Every write is one transaction: business rows, blobs and log entry appear together or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from audit.errors import Conflict, DecidedAlready, NotFound, Tampered
from audit.intake import inputs
from audit.intake.gate_changes import Change, gate_changes
from audit.intake.registered_weights import InUse, RegisteredWeights, in_use, registered
from audit.intake.sources import note_last_decisions
from audit.log.chain import GENESIS, Problem
from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, Sealed, check_event, check_page
from audit.operation.rollout import refuse_untried
from audit.people.accounts import Accounts
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, DecisionSummary, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState
from audit.review.gate import DecisionStanding
from audit.review.judgements import queue_row
from audit.review.review_policy import ReviewPolicy, current_policy
from audit.storage import queries
from audit.storage.database import Database, Draft, Head, read_head
from audit.storage.rows import StoredBlob, blobs_to_store, decision_rows, referenced
from audit.storage.schema import decisions, erased_entries, log, log_head, queue, selections
from audit.storage.triggers import unguarded
from audit.verify.fast_scan import Span, scan
from audit.verify.queue_check import proven_standing
from audit.verify.stray_rows import find_strays
from audit.verify.verification import EntryEvidence, StoredEntry, VerificationReport, verify_source

__all__ = ["RecordStore"]


class RecordStore:
    """The record at a path, `sqlite:///path` or `postgresql://...`; safe to share between threads.

    Every method may raise `StoreUnavailable`; reads raise `Tampered` when a row is no longer a valid record.
    """

    def __init__(self, url: str | Path, *, read_only: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self.database = Database(url, read_only=read_only, clock=clock)
        self.accounts = Accounts(self.database)

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes], *, actor: str | None = None) -> LogEntry:
        """Record a decision; `blobs` maps SHA-256 to content for the files that it names and the store does not have.

        The content of the input is the upload as it came; selections are Arrow IPC streams, zstd-compressed. `actor`: who
        asked for it, by default its caller.

        Raises `InvalidRecord` when a blob is missing, is not named by the decision or has another hash; `Conflict` when the id
        is taken.
        """
        with self.database.write() as connection:
            return self.add_decision(connection, decision, blobs, actor)

    def record_decisions(self, batch: Sequence[tuple[DecisionRecord, Mapping[str, bytes]]], *, actor: str) -> list[LogEntry]:
        """Record many decisions in one transaction: all of them or none. Raises what `record_decision` raises."""
        with self.database.write() as connection:
            return self._add(connection, batch, actor)

    def add_decision(
        self,
        connection: Connection,
        decision: DecisionRecord,
        blobs: Mapping[str, bytes],
        actor: str | None,
        *,
        once: bool = False,
    ) -> LogEntry:
        """Record a decision in the caller's transaction.

        `once`: refuse when these weights decided these bytes before, by anybody. A decision of an edge device is recorded
        once in any case. Raises `DecidedAlready` then, and what `record_decision` raises.
        """
        return self._add(connection, [(decision, blobs)], actor, once=once)[0]

    def _add(
        self,
        connection: Connection,
        batch: Sequence[tuple[DecisionRecord, Mapping[str, bytes]]],
        actor: str | None,
        *,
        once: bool = False,
    ) -> list[LogEntry]:
        if not batch:
            return []
        ids = [decision.id for decision, _ in batch]
        taken = queries.recorded(connection, ids) or [id for id, times in Counter(ids).items() if times > 1]
        if taken:
            raise Conflict(f"decision {taken[0]} is recorded already")
        named = {name for decision, _ in batch for name in referenced(decision)}
        known = queries.stored_blobs(connection, named)
        new: dict[str, StoredBlob] = {}
        for decision, blobs in batch:
            new |= blobs_to_store(decision, blobs, known | new.keys())
        drafts = [Draft(actor or decision.caller, DECISION, decision.id, to_payload(decision)) for decision, _ in batch]
        entries = self.database.append_all(connection, drafts)
        # The log is locked from here on: no file can be erased and no stage of a roll-out can change. So both are checked now.
        refuse_untried(connection, [decision for decision, _ in batch])
        for decision, _ in batch if once else ():
            if (before := inputs.decision_on(connection, decision.input_sha256, decision.weights_sha256)) is not None:
                raise DecidedAlready(before)
        for decision, _ in batch:
            edge = inputs.edge_sha256_of(decision.details)
            if edge is not None and (before := inputs.edge_decision_on(connection, decision.input_sha256, edge)) is not None:
                raise DecidedAlready(before)
        used = named - new.keys()
        if queries.stored_blobs(connection, used) != used:
            raise Conflict("a file that these decisions name was erased just now; record them again with the file")
        queries.insert_blobs(connection, new)
        rows, parts, places = [], [], []
        for (decision, _), entry in zip(batch, entries, strict=True):
            row, selected = decision_rows(decision, entry.seq)
            rows.append(row)
            parts += selected
            places.append(queue_row(decision, entry.seq))
        for table, values in ((decisions, rows), (selections, parts), (queue, places)):
            if values:
                connection.execute(table.insert(), values)
        note_last_decisions(connection, [(decision, entry.seq) for (decision, _), entry in zip(batch, entries, strict=True)])
        return entries

    def record_event(self, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        """Record another audited event, e.g. an export or a denial. Raises `InvalidRecord`."""
        content = check_event(actor, type, subject, payload)
        with self.database.write() as connection:
            return self.database.append(connection, actor=actor, type=type, subject=subject, payload=content)

    def policy(self) -> ReviewPolicy:
        """Return how the team reviews now."""
        with self.database.read() as connection:
            return current_policy(connection)

    def weights(self) -> list[RegisteredWeights]:
        """List all registered weights, oldest first."""
        with self.database.read() as connection:
            return registered(connection)

    def weights_in_use(self) -> InUse | None:
        """Return the weights that new analyses use; None when nobody ever chose."""
        with self.database.read() as connection:
            return in_use(connection)

    def missing_blobs(self, hashes: Collection[str]) -> set[str]:
        """Return which of these blobs the store does not have: a decision that names them must bring them."""
        with self.database.read() as connection:
            return set(hashes) - queries.stored_blobs(connection, hashes)

    def decision(self, id: str) -> DecisionRecord:
        """Return a decision. Raises `NotFound`."""
        return self.summary(id).decision

    def summary(self, id: str) -> DecisionSummary:
        """Return a decision with its state now and its latest review. Raises `NotFound`."""
        with self.database.read() as connection:
            queries.require_decision(connection, id)
            return queries.summaries(connection, decisions.c.id == id)[0]

    def decisions(
        self,
        *,
        gate: Gate | None = None,
        state: QueueState | None = None,
        limit: int = 100,
        offset: int = 0,
        newest_first: bool = False,
        urgent_first: bool = False,
    ) -> list[DecisionSummary]:
        """List decisions, by default oldest first; `gate` and `state` filter by the present gate and state."""
        check_page(limit, offset)
        with self.database.read() as connection:
            return queries.page(
                connection,
                gate=gate,
                state=state,
                limit=limit,
                offset=offset,
                newest_first=newest_first,
                urgent_first=urgent_first,
            )

    def count_decisions(self, *, gate: Gate | None = None, state: QueueState | None = None) -> int:
        """Count what `decisions` would list without a limit."""
        with self.database.read() as connection:
            return queries.count(connection, gate, state)

    def reviews(self, decision_id: str) -> list[ReviewRecord]:
        """List all reviews of a decision, superseded ones too, oldest first. Raises `NotFound`."""
        with self.database.read() as connection:
            queries.require_decision(connection, decision_id)
            return queries.reviews_of(connection, decision_id)

    def blob(self, sha256: str) -> bytes:
        """Return a blob's content, hashed again. Raises `NotFound`; `Tampered` when the hash differs."""
        with self.database.read() as connection:
            return queries.read_blob(connection, sha256)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """List log entries with `seq` above `after`, in order."""
        check_page(limit, after)
        with self.database.read() as connection:
            return queries.entries(connection, after, limit)

    def gate_changes(self, after: int, limit: int = 1000) -> tuple[list[Change], int]:
        """List changes of gates and failed inputs in the entries above `after`; return also the `seq` of the last entry
        that was read (`audit.intake.gate_changes`)."""
        check_page(limit, after)
        with self.database.snapshot() as connection:
            return gate_changes(connection, after, limit)

    def sealed(self, seq: int) -> Sealed:
        """Return the salt and payload that an entry commits to. Raises `NotFound`, also when they were erased."""
        with self.database.read() as connection:
            sealed = queries.sealed_between(connection, seq, seq).get(seq)
        if sealed is None:
            raise NotFound(f"the log has no content for entry {seq}: no such entry, or it was erased")
        return sealed

    def head(self) -> Head:
        """Return size, root and last hash, as the log's head keeps them. Raises `Tampered`."""
        with self.database.read() as connection:
            return read_head(connection)

    def proven_standing(self, id: str) -> DecisionStanding:
        """Return the standing of a decision, every row behind it compared with what the log commits to (for the gate).

        Raises `NotFound`, `Tampered`.
        """
        with self.database.snapshot() as connection:
            return proven_standing(connection, id)

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> VerificationReport:
        """Derive everything again and name the first entry that does not hold (see `audit.verify.verification`)."""
        report = verify_source(self, progress, checkpoint, self.database.location)
        with self.database.read() as connection:
            unprotected = unguarded(connection)
        if not unprotected:
            return report
        warning = f"the append-only triggers are missing for {', '.join(unprotected)}: nothing stops a change there"
        return replace(report, warnings=(warning,))

    def close(self) -> None:
        """Release files and connections; the store is not used afterwards."""
        self.database.close()

    def log_size(self) -> int:
        """Return the highest `seq` in the log; 0 when it is empty."""
        with self.database.read() as connection:
            return int(connection.execute(select(func.max(log.c.seq))).scalar() or 0)

    def stored(self, after: int, limit: int) -> list[StoredEntry]:
        """Return the next `limit` entries with `seq` above `after`, as verification reads them."""
        with self.database.snapshot() as connection:
            entries = queries.entries(connection, after, limit)
            if not entries:
                return []
            first, last = entries[0].seq, entries[-1].seq
            sealed = queries.sealed_between(connection, first, last)
            rows = queries.texts_by_seq(connection, first, last)
            targets = select(erased_entries.c.target).where(erased_entries.c.target.between(first, last))
            erased = set(connection.scalars(targets))
        return [StoredEntry(e, sealed.get(e.seq), e.seq in erased, rows.get(e.seq, [])) for e in entries]

    def scan(self, after: int, limit: int, prev: str | None, good_blobs: set[object]) -> Span:
        """Check the next entries quickly, after the one whose hash is `prev`, and say which of them must be verified in full.

        `good_blobs`: the blobs that were checked; the scan adds to them."""
        with self.database.snapshot() as connection:
            return scan(connection, after, limit, prev, good_blobs)

    def evidence(self, after: int, limit: int) -> list[EntryEvidence]:
        """Return the next `limit` entries with `seq` above `after`, with content and rows, as a bundle holds them."""
        with self.database.snapshot() as connection:
            entries = queries.entries(connection, after, limit)
            if not entries:
                return []
            span = (entries[0].seq, entries[-1].seq)
            sealed = queries.sealed_between(connection, *span)
            rows = queries.rows_by_seq(connection, *span)
        return [EntryEvidence(entry, sealed.get(entry.seq), rows.get(entry.seq, [])) for entry in entries]

    def strays(self, size: int) -> list[Problem]:
        """Find rows of any table that the first `size` entries do not account for."""
        with self.database.snapshot() as connection:
            return find_strays(connection, size)

    def head_problem(self, size: int, root: str, last_hash: str) -> Problem | None:
        """Return how the head contradicts the log's first `size` entries, or None; the log may have grown meanwhile."""
        try:
            head = self.head()
        except Tampered as error:
            return Problem(None, f"The head of the log was changed: {error}.")
        if head.size < size or (head.size == size and (head.root, head.last_hash) != (root, last_hash or GENESIS)):
            return Problem(None, "The head of the log was changed: it does not name the last entry and the root.")
        if head.size > size and not self.entries(after=size, limit=1):
            return Problem(size + 1, f"Entry {size + 1} is missing: the head of the log counts {head.size} entries.")
        with self.database.read() as connection:  # one statement, so that both times are of one moment
            times = select(log_head.c.ts, log.c.ts).join_from(log_head, log, log.c.seq == log_head.c.size)
            row = connection.execute(times).first()
        if row is not None and row[0] != row[1]:
            return Problem(None, "The head of the log was changed: its time is not that of the last entry.")
        return None
