"""People at a record, without the cost of passwords, and their usual actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from audit import (
    Access,
    Account,
    AuditStore,
    Claim,
    DecisionRecord,
    Judgement,
    LogEntry,
    NotFound,
    Reason,
    ReviewKind,
    ReviewPolicy,
    ReviewRecord,
    Role,
    Verdict,
)
from audit.log.entries import ACCOUNT, POLICY, SIGNED_IN
from audit.log.roles import SYSTEM
from audit.log.signatures import Signer
from audit.people import keys, sealed_keys, sessions
from audit.people.accounts import any_account
from audit.records.clock import moment_text, shifted
from audit.review.review_policy import SUBJECT
from audit.storage import documents
from audit.storage.schema import log
from tests.support.audit.builders import blobs_of, decision, sha

__all__ = [
    "PASSWORD",
    "Clock",
    "add",
    "add_all",
    "change_account",
    "come_back",
    "enrol",
    "give",
    "join",
    "judgement",
    "keeper",
    "maker_of_accounts",
    "record",
    "renew",
    "set_policy",
    "set_up",
]

PASSWORD = "correct horse battery"  # noqa: S105 - of invented people


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass; a negative number sets the clock back."""
        self.now += timedelta(seconds=seconds)

    @property
    def text(self) -> str:
        """The time as records write it."""
        return moment_text(self.now)


def keeper(store: AuditStore, connection: Connection) -> str:
    """Return the id of an account that makes accounts, sets policies and records decisions; signed in now."""
    try:
        id = sessions.by_login(connection, "keeper").id
    except NotFound:
        first = connection.execute(select(log.c.subject).where(log.c.type == ACCOUNT).order_by(log.c.seq).limit(1)).scalar()
        if first is None:
            store.database.append(connection, actor=SYSTEM, type="set_up", subject="accounts", payload={})
        else:
            _signed_in(store, connection, first)
        roles = (Role.ADMIN, Role.LEAD, Role.SERVICE)
        made = {"login": "keeper", "name": "Keeper", "roles": roles, "password": None}
        id = sessions.create(store.database, connection, first or SYSTEM, **made).id
    _signed_in(store, connection, id)
    return id


def maker_of_accounts(store: AuditStore, connection: Connection) -> str:
    """Return who makes the next account: the program makes the first, then an administrator, signed in now, else the keeper."""
    known = sessions.accounts(connection)
    return _able(store, connection, Role.ADMIN) or (keeper(store, connection) if known else SYSTEM)


def _able(store: AuditStore, connection: Connection, *roles: Role) -> str | None:
    """Return an account with one of these roles, the keeper's before all others, signed in now."""
    able = [one for one in sessions.accounts(connection) if one.active and set(roles) & set(one.roles)]
    chosen = min(able, key=lambda one: one.login != "keeper", default=None)
    if chosen is None or chosen.provider == "token":
        return None
    _signed_in(store, connection, chosen.id)
    return chosen.id


def _signed_in(store: AuditStore, connection: Connection, id: str) -> None:
    """Sign an account in whose last sign-in is over, or was before its last change."""
    last, changed = documents.latest(connection, SIGNED_IN, id), documents.latest(connection, ACCOUNT, id)
    now = store.database.now(connection)
    if (
        last is None
        or changed is None
        or last.entry.seq < changed.entry.seq
        or not (last.entry.ts <= now < shifted(last.entry.ts, sessions.LONGEST))
    ):
        sessions.open_session(store.database, connection, sessions.account(connection, id), "password (argon2id)")


def join(store: AuditStore, login: str, *roles: Role) -> Access:
    """Return a new person with these roles, signed in."""
    with store.database.write() as connection:
        account = sessions.create(
            store.database,
            connection,
            _able(store, connection, Role.ADMIN) or keeper(store, connection),
            login=login,
            name=login.title(),
            roles=roles,
            password=None,
        )
        session = sessions.open_session(store.database, connection, account, "password (argon2id)")
    return store.access(session.token)


def come_back(store: AuditStore, account_id: str) -> Access:
    """Return the same person in a new session, because the old session may have run out."""
    with store.database.write() as connection:
        account = sessions.account(connection, account_id)
        how = "password (argon2id)" if account.provider == "password" else f"OpenID Connect ({account.provider})"
        session = sessions.open_session(store.database, connection, account, how)
    return store.access(session.token)


def set_up(store: AuditStore, *roles: Role) -> Access:
    """Set up a record in which people sign; return its first administrator, with the key open."""
    root = store.accounts.set_up("root", "Root", PASSWORD, roles=roles)
    with store.database.write() as connection:
        session = sessions.open_session(store.database, connection, root, "password (argon2id)")
        return Access(store, token=session.token, signer=sealed_keys.opened(connection, root.id, PASSWORD))


def enrol(
    store: AuditStore, root: Access, login: str, *roles: Role, key: str | None = "password", initial: bool = False
) -> Access:
    """Return a new person of a record in which people sign, with the key open that `root` gave them; `key`: its kind."""
    private, actor = keys.new_key(), root.person.id
    made = {"login": login, "name": login.title(), "roles": roles, "password": None}
    with store.database.write() as connection:
        store.database.sign_as(connection, root.signer)
        account = sessions.create(store.database, connection, actor, **made)
        if key is not None:
            made = keys.public_key(Signer(account.id, key, private), store.database.now(connection), initial=initial)
            keys.record(store.database, connection, actor, made)
        session = sessions.open_session(store.database, connection, account, "password (argon2id)")
    return Access(store, token=session.token, signer=None if key is None else Signer(account.id, key, private))


def renew(store: AuditStore, person: Access) -> Access:
    """Return a person whose own new key, which their old one signed, is open."""
    assert person.signer is not None
    fresh = person.signer._replace(private=keys.new_key())
    with store.database.write() as connection:
        store.database.sign_as(connection, person.signer)
        made = keys.public_key(fresh, store.database.now(connection))
        keys.record(store.database, connection, fresh.account_id, made)
    return Access(store, token=person._token, signer=fresh)


def change_account(admin: Access, account_id: str, **changes: Any) -> Account:
    """Change an account as it is now."""
    with admin.store.database.read() as connection:
        seen = sessions.account(connection, account_id)
    return admin.admin.change_account(seen, **changes)


def set_policy(store: AuditStore, **changes: Any) -> None:
    """Change how the team reviews."""
    content = asdict(ReviewPolicy(**changes))
    with store.database.write() as connection:
        actor = keeper(store, connection) if any_account(connection) else "test"
        store.database.append(connection, actor=actor, type=POLICY, subject=SUBJECT, payload=content)


def add(store: AuditStore, decision: DecisionRecord, blobs: Mapping[str, bytes]) -> LogEntry:
    """Record a decision, as the account that set up the record where there are accounts."""
    return add_all(store, [(decision, blobs)])[0]


def add_all(store: AuditStore, batch: Sequence[tuple[DecisionRecord, Mapping[str, bytes]]]) -> list[LogEntry]:
    """Record decisions in one transaction, as the account that set up the record where there are accounts."""
    with store.database.write() as connection:
        actor = None
        if any_account(connection):
            actor = _able(store, connection, Role.LEAD, Role.REVIEWER) or keeper(store, connection)
        return store.add_decisions(connection, batch, actor)


def record(store: AuditStore, **changes: Any) -> str:
    """Record a decision and return its id."""
    recorded = decision(**changes)
    add(store, recorded, blobs_of())
    return recorded.id


def judgement(access: Access, about: Claim | ReviewRecord, verdict: Verdict = Verdict.APPROVE, **changes: Any) -> Judgement:
    """Return a valid judgement of a person on the decision that they claimed or reviewed."""
    fields: dict[str, Any] = {
        "opened_at": "2026-03-01T10:00:00.000Z",
        "shown_sha256": sha(b"page"),
        "entry_hash": access.case(about.decision_id).entry_hash,
    }
    if verdict is Verdict.FLAG:
        fields["reason"] = Reason.WRONG_CAUSE
    return Judgement(verdict, **(fields | changes))


def give(
    access: Access,
    decision_id: str,
    verdict: Verdict = Verdict.APPROVE,
    *,
    kind: ReviewKind = ReviewKind.REVIEW,
    **changes: Any,
) -> ReviewRecord:
    """Claim a decision and submit a review of it."""
    claim = access.queue.claim_decision(decision_id, kind)
    access.queue.submit(claim, judgement(access, claim, verdict, **changes))
    return next(review for review in access.store.reviews(decision_id) if review.lease == claim.token)
