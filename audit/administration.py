"""`Administration`: policy, accounts, retention, erasure and the note of an export; `Tokens`: those of other programs.

Each action is checked against the person's roles.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import asdict, replace

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import POLICY, RETENTION, TOKEN
from audit.people import sessions
from audit.people.rights import Action, RecordPart
from audit.people.sessions import Account, token_hash
from audit.people.tokens import DAY, LONGEST_DAYS, MACHINE_ROLES, PREFIX, PROVIDER, IssuedToken, Token, all_tokens
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.records import LogEntry
from audit.records.vocabulary import Retention, Role
from audit.retention.retention import due_for_erasure, erase_account, erase_decision, kept_until, retention_of
from audit.review.claims import lock_item
from audit.review.review_policy import SUBJECT, ReviewPolicy
from audit.review.team_report import TeamReport, team_report
from audit.storage.database import Head
from audit.storage.queries import summaries
from audit.storage.schema import decisions


class Administration(RecordPart):
    """Actions of a lead, an auditor or an administrator. Every method may raise `Denied` and `SignInFailed`."""

    def set_policy(self, policy: ReviewPolicy) -> LogEntry:
        """Set how the team reviews from now on."""
        with self._rights.acting(Action.SET_POLICY) as (connection, person):
            return self._append(connection, person, POLICY, SUBJECT, asdict(policy))

    def team(self) -> TeamReport:
        """Report the progress of every person and the agreement between them."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return team_report(connection, self._database.now(connection))

    def accounts(self) -> list[Account]:
        """List all accounts."""
        with self._rights.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return sessions.accounts(connection)

    def create_account(self, login: str, name: str, roles: tuple[Role, ...], password: str) -> Account:
        """Create an account. Raises `Conflict` when the login name is taken, `InvalidRecord`."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS) as (connection, person):
            return sessions.create(
                self._database, connection, person.id, login=login, name=name, roles=roles, password=password
            )

    def change_account(
        self,
        seen: Account,
        *,
        name: str | None = None,
        roles: tuple[Role, ...] | None = None,
        active: bool | None = None,
        password: str | None = None,
    ) -> Account:
        """Change an account; its sessions end. `seen`: the account as this person has seen it.

        Raises `AccountChanged` when somebody has changed it since, `NotFound`; `Conflict` when no administrator would be left.
        """
        with self._rights.acting(Action.MANAGE_ACCOUNTS, seen.id) as (connection, person):
            return sessions.change(
                self._database,
                connection,
                person.id,
                seen,
                name=name,
                roles=roles,
                active=active,
                password=password,
                signer=self._rights.signer if person.id == seen.id else None,
            )

    def erase_account(self, account_id: str, why: str) -> LogEntry:
        """Erase an account's names and credential. Raises `NotFound`; `Conflict` while it is active."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            if sessions.locked(self._database, connection, account_id).active:
                raise Conflict("this account is active; deactivate it before you erase it")
            reason = v.text("why", why, limit=v.MAX_COMMENT)
            return erase_account(self._database, connection, person.id, account_id, reason)

    def set_retention(self, decision_id: str, retention: Retention, why: str) -> LogEntry:
        """Change how long a decision is kept, e.g. for a legal hold. Raises `NotFound`."""
        with self._rights.acting(Action.SET_RETENTION, decision_id) as (connection, person):
            lock_item(connection, decision_id)
            content = {"retention": Retention(retention).value, "why": v.text("why", why, limit=v.MAX_COMMENT)}
            return self._append(connection, person, RETENTION, decision_id, content)

    def erase(self, decision_id: str, why: str, *, early: bool = False) -> LogEntry:
        """Erase a decision's content.

        Raises `NotFound`; `Conflict` under a legal hold, or before the retention period is over unless `early`.
        """
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.ERASE, decision_id) as (connection, person):
            lock_item(connection, decision_id)  # waits for a legal hold that is being set
            stored = summaries(connection, decisions.c.id == decision_id)
            if stored:
                decision = stored[0].decision
                retention = retention_of(connection, decision.id, decision.retention)
                until = kept_until(decision, retention)
                if until is None:
                    raise Conflict(f"decision {decision_id} is under a legal hold; lift it first")
                if self._database.now(connection) < until and not early:
                    raise Conflict(
                        f"decision {decision_id} must be kept until {until} ({retention}); to erase it now, say so (--early)"
                    )
            return erase_decision(self._database, connection, person.id, decision_id, reason)

    def due_for_erasure(self) -> list[str]:
        """List the ids of decisions whose longest retention period is over."""
        with self._rights.reading(Action.ERASE) as (connection, _):
            return due_for_erasure(connection, self._database.now(connection))

    def note_export(self, what: str, head: Head) -> LogEntry:
        """Record that this person exported the log up to `head`; `what`: the kind of file, such as "bundle"."""
        with self._rights.acting(Action.EXPORT, what) as (connection, person):
            covered: dict[str, object] = {"entries": head.size, "root": head.root, "last_hash": head.last_hash}
            return self._append(connection, person, "export", what, covered)


class Tokens(RecordPart):
    """Issuing, listing and revoking the tokens of other programs (`audit.people.tokens` says what a token is).

    Every method may raise `Denied` and `SignInFailed`.
    """

    def issue(self, login: str, roles: tuple[Role, ...], *, days: int) -> IssuedToken:
        """Issue a token for the service account of this login name; create the account with these roles if there is none.

        Raises `Conflict` when a person has this login name, the account has other roles or is not active, or the record has no
        accounts yet; `InvalidRecord`.
        """
        if not roles or not set(roles) <= set(MACHINE_ROLES):
            raise InvalidRecord(f"a program may have the roles {' and '.join(MACHINE_ROLES)} only: people judge")
        if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
            raise InvalidRecord(f"a token is good for 1 to {LONGEST_DAYS} days")
        with self._rights.acting(Action.MANAGE_ACCOUNTS, login) as (connection, person):
            if not sessions.accounts(connection):
                raise Conflict("this record has no accounts: create an administrator first (user add LOGIN --role admin)")
            account = self._account(connection, person.id, login, roles)
            token = PREFIX + secrets.token_urlsafe(32)
            now = self._database.now(connection)
            facts = Token(token_hash(token), account.id, now, shifted(now, days * DAY), revoked=False)
            self._append(connection, person, TOKEN, facts.sha256, facts.payload())
            return IssuedToken(token, facts)

    def all(self) -> list[Token]:
        """List all tokens that were ever issued, oldest first."""
        with self._rights.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return sorted(all_tokens(connection), key=lambda token: token.issued_at)

    def revoke(self, start: str) -> Token:
        """Revoke the token whose SHA-256 begins with `start`. Raises `NotFound`; `Conflict` when it is revoked already."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS, start) as (connection, person):
            matches = [token for token in all_tokens(connection) if start and token.sha256.startswith(start)]
            if len(matches) != 1:
                raise NotFound(f"{len(matches)} tokens have a hash that begins with {start!r:.80}; name exactly one")
            # Waits for what its program is doing now.
            with suppress(NotFound):
                sessions.locked(self._database, connection, matches[0].account_id)
            old = next(token for token in all_tokens(connection) if token.sha256 == matches[0].sha256)
            if old.revoked:
                raise Conflict("this token is revoked already")
            revoked = replace(old, revoked=True)
            self._append(connection, person, TOKEN, revoked.sha256, revoked.payload())
            return revoked

    def _account(self, connection: Connection, actor: str, login: str, roles: tuple[Role, ...]) -> Account:
        try:
            account = sessions.by_login(connection, login)
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
        if account.provider != PROVIDER:
            raise Conflict(f"{account.login} is a person's account: a program needs an account of its own")
        if set(account.roles) != set(roles):
            raise Conflict(f"the account {account.login} has the roles {', '.join(account.roles) or 'none'}: change it first")
        if not account.active:
            raise Conflict(f"the account {account.login} is not active")
        return account
