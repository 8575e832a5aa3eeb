"""Accounts, and the people who are signed in.

An account is two documents of the log, whose subject is its id: "account" has roles, whether it is active, and the hash of its
credential, and is never erased; "person" has login and printed name, and can be. (In older records, "account" has all.) The
argon2id hash itself (RFC 9106) lies in `credentials`, outside the log, so that nobody can guess passwords from an exported log.
A hash that somebody writes there by hand does not match the log and lets nobody in.

A session is a random token; only its SHA-256 is stored. It ends after `IDLE` without use, after `LONGEST` in any case, at
sign-out, and when the account changes. Five failures in a row lock an account for a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from audit.errors import AccountChanged, Conflict, InvalidRecord, NotFound, SignInFailed
from audit.log.authority import SignIn
from audit.log.entries import ACCOUNT, PERSON, SIGNED_IN
from audit.log.roles import PROGRAM, SYSTEM
from audit.log.signatures import Signer
from audit.people import keys
from audit.people.passwords import hash_password
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.records import LogEntry
from audit.records.vocabulary import Role
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.documents import Document
from audit.storage.schema import credentials, sessions
from audit.storage.state import state_of

IDLE, LONGEST = 30 * 60, 12 * 3600  # seconds
_FORGOTTEN = 24 * 3600  # seconds that an ended session is kept: who comes back with it is told that it has run out
_NAMES = ("login", "name")
MAX_FAILURES, LOCKED_FOR = 5, 15 * 60  # attempts, seconds


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program as the log knows it.

    `provider`: "password", the issuer of an identity provider, or "token" (a program).
    """

    id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    provider: str
    credential_sha256: str | None

    def __post_init__(self) -> None:
        if self.id != PROGRAM:  # stands for the program where keys are listed; the log has no such account
            v.identifier("account id", self.id)
        v.text("login", self.login, limit=200)
        if self.login != self.login.strip().casefold():
            raise InvalidRecord("a login is lower case, without spaces around it")
        v.text("name", self.name, limit=200)
        v.text("provider", self.provider)
        if not all(isinstance(role, Role) for role in self.roles) or len(set(self.roles)) != len(self.roles):
            raise InvalidRecord(f"roles must be among {', '.join(Role)}, each once")
        v.flag("active", self.active)
        if self.credential_sha256 is not None:
            v.sha256_hex("credential", self.credential_sha256)

    def payload(self) -> dict[str, object]:
        """Return all fields but the names as plain JSON types."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in _NAMES}
        return fields | {"roles": [role.value for role in self.roles]}

    def names(self) -> dict[str, object]:
        """Return the fields that can be erased."""
        return {name: getattr(self, name) for name in _NAMES}

    @staticmethod
    def from_payload(payload: dict[str, Any]) -> Account:
        """Rebuild an account from payload and names. Raises `InvalidRecord`."""
        try:
            return Account(**payload | {"roles": tuple(map(Role, payload["roles"]))})
        except (TypeError, ValueError, KeyError) as error:
            raise InvalidRecord(f"not an account: {error}") from error


@dataclass(frozen=True, slots=True)
class Person:
    """The person who acts, as recorded with everything that they do (21 CFR 11.50: name, how and when established)."""

    id: str
    name: str
    roles: tuple[Role, ...]
    authentication: str
    authenticated_at: str
    keys_only: bool = False  # signed in where the program has no key that counts, to confirm one


@dataclass(frozen=True, slots=True)
class Session:
    """A new session; `token` is shown only once."""

    token: str
    expires_at: str


def accounts(connection: Connection) -> list[Account]:
    """List all accounts that were not erased, in the order of their last change. Raises `Tampered`."""
    return [account for _, account in latest_of_each(connection) if account is not None]


def latest_of_each(connection: Connection) -> Iterator[tuple[LogEntry, Account | None]]:
    """Yield the last entry of every account with the account, None where it was erased. Raises `Tampered`, `InvalidRecord`."""
    people = {person.entry.subject: person for person in documents.latest_of_each(connection, PERSON)}
    for document in documents.latest_of_each(connection, ACCOUNT):
        yield document.entry, _built(document, people.get(document.entry.subject))


def account(connection: Connection, id: str) -> Account:
    """Return an account. Raises `NotFound`, `Tampered`."""
    _, found = _latest(connection, id)
    if found is None:
        raise NotFound(f"no account has the id {id!r:.80}")
    return found


def _latest(connection: Connection, id: str) -> tuple[int, Account | None]:
    """Return the number of an account's last entry, and the account; None where it was erased."""
    document = documents.latest(connection, ACCOUNT, id)
    if document is None:
        return 0, None
    return document.entry.seq, _built(document, documents.latest(connection, PERSON, id))


def _built(document: Document, person: Document | None) -> Account | None:
    """Build an account from its last two documents; None where its names were erased."""
    content = document.content
    if content is not None and person is not None:
        content = None if person.content is None else {name: person.content.get(name) for name in _NAMES} | content
    return None if content is None else Account.from_payload(content)


def locked(database: Database, connection: Connection, id: str) -> Account:
    """Return an account that nobody else can change until the transaction ends. Raises what `account` raises.

    Locks are always taken in the order credential, head of the log: signing in does so too.
    """
    connection.execute(select(credentials.c.account_id).where(credentials.c.account_id == id).with_for_update())
    database.lock(connection)
    return account(connection, id)


def by_login(connection: Connection, login: str) -> Account:
    """Return the account of a login name. Raises `NotFound`, `Tampered`."""
    unknown = NotFound(f"nobody has the login name {login!r:.80}")
    try:
        v.text("login", login)
    except InvalidRecord as error:
        raise unknown from error
    id = connection.execute(select(credentials.c.account_id).where(credentials.c.login == login.strip().casefold())).scalar()
    if id is None:
        raise unknown
    return account(connection, id)


def create(
    database: Database,
    connection: Connection,
    actor: str,
    *,
    login: str,
    name: str,
    roles: tuple[Role, ...],
    password: str | None,
    provider: str = "password",
) -> Account:
    """Create an account. Raises `Conflict` when the login name is taken, `InvalidRecord` for a bad name or password."""
    login = login.strip().casefold()
    if connection.execute(select(credentials.c.account_id).where(credentials.c.login == login)).first():
        raise Conflict(f"the login name {login} is taken")
    hashed = None if password is None else hash_password(password, login)
    new = Account(v.new_id(), login, name.strip(), roles, True, provider, _fingerprint(hashed))
    _write(database, connection, actor, new)
    row = {"account_id": new.id, "login": login, "password_hash": hashed, "failures": 0, "signing_failures": 0}
    connection.execute(credentials.insert().values(row))
    if password is not None and actor != SYSTEM:
        keys.give(database, connection, actor, new.id, password)
    return new


def change(
    database: Database,
    connection: Connection,
    actor: str,
    old: Account,
    *,
    name: str | None = None,
    roles: tuple[Role, ...] | None = None,
    active: bool | None = None,
    password: str | None = None,
    signer: Signer | None = None,
) -> Account:
    """Change an account and end its sessions. ``old``: the account as the person who changes it has seen it.

    With a new password the account gets a new key, and the key of its passkey is revoked; with ``signer``, the owner's opened
    key, both are kept. Raises `AccountChanged` when the account is not as it was seen, `NotFound`; `Conflict` when no active
    administrator would be left.
    """
    hashed = None if password is None else hash_password(password, old.login)
    if locked(database, connection, old.id) != old:
        raise AccountChanged(f"the account {old.login} was changed since you saw it: look at it again, then decide")
    if password is not None and signer is not None and actor == old.id:
        keys.renew(database, connection, signer, password)
    new = replace(
        old,
        name=old.name if name is None else name.strip(),
        roles=old.roles if roles is None else roles,
        active=old.active if active is None else active,
        credential_sha256=old.credential_sha256 if hashed is None else _fingerprint(hashed),
    )
    others = [account for account in accounts(connection) if account.id != old.id]
    if not any(account.active and Role.ADMIN in account.roles for account in [*others, new]):
        raise Conflict("an active administrator has to remain; give the role to somebody else first")
    _write(database, connection, actor, new)
    if hashed is not None:
        values = {"password_hash": hashed, "failures": 0, "locked_until": None}
        values |= {"signing_failures": 0, "signing_locked_until": None}
        connection.execute(credentials.update().where(credentials.c.account_id == old.id).values(values))
    if password is not None and (signer is None or actor != old.id):
        keys.give(database, connection, actor, new.id, password)
    running = sessions.update().where(sessions.c.account_id == old.id, sessions.c.ended_at.is_(None))
    connection.execute(running.values(ended_at=database.now(connection)))
    return new


def credential_is_genuine(account: Account, stored: str | None) -> bool:
    """Return whether the stored hash is the one that the log committed to."""
    return account.credential_sha256 == _fingerprint(stored)


def open_session(database: Database, connection: Connection, account: Account, authentication: str) -> Session:
    """Open a session for an active account; the log commits to the token's hash and to when the session ends."""
    token, now = secrets.token_urlsafe(32), database.now(connection)
    expires = shifted(now, LONGEST)
    entry = database.append(
        connection,
        actor=account.id,
        type=SIGNED_IN,
        subject=account.id,
        payload={"how": authentication, "session": token_hash(token), "expires_at": expires},
    )
    connection.execute(sessions.delete().where(sessions.c.expires_at <= shifted(now, -_FORGOTTEN)))
    connection.execute(
        sessions.insert().values(
            token_sha256=token_hash(token),
            seq=entry.seq,
            account_id=account.id,
            authentication=authentication,
            created_at=now,
            seen_at=now,
            expires_at=expires,
            ended_at=None,
        )
    )
    return Session(token, expires)


def person(connection: Connection, token: str, now: str) -> Person:
    """Return the person signed in by this token. Raises `SignInFailed`; `Tampered` when the account was changed by hand."""
    return person_and_seen(connection, token, now)[0]


def person_and_seen(
    connection: Connection, token: str, now: str, *, hold: bool = False, ending: bool = False
) -> tuple[Person, str]:
    """Return the person signed in by this token, and when the session was last in use.

    `hold`: nobody can change the account or end its sessions until the transaction ends (on SQLite a writer is alone in any
    case); `ending`: the same, for a transaction that ends the session. Locks are always taken in the order credential, queue,
    head of the log.
    """
    if hold or ending:
        owner = select(sessions.c.account_id).where(sessions.c.token_sha256 == token_hash(token)).scalar_subquery()
        credential = select(credentials.c.account_id).where(credentials.c.account_id == owner)
        connection.execute(credential.with_for_update(read=not ending))
    row = connection.execute(select(sessions).where(sessions.c.token_sha256 == token_hash(token))).mappings().first()
    if row is None:
        raise SignInFailed("this token belongs to no session; sign in")
    if row["ended_at"] is not None:
        raise SignInFailed("this session was ended; sign in again")
    # A clock that was set back must not make a session last longer than it may.
    if now >= row["expires_at"] or now >= shifted(row["seen_at"], IDLE) or row["created_at"] > shifted(now, IDLE):
        raise SignInFailed("this session has run out; sign in again")
    opened = sign_in_of(connection, row)
    _, holder = _latest(connection, row["account_id"])
    if holder is None:
        raise SignInFailed("this account is gone; ask an administrator")
    if not holder.active:
        raise SignInFailed("this account is not active; ask an administrator")
    if opened is None:
        raise SignInFailed("this session was ended, or the log knows no such session; sign in again")
    person = Person(holder.id, holder.name, holder.roles, str(opened.how), opened.since, opened.keys_only)
    return person, row["seen_at"]


def sign_in_of(connection: Connection, row: RowMapping) -> SignIn | None:
    """Return the sign-in that opened a session, while it lasts: the log committed to its token, its end and its way. None for a
    row that nobody signed in for, or of a session that the log had ended. Raises `Tampered`."""
    opened = state_of(connection).sign_in(connection, row["account_id"], row["token_sha256"])
    told = (row["seq"], row["expires_at"], row["authentication"])
    return opened if opened is not None and told == (opened.seq, opened.until, opened.how) else None


def token_hash(token: str) -> str:
    """Return the SHA-256 that is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint(hashed: str | None) -> str | None:
    return None if hashed is None else hashlib.sha256(hashed.encode()).hexdigest()


def _write(database: Database, connection: Connection, actor: str, account: Account) -> None:
    named = documents.latest(connection, PERSON, account.id)
    if named is None or named.content != account.names():
        database.append(connection, actor=actor, type=PERSON, subject=account.id, payload=account.names())
    database.append(connection, actor=actor, type=ACCOUNT, subject=account.id, payload=account.payload())
