"""`RecordStore`: the append-only record of decisions, reviews and events, in SQLite or PostgreSQL.

This class checks no roles: it is for the program itself. `audit.access` is for what people do, and checks their roles.
Every write is one transaction: entry, files and rows of caches appear together or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from audit.errors import Conflict, DecidedAlready, Denied, NotFound, Tampered
from audit.intake import inputs
from audit.intake.gate_changes import Change, gate_changes
from audit.intake.registered_weights import RegisteredWeights, WeightsInUse, in_use, registered
from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, SealedContent, check_event, check_page
from audit.log.merkle_tree import Frontier
from audit.operation.rollout import refuse_untried
from audit.people.accounts import Accounts, any_account
from audit.people.keys import keys_exist, root_key
from audit.people.refusals import Refusals
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, DecisionSummary, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState
from audit.review.gate import DecisionStanding
from audit.review.judgements import proven_standing, queue_row
from audit.review.review_policy import ReviewPolicy, current_policy
from audit.review.review_signatures import ReviewSignature, signatures_of
from audit.storage import caches, queries
from audit.storage.catalogue import catalogue_problem, refuse_foreign
from audit.storage.database import Database, Draft
from audit.storage.schema import decisions, queue
from audit.storage.stored_files import StoredBlob, blobs_to_store, insert_blobs, referenced, stored_blobs
from audit.verify.stored_evidence import StoredEvidence
from audit.verify.verification import VerificationReport, verify_source


class RecordStore(StoredEvidence):
    """The record at a path, `sqlite:///path` or `postgresql://...`; safe to share between threads.

    Every method may raise `StoreUnavailable`; reads raise `Tampered` when a row is no longer a valid record.
    """

    def __init__(self, url: str | Path, *, read_only: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self.database = Database(url, read_only=read_only, clock=clock)
        self.refusals = Refusals(self.database)
        self.accounts = Accounts(self.database, self.refusals)

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes], *, actor: str | None = None) -> LogEntry:
        """Record a decision in a record without accounts; with accounts, people and programs record through their access.

        `blobs` maps SHA-256 to content for the files that the decision names and the store does not have.

        The content of the input is the upload as it came; selections are Arrow IPC streams, zstd-compressed. `actor`: who
        asked for it, by default its caller.

        Raises `InvalidRecord` when a blob is missing, is not named by the decision or has another hash; `Conflict` when the id
        is taken; `Denied` when the record has accounts.
        """
        with self.database.write() as connection:
            _refuse_nobody(connection)
            return self.add_decision(connection, decision, blobs, actor)

    def record_decisions(self, batch: Sequence[tuple[DecisionRecord, Mapping[str, bytes]]], *, actor: str) -> list[LogEntry]:
        """Record many decisions in one transaction: all of them or none. Raises what `record_decision` raises."""
        with self.database.write() as connection:
            _refuse_nobody(connection)
            return self.add_decisions(connection, batch, actor)

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
        return self.add_decisions(connection, [(decision, blobs)], actor, once=once)[0]

    def add_decisions(
        self,
        connection: Connection,
        batch: Sequence[tuple[DecisionRecord, Mapping[str, bytes]]],
        actor: str | None,
        *,
        once: bool = False,
    ) -> list[LogEntry]:
        """Record several decisions in the caller's transaction. Raises what `add_decision` raises."""
        if not batch:
            return []
        ids = [decision.id for decision, _ in batch]
        taken = queries.recorded(connection, ids) or [id for id, times in Counter(ids).items() if times > 1]
        if taken:
            raise Conflict(f"decision {taken[0]} is recorded already")
        named = {name for decision, _ in batch for name in referenced(decision)}
        known = stored_blobs(connection, named)
        new: dict[str, StoredBlob] = {}
        for decision, blobs in batch:
            new |= blobs_to_store(decision, blobs, known | new.keys())
        self.database.lock(connection)
        # From here on no file can be erased, no stage of a roll-out can change, and nobody else can decide.
        refuse_untried(connection, [decision for decision, _ in batch])
        for decision, _ in batch if once else ():
            if (before := inputs.decision_on(connection, decision.input_sha256, decision.weights_sha256)) is not None:
                raise DecidedAlready(before)
        for decision, _ in batch:
            edge = inputs.edge_sha256_of(decision.details)
            if edge is not None and (before := inputs.edge_decision_on(connection, decision.input_sha256, edge)) is not None:
                raise DecidedAlready(before)
        drafts = [Draft(actor or decision.caller, DECISION, decision.id, to_payload(decision)) for decision, _ in batch]
        entries = self.database.append_all(connection, drafts)
        used = named - new.keys()
        if stored_blobs(connection, used) != used:
            raise Conflict("a file that these decisions name was erased just now; record them again with the file")
        insert_blobs(connection, new)
        seqs = [entry.seq for entry in entries]
        caches.keep(connection, ((DECISION, one.subject, seq, one.payload) for seq, one in zip(seqs, drafts, strict=True)))
        connection.execute(queue.insert(), [queue_row(decision, seq) for (decision, _), seq in zip(batch, seqs, strict=True)])
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

    def weights_in_use(self) -> WeightsInUse | None:
        """Return the weights that new analyses use; None when nobody ever chose."""
        with self.database.read() as connection:
            return in_use(connection)

    def missing_blobs(self, hashes: Collection[str]) -> set[str]:
        """Return which of these blobs the store does not have: a decision that names them must bring them."""
        with self.database.read() as connection:
            return set(hashes) - stored_blobs(connection, hashes)

    def decision(self, id: str) -> DecisionRecord:
        """Return a decision. Raises `NotFound`."""
        with self.database.read() as connection:
            return queries.decision_of(connection, id)

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
            queries.decision_of(connection, decision_id)
            return queries.reviews_of(connection, decision_id)

    def signatures(self, decision_id: str) -> dict[str, ReviewSignature]:
        """Return the signatures of a decision's reviews by the review's id. Raises `NotFound`, `Tampered`."""
        ids = [review.id for review in self.reviews(decision_id)]
        with self.database.read() as connection:
            return signatures_of(connection, ids)

    def hashes(self, start: int, stop: int) -> bytes:
        """Return the hashes of the entries `start` to `stop` - 1, counted from 0, one after the other. Raises `Tampered`."""
        with self.database.read() as connection:
            return queries.hashes(connection, start, stop)

    def newest_about(self, subject: str) -> LogEntry | None:
        """Return the newest entry about a subject, such as the id of a decision; None when there is none."""
        with self.database.read() as connection:
            return queries.newest_about(connection, subject)

    def gate_changes(self, after: int, limit: int = 1000) -> tuple[list[Change], int]:
        """List changes of gates and failed inputs in the entries above `after`; return also the `seq` of the last entry
        that was read (`audit.intake.gate_changes`)."""
        check_page(limit, after)
        with self.database.read() as connection:
            return gate_changes(connection, after, limit)

    def sealed(self, seq: int) -> SealedContent:
        """Return the salt and payload that an entry commits to. Raises `NotFound`, also when they were erased."""
        with self.database.read() as connection:
            sealed = queries.sealed_between(connection, seq, seq).get(seq)
        if sealed is None:
            raise NotFound(f"the log has no content for entry {seq}: no such entry, or it was erased")
        return sealed

    def expect(self, checkpoint: Checkpoint | None) -> None:
        """Take only a log that holds what this checkpoint signed; None: any.

        Of every other one, no question that needs a right is answered, and no gate opens.
        """
        if checkpoint is not None:
            self.database.state.expect(checkpoint)

    def proven_standing(self, id: str) -> DecisionStanding:
        """Return the standing of a decision (for the gate), derived from entries whose makers had the right to them.

        Raises `NotFound`, `Tampered`.
        """
        with self.database.read() as connection:
            refuse_foreign(connection)
            return proven_standing(connection, id)

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> VerificationReport:
        """Derive everything again and name the first entry that does not hold (see `audit.verify.verification`)."""
        with self.database.read() as connection:
            foreign = catalogue_problem(connection)
        if foreign is not None:
            return VerificationReport(ok=False, size=0, root=Frontier().root().hex(), problem_text=foreign)
        try:
            report = verify_source(self, progress, checkpoint)
            if not report.ok:
                return report
            with self.database.read() as connection:
                unsigned = any_account(connection) and not keys_exist(connection)
        except Tampered as error:  # not the log that was expected
            return VerificationReport(ok=False, size=0, root=Frontier().root().hex(), problem_text=f"{error}.")
        warnings = ["nobody signs yet: who can write to the database can act in a person's name"] if unsigned else []
        named, root_key = None if checkpoint is None else checkpoint.root_key, self.root_key()
        if named is not None and named != root_key:
            text = "The record's root key, by which everybody's key was confirmed, is not the one that the checkpoint names."
            return replace(report, ok=False, problem_text=text, warnings=tuple(warnings))
        return replace(report, root_key=root_key, warnings=tuple(warnings))

    def root_key(self) -> str | None:
        """Return the public half (hexadecimal) of the first key, by which all others were confirmed; None while nobody signs.

        Raises `Tampered`.
        """
        with self.database.read() as connection:
            return root_key(connection)

    def close(self) -> None:
        """Release files and connections; the store is not used afterwards."""
        self.refusals.close()
        self.database.close()


def _refuse_nobody(connection: Connection) -> None:
    if any_account(connection):
        raise Denied("this record has accounts: a person or a program records decisions, through their access")
