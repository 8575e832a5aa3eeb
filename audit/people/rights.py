"""`Rights`: who acts, and what their roles let them do. Session and roles are looked up again for every single action.

An action that the roles do not allow raises `Denied` and is recorded. The check runs in the same transaction as what it allows:
a role that was taken away a moment before does not slip through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from audit.errors import Denied, SignInFailed, StoreUnavailable
from audit.log.entries import check_event
from audit.people import sessions
from audit.people.accounts import any_account
from audit.people.roles import PERMISSIONS, Action, allowed
from audit.people.sessions import Person
from audit.people.tokens import bearer
from audit.records.clock import seconds_between
from audit.records.vocabulary import Role
from audit.storage.database import Database
from audit.storage.schema import sessions as session_rows

__all__ = ["SINGLE_USER", "UNNAMED", "Rights"]

SINGLE_USER = "single-user"
UNNAMED = "the user of this machine"
"""Recorded as the name of whoever works alone and gave none."""
_SEEN_EVERY = 60.0  # seconds between two notes that a session is in use


class Rights:
    """One person at the record. `token`: a session; `service`: the SHA-256 of another program's token; `alone`: the name given
    in single-user mode."""

    def __init__(
        self, database: Database, *, token: str | None = None, service: str | None = None, alone: str | None = None
    ) -> None:
        self.database = database
        self._token = token
        self._service = service
        self._alone: Person | None = None
        self._unseen = False
        if token is None and service is None:
            with database.read() as connection:
                now = database.now(connection)
            name = (alone or "").strip() or UNNAMED
            self._alone = Person(SINGLE_USER, name[:200], tuple(Role), "single-user mode, name not verified", now)

    @property
    def person(self) -> Person:
        """Who this is. Errors: `SignInFailed` when the session is over."""
        with self.database.read() as connection:
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
            with self.database.write() as connection:
                person = self.check(connection, action, hold=not managing)
                yield connection, person
                if managing and subject != person.id:
                    self.check(connection, action)
            self._keep_alive()

    @contextmanager
    def reading(self, action: Action = Action.READ, subject: str = "") -> Iterator[tuple[Connection, Person]]:
        """A connection on which this person reads. Errors as `acting`."""
        with self._noting(action, subject):
            with self.database.read() as connection:
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
            self._note_denial(actor, about, {"action": action.value, "why": reason})
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
        now = self.database.now(connection)
        if self._service is not None:
            return bearer(connection, self._service, now, hold=hold)
        person, seen = sessions.person_and_seen(connection, self._token or "", now, hold=hold)
        self._unseen = abs(seconds_between(seen, now)) > _SEEN_EVERY
        return person

    def _keep_alive(self) -> None:
        """Note, once a minute, that the session is in use."""
        if self._unseen:
            self._unseen = False
            # What was done before stays done, whether this can be noted or not.
            with suppress(StoreUnavailable), self.database.write() as connection:
                mine = session_rows.c.token_sha256 == sessions.token_hash(self._token or "")
                connection.execute(session_rows.update().where(mine).values(seen_at=self.database.now(connection)))

    def _note_denial(self, actor: str, subject: str, content: Mapping[str, object]) -> None:
        checked = check_event(actor, "denied", subject, content)
        with self.database.write() as connection:
            self.database.append(connection, actor=actor, type="denied", subject=subject, payload=checked)
