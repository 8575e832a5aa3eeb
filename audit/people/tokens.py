"""Tokens: how another program says who it is. Each belongs to a service account, which nobody can sign in to.

    made = access.tokens.issue("mes", (Role.SERVICE,), days=90)      # made.token is shown this once
    store.service(made.token)                                        # what that program may do

A token is 256 random bits. The log is all that knows it: a document (type "token") whose subject is the token's SHA-256, with
the account and the moment at which it runs out; another one revokes it. There is no row beside the log to put a token into.
A search by the hash of a random token tells nothing by how long it takes.

Whatever roles the account is given, a program only looks on and submits (`MACHINE_ROLES`): decisions are judged by people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from audit.errors import InvalidRecord, NotFound, SignInFailed
from audit.log.entries import TOKEN
from audit.people import sessions
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.vocabulary import Role
from audit.storage import documents
from audit.storage.schema import credentials

__all__ = ["MACHINE_ROLES", "PROVIDER", "IssuedToken", "Token", "all_tokens", "bearer"]

PROVIDER = "token"
"""How the program behind a service account is established (`Account.provider`)."""
MACHINE_ROLES = (Role.VIEWER, Role.SERVICE)
LONGEST_DAYS = 366
PREFIX = "smx_"  # so that scanners for secrets know what they have found
DAY = 86_400


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
    if now >= token.expires_at or token.issued_at > shifted(now, sessions.IDLE):
        raise SignInFailed("this token has run out")
    try:
        account = sessions.account(connection, token.account_id)
    except NotFound as error:
        raise SignInFailed("the account of this token is gone") from error
    if not account.active:
        raise SignInFailed("the account of this token is not active")
    roles = tuple(role for role in account.roles if role in MACHINE_ROLES)
    return Person(account.id, account.name, roles, f"token {sha256[:12]}", token.issued_at)


def all_tokens(connection: Connection) -> list[Token]:
    """Return every token that was ever issued, as it stands now."""
    found = documents.latest_of_each(connection, TOKEN)
    return [Token.from_payload(one.content, one.entry.subject) for one in found if one.content is not None]
