"""How long content is kept: at least, and at most; the log's entries themselves stay for ever.

EU AI Act Art. 19 and 26(6) ask for logs to be kept at least six months; what nobody may look at any more is erased (GDPR
Art. 5(1)(e)). A decision is recorded with its class; an entry of type "retention" can change it, e.g. for a legal hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from audit.log.entries import RETENTION
from audit.records.clock import shifted
from audit.records.records import DecisionRecord
from audit.records.vocabulary import Retention
from audit.storage import documents
from audit.storage.schema import decisions

__all__ = ["PERIODS", "Period", "due_for_erasure", "retention_of"]

_DAY = 86_400
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Period:
    """Days for which a decision's content must be kept, and after which it is erased; None: never."""

    at_least: int | None
    at_most: int | None


PERIODS = {
    Retention.STANDARD: Period(183, 730),
    Retention.EXTENDED: Period(1_826, 3_653),
    Retention.LEGAL_HOLD: Period(None, None),
}


def retention_of(connection: Connection, decision: DecisionRecord) -> Retention:
    """The class that applies to a decision now. Raises `Tampered`."""
    found = documents.latest(connection, RETENTION, decision.id)
    return Retention(found.content["retention"]) if found and found.content is not None else decision.retention


def kept_until(decision: DecisionRecord, retention: Retention) -> str | None:
    """Until when a decision must be kept; None: for ever."""
    days = PERIODS[retention].at_least
    return None if days is None else shifted(decision.ended_at, days * _DAY)


def due_for_erasure(connection: Connection, now: str, limit: int = _BATCH) -> list[str]:
    """Ids of decisions whose longest period is over, oldest first."""
    shortest = min(period.at_most for period in PERIODS.values() if period.at_most is not None)
    before = shifted(now, -shortest * _DAY)
    old = select(decisions.c.id, decisions.c.ended_at, decisions.c.retention).where(decisions.c.ended_at < before)
    due = []
    for row in connection.execute(old.order_by(decisions.c.seq)).all():
        changed = documents.latest(connection, RETENTION, row.id)
        name = changed.content["retention"] if changed and changed.content is not None else row.retention
        days = PERIODS[Retention(name or Retention.STANDARD)].at_most
        if days is not None and shifted(row.ended_at, days * _DAY) <= now:
            due.append(row.id)
        if len(due) >= limit:
            break
    return due
