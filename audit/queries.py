"""What the SQL store reads, as functions over a connection. Standard SQL only, to move to PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    case,
    func,
    select,
)
from sqlalchemy import type_coerce as as_type
from sqlalchemy.types import NullType

from audit.blobs import unpack
from audit.errors import InvalidRecord, NotFound, Tampered
from audit.payload import decision_from_payload, review_from_payload
from audit.records import DecisionSummary, Gate, LogEntry, ReviewRecord, Verdict
from audit.rows import Row, decision_shape, review_shape
from audit.rules import Sealed
from audit.schema import blobs, decisions, log, pair_reviews, payloads, reviews, selections

__all__ = [
    "count",
    "entries",
    "last_entry",
    "read_blob",
    "require_decision",
    "reviews_of",
    "rows_by_seq",
    "sealed_between",
    "stored_blobs",
    "summaries",
    "waiting",
]

_LATEST = reviews.alias("latest")

# The state now is derived on every read: a cached column could drift from the reviews, or be forged.
_gate_now: ColumnElement[str] = case(
    (_LATEST.c.verdict == Verdict.APPROVE.value, Gate.RELEASED.value),
    (_LATEST.c.verdict == Verdict.FLAG.value, Gate.REJECTED.value),
    else_=decisions.c.gate,
)


def _with_latest(*columns: Any) -> Select[Any]:
    newest = select(func.max(reviews.c.seq)).where(reviews.c.decision_id == decisions.c.id).scalar_subquery()
    joined = decisions.outerjoin(_LATEST, and_(_LATEST.c.decision_id == decisions.c.id, _LATEST.c.seq == newest))
    return select(*columns).select_from(joined)


def _filtered(statement: Select[Any], gate: Gate | None, unreviewed: bool) -> Select[Any]:
    if gate is not None:
        statement = statement.where(_gate_now == gate.value)
    return statement.where(_LATEST.c.id.is_(None)) if unreviewed else statement


def count(connection: Connection, gate: Gate | None, unreviewed: bool) -> int:
    return int(connection.execute(_filtered(_with_latest(func.count()), gate, unreviewed)).scalar_one())


def _listing(gate: Gate | None, unreviewed: bool) -> Select[Any]:
    return _filtered(_with_latest(decisions, _LATEST.c.id.label("latest_id")), gate, unreviewed)


def summaries(
    connection: Connection,
    *where: ColumnElement[bool],
    gate: Gate | None = None,
    unreviewed: bool = False,
    limit: int | None = None,
    offset: int | None = None,
) -> list[DecisionSummary]:
    """List decisions by `seq`. Errors: `Tampered` when a row is no valid record any more."""
    statement = _listing(gate, unreviewed).where(*where).order_by(decisions.c.seq).limit(limit).offset(offset)
    return _build(connection, connection.execute(statement).mappings().all())


def waiting(connection: Connection, skip: Collection[str]) -> DecisionSummary | None:
    """The next unreviewed decision: held ones first, then by `seq`."""
    statement = _listing(None, True).where(decisions.c.id.not_in(list(skip)))
    statement = statement.order_by(case((decisions.c.gate == Gate.HELD.value, 0), else_=1), decisions.c.seq)
    found = _build(connection, connection.execute(statement.limit(1)).mappings().all())
    return found[0] if found else None


def _build(connection: Connection, rows: Sequence[RowMapping]) -> list[DecisionSummary]:
    parts = _grouped(connection, selections, "decision_id", [row["id"] for row in rows])
    latest_ids = [row["latest_id"] for row in rows if row["latest_id"] is not None]
    latest = {review.id: review for review in _reviews(connection, reviews.c.id.in_(latest_ids))}
    result = []
    for row in rows:
        shape = decision_shape(row, parts[row["id"]])
        del shape["latest_id"]
        try:
            decision = decision_from_payload(shape)
        except InvalidRecord as error:
            raise _tampered("decision", row["id"]) from error
        review = latest.get(row["latest_id"])
        result.append(DecisionSummary(row["seq"], decision, _gate(decision.gate, review), review))
    return result


def _gate(initial: Gate, review: ReviewRecord | None) -> Gate:
    return Gate.after(review.verdict) if review else initial


def require_decision(connection: Connection, id: str) -> None:
    """Errors: `NotFound` when no decision has this id."""
    if connection.execute(select(decisions.c.seq).where(decisions.c.id == id)).first() is None:
        raise NotFound(f"no decision has the id {id!r:.80}")


def reviews_of(connection: Connection, decision_id: str) -> list[ReviewRecord]:
    """All reviews of a decision, oldest first."""
    return _reviews(connection, reviews.c.decision_id == decision_id)


def _reviews(connection: Connection, where: ColumnElement[bool]) -> list[ReviewRecord]:
    rows = connection.execute(select(reviews).where(where).order_by(reviews.c.seq)).mappings().all()
    parts = _grouped(connection, pair_reviews, "review_id", [row["id"] for row in rows])
    result = []
    for row in rows:
        try:
            result.append(review_from_payload(review_shape(row, parts[row["id"]])))
        except InvalidRecord as error:
            raise _tampered("review", row["id"]) from error
    return result


def _tampered(kind: str, id: object) -> Tampered:
    return Tampered(f"the stored {kind} {id} is not what was recorded; run `python -m audit verify` to see what changed")


def _grouped(connection: Connection, table: Table, key: str, ids: Iterable[str]) -> dict[str, list[RowMapping]]:
    groups: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(select(table).where(table.c[key].in_(list(ids)))).mappings():
        groups[row[key]].append(row)
    return groups


def entries(connection: Connection, after: int, limit: int) -> list[LogEntry]:
    """Log entries with `seq` above `after`, in order, unchecked."""
    found = connection.execute(select(log).where(log.c.seq > after).order_by(log.c.seq).limit(limit))
    return [LogEntry(**row) for row in found.mappings()]


def last_entry(connection: Connection) -> LogEntry | None:
    row = connection.execute(select(log).order_by(log.c.seq.desc()).limit(1)).mappings().first()
    return LogEntry(**row) if row else None


def rows_by_seq(connection: Connection, first: int, last: int) -> dict[int, list[Row]]:
    """The business rows of the entries first..last in the shape of their payloads, unchecked."""
    found: dict[int, list[Row]] = defaultdict(list)
    for table, child, key, shape in (
        (decisions, selections, "decision_id", decision_shape),
        (reviews, pair_reviews, "review_id", review_shape),
    ):
        rows = connection.execute(select(table).where(table.c.seq.between(first, last))).mappings().all()
        parts = _grouped(connection, child, key, [row["id"] for row in rows])
        for row in rows:
            found[row["seq"]].append(shape(row, parts[row["id"]]))
    return found


def stored_blobs(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Which of these blobs the store has already."""
    return set(connection.scalars(select(blobs.c.sha256).where(blobs.c.sha256.in_(list(hashes)))))


def read_blob(connection: Connection, sha256: str) -> bytes:
    """Errors: `NotFound`; `Tampered` when the content has another hash."""
    # Without a type, the driver's value comes as it is: a forged cell may hold text or a number.
    columns = select(blobs.c.encoding, as_type(blobs.c.data, NullType()))
    row = connection.execute(columns.where(blobs.c.sha256 == sha256)).first()
    if row is None:
        raise NotFound(f"no blob has the SHA-256 {sha256!r:.80}")
    return unpack(sha256, row[0], row[1])


def sealed_between(connection: Connection, first: int, last: int) -> dict[int, Sealed]:
    """Salt and payload of the entries first..last."""
    found = connection.execute(select(payloads).where(payloads.c.seq.between(first, last)))
    return {row.seq: Sealed(row.salt, row.payload) for row in found}
