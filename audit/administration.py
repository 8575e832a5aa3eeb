"""`Administration`: policy, people, retention, erasure and what leaves the record, each action checked against the roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from audit import erasure, people
from audit import validate as v
from audit.claims import lock_item
from audit.errors import Conflict
from audit.people import Account, Person
from audit.policies import SUBJECT, ReviewPolicy
from audit.queries import summaries
from audit.records import LogEntry
from audit.retention import due_for_erasure, kept_until, retention_of
from audit.roles import Action
from audit.rules import POLICY, RETENTION
from audit.schema import decisions
from audit.team import TeamReport, team_report
from audit.words import Retention, Role

if TYPE_CHECKING:
    from audit.access import Access
    from audit.store import Head

__all__ = ["Administration"]


class Administration:
    """What a lead, an auditor or an administrator does. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._database = access.store.database

    def set_policy(self, policy: ReviewPolicy) -> LogEntry:
        """Change how the team reviews, from now on."""
        with self._access.acting(Action.SET_POLICY) as (connection, person):
            return self._append(connection, person, POLICY, SUBJECT, policy.payload())

    def team(self) -> TeamReport:
        """Progress of every person and agreement between them."""
        with self._access.reading(Action.SEE_TEAM) as (connection, _):
            return team_report(connection, self._database.now(connection))

    def accounts(self) -> list[Account]:
        """All accounts."""
        with self._access.reading(Action.MANAGE_ACCOUNTS) as (connection, _):
            return people.accounts(connection)

    def create_account(self, login: str, name: str, roles: tuple[Role, ...], password: str) -> Account:
        """Create an account. Errors: `Conflict` when the login name is taken, `InvalidRecord`."""
        with self._access.acting(Action.MANAGE_ACCOUNTS) as (connection, person):
            return people.create(self._database, connection, person.id, login=login, name=name, roles=roles, password=password)

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
        with self._access.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            old = people.account(connection, account_id)
            return people.change(
                self._database, connection, person.id, old, name=name, roles=roles, active=active, password=password
            )

    def erase_account(self, account_id: str, why: str) -> LogEntry:
        """Erase an account's names and credential. Errors: `NotFound`; `Conflict` while it is active."""
        with self._access.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            if people.locked(self._database, connection, account_id).active:
                raise Conflict("this account is active; end it before it is erased")
            reason = v.text("why", why, limit=v.MAX_COMMENT)
            return erasure.erase_account(self._database, connection, person.id, account_id, reason)

    def set_retention(self, decision_id: str, retention: Retention, why: str) -> LogEntry:
        """Change how long a decision is kept, e.g. for a legal hold. Errors: `NotFound`."""
        with self._access.acting(Action.SET_RETENTION, decision_id) as (connection, person):
            lock_item(connection, decision_id)
            content = {"retention": Retention(retention).value, "why": v.text("why", why, limit=v.MAX_COMMENT)}
            return self._append(connection, person, RETENTION, decision_id, content)

    def erase(self, decision_id: str, why: str, *, early: bool = False) -> LogEntry:
        """Erase a decision's content. Errors: `NotFound`; `Conflict` before its time, unless `early` and no legal hold."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._access.acting(Action.ERASE, decision_id) as (connection, person):
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
        with self._access.reading(Action.ERASE) as (connection, _):
            return due_for_erasure(connection, self._database.now(connection))

    def note_export(self, what: str, head: Head) -> LogEntry:
        """Record that this person took a file away which covers the log up to `head`."""
        with self._access.acting(Action.EXPORT, what) as (connection, person):
            covered: dict[str, object] = {"entries": head.size, "root": head.root, "last_hash": head.last_hash}
            return self._append(connection, person, "export", what, covered)

    def _append(
        self, connection: Connection, person: Person, type: str, subject: str, payload: Mapping[str, object]
    ) -> LogEntry:
        return self._database.append(connection, actor=person.id, type=type, subject=subject, payload=payload)
