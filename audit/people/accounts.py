"""`Accounts`: signing in and out, and the first administrator. What needs a role is in `Administration`.

accounts.set_up("aiko", "Aiko Tanaka", password)          # only while there is nobody
session = accounts.sign_in("aiko", password)
access = store.access(session.token)
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from sqlalchemy import Connection, select

from audit.errors import Conflict, NotFound, SignInFailed
from audit.log.entries import ACCOUNT
from audit.people import sessions as people
from audit.people import tokens
from audit.people.sessions import Account, Person, Session
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.vocabulary import Role
from audit.storage.database import SYSTEM, Database
from audit.storage.schema import credentials, log, sessions

__all__ = ["PASSWORD", "Accounts"]

PASSWORD = "password"  # noqa: S105 - how somebody was established, not a secret
_WRONG = "the login name or the password is wrong, or the account is locked for some minutes after too many failures"


class Accounts:
    """Who can come in. Failures and successes are entries of the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def exist(self) -> bool:
        """Whether there is any account, active or not."""
        with self._database.read() as connection:
            return any_account(connection)

    def set_up(self, login: str, name: str, password: str, *, roles: tuple[Role, ...] = (Role.ADMIN,)) -> Account:
        """Create the first account, an administrator. Errors: `Conflict` when there is one, `InvalidRecord`."""
        with self._database.write() as connection:
            # The head of the log is locked by any append: two set-ups at once see each other.
            self._database.append(connection, actor=SYSTEM, type="set_up", subject="accounts", payload={})
            if any_account(connection):
                raise Conflict("there are accounts already; ask an administrator for one")
            if Role.ADMIN not in roles:
                roles = (*roles, Role.ADMIN)
            return people.create(self._database, connection, SYSTEM, login=login, name=name, roles=roles, password=password)

    def sign_in(self, login: str, password: str) -> Session:
        """Open a session. Errors: `SignInFailed`, one text for all causes, so that nobody learns which names exist."""
        with self._database.read() as connection:
            found = self._find(connection, login)
            stored = None if found is None else _credential(connection, found.id)
        fits = people.password_fits(stored, password)  # takes a tenth of a second: no lock is held
        with self._database.write() as connection:
            now = self._database.now(connection)
            session = None
            if found is None:
                self._note(connection, "sign_in_failed", "unknown", "no such login name")
            elif admitted := self._admit(connection, found, stored, fits, now):
                session = people.open_session(self._database, connection, admitted, "password (argon2id)")
        if session is None:
            raise SignInFailed(_WRONG)
        return session

    def _find(self, connection: Connection, login: str) -> Account | None:
        try:
            return people.by_login(connection, login)
        except NotFound:
            return None

    def _admit(self, connection: Connection, old: Account, stored: str | None, fits: bool, now: str) -> Account | None:
        """The account as it is now if its password was right; failures are noted, and lock it when there are too many."""
        row = (
            connection.execute(select(credentials).where(credentials.c.account_id == old.id).with_for_update()).mappings().one()
        )
        found = people.account(connection, old.id)
        mine = credentials.update().where(credentials.c.account_id == found.id)
        locked = row["locked_until"] is not None and now < row["locked_until"]
        genuine = people.credential_is_genuine(found, stored) and row["password_hash"] == stored
        if not locked and fits and genuine and found.active and found.provider == PASSWORD:
            connection.execute(mine.values(failures=0, locked_until=None))
            return found
        why = "locked" if locked else "not active" if not found.active else "not by password" if fits else "wrong password"
        if fits and not genuine:
            why = "the stored password is not the one that the log committed to"
        self._note(connection, "sign_in_failed", found.id, why)
        if not locked:
            failures = row["failures"] + 1
            over = failures >= people.MAX_FAILURES
            until = shifted(now, people.LOCKED_FOR) if over else None
            connection.execute(mine.values(failures=0 if over else failures, locked_until=until))
            if over:
                self._note(connection, "locked_out", found.id, f"{failures} failures in a row")
        return None

    def sign_in_by_provider(self, issuer: str, subject: str, name: str, *, issued_at: str, roles: tuple[Role, ...]) -> Session:
        """Open a session for a person whom an identity provider (OIDC) has established.

        The provider says who it is; what they may do stands in the record. Somebody new gets an account with `roles`,
        which an administrator can change. Errors: `SignInFailed` when the provider's word is older than a session may last,
        or the account is not active.
        """
        v.text("issuer", issuer)
        login = f"{_exact(v.text('subject', subject, limit=150))}@{issuer}".casefold()[:200]
        with self._database.write() as connection:
            now = self._database.now(connection)
            if now >= shifted(v.moment("issued_at", issued_at), people.LONGEST):
                raise SignInFailed("the identity provider's sign-in is too long ago; sign in there again")
            found = self._find(connection, login)
            if found is None:
                found = people.create(
                    self._database,
                    connection,
                    SYSTEM,
                    login=login,
                    name=(name.strip() or login)[:200],
                    roles=roles,
                    password=None,
                    provider=issuer,
                )
            if found.active and found.provider == issuer:
                return people.open_session(self._database, connection, found, f"OpenID Connect ({issuer})")
            self._note(connection, "sign_in_failed", found.id, "not active")
        raise SignInFailed("this account is not active; ask an administrator")

    def sign_out(self, token: str) -> None:
        """End a session; one that is over already stays so."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            with suppress(SignInFailed):
                found = people.person(connection, token, now)
                self._note(connection, "signed_out", found.id, "", actor=found.id)
            mine = (sessions.c.token_sha256 == people.token_hash(token)) & sessions.c.ended_at.is_(None)
            connection.execute(sessions.update().where(mine).values(ended_at=now))

    def change_password(self, token: str, old: str, new: str) -> Session:
        """Replace one's own password; every session of the account ends, a fresh one is opened.

        Errors: `SignInFailed`; wrong old passwords count like failed sign-ins, or a screen left open could be used to guess.
        """
        with self._database.read() as connection:
            who = people.person(connection, token, self._database.now(connection))
            stored = _credential(connection, who.id)
        fits = people.password_fits(stored, old)
        with self._database.write() as connection:
            found = people.account(connection, who.id)
            admitted = self._admit(connection, found, stored, fits, self._database.now(connection))
            if admitted is not None:
                changed = people.change(self._database, connection, who.id, found, password=new)
                return people.open_session(self._database, connection, changed, "password (argon2id)")
        raise SignInFailed("the old password is wrong, or the account is locked for some minutes after too many failures")

    def person(self, token: str) -> Person:
        """Who is signed in. Errors: `SignInFailed`."""
        with self._database.read() as connection:
            return people.person(connection, token, self._database.now(connection))

    def program(self, token: str) -> Person:
        """Which program has this token. Errors: `SignInFailed`."""
        with self._database.read() as connection:
            return tokens.bearer(connection, people.token_hash(token), self._database.now(connection))

    def _note(self, connection: Connection, type: str, subject: str, how: str, actor: str = SYSTEM) -> None:
        self._database.append(connection, actor=actor, type=type, subject=subject, payload={"how": how})


def any_account(connection: Connection) -> bool:
    """Whether there ever was an account: the log says so, whatever became of the passwords."""
    return connection.execute(select(log.c.seq).where(log.c.type == ACCOUNT).limit(1)).first() is not None


def _exact(subject: str) -> str:
    """A provider's name for somebody, told apart from others that differ in case or spaces, which login names do not."""
    plain = subject.strip().casefold()
    if subject == plain and "~" not in subject:
        return subject
    return f"{plain}~{hashlib.sha256(subject.encode()).hexdigest()[:16]}"


def _credential(connection: Connection, account_id: str) -> str | None:
    return connection.execute(select(credentials.c.password_hash).where(credentials.c.account_id == account_id)).scalar()
