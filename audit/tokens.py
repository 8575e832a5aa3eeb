"""Tokens: how another program says who it is. Each belongs to a service account, which nobody can sign in to.

    made = access.tokens.issue("mes", (Role.SERVICE,), days=90)      # made.token is shown this once
    store.service(made.token)                                        # what that program may do

A token is 256 random bits. The log is all that knows it: a document (type "token") whose subject is the token's SHA-256, with
the account and the moment at which it runs out; another one revokes it. There is no row beside the log to put a token into.
A search by the hash of a random token tells nothing by how long it takes.

Whatever roles the account is given, a program only looks on and submits (`MACHINE_ROLES`): decisions are judged by people.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from audit import documents, people
from audit import validate as v
from audit.clock import shifted
from audit.errors import Conflict, InvalidRecord, NotFound, SignInFailed
from audit.people import Account, Person, token_hash
from audit.roles import Action
from audit.rules import TOKEN
from audit.schema import credentials
from audit.words import Role

if TYPE_CHECKING:
    from audit.access import Access

__all__ = ["MACHINE_ROLES", "PROVIDER", "IssuedToken", "Token", "Tokens", "bearer"]

PROVIDER = "token"
"""How the program behind a service account is established (`Account.provider`)."""
MACHINE_ROLES = (Role.VIEWER, Role.SERVICE)
LONGEST_DAYS = 366
_PREFIX = "smx_"  # so that scanners for secrets know what they have found
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token: its SHA-256, whose it is, from when until when it is good, and whether it was revoked."""

    sha256: str
    account_id: str
    issued_at: str
    expires_at: str
    revoked: bool

    def __post_init__(self) -> None:
        v.sha256_hex("token", self.sha256)
        v.identifier("account id", self.account_id)
        for name in ("issued_at", "expires_at"):
            v.moment(name, getattr(self, name))
        v.flag("revoked", self.revoked)

    def payload(self) -> dict[str, object]:
        """All but what the entry's subject says."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "sha256"}

    @staticmethod
    def from_payload(payload: dict[str, Any], sha256: str) -> Token:
        """Rebuild one. Errors: `InvalidRecord`."""
        try:
            return Token(sha256=sha256, **payload)
        except TypeError as error:
            raise InvalidRecord(f"not a token: {error}") from error


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token; `token` itself is shown this once."""

    token: str
    known: Token


class Tokens:
    """Issuing, listing and revoking. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._database = access.store.database

    def issue(self, login: str, roles: tuple[Role, ...], *, days: int) -> IssuedToken:
        """A token for the service account of this login name, which is made with these roles if there is none.

        Errors: `Conflict` when a person has this login name, the account has other roles, is not active, or the record has no
        accounts yet; `InvalidRecord`.
        """
        if not roles or not set(roles) <= set(MACHINE_ROLES):
            raise InvalidRecord(f"a program may have the roles {' and '.join(MACHINE_ROLES)} only: people judge")
        if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
            raise InvalidRecord(f"a token is good for 1 to {LONGEST_DAYS} days")
        with self._access.acting(Action.MANAGE_ACCOUNTS, login) as (connection, person):
            if not people.accounts(connection):
                raise Conflict("this record has no accounts: make an administrator first (python -m audit user add)")
            account = self._account(connection, person.id, login, roles)
            token = _PREFIX + secrets.token_urlsafe(32)
            now = self._database.now(connection)
            known = Token(token_hash(token), account.id, now, shifted(now, days * _DAY), revoked=False)
            self._write(connection, person, known)
            return IssuedToken(token, known)

    def all(self) -> list[Token]:
        """All tokens that were ever issued, oldest first."""
        with self._access.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return sorted(_all(connection), key=lambda token: token.issued_at)

    def revoke(self, start: str) -> Token:
        """Revoke the token whose SHA-256 begins so. Errors: `NotFound`; `Conflict` when it is revoked already."""
        with self._access.acting(Action.MANAGE_ACCOUNTS, start) as (connection, person):
            self._database.lock(connection)
            found = [token for token in _all(connection) if start and token.sha256.startswith(start)]
            if len(found) != 1:
                raise NotFound(f"{len(found)} tokens have a hash that begins with {start!r:.80}")
            old = found[0]
            if old.revoked:
                raise Conflict("this token is revoked already")
            revoked = Token(old.sha256, old.account_id, old.issued_at, old.expires_at, revoked=True)
            self._write(connection, person, revoked)
            return revoked

    def _account(self, connection: Connection, actor: str, login: str, roles: tuple[Role, ...]) -> Account:
        try:
            found = people.by_login(connection, login)
        except NotFound:
            return people.create(
                self._database,
                connection,
                actor,
                login=login,
                name=login.strip(),
                roles=roles,
                password=None,
                provider=PROVIDER,
            )
        if found.provider != PROVIDER:
            raise Conflict(f"{found.login} is a person's account: a program has one of its own")
        if set(found.roles) != set(roles):
            raise Conflict(f"the account {found.login} has the roles {', '.join(found.roles) or 'none'}: change it first")
        if not found.active:
            raise Conflict(f"the account {found.login} is not active")
        return found

    def _write(self, connection: Connection, person: Person, token: Token) -> None:
        self._database.append(connection, actor=person.id, type=TOKEN, subject=token.sha256, payload=token.payload())


def bearer(connection: Connection, sha256: str, now: str, *, hold: bool = False) -> Person:
    """Which program has the token with this hash. Errors: `SignInFailed`; `Tampered` when an entry was changed by hand.

    `hold`: the account stays as it is until the transaction ends, as in `people.person_and_seen`.
    """
    found = documents.latest(connection, TOKEN, sha256)
    if found is None or found.content is None:
        raise SignInFailed("nobody has this token")
    token = Token.from_payload(found.content, sha256)
    if hold:
        same = select(credentials.c.account_id).where(credentials.c.account_id == token.account_id)
        connection.execute(same.with_for_update(read=True))
        found = documents.latest(connection, TOKEN, sha256) or found
        token = Token.from_payload(found.content or {}, sha256)
    if token.revoked:
        raise SignInFailed("this token was revoked")
    # A clock that was set back must not make a token last longer than it may.
    if now >= token.expires_at or token.issued_at > shifted(now, people.IDLE):
        raise SignInFailed("this token has run out")
    try:
        account = people.account(connection, token.account_id)
    except NotFound as error:
        raise SignInFailed("the account of this token is gone") from error
    if not account.active:
        raise SignInFailed("the account of this token is not active")
    roles = tuple(role for role in account.roles if role in MACHINE_ROLES)
    return Person(account.id, account.name, roles, f"token {sha256[:12]}", token.issued_at)


def _all(connection: Connection) -> list[Token]:
    found = documents.latest_of_each(connection, TOKEN)
    return [Token.from_payload(one.content, one.entry.subject) for one in found if one.content is not None]
