"""`Administration`: policy, people, retention, erasure and what leaves the record, each action checked against the roles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from audit.errors import Conflict
from audit.log.entries import POLICY, RETENTION
from audit.people import sessions
from audit.people.rights import Rights
from audit.people.roles import Action
from audit.people.sessions import Account, Person
from audit.records import validation as v
from audit.records.records import LogEntry
from audit.records.vocabulary import Retention, Role
from audit.retention import erasure
from audit.retention.retention import due_for_erasure, kept_until, retention_of
from audit.review.claims import lock_item
from audit.review.review_policy import SUBJECT, ReviewPolicy
from audit.review.team_report import TeamReport, team_report
from audit.storage.log_head import Head
from audit.storage.queries import summaries
from audit.storage.schema import decisions

__all__ = ["Administration"]


class Administration:
    """What a lead, an auditor or an administrator does. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def set_policy(self, policy: ReviewPolicy) -> LogEntry:
        """Change how the team reviews, from now on."""
        with self._rights.acting(Action.SET_POLICY) as (connection, person):
            return self._append(connection, person, POLICY, SUBJECT, policy.payload())

    def team(self) -> TeamReport:
        """Progress of every person and agreement between them."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return team_report(connection, self._database.now(connection))

    def accounts(self) -> list[Account]:
        """All accounts."""
        with self._rights.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return sessions.accounts(connection)

    def create_account(self, login: str, name: str, roles: tuple[Role, ...], password: str) -> Account:
        """Create an account. Errors: `Conflict` when the login name is taken, `InvalidRecord`."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS) as (connection, person):
            return sessions.create(
                self._database, connection, person.id, login=login, name=name, roles=roles, password=password
            )

    def change_account(
        self,
        account_id: str,
        *,
        name: str | None = None,
        roles: tuple[Role, ...] | None = None,
        active: bool | None = None,
        password: str | None = None,
    ) -> Account:
        """Change an account; its sessions end. Errors: `NotFound`; `Conflict` when no administrator would be left."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            old = sessions.account(connection, account_id)
            return sessions.change(
                self._database, connection, person.id, old, name=name, roles=roles, active=active, password=password
            )

    def erase_account(self, account_id: str, why: str) -> LogEntry:
        """Erase an account's names and credential. Errors: `NotFound`; `Conflict` while it is active."""
        with self._rights.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            if sessions.locked(self._database, connection, account_id).active:
                raise Conflict("this account is active; end it before it is erased")
            reason = v.text("why", why, limit=v.MAX_COMMENT)
            return erasure.erase_account(self._database, connection, person.id, account_id, reason)

    def set_retention(self, decision_id: str, retention: Retention, why: str) -> LogEntry:
        """Change how long a decision is kept, e.g. for a legal hold. Errors: `NotFound`."""
        with self._rights.acting(Action.SET_RETENTION, decision_id) as (connection, person):
            lock_item(connection, decision_id)
            content = {"retention": Retention(retention).value, "why": v.text("why", why, limit=v.MAX_COMMENT)}
            return self._append(connection, person, RETENTION, decision_id, content)

    def erase(self, decision_id: str, why: str, *, early: bool = False) -> LogEntry:
        """Erase a decision's content. Errors: `NotFound`; `Conflict` before its time, unless `early` and no legal hold."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.ERASE, decision_id) as (connection, person):
            lock_item(connection, decision_id)  # a legal hold that is being set is waited for
            found = summaries(connection, decisions.c.id == decision_id)
            if found:
                decision = found[0].decision
                kept = retention_of(connection, decision)
                until = kept_until(decision, kept)
                if until is None:
                    raise Conflict(f"decision {decision_id} is under a legal hold; lift it first")
                if self._database.now(connection) < until and not early:
                    raise Conflict(
                        f"decision {decision_id} must be kept until {until} ({kept}); to erase it now, say so (--early)"
                    )
            return erasure.erase_decision(self._database, connection, person.id, decision_id, reason)

    def due_for_erasure(self) -> list[str]:
        """Ids of decisions whose longest period of keeping is over."""
        with self._rights.reading(Action.ERASE) as (connection, _):
            return due_for_erasure(connection, self._database.now(connection))

    def note_export(self, what: str, head: Head) -> LogEntry:
        """Record that this person took a file away which covers the log up to `head`."""
        with self._rights.acting(Action.EXPORT, what) as (connection, person):
            covered: dict[str, object] = {"entries": head.size, "root": head.root, "last_hash": head.last_hash}
            return self._append(connection, person, "export", what, covered)

    def _append(
        self, connection: Connection, person: Person, type: str, subject: str, payload: Mapping[str, object]
    ) -> LogEntry:
        return self._database.append(connection, actor=person.id, type=type, subject=subject, payload=payload)
