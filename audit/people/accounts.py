"""`Accounts`: signing in and out, and the first administrator. Actions that need a role are in `Administration`.

accounts.set_up("aiko", "Aiko Tanaka", password)          # only while there is no account
session = accounts.sign_in("aiko", password)
access = store.access(session.token)
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from sqlalchemy import Connection, select

from audit.errors import Conflict, NotFound, SignInFailed, StoreUnavailable
from audit.log.entries import ACCOUNT, SESSIONS_ENDED, SIGNED_OUT
from audit.log.roles import PROGRAM, SYSTEM
from audit.log.signatures import Signer
from audit.people import attempts, keys, passwords, sealed_keys, tokens
from audit.people import sessions as people
from audit.people.attempts import At
from audit.people.machine_key import sign_on_machine
from audit.people.refusals import SIGN_IN_FAILED, Refusals
from audit.people.sessions import Account, Person, Session
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.vocabulary import Role
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.schema import credentials, sessions

PASSWORD = "password"  # noqa: S105 - a kind of sign-in, not a secret
_WRONG = "the login name or the password is wrong, or the account is locked for some minutes after too many failures"


class Accounts:
    """Signing in and out. Successes are entries of the log, and failures (`audit.people.refusals`)."""

    def __init__(self, database: Database, refusals: Refusals) -> None:
        self._database, self._refusals = database, refusals

    def exist(self) -> bool:
        """Return whether there is any account, active or not."""
        with self._database.read() as connection:
            return any_account(connection)

    def set_up(self, login: str, name: str, password: str, *, roles: tuple[Role, ...] = (Role.ADMIN,)) -> Account:
        """Create the first account, an administrator, whose key is the record's root key.

        Raises `Conflict` when there is an account already, `InvalidRecord`.
        """
        with self._database.write() as connection:
            sign_on_machine(self._database, connection)
            # Every append locks the head of the log: of two set-ups at once, the second sees the first.
            self._database.append(connection, actor=SYSTEM, type="set_up", subject="accounts", payload={})
            if any_account(connection):
                raise Conflict("there are accounts already; ask an administrator for an account")
            if Role.ADMIN not in roles:
                roles = (*roles, Role.ADMIN)
            account = people.create(self._database, connection, SYSTEM, login=login, name=name, roles=roles, password=password)
            root, now = Signer(account.id, "password", keys.new_key()), self._database.now(connection)
            sealed_keys.store(connection, account.id, root.private, password, now)
            first = not keys.keys_exist(connection)
            if first:
                self._database.sign_as(connection, root)
            keys.record(self._database, connection, SYSTEM, keys.public_key(root, now))
            if first:
                keys.begin_program(self._database, connection, SYSTEM)
            return account

    def sign_in(self, login: str, password: str) -> Session:
        """Open a session. Raises `SignInFailed` with the same text for all causes, so that nobody learns which names exist;
        `TooManyPasswords`."""
        with self._database.read() as connection:
            account = self._find(connection, login)
            stored = None if account is None else _credential(connection, account.id)
        fits = passwords.password_fits(stored, password, signed_in=False)  # takes a tenth of a second, so no lock is held
        why: str | None = "no such login name"
        if account is not None:
            with self._database.write() as connection:
                why = self._refused(connection, account, stored, fits, At.SIGN_IN)
                if why is None:
                    session = self._opened(connection, account, password)
                    if not sealed_keys.has_sealed(connection, account.id):
                        now = self._database.now(connection)
                        sealed_keys.store(connection, account.id, keys.new_key(), password, now)
                    return session
        self._note_failure(account, str(why))
        raise SignInFailed(_WRONG)

    def _opened(self, connection: Connection, account: Account, password: str) -> Session:
        """Open a session that the program signs for; where it has no key that counts, an administrator's own key does, and the
        session is for confirming one. Raises `StoreUnavailable` for everybody else then."""
        try:
            return people.open_session(self._database, connection, account, "password (argon2id)")
        except StoreUnavailable:
            if Role.ADMIN not in account.roles or not sealed_keys.has_sealed(connection, account.id):
                raise
            signer = sealed_keys.opened(connection, account.id, password)
            if signer is None or not keys.signs(connection, signer):  # or what the log refuses would be written
                raise
            self._database.sign_as(connection, signer)
            return people.open_session(self._database, connection, account, "password (argon2id)")

    def end_unsigned_sessions(self) -> None:
        """End the sessions of earlier versions, which the program did not sign for, where it has a key that counts."""
        with self._database.read() as connection:
            due = any_account(connection) and not documents.exist(connection, SESSIONS_ENDED)
            due = due and any(key.kind == PROGRAM for key in keys.account_keys(connection, PROGRAM))
        if due:
            with suppress(StoreUnavailable), self._database.write() as connection:
                self._database.lock(connection)
                if not documents.exist(connection, SESSIONS_ENDED):
                    self._database.append(connection, actor=SYSTEM, type=SESSIONS_ENDED, subject="accounts", payload={})

    def _find(self, connection: Connection, login: str) -> Account | None:
        try:
            return people.by_login(connection, login)
        except NotFound:
            return None

    def _refused(self, connection: Connection, old: Account, stored: str | None, fits: bool, at: At) -> str | None:
        """Return why nobody comes in with this password, None if it was right; count it there either way."""
        row, now = attempts.held(connection, old.id), self._database.now(connection)
        if row is None:
            return "erased"
        account = people.account(connection, old.id)
        locked = attempts.is_locked(row, at, now)
        genuine = people.credential_is_genuine(account, stored) and row["password_hash"] == stored
        if not locked and fits and genuine and account.active and account.provider == PASSWORD:
            attempts.count_right(connection, row, at)
            return None
        if not locked:
            attempts.count_wrong(self._database, connection, row, at, now)
        if fits and not genuine:
            return "the stored password is not the one that the log committed to"
        return "locked" if locked else "not active" if not account.active else "not by password" if fits else "wrong password"

    def _note_failure(self, account: Account | None, why: str) -> None:
        self._refusals.note(SIGN_IN_FAILED, SYSTEM, "unknown" if account is None else account.id, {"how": why})

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
            if account is not None:  # nobody changes it until the session is open
                account = people.locked(self._database, connection, account.id)
            else:
                sign_on_machine(self._database, connection)
                # Of two people who come first, one becomes the administrator.
                self._database.lock(connection)
                if any_account(connection):
                    roles = tuple(role for role in roles if role is not Role.ADMIN)
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
        self._note_failure(account, "not active")
        raise SignInFailed("this account is not active; ask an administrator")

    def sign_out(self, token: str) -> None:
        """End a session; do nothing when it is over already."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            # Where the program's key does not count, nothing can be recorded: the row alone says that the session ended.
            with suppress(SignInFailed, StoreUnavailable):
                person = people.person_and_seen(connection, token, now, ending=True)[0]
                content = {"how": "", "session": people.token_hash(token)}
                self._database.append(connection, actor=person.id, type=SIGNED_OUT, subject=person.id, payload=content)
            running = (sessions.c.token_sha256 == people.token_hash(token)) & sessions.c.ended_at.is_(None)
            connection.execute(sessions.update().where(running).values(ended_at=now))

    def change_password(self, token: str, old: str, new: str) -> Session:
        """Replace one's own password; end every session of the account and open a new one.

        A wrong old password counts as one at a signature, or a screen left open could be used to guess it.

        Raises `SignInFailed`, `TooManyPasswords`.
        """
        with self._database.read() as connection:
            person = people.person(connection, token, self._database.now(connection))
            stored = _credential(connection, person.id)
        fits = passwords.password_fits(stored, old, signed_in=True)
        with self._database.write() as connection:
            account = people.account(connection, person.id)
            why = self._refused(connection, account, stored, fits, At.SIGNATURE)
            if why is None:
                account = people.account(connection, person.id)  # nobody changes it any more
                has_key = sealed_keys.has_sealed(connection, person.id)
                signer = sealed_keys.opened(connection, person.id, old) if has_key else None
                changed = people.change(self._database, connection, person.id, account, password=new, signer=signer)
                return people.open_session(self._database, connection, changed, "password (argon2id)")
        self._note_failure(account, why)
        raise SignInFailed("the old password is wrong, or the account is locked for some minutes after too many failures")

    def person(self, token: str) -> Person:
        """Return the person who is signed in. Raises `SignInFailed`."""
        with self._database.read() as connection:
            return people.person(connection, token, self._database.now(connection))

    def program(self, token: str) -> Person:
        """Return the program that has this token. Raises `SignInFailed`."""
        with self._database.read() as connection:
            return tokens.bearer(connection, people.token_hash(token), self._database.now(connection))


def any_account(connection: Connection) -> bool:
    """Return whether there ever was an account: the log says so, even when the passwords are gone."""
    return documents.exist(connection, ACCOUNT)


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
