"""`Rights`: the check of what a person does against the table of rights (`audit.log.roles`), before it is done.

Single-user mode is a person with all roles.

Session and roles are looked up again for every action. An action that the roles do not allow raises `Denied`, and the denial is
recorded (`audit.people.refusals`). The check runs in the same transaction as the action: a role that was taken away a moment
before no longer counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum

from sqlalchemy import Connection

from audit.errors import Denied, SignatureFailed, SignInFailed, StoreUnavailable
from audit.log.roles import ALLOWED, SINGLE_USER
from audit.log.signatures import Signer
from audit.people import keys, sessions
from audit.people.accounts import any_account
from audit.people.machine_key import begin_on_machine, machine_signer
from audit.people.refusals import Refusals
from audit.people.sessions import Person
from audit.people.tokens import bearer
from audit.records.clock import seconds_between
from audit.records.records import LogEntry
from audit.records.vocabulary import Role
from audit.storage.database import Database
from audit.storage.schema import sessions as session_rows

UNNAMED = "the user of this machine"
"""Recorded as the name of a person who works alone and gave no name."""
_SEEN_INTERVAL = 60.0  # seconds between two updates of `seen_at`


class Action(StrEnum):
    """Everything that a signed-in person can ask of the record; the values are recorded with a denial."""

    READ = "read"
    VERIFY = "verify"
    ANALYSE = "analyse"
    CLAIM = "claim"
    SUBMIT = "submit"
    SKIP = "skip"
    RELEASE_CLAIM = "release_claim"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    REQUEST_REVIEW = "request_review"
    ADJUDICATE = "adjudicate"
    FREE_CLAIM_OF_OTHERS = "free_claim_of_others"
    SEED_CONTROL = "seed_control"
    SET_POLICY = "set_policy"
    SEE_TEAM = "see_team"
    READ_SEALED = "read_sealed"
    EXPORT = "export"
    CHECKPOINT = "checkpoint"
    SET_RETENTION = "set_retention"
    ERASE = "erase"
    MANAGE_ACCOUNTS = "manage_accounts"
    CONFIRM_KEYS = "confirm_keys"
    TRAIN = "train"
    USE_WEIGHTS = "use_weights"
    TAKE_WEIGHTS = "take_weights"
    TAKE_FEEDBACK = "take_feedback"
    SET_COSTS = "set_costs"
    DECIDE_ROLLOUT = "decide_rollout"
    SET_READING = "set_reading"
    SET_REFERENCE = "set_reference"
    # Lines that are fine were what could be marked first; values in records never change.
    MARK = "name_fine_lines"


PERMISSIONS: Mapping[Action, frozenset[Role]] = {action: frozenset(map(Role, ALLOWED[action.value])) for action in Action}


def allowed(roles: Collection[Role], action: Action) -> bool:
    """Return whether a person with these roles may do this."""
    return not PERMISSIONS[action].isdisjoint(roles)


class Rights:
    """One person at the record, and the check of what they do.

    `token`: a session; `service`: the SHA-256 of another program's token; `alone`: the name given in single-user mode;
    `signer`: the key that signs what the person does, where that has to be signed.
    """

    def __init__(
        self,
        database: Database,
        refusals: Refusals,
        *,
        token: str | None = None,
        service: str | None = None,
        alone: str | None = None,
        signer: Signer | None = None,
    ) -> None:
        self.database = database
        self._refusals = refusals
        self._token = token
        self._service = service
        self.signer = signer
        self._alone: Person | None = None
        self._seen_is_old = False
        if token is None and service is None:
            with database.read() as connection:
                now = database.now(connection)
            name = (alone or "").strip() or UNNAMED
            self.signer = machine_signer()
            self._alone = Person(SINGLE_USER, name[:200], tuple(Role), "single-user mode, name not verified", now)

    @property
    def person(self) -> Person:
        """The person who acts. Raises `SignInFailed` when the session is over."""
        with self.database.read() as connection:
            person = self._identify(connection)
        self._keep_alive()
        return person

    def can(self, action: Action) -> bool:
        """Return whether the roles allow this; meant for showing buttons, the action itself checks again."""
        return allowed(self.person.roles, action)

    @contextmanager
    def acting(self, action: Action, subject: str = "") -> Iterator[tuple[Connection, Person]]:
        """Open a transaction in which this person does something. Raises `Denied`, which is recorded; `SignInFailed`."""
        with self._noting(action, subject):
            # Two administrators who change each other's accounts would wait for each other. So no account is locked: the
            # right is checked again at the end, when the lock of the log's head has let all others finish.
            managing = action in (Action.MANAGE_ACCOUNTS, Action.CONFIRM_KEYS)
            with self.database.write() as connection:
                person = self.check(connection, action, hold=not managing)
                self.database.sign_as(connection, self.signer)
                if self._alone is not None and self.signer is not None:
                    begin_on_machine(self.database, connection, self.signer)
                yield connection, person
                # Neither is a person locked who works alone: the first account may have been made meanwhile.
                if (managing and subject != person.id) or self._alone is not None:
                    self.check(connection, action)
                if not managing or subject != person.id:
                    self._check_key(connection)
            self._keep_alive()

    @contextmanager
    def reading(
        self, action: Action = Action.READ, subject: str = "", *, confirming: bool = False
    ) -> Iterator[tuple[Connection, Person]]:
        """Open a connection on which this person reads. ``confirming``: also who came to confirm keys alone. Raises what
        `acting` raises."""
        with self._noting(action, subject):
            with self.database.read() as connection:
                yield connection, self.check(connection, action, confirming=confirming)
            # After the read: a reader that writes on a second connection waits for itself.
            self._keep_alive()

    def require(self, action: Action, subject: str = "") -> Person:
        """Check the right to an action outside the store's transactions, such as verifying, or one with its own connection.

        Never call it inside `reading`: it opens a second connection, and with a rollback journal a thread can then wait for
        itself. Raises what `acting` raises.
        """
        with self.reading(action, subject) as (_, person):
            return person

    @contextmanager
    def _noting(self, action: Action, subject: str) -> Iterator[None]:
        try:
            yield
        except Denied as denial:
            actor = getattr(denial, "actor", "unknown")
            # Without the name, because an entry stays when a person is erased; NUL and lone surrogates cannot always be stored.
            reason = str(denial) if isinstance(denial, SignInFailed) else "it needs another role"
            about = subject.encode("utf-8", "replace").decode().replace("\0", "?")[:200]
            self._refusals.note("denied", actor, about, {"action": action.value, "why": reason})
            raise

    def check(self, connection: Connection, action: Action, *, hold: bool = False, confirming: bool = False) -> Person:
        """Check a further right within a transaction of `acting`. Raises what `acting` raises.

        `hold`: until the transaction ends, nobody can change the account; the call waits for a change that is under way.
        """
        person = self._identify(connection, hold=hold)
        if person.keys_only and action is not Action.CONFIRM_KEYS and not confirming:
            raise SignInFailed(
                "the key of this program does not count in this record: confirm it with `python -m audit key confirm` on this "
                "machine, then sign in again"
            )
        if not allowed(person.roles, action):
            needed = " or ".join(sorted(PERMISSIONS[action]))
            denial = Denied(f"{person.name} may not do this ({action.value}): it needs the role {needed}")
            denial.actor = person.id  # type: ignore[attr-defined]
            raise denial
        return person

    def _check_key(self, connection: Connection) -> None:
        """Refuse what a person's key signed that was revoked since it was opened: it would never count."""
        own = self.signer if self._token is not None else None
        if own is not None and keys.keys_exist(connection) and not keys.signs(connection, own):
            raise SignatureFailed("this key was revoked or replaced, or is not confirmed yet; nothing was signed", "no_key")

    def _identify(self, connection: Connection, *, hold: bool = False) -> Person:
        if self._alone is not None:
            if any_account(connection):
                raise SignInFailed("this record has accounts: sign in")
            return self._alone
        now = self.database.now(connection)
        if self._service is not None:
            return bearer(connection, self._service, now, hold=hold)
        person, seen = sessions.person_and_seen(connection, self._token or "", now, hold=hold)
        self._seen_is_old = abs(seconds_between(seen, now)) > _SEEN_INTERVAL
        return person

    def _keep_alive(self) -> None:
        """Store, once a minute, that the session is in use."""
        if self._seen_is_old:
            self._seen_is_old = False
            # The action before is stored in any case, even when this update fails.
            with suppress(StoreUnavailable), self.database.write() as connection:
                own = session_rows.c.token_sha256 == sessions.token_hash(self._token or "")
                connection.execute(session_rows.update().where(own).values(seen_at=self.database.now(connection)))


class RecordPart:
    """A part of the record as one person may see and change it. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def _append(
        self, connection: Connection, person: Person, type: str, subject: str, payload: Mapping[str, object]
    ) -> LogEntry:
        return self._database.append(connection, actor=person.id, type=type, subject=subject, payload=payload)
