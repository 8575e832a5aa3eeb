"""Tokens of other programs issued, listed and revoked: what an administrator does (`tokens` says what a token is)."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import TOKEN
from audit.people import sessions
from audit.people.rights import Rights
from audit.people.roles import Action
from audit.people.sessions import Account, Person, token_hash
from audit.people.tokens import DAY, LONGEST_DAYS, MACHINE_ROLES, PREFIX, PROVIDER, IssuedToken, Token, all_tokens
from audit.records.clock import shifted
from audit.records.vocabulary import Role

__all__ = ["Tokens"]


class Tokens:
    """Issuing, listing and revoking. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def issue(self, login: str, roles: tuple[Role, ...], *, days: int) -> IssuedToken:
        """A token for the service account of this login name, which is made with these roles if there is none.

        Errors: `Conflict` when a person has this login name, the account has other roles, is not active, or the record has no
        accounts yet; `InvalidRecord`.
        """
        if not roles or not set(roles) <= set(MACHINE_ROLES):
            raise InvalidRecord(f"a program may have the roles {' and '.join(MACHINE_ROLES)} only: people judge")
        if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
            raise InvalidRecord(f"a token is good for 1 to {LONGEST_DAYS} days")
        with self._rights.acting(Action.MANAGE_ACCOUNTS, login) as (connection, person):
            if not sessions.accounts(connection):
                raise Conflict("this record has no accounts: make an administrator first (python -m audit user add)")
            account = self._account(connection, person.id, login, roles)
            token = PREFIX + secrets.token_urlsafe(32)
            now = self._database.now(connection)
            known = Token(token_hash(token), account.id, now, shifted(now, days * DAY), revoked=False)
            self._write(connection, person, known)
            return IssuedToken(token, known)

    def all(self) -> list[Token]:
        """All tokens that were ever issued, oldest first."""
        with self._rights.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return sorted(all_tokens(connection), key=lambda token: token.issued_at)

    def revoke(self, start: str) -> Token:
        """Revoke the token whose SHA-256 begins so. Errors: `NotFound`; `Conflict` when it is revoked already."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS, start) as (connection, person):
            self._database.lock(connection)
            found = [token for token in all_tokens(connection) if start and token.sha256.startswith(start)]
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
            found = sessions.by_login(connection, login)
        except NotFound:
            return sessions.create(
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
