"""`Access`: what one person may do, and `AuditStore`: the record with the ways in for people and programs.

    store = AuditStore("data/audit.db")     # or postgresql://...
    store.record_decision(decision, {decision.input_sha256: upload, ...})
    access = store.access(token)            # or store.single_user("Aiko Tanaka"), or store.service(token) of a program
    access.summary(decision_id)
    claim = access.queue.claim()
    access.admin.create_account(...)

Session and roles are looked up again for every action. `audit.people.rights` checks the action: if the person's roles do not
allow it, it raises `Denied` and the denial is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from audit.administration import Administration, Tokens
from audit.intake import inputs
from audit.intake.inputs import Failures
from audit.intake.lots import Lots
from audit.intake.marks import Marks
from audit.intake.registered_weights import WeightsRegister
from audit.intake.sources import Readings, Sources
from audit.log.checkpoints import Checkpoint
from audit.log.entries import CONTROL, SealedContent, check_page
from audit.log.signatures import Signer
from audit.operation.operation import Operation
from audit.people import sessions
from audit.people.rights import Action, Rights
from audit.people.sessions import Person, token_hash
from audit.people.signing import Keys, unlock
from audit.record_store import RecordStore
from audit.records.records import DecisionRecord, DecisionSummary, LogEntry
from audit.records.vocabulary import Gate, QueueState, ReviewKind
from audit.review import decision_lists
from audit.review.claims import Claim, claims_of
from audit.review.decision_lists import DecisionFilter, DecisionPage, Order
from audit.review.feedback_set import Feedback
from audit.review.judgements import decided
from audit.review.review_policy import ReviewPolicy
from audit.review.review_queue import ReviewQueue
from audit.review.review_signatures import ReviewSignature, signatures_of
from audit.review.team_report import PersonProgress, progress_of
from audit.review.visibility import Case, case_for, entries_for, knows_controls, listed_for
from audit.storage import documents, queries
from audit.storage.database import Head
from audit.storage.documents import Document
from audit.storage.schema import decisions
from audit.verify.verification import VerificationReport


class Access(Rights):
    """One person at the record, with everything that the person may do.

    `token`: a session; `service`: the SHA-256 of another program's token; `alone`: the name given in single-user mode;
    `signer`: the key that signs what the person does, where that has to be signed.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        token: str | None = None,
        service: str | None = None,
        alone: str | None = None,
        signer: Signer | None = None,
    ) -> None:
        super().__init__(store.database, store.refusals, token=token, service=service, alone=alone, signer=signer)
        self.store = store
        self.keys = Keys(self)
        self.queue = ReviewQueue(self)
        self.admin = Administration(self)
        self.readings = Readings(self)
        self.marks = Marks(self)
        self.weights = WeightsRegister(self)
        self.operation = Operation(self)
        self.sources = Sources(self)
        self.failures = Failures(self)
        self.lots = Lots(self)
        self.feedback = Feedback(self)
        self.tokens = Tokens(self)

    def decision(self, id: str) -> DecisionRecord:
        """Return a decision as it was recorded. Raises `NotFound`."""
        self.require(Action.READ, id)
        return self.store.decision(id)

    def summary(self, id: str) -> DecisionSummary:
        """Return a decision with what this person may see of its reviews. Raises `NotFound`."""
        return self.case(id).summary

    def case(self, id: str) -> Case:
        """Return a decision, the reviews that this person may see, and this person's claim on it. Raises `NotFound`; `Tampered`
        when a row is not what was recorded.

        A person who may still have to judge independently does not see what others said.
        """
        with self.reading(subject=id) as (connection, person):
            queries.require_decision(connection, id)
            summary = queries.summaries(connection, decisions.c.id == id)[0]
            reviews = queries.reviews_of(connection, id)
            entry_hash = decided(connection, id)
            claim = _claim_on(connection, person, id)
            requested = bool(queries.requested(connection, [id]))
        return case_for(person, summary, reviews, claim, entry_hash, requested=requested)

    def signatures(self, decision_id: str) -> dict[str, ReviewSignature]:
        """Return the signatures of the reviews that this person may see, by the review's id. Raises `NotFound`, `Tampered`."""
        seen = [review.id for review in self.case(decision_id).reviews]
        with self.reading(subject=decision_id) as (connection, _):
            return signatures_of(connection, seen)

    def decisions(self, *, gate: Gate | None = None, state: QueueState | None = None, **options: Any) -> list[DecisionSummary]:
        """List decisions as this person may see them; options as `AuditStore.decisions`."""
        person = self.require(Action.READ)
        listed = self.store.decisions(gate=gate, state=state, **options)
        with self.database.read() as connection:
            claims = {claim.decision_id: claim for claim in claims_of(connection, person.id)}
            # A claimed control item is settled, but must look like a decision that waits for a review.
            controls = [id for id, claim in claims.items() if claim.kind is ReviewKind.CONTROL]
            if controls and (gate is not None or state is not None):
                listed = [summary for summary in listed if summary.decision.id not in controls]
                if gate is None and state is QueueState.OPEN and not options.get("offset"):
                    listed = [*queries.summaries(connection, decisions.c.id.in_(controls)), *listed]
            return _as_listed(connection, person, claims, listed)

    def find(self, filters: DecisionFilter, order: Order = Order.NEWEST, *, limit: int = 100, offset: int = 0) -> DecisionPage:
        """Return one page of the decisions that fit, as this person may see them, and how many fit. Raises `InvalidRecord`."""
        check_page(limit, offset)
        with self.reading() as (connection, person):
            claims = {claim.decision_id: claim for claim in claims_of(connection, person.id)}
            ids, total = decision_lists.find(connection, person, list(claims.values()), filters, order, limit, offset)
            summaries = {summary.decision.id: summary for summary in queries.summaries(connection, decisions.c.id.in_(ids))}
            listed = [summaries[id] for id in ids if id in summaries]
            return DecisionPage(_as_listed(connection, person, claims, listed), total)

    def count_decisions(self, *, gate: Gate | None = None, state: QueueState | None = None) -> int:
        """Count what `decisions` would list without a limit."""
        with self.reading() as (connection, _):
            return queries.count(connection, gate, state)

    def counts(self) -> dict[tuple[QueueState, Gate], int]:
        """Count the decisions by state in the queue and gate."""
        with self.reading() as (connection, _):
            return queries.counts(connection)

    def history(self, decision_id: str) -> list[LogEntry]:
        """List the entries about a decision, oldest first; only people who may know see that it is a control item."""
        with self.reading(subject=decision_id) as (connection, person):
            entries = [document.entry for document in documents.history(connection, decision_id)]
            claim = _claim_on(connection, person, decision_id)
        return entries_for(person, entries, claim)

    def blob(self, sha256: str) -> bytes:
        """Return a blob's content. Raises `NotFound`, `Tampered`."""
        self.require(Action.READ, sha256)
        return self.store.blob(sha256)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """List log entries with `seq` above `after`; those of control items name the decision only to people who may know."""
        person = self.require(Action.READ)
        entries = self.store.entries(after, limit)
        return [entry if entry.type != CONTROL or knows_controls(person) else replace(entry, subject="") for entry in entries]

    def document(self, seq: int) -> Document | None:
        """Return an entry with its content, which may hold what reviewers must not know. Raises `Denied`."""
        with self.reading(Action.READ_SEALED, str(seq)) as (connection, _):
            return documents.at(connection, seq)

    def sealed(self, seq: int) -> SealedContent:
        """Return salt and payload of an entry. Raises `NotFound`, `Denied`."""
        self.require(Action.READ_SEALED, str(seq))
        return self.store.sealed(seq)

    def head(self) -> Head:
        """Return where the log ends."""
        self.require(Action.READ)
        return self.store.head()

    def policy(self) -> ReviewPolicy:
        """Return how the team reviews."""
        self.require(Action.READ)
        return self.store.policy()

    def progress(self) -> PersonProgress | None:
        """Return this person's own work without the control items, which stay hidden; None before their first review."""
        with self.reading() as (connection, person):
            return progress_of(connection, person.id, self.database.now(connection))

    def names(self) -> dict[str, str]:
        """Return the printed names of all accounts by id, to show who did something; erased accounts are missing."""
        with self.reading() as (connection, person):
            return {account.id: account.name for account in sessions.accounts(connection)} | {person.id: person.name}

    def decided(self, input_sha256: str, weights_sha256: str | None = None) -> str | None:
        """Return the id of the first decision on these bytes by these weights (None: the newest by any), or None."""
        with self.reading() as (connection, _):
            if weights_sha256 is not None:
                return inputs.decision_on(connection, input_sha256, weights_sha256)
            on = inputs.decisions_on(connection, {input_sha256}).get(input_sha256)
            return on[-1].entry.subject if on else None

    def from_edge(self, input_sha256: str, edge_sha256: str) -> str | None:
        """Return the id of the decision on these bytes that an edge device knows by this hash, or None."""
        with self.reading() as (connection, _):
            return inputs.edge_decision_on(connection, input_sha256, edge_sha256)

    def missing_blobs(self, hashes: set[str]) -> set[str]:
        """Return which of these blobs the record does not have."""
        self.require(Action.READ)
        return self.store.missing_blobs(hashes)

    def verify(
        self, progress: Callable[[int, int], None] | None = None, checkpoint: Checkpoint | None = None
    ) -> VerificationReport:
        """Verify the record. Raises `Denied`."""
        self.require(Action.VERIFY)
        return self.store.verify(progress, checkpoint)

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes], *, once: bool = False) -> LogEntry:
        """Record a decision that this person asked for. Raises `Denied` and what `AuditStore.add_decision` raises."""
        with self.acting(Action.ANALYSE, decision.id) as (connection, person):
            return self.store.add_decision(connection, decision, blobs, person.id, once=once)

    def signing(self, given: str | bytes) -> Access:
        """Return the same person with their key opened: what they do with the result is signed.

        `given`: the password, or the secret of a passkey (bytes). Keep the result for one action only. Raises
        `SignatureFailed`: a wrong password counts as a failed sign-in.
        """
        if self._token is None:
            return self
        with self.reading(confirming=True) as (connection, person):
            account = sessions.account(connection, person.id)
        return Access(self.store, token=self._token, signer=unlock(self.database, account, given))

    def sign_out(self) -> None:
        """End the session."""
        if self._token is not None:
            self.store.accounts.sign_out(self._token)


class AuditStore(RecordStore):
    """The record at a path, `sqlite:///path` or `postgresql://...`; safe to share between threads.

    What a program does on its own account is in `RecordStore`, which also says which errors every method may raise.
    """

    def access(self, token: str) -> Access:
        """Return what the person signed in by this token may do; its methods raise `SignInFailed`."""
        return Access(self, token=token)

    def single_user(self, name: str) -> Access:
        """Return what the one user of this machine may do: everything. Its methods raise `Denied` once there are accounts."""
        return Access(self, alone=name)

    def service(self, token: str) -> Access:
        """Return what the program that has this token may do (`audit.people.tokens`)."""
        return Access(self, service=token_hash(token))


def _as_listed(
    connection: Connection, person: Person, claims: Mapping[str, Claim], listed: Sequence[DecisionSummary]
) -> list[DecisionSummary]:
    """Return the decisions of a list with what this person may see of each."""
    ids = [summary.decision.id for summary in listed]
    requested, reviewed = queries.requested(connection, ids), queries.reviewed_by(connection, person.id, ids)
    # A control item must look like a decision that is given for review.
    controls = {id for id, claim in claims.items() if claim.kind is ReviewKind.CONTROL}
    return [
        listed_for(person, summary, claims.get(id), requested=id in requested - controls, reviewed=id in reviewed)
        for id, summary in zip(ids, listed, strict=True)
    ]


def _claim_on(connection: Connection, person: Person, decision_id: str) -> Claim | None:
    return next((claim for claim in claims_of(connection, person.id) if claim.decision_id == decision_id), None)
