"""Queries of the store, as functions over a connection, the same for both databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    ScalarSelect,
    Table,
    and_,
    func,
    select,
    true,
)
from sqlalchemy import type_coerce as as_type
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.log.entries import DECISION, REQUEST, SealedContent
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, DecisionSummary, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState, ReviewKind
from audit.storage.rows import Row, RowPrinter, StoredBlob, decision_payload, review_payload, unpack
from audit.storage.schema import NO_DUE_DATE, blobs, decisions, log, pair_reviews, payloads, queue, reviews, selections

_MANY = 10_000  # values in one statement: databases have a limit

_LATEST = reviews.alias("latest")


def newest_review(decision_id: ColumnElement[str]) -> ScalarSelect[int]:
    """Select the seq of a decision's newest review; reviews of control items measure the reviewer and do not count."""
    later = reviews.alias("later")
    counts = func.coalesce(later.c.kind, ReviewKind.REVIEW.value) != ReviewKind.CONTROL.value
    return select(func.max(later.c.seq)).where(later.c.decision_id == decision_id, counts).scalar_subquery()


# The queue's row repeats what follows from the reviews. Verification derives it again, and the gate never relies on it.
_NOW = [queue.c[name].label(f"{name}_now") for name in ("gate", "state", "due_at")]
_OWN = decisions.columns.keys()
_LISTING = (
    select(decisions, *_NOW, _LATEST.c.id.label("latest_id"))
    .join_from(decisions, queue, queue.c.decision_id == decisions.c.id)
    .outerjoin(_LATEST, and_(_LATEST.c.decision_id == decisions.c.id, _LATEST.c.seq == newest_review(decisions.c.id)))
)


def _filter(gate: Gate | None, state: QueueState | None) -> list[ColumnElement[bool]]:
    conditions = [] if gate is None else [queue.c.gate == gate.value]
    return conditions if state is None else [*conditions, queue.c.state == state.value]


def count(connection: Connection, gate: Gate | None, state: QueueState | None) -> int:
    """Count the decisions with this gate and state in the queue (None: any)."""
    return int(connection.execute(select(func.count()).select_from(queue).where(*_filter(gate, state))).scalar_one())


def counts(connection: Connection) -> dict[tuple[QueueState, Gate], int]:
    """Count the decisions by state in the queue and gate, in one pass."""
    rows = connection.execute(select(queue.c.state, queue.c.gate, func.count()).group_by(queue.c.state, queue.c.gate))
    return {(QueueState(state), Gate(gate)): n for state, gate, n in rows}


def summaries(connection: Connection, *where: ColumnElement[bool]) -> list[DecisionSummary]:
    """List decisions by `seq`. Raises `Tampered` when a row is no longer a valid record."""
    return _build(connection, connection.execute(_LISTING.where(*where).order_by(decisions.c.seq)).mappings().all())


def page(
    connection: Connection,
    *,
    gate: Gate | None,
    state: QueueState | None,
    limit: int,
    offset: int,
    newest_first: bool = False,
    urgent_first: bool = False,
) -> list[DecisionSummary]:
    """Return one page of decisions by `seq`, or in the order in which they are claimed. Raises `Tampered`."""
    order: list[Any] = [queue.c.priority, queue.c.due_at] if urgent_first else []
    order.append(queue.c.seq.desc() if newest_first else queue.c.seq)
    # An index of the narrow table selects the page; only its decisions are joined.
    selected = select(queue.c.decision_id).where(*_filter(gate, state)).order_by(*order).limit(limit).offset(offset)
    ids = list(connection.scalars(selected))
    by_id = {summary.decision.id: summary for summary in summaries(connection, decisions.c.id.in_(ids))}
    return [by_id[id] for id in ids if id in by_id]


def _build(connection: Connection, rows: Sequence[RowMapping]) -> list[DecisionSummary]:
    parts = _grouped(connection, selections, "decision_id", [row["id"] for row in rows])
    latest_ids = [row["latest_id"] for row in rows if row["latest_id"] is not None]
    latest = {review.id: review for review in _reviews(connection, reviews.c.id.in_(latest_ids))}
    result = []
    for row in rows:
        try:
            decision = _decision(_Rows(row, parts[row["id"]]))
            gate, state = Gate(row["gate_now"]), QueueState(row["state_now"])
        except (InvalidRecord, ValueError) as error:
            raise _tampered("decision", row["id"]) from error
        due = None if row["due_at_now"] == NO_DUE_DATE else row["due_at_now"]
        result.append(DecisionSummary(row["seq"], decision, gate, latest.get(row["latest_id"]), state, due_at=due))
    return result


class _Rows:
    """The rows of a decision, equal only when all values and their types are equal; ``row`` from ``_LISTING``."""

    def __init__(self, row: RowMapping, parts: Sequence[RowMapping]) -> None:
        self.row, self.parts = row, parts
        self._print = repr(([row[name] for name in _OWN], [tuple(part.values()) for part in parts]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and other._print == self._print

    def __hash__(self) -> int:
        return hash(self._print)


# A list of two hundred decisions is read at every click, and rebuilding a record takes a hundred times as long as reading its
# rows. A record is read-only, and rows that differ in any value are rebuilt and checked.
@lru_cache(maxsize=1_000)
def _decision(rows: _Rows) -> DecisionRecord:
    """Rebuild a decision from its rows. Raises `InvalidRecord`."""
    shape = decision_payload(rows.row, rows.parts)
    return decision_from_payload({name: value for name, value in shape.items() if name == "selections" or name in _OWN})


def forget_decisions() -> None:
    """Empty the cache of rebuilt records: an endless writer reads each record only once, and a thousand take 120 MB."""
    _decision.cache_clear()


def requested(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of these decisions for which somebody requested one more review."""
    subjects = select(log.c.subject).distinct().where(log.c.type == REQUEST, log.c.subject.in_(list(ids)))
    return set(connection.scalars(subjects))


def reviewed_by(connection: Connection, person: str, ids: Collection[str]) -> set[str]:
    """Return those of these decisions that this person ever reviewed."""
    reviewed = select(reviews.c.decision_id).where(reviews.c.reviewer_id == person, reviews.c.decision_id.in_(list(ids)))
    return set(connection.scalars(reviewed))


def require_decision(connection: Connection, id: str) -> None:
    """Raise `NotFound` when no decision has this id."""
    if connection.execute(select(decisions.c.seq).where(decisions.c.id == id)).first() is None:
        raise NotFound(f"no decision has the id {id!r:.80}")


def recorded(connection: Connection, ids: Collection[str]) -> list[str]:
    """Return those of these ids that belong to a decision, erased or not."""
    subjects = select(log.c.subject).where(log.c.type == DECISION)
    return [id for part in parts(ids) for id in connection.scalars(subjects.where(log.c.subject.in_(part)))]


def reviews_of(connection: Connection, decision_id: str) -> list[ReviewRecord]:
    """List all reviews of a decision, oldest first."""
    return _reviews(connection, reviews.c.decision_id == decision_id)


def reviews_by_decision(connection: Connection) -> dict[str, list[ReviewRecord]]:
    """Return all reviews by decision, those of each decision oldest first."""
    by_decision: dict[str, list[ReviewRecord]] = {}
    for review in _reviews(connection, true()):
        by_decision.setdefault(review.decision_id, []).append(review)
    return by_decision


def last_reviews(connection: Connection, person: str, limit: int) -> list[ReviewRecord]:
    """List the newest reviews of a person, newest first."""
    seqs = connection.scalars(
        select(reviews.c.seq).where(reviews.c.reviewer_id == person).order_by(reviews.c.seq.desc()).limit(limit)
    ).all()
    return _reviews(connection, reviews.c.seq.in_(seqs))[::-1]


def _reviews(connection: Connection, where: ColumnElement[bool]) -> list[ReviewRecord]:
    rows = connection.execute(select(reviews).where(where).order_by(reviews.c.seq)).mappings().all()
    parts = _grouped(connection, pair_reviews, "review_id", [row["id"] for row in rows])
    result = []
    for row in rows:
        try:
            result.append(review_from_payload(review_payload(row, parts[row["id"]])))
        except InvalidRecord as error:
            raise _tampered("review", row["id"]) from error
    return result


def _tampered(kind: str, id: object) -> Tampered:
    return Tampered(f"the stored {kind} {id} is not what was recorded; run `python -m audit verify` to see what changed")


def _grouped(connection: Connection, table: Table, key: str, ids: Iterable[str]) -> dict[str, list[RowMapping]]:
    groups: dict[str, list[RowMapping]] = defaultdict(list)
    # SQLite cannot be queried for forged text that is not UTF-8.
    plain = [id for id in ids if type(id) is str and id.isascii()]
    for part in parts(plain):
        for row in connection.execute(select(table).where(table.c[key].in_(part))).mappings():
            groups[row[key]].append(row)
    return groups


def entries(connection: Connection, after: int, limit: int) -> list[LogEntry]:
    """List log entries with `seq` above `after`, in order, unchecked."""
    rows = connection.execute(select(log).where(log.c.seq > after).order_by(log.c.seq).limit(limit))
    return [LogEntry(**row) for row in rows.mappings()]


def hashes(connection: Connection, start: int, stop: int) -> bytes:
    """Return the hashes of the entries start..stop - 1, counted from 0. Raises `Tampered` when one is missing or not a hash."""
    column = select(log.c.hash).where(log.c.seq > start, log.c.seq <= stop).order_by(log.c.seq)
    found = list(connection.scalars(column))
    try:
        joined = bytes.fromhex("".join(found))
    except (TypeError, ValueError) as error:
        raise Tampered(f"a hash of the entries {start + 1} to {stop} was changed") from error
    if len(found) != stop - start or len(joined) != 32 * len(found):
        raise Tampered(f"one of the entries {start + 1} to {stop} is missing, or its hash was changed")
    return joined


def newest_about(connection: Connection, subject: str) -> LogEntry | None:
    """Return the newest entry about a subject, unchecked; None when there is none."""
    row = connection.execute(select(log).where(log.c.subject == subject).order_by(log.c.seq.desc()).limit(1)).mappings().first()
    return None if row is None else LogEntry(**row)


def rows_by_seq(connection: Connection, first: int, last: int) -> dict[int, list[Row]]:
    """Return the business rows of the entries first..last in the shape of their payloads, unchecked."""
    shapes: dict[int, list[Row]] = defaultdict(list)
    for table, child, key, shape in (
        (decisions, selections, "decision_id", decision_payload),
        (reviews, pair_reviews, "review_id", review_payload),
    ):
        rows = connection.execute(select(table).where(table.c.seq.between(first, last))).mappings().all()
        parts = _grouped(connection, child, key, [row["id"] for row in rows])
        for row in rows:
            shapes[row["seq"]].append(shape(row, parts[row["id"]]))
    return shapes


DECISION_TEXT = RowPrinter(decisions, ("seq",), "selections")
SELECTION_TEXT = RowPrinter(selections, ("decision_id", "position"))
REVIEW_TEXT = RowPrinter(reviews, ("seq",), "pairs")
PAIR_TEXT = RowPrinter(pair_reviews, ("review_id", "position"))


def stored_blobs(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of these blobs that the store has already."""
    known = select(blobs.c.sha256)
    return {sha256 for part in parts(hashes) for sha256 in connection.scalars(known.where(blobs.c.sha256.in_(part)))}


def parts(values: Collection[str]) -> list[list[str]]:
    """Return the values in lists that one statement can hold."""
    listed = list(values)
    return [listed[start : start + _MANY] for start in range(0, len(listed), _MANY)]


def insert_blobs(connection: Connection, new: Mapping[str, StoredBlob]) -> None:
    """Store new blobs; a blob that another process has stored in the meantime stays as it is."""
    statement: Any = blobs.insert()
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(blobs).on_conflict_do_nothing(index_elements=["sha256"])
    values = [{"sha256": sha256, "encoding": blob.encoding, "data": blob.data} for sha256, blob in new.items()]
    if values:
        connection.execute(statement, values)


def read_blob(connection: Connection, sha256: str) -> bytes:
    """Return the content of a blob. Raises `NotFound`; `Tampered` when the content has another hash."""
    # Without a column type, the driver's value is returned unchanged: a forged cell may hold text or a number.
    columns = select(blobs.c.encoding, as_type(blobs.c.data, NullType()))
    row = connection.execute(columns.where(blobs.c.sha256 == sha256)).first()
    if row is None:
        raise NotFound(f"no blob has the SHA-256 {sha256!r:.80}")
    return unpack(sha256, row[0], row[1])


def sealed_between(connection: Connection, first: int, last: int) -> dict[int, SealedContent]:
    """Return salt and payload of the entries first..last."""
    rows = connection.execute(select(payloads).where(payloads.c.seq.between(first, last)))
    return {row.seq: SealedContent(row.salt, row.payload) for row in rows}
