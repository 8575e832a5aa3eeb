"""`Access`: what one person may do. Their session and roles are looked up again for every single action.

    access = store.access(token)            # or store.single_user("Aiko Tanaka")
    access.summary(decision_id)
    claim = access.queue.claim()
    access.admin.create_account(...)

Every action is checked by `audit.people.rights`: one that the person's roles do not allow raises `Denied` and is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from audit.administration import Administration
from audit.intake import duplicates
from audit.intake.failed_inputs import Failures
from audit.intake.lots import Lots
from audit.intake.reading_settings import Readings
from audit.intake.registered_weights import WeightsRegister
from audit.intake.sources import Sources
from audit.log.checkpoints import Checkpoint
from audit.log.entries import CONTROL, Sealed, check_page
from audit.operation.operation import Operation
from audit.people import sessions
from audit.people.rights import SINGLE_USER, UNNAMED, Rights
from audit.people.roles import Action
from audit.people.sessions import Person
from audit.people.token_register import Tokens
from audit.record_store import RecordStore
from audit.records.records import DecisionRecord, DecisionSummary, Gate, LogEntry, QueueState
from audit.records.vocabulary import ReviewKind
from audit.review import decision_lists
from audit.review.claims import Claim, held_by
from audit.review.decision_lists import Found, Order, Wanted
from audit.review.feedback_set import Feedback
from audit.review.review_policy import ReviewPolicy
from audit.review.review_queue import ReviewQueue
from audit.review.team_report import PersonProgress, progress_of
from audit.review.visibility import Case, case_for, entries_for, knows_controls, listed_for
from audit.storage import documents, queries
from audit.storage.documents import Document
from audit.storage.log_head import Head
from audit.storage.schema import decisions
from audit.verify.verification import VerificationReport

__all__ = ["SINGLE_USER", "UNNAMED", "Access", "Case"]


class Access(Rights):
    """One person at the record. `token`: a session; `service`: the SHA-256 of another program's token; `alone`: the name given
    in single-user mode."""

    def __init__(
        self, store: RecordStore, *, token: str | None = None, service: str | None = None, alone: str | None = None
    ) -> None:
        super().__init__(store.database, token=token, service=service, alone=alone)
        self.store = store
        self.queue = ReviewQueue(self)
        self.admin = Administration(self)
        self.readings = Readings(self)
        self.weights = WeightsRegister(self)
        self.operation = Operation(self)
        self.sources = Sources(self)
        self.failures = Failures(self)
        self.lots = Lots(self)
        self.feedback = Feedback(self)
        self.tokens = Tokens(self)

    def decision(self, id: str) -> DecisionRecord:
        """A decision as it was recorded. Errors: `NotFound`."""
        self.require(Action.READ, id)
        return self.store.decision(id)

    def summary(self, id: str) -> DecisionSummary:
        """A decision with what this person may see of its reviews. Errors: `NotFound`."""
        return self.case(id).summary

    def case(self, id: str) -> Case:
        """A decision, the reviews that this person may see, and their claim on it. Errors: `NotFound`.

        As long as somebody may still have to judge independently, they do not see what others said.
        """
        with self.reading(subject=id) as (connection, person):
            queries.require_decision(connection, id)
            summary = queries.summaries(connection, decisions.c.id == id)[0]
            reviews = queries.reviews_of(connection, id)
            claim = _claim_on(connection, person, id)
            requested = bool(queries.requested(connection, [id]))
        return case_for(person, summary, reviews, claim, requested=requested)

    def decisions(self, *, gate: Gate | None = None, state: QueueState | None = None, **options: Any) -> list[DecisionSummary]:
        """List decisions; options as `AuditStore.decisions`."""
        person = self.require(Action.READ)
        listed = self.store.decisions(gate=gate, state=state, **options)
        with self.database.read() as connection:
            claims = {claim.decision_id: claim for claim in held_by(connection, person.id)}
            # A control item under claim is settled, and shown as what it seems: one of those that wait.
            controls = [id for id, claim in claims.items() if claim.kind is ReviewKind.CONTROL]
            if controls and (gate is not None or state is not None):
                listed = [summary for summary in listed if summary.decision.id not in controls]
                if gate is None and state is QueueState.OPEN and not options.get("offset"):
                    listed = [*queries.summaries(connection, decisions.c.id.in_(controls)), *listed]
            return _as_listed(connection, person, claims, listed)

    def find(self, wanted: Wanted, order: Order = Order.NEWEST, *, limit: int = 100, offset: int = 0) -> Found:
        """One page of the decisions that fit, as this person may see them, and how many fit. Errors: `InvalidRecord`."""
        check_page(limit, offset)
        with self.reading() as (connection, person):
            claims = {claim.decision_id: claim for claim in held_by(connection, person.id)}
            ids, total = decision_lists.find(connection, person, list(claims.values()), wanted, order, limit, offset)
            known = {summary.decision.id: summary for summary in queries.summaries(connection, decisions.c.id.in_(ids))}
            listed = [known[id] for id in ids if id in known]
            return Found(_as_listed(connection, person, claims, listed), total)

    def count_decisions(self, *, gate: Gate | None = None, state: QueueState | None = None) -> int:
        """Count decisions."""
        with self.reading() as (connection, _):
            return queries.count(connection, gate, state)

    def counts(self) -> dict[tuple[QueueState, Gate], int]:
        """How many decisions stand where."""
        with self.reading() as (connection, _):
            return queries.counts(connection)

    def history(self, decision_id: str) -> list[LogEntry]:
        """The entries about a decision, oldest first; that it is a control item is only told to those who may know."""
        with self.reading(subject=decision_id) as (connection, person):
            found = [document.entry for document in documents.history(connection, decision_id)]
            claim = _claim_on(connection, person, decision_id)
        return entries_for(person, found, claim)

    def blob(self, sha256: str) -> bytes:
        """A blob's content. Errors: `NotFound`, `Tampered`."""
        self.require(Action.READ, sha256)
        return self.store.blob(sha256)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """Log entries with `seq` above `after`; of control items without the decision, for those who are not to know."""
        person = self.require(Action.READ)
        found = self.store.entries(after, limit)
        return [entry if entry.type != CONTROL or knows_controls(person) else replace(entry, subject="") for entry in found]

    def document(self, seq: int) -> Document | None:
        """An entry with its content, which may hold what reviewers are not to know. Errors: `Denied`."""
        with self.reading(Action.READ_SEALED, str(seq)) as (connection, _):
            return documents.at(connection, seq)

    def sealed(self, seq: int) -> Sealed:
        """Salt and payload of an entry. Errors: `NotFound`, `Denied`."""
        self.require(Action.READ_SEALED, str(seq))
        return self.store.sealed(seq)

    def head(self) -> Head:
        """Where the log ends."""
        self.require(Action.READ)
        return self.store.head()

    def policy(self) -> ReviewPolicy:
        """How the team reviews."""
        self.require(Action.READ)
        return self.store.policy()

    def progress(self) -> PersonProgress | None:
        """This person's own work, without what they are not to know, their control items; None before their first review."""
        with self.reading() as (connection, person):
            return progress_of(connection, person.id, self.database.now(connection))

    def names(self) -> dict[str, str]:
        """The printed names of all accounts by their ids, for showing who did something; erased ones are missing."""
        with self.reading() as (connection, person):
            return {found.id: found.name for found in sessions.accounts(connection)} | {person.id: person.name}

    def decided(self, input_sha256: str, weights_sha256: str) -> str | None:
        """The id of the first decision on these bytes by these weights; None without any."""
        with self.reading() as (connection, _):
            return duplicates.decided(connection, input_sha256, weights_sha256)

    def from_edge(self, input_sha256: str, edge_sha256: str) -> str | None:
        """The id of the decision on these bytes that an edge device knows by this hash; None without one."""
        with self.reading() as (connection, _):
            return duplicates.from_edge(connection, input_sha256, edge_sha256)

    def missing_blobs(self, hashes: set[str]) -> set[str]:
        """Which of these blobs the record does not have."""
        self.require(Action.READ)
        return self.store.missing_blobs(hashes)

    def verify(
        self, progress: Callable[[int, int], None] | None = None, checkpoint: Checkpoint | None = None
    ) -> VerificationReport:
        """Verify the record. Errors: `Denied`."""
        self.require(Action.VERIFY)
        return self.store.verify(progress, checkpoint)

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes], *, once: bool = False) -> LogEntry:
        """Record a decision that this person had made. Errors: `Denied`, and as `AuditStore.add_decision`."""
        with self.acting(Action.ANALYSE, decision.id) as (connection, person):
            return self.store.add_decision(connection, decision, blobs, person.id, once=once)

    def sign_out(self) -> None:
        """End the session."""
        if self._token is not None:
            self.store.accounts.sign_out(self._token)


def _as_listed(
    connection: Connection, person: Person, claims: Mapping[str, Claim], listed: Sequence[DecisionSummary]
) -> list[DecisionSummary]:
    """Decisions of a list with what this person may see of each."""
    ids = [summary.decision.id for summary in listed]
    requested, spoken = queries.requested(connection, ids), queries.reviewed_by(connection, person.id, ids)
    # A control item is given for a review, and must not be told from one.
    controls = {id for id, claim in claims.items() if claim.kind is ReviewKind.CONTROL}
    return [
        listed_for(person, summary, claims.get(id), requested=id in requested - controls, spoken=id in spoken)
        for id, summary in zip(ids, listed, strict=True)
    ]


def _claim_on(connection: Connection, person: Person, decision_id: str) -> Claim | None:
    return next((held for held in held_by(connection, person.id) if held.decision_id == decision_id), None)
