"""Tokens: how another program proves who it is. Each belongs to a service account, which nobody can sign in to.

    issued = access.tokens.issue("mes", (Role.SERVICE,), days=90)    # issued.token is shown only once
    store.service(issued.token)                                      # what that program may do

A token is 256 random bits. Only the log knows it: a document (type "token") whose subject is the token's SHA-256, with the
account and the moment at which it expires; a later document revokes it. No table beside the log could take a forged token. The
time that a search by the hash of a random token takes reveals nothing.

Whatever roles the account has, a program only reads and submits (`MACHINE_ROLES`): people judge decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from audit.errors import InvalidRecord, NotFound, SignInFailed
from audit.log import roles
from audit.log.entries import TOKEN
from audit.people import sessions
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.vocabulary import Role
from audit.storage import documents
from audit.storage.schema import credentials

PROVIDER = "token"
"""How a program proves that it owns a service account (`Account.provider`)."""
MACHINE_ROLES = tuple(map(Role, roles.MACHINE_ROLES))
LONGEST_DAYS = 366
PREFIX = "smx_"  # lets secret scanners recognise a token
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """Facts about a token: its SHA-256, its account, from when until when it is valid, and whether it was revoked."""

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
        """Return all fields except the SHA-256, which is the entry's subject."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "sha256"}

    @staticmethod
    def from_payload(payload: dict[str, Any], sha256: str) -> Token:
        """Rebuild a token from its document. Raises `InvalidRecord`."""
        try:
            return Token(sha256=sha256, **payload)
        except TypeError as error:
            raise InvalidRecord(f"not a token: {error}") from error


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, which is shown only once; `known`: what the record keeps of it."""

    token: str
    known: Token


def bearer(connection: Connection, sha256: str, now: str, *, hold: bool = False) -> Person:
    """Return the program that has the token with this hash. Raises `SignInFailed`; `Tampered` after a change by hand.

    `hold`: nobody can change the account until the transaction ends, as in `sessions.person_and_seen`.
    """
    document = documents.latest(connection, TOKEN, sha256)
    if document is None or document.content is None:
        raise SignInFailed("nobody has this token")
    token = Token.from_payload(document.content, sha256)
    if hold:
        credential = select(credentials.c.account_id).where(credentials.c.account_id == token.account_id)
        connection.execute(credential.with_for_update(read=True))
        document = documents.latest(connection, TOKEN, sha256) or document
        token = Token.from_payload(document.content or {}, sha256)
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
    latest = documents.latest_of_each(connection, TOKEN)
    return [Token.from_payload(content, entry.subject) for entry, content in latest if content is not None]
