"""People at a record, without the cost of passwords, and their usual actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from audit import Access, AuditStore, Judgement, Reason, ReviewKind, ReviewPolicy, ReviewRecord, Role, Verdict
from audit.log.entries import POLICY
from audit.people import sessions
from audit.records.clock import moment_text
from audit.review.review_policy import SUBJECT
from tests.support.audit.builders import blobs_of, decision, sha

__all__ = ["PASSWORD", "Clock", "come_back", "give", "join", "judgement", "record", "set_policy"]

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


def join(store: AuditStore, login: str, *roles: Role) -> Access:
    """Return a new person with these roles, signed in."""
    with store.database.write() as connection:
        account = sessions.create(
            store.database, connection, "test", login=login, name=login.title(), roles=roles, password=None
        )
        session = sessions.open_session(store.database, connection, account, "password (argon2id)")
    return store.access(session.token)


def come_back(store: AuditStore, account_id: str) -> Access:
    """Return the same person in a new session, because the old session may have run out."""
    with store.database.write() as connection:
        account = sessions.account(connection, account_id)
        session = sessions.open_session(store.database, connection, account, "password (argon2id)")
    return store.access(session.token)


def set_policy(store: AuditStore, **changes: Any) -> None:
    """Change how the team reviews."""
    content = ReviewPolicy(**changes).payload()
    with store.database.write() as connection:
        store.database.append(connection, actor="test", type=POLICY, subject=SUBJECT, payload=content)


def record(store: AuditStore, **changes: Any) -> str:
    """Record a decision and return its id."""
    recorded = decision(**changes)
    store.record_decision(recorded, blobs_of())
    return recorded.id


def judgement(verdict: Verdict = Verdict.APPROVE, **changes: Any) -> Judgement:
    """Return a valid judgement."""
    fields: dict[str, Any] = {"opened_at": "2026-03-01T10:00:00.000Z", "shown_sha256": sha(b"page")}
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
    access.queue.submit(claim, judgement(verdict, **changes))
    return next(review for review in access.store.reviews(decision_id) if review.lease == claim.token)
