"""`Access`: what one person may do. Their session and roles are looked up again for every single action.

    access = store.access(token)            # or store.single_user("Aiko Tanaka")
    access.summary(decision_id)
    claim = access.queue.claim()
    access.admin.create_account(...)

An action that the person's roles do not allow raises `Denied` and is recorded. The check runs in the same transaction as
what it allows: a role that was taken away a moment before does not slip through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from audit import already, documents, listing, people, queries, tokens
from audit.accounts import any_account
from audit.administration import Administration
from audit.claims import Claim, held_by
from audit.clock import seconds_between
from audit.documents import Document
from audit.errors import Denied, SignInFailed, StoreUnavailable
from audit.failures import Failures
from audit.feedback import Feedback
from audit.listing import Found, Order, Wanted
from audit.lots import Lots
from audit.operation import Operation
from audit.people import Person
from audit.queue import ReviewQueue
from audit.readings import Readings
from audit.records import DecisionRecord, DecisionSummary, Gate, LogEntry, QueueState
from audit.roles import PERMISSIONS, Action, allowed
from audit.rules import CONTROL, Sealed, check_page
from audit.schema import decisions, sessions
from audit.sources import Sources
from audit.team import PersonProgress, progress_of
from audit.tokens import Tokens
from audit.verification import VerificationReport
from audit.visibility import Case, case_for, entries_for, knows_controls, listed_for
from audit.weights import WeightsRegister
from audit.words import ReviewKind, Role

if TYPE_CHECKING:
    from audit.checkpoint import Checkpoint
    from audit.policies import ReviewPolicy
    from audit.store import AuditStore, Head

__all__ = ["SINGLE_USER", "UNNAMED", "Access", "Case"]

SINGLE_USER = "single-user"
UNNAMED = "the user of this machine"
"""Recorded as the name of whoever works alone and gave none."""
_SEEN_EVERY = 60.0  # seconds between two notes that a session is in use


class Access:
    """One person at the record. `token`: a session; `service`: the SHA-256 of another program's token; `alone`: the name given
    in single-user mode."""

    def __init__(
        self, store: AuditStore, *, token: str | None = None, service: str | None = None, alone: str | None = None
    ) -> None:
        self.store = store
        self._token = token
        self._service = service
        self._alone: Person | None = None
        self._unseen = False
        if token is None and service is None:
            with store.database.read() as connection:
                now = store.database.now(connection)
            name = (alone or "").strip() or UNNAMED
            self._alone = Person(SINGLE_USER, name[:200], tuple(Role), "single-user mode, name not verified", now)
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

    @property
    def person(self) -> Person:
        """Who this is. Errors: `SignInFailed` when the session is over."""
        with self.store.database.read() as connection:
            found = self._identify(connection)
        self._keep_alive()
        return found

    def can(self, action: Action) -> bool:
        """Whether the roles allow this; for showing buttons, the action itself checks again."""
        return allowed(self.person.roles, action)

    @contextmanager
    def acting(self, action: Action, subject: str = "") -> Iterator[tuple[Connection, Person]]:
        """A transaction in which this person does something. Errors: `Denied`, recorded; `SignInFailed`."""
        with self._noting(action, subject):
            # Administrators at each other's accounts would wait for each other: their right is looked up once more at the end,
            # when the lock of the log's head has let all others finish.
            managing = action is Action.MANAGE_ACCOUNTS
            with self.store.database.write() as connection:
                person = self.check(connection, action, hold=not managing)
                yield connection, person
                if managing and subject != person.id:
                    self.check(connection, action)
            self._keep_alive()

    @contextmanager
    def reading(self, action: Action = Action.READ, subject: str = "") -> Iterator[tuple[Connection, Person]]:
        """A connection on which this person reads. Errors as `acting`."""
        with self._noting(action, subject):
            with self.store.database.read() as connection:
                yield connection, self.check(connection, action)
            # Only now: a reader that writes on a second connection waits for itself.
            self._keep_alive()

    def require(self, action: Action, subject: str = "") -> Person:
        """Check before something that is no transaction of the store, such as verifying, or reads on a connection of its own.

        Never inside `reading`: with a rollback journal, a writer whose commit is due waits for the first connection and lets no
        second one in, so that a thread which holds the one and asks for the other waits for itself. Errors as `acting`.
        """
        with self.reading(action, subject) as (_, person):
            return person

    @contextmanager
    def _noting(self, action: Action, subject: str) -> Iterator[None]:
        try:
            yield
        except Denied as denial:
            actor = getattr(denial, "actor", "unknown")
            # Without the person's name, which could not be erased from here; and whatever they asked for, it is recorded.
            reason = str(denial) if isinstance(denial, SignInFailed) else "it needs another role"
            about = subject.encode("utf-8", "replace").decode().replace("\0", "?")[:200]
            self.store.record_event(actor, "denied", about, {"action": action.value, "why": reason})
            raise

    def check(self, connection: Connection, action: Action, *, hold: bool = False) -> Person:
        """Check within a transaction of `acting`, where what is done asks for more. Errors as there.

        `hold`: until the transaction ends, nobody can change the account; a change that is under way is waited for.
        """
        person = self._identify(connection, hold=hold)
        if not allowed(person.roles, action):
            due = " or ".join(sorted(PERMISSIONS[action]))
            denial = Denied(f"{person.name} may not do this ({action.value}): it needs the role {due}")
            denial.actor = person.id  # type: ignore[attr-defined]
            raise denial
        return person

    def _identify(self, connection: Connection, *, hold: bool = False) -> Person:
        if self._alone is not None:
            if any_account(connection):
                raise SignInFailed("this record has accounts: sign in")
            return self._alone
        now = self.store.database.now(connection)
        if self._service is not None:
            return tokens.bearer(connection, self._service, now, hold=hold)
        person, seen = people.person_and_seen(connection, self._token or "", now, hold=hold)
        self._unseen = abs(seconds_between(seen, now)) > _SEEN_EVERY
        return person

    def _keep_alive(self) -> None:
        """Note, once a minute, that the session is in use."""
        if self._unseen:
            self._unseen = False
            # What was done before stays done, whether this can be noted or not.
            with suppress(StoreUnavailable), self.store.database.write() as connection:
                mine = sessions.c.token_sha256 == people.token_hash(self._token or "")
                connection.execute(sessions.update().where(mine).values(seen_at=self.store.database.now(connection)))

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
        with self.store.database.read() as connection:
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
            ids, total = listing.find(connection, person, list(claims.values()), wanted, order, limit, offset)
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
            return progress_of(connection, person.id, self.store.database.now(connection))

    def names(self) -> dict[str, str]:
        """The printed names of all accounts by their ids, for showing who did something; erased ones are missing."""
        with self.reading() as (connection, person):
            return {found.id: found.name for found in people.accounts(connection)} | {person.id: person.name}

    def decided(self, input_sha256: str, weights_sha256: str) -> str | None:
        """The id of the first decision on these bytes by these weights; None without any."""
        with self.reading() as (connection, _):
            return already.decided(connection, input_sha256, weights_sha256)

    def from_edge(self, input_sha256: str, edge_sha256: str) -> str | None:
        """The id of the decision on these bytes that an edge device knows by this hash; None without one."""
        with self.reading() as (connection, _):
            return already.from_edge(connection, input_sha256, edge_sha256)

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
