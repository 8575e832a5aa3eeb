"""`Accounts`: signing in and out, and the first administrator. Actions that need a role are in `Administration`.

accounts.set_up("aiko", "Aiko Tanaka", password)          # only while there is no account
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

PASSWORD = "password"  # noqa: S105 - a kind of sign-in, not a secret
_WRONG = "the login name or the password is wrong, or the account is locked for some minutes after too many failures"


class Accounts:
    """Signing in and out. Failures and successes are entries of the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def exist(self) -> bool:
        """Return whether there is any account, active or not."""
        with self._database.read() as connection:
            return any_account(connection)

    def set_up(self, login: str, name: str, password: str, *, roles: tuple[Role, ...] = (Role.ADMIN,)) -> Account:
        """Create the first account, an administrator. Raises `Conflict` when there is an account already, `InvalidRecord`."""
        with self._database.write() as connection:
            # Every append locks the head of the log: of two set-ups at once, the second sees the first.
            self._database.append(connection, actor=SYSTEM, type="set_up", subject="accounts", payload={})
            if any_account(connection):
                raise Conflict("there are accounts already; ask an administrator for an account")
            if Role.ADMIN not in roles:
                roles = (*roles, Role.ADMIN)
            return people.create(self._database, connection, SYSTEM, login=login, name=name, roles=roles, password=password)

    def sign_in(self, login: str, password: str) -> Session:
        """Open a session. Raises `SignInFailed` with the same text for all causes, so that nobody learns which names exist."""
        with self._database.read() as connection:
            account = self._find(connection, login)
            stored = None if account is None else _credential(connection, account.id)
        fits = people.password_fits(stored, password)  # takes a tenth of a second, so no lock is held
        with self._database.write() as connection:
            now = self._database.now(connection)
            session = None
            if account is None:
                self._note(connection, "sign_in_failed", "unknown", "no such login name")
            elif admitted := self._admit(connection, account, stored, fits, now):
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
        """Return the account as it is now if its password was right; record a failure, and lock the account after too many."""
        row = (
            connection.execute(select(credentials).where(credentials.c.account_id == old.id).with_for_update()).mappings().one()
        )
        account = people.account(connection, old.id)
        update = credentials.update().where(credentials.c.account_id == account.id)
        locked = row["locked_until"] is not None and now < row["locked_until"]
        genuine = people.credential_is_genuine(account, stored) and row["password_hash"] == stored
        if not locked and fits and genuine and account.active and account.provider == PASSWORD:
            connection.execute(update.values(failures=0, locked_until=None))
            return account
        why = "locked" if locked else "not active" if not account.active else "not by password" if fits else "wrong password"
        if fits and not genuine:
            why = "the stored password is not the one that the log committed to"
        self._note(connection, "sign_in_failed", account.id, why)
        if not locked:
            failures = row["failures"] + 1
            too_many = failures >= people.MAX_FAILURES
            until = shifted(now, people.LOCKED_FOR) if too_many else None
            connection.execute(update.values(failures=0 if too_many else failures, locked_until=until))
            if too_many:
                self._note(connection, "locked_out", account.id, f"{failures} failures in a row")
        return None

    def sign_in_by_provider(self, issuer: str, subject: str, name: str, *, issued_at: str, roles: tuple[Role, ...]) -> Session:
        """Open a session for a person whom an identity provider (OIDC) has identified.

        The provider says who the person is; the record says what they may do. A new person gets an account with `roles`, which
        an administrator can change. Raises `SignInFailed` when the provider's sign-in is older than a session may last, or the
        account is not active.
        """
        v.text("issuer", issuer)
        login = f"{_as_login(v.text('subject', subject, limit=150))}@{issuer}".casefold()[:200]
        with self._database.write() as connection:
            now = self._database.now(connection)
            if now >= shifted(v.moment("issued_at", issued_at), people.LONGEST):
                raise SignInFailed("the identity provider's sign-in is too long ago; sign in there again")
            account = self._find(connection, login)
            if account is None:
                account = people.create(
                    self._database,
                    connection,
                    SYSTEM,
                    login=login,
                    name=(name.strip() or login)[:200],
                    roles=roles,
                    password=None,
                    provider=issuer,
                )
            if account.active and account.provider == issuer:
                return people.open_session(self._database, connection, account, f"OpenID Connect ({issuer})")
            self._note(connection, "sign_in_failed", account.id, "not active")
        raise SignInFailed("this account is not active; ask an administrator")

    def sign_out(self, token: str) -> None:
        """End a session; do nothing when it is over already."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            with suppress(SignInFailed):
                person = people.person(connection, token, now)
                self._note(connection, "signed_out", person.id, "", actor=person.id)
            running = (sessions.c.token_sha256 == people.token_hash(token)) & sessions.c.ended_at.is_(None)
            connection.execute(sessions.update().where(running).values(ended_at=now))

    def change_password(self, token: str, old: str, new: str) -> Session:
        """Replace one's own password; end every session of the account and open a new one.

        Raises `SignInFailed`. A wrong old password counts as a failed sign-in, or a screen left open could be used to guess it.
        """
        with self._database.read() as connection:
            person = people.person(connection, token, self._database.now(connection))
            stored = _credential(connection, person.id)
        fits = people.password_fits(stored, old)
        with self._database.write() as connection:
            account = people.account(connection, person.id)
            admitted = self._admit(connection, account, stored, fits, self._database.now(connection))
            if admitted is not None:
                changed = people.change(self._database, connection, person.id, account, password=new)
                return people.open_session(self._database, connection, changed, "password (argon2id)")
        raise SignInFailed("the old password is wrong, or the account is locked for some minutes after too many failures")

    def person(self, token: str) -> Person:
        """Return the person who is signed in. Raises `SignInFailed`."""
        with self._database.read() as connection:
            return people.person(connection, token, self._database.now(connection))

    def program(self, token: str) -> Person:
        """Return the program that has this token. Raises `SignInFailed`."""
        with self._database.read() as connection:
            return tokens.bearer(connection, people.token_hash(token), self._database.now(connection))

    def _note(self, connection: Connection, type: str, subject: str, how: str, actor: str = SYSTEM) -> None:
        self._database.append(connection, actor=actor, type=type, subject=subject, payload={"how": how})


def any_account(connection: Connection) -> bool:
    """Return whether there ever was an account: the log says so, even when the passwords are gone."""
    return connection.execute(select(log.c.seq).where(log.c.type == ACCOUNT).limit(1)).first() is not None


def _as_login(subject: str) -> str:
    """Return a provider's name for a person as a login name.

    Login names ignore case and outer spaces, a provider's names need not: a hash tells such names apart.
    """
    plain = subject.strip().casefold()
    if subject == plain and "~" not in subject:
        return subject
    return f"{plain}~{hashlib.sha256(subject.encode()).hexdigest()[:16]}"


def _credential(connection: Connection, account_id: str) -> str | None:
    return connection.execute(select(credentials.c.password_hash).where(credentials.c.account_id == account_id)).scalar()
