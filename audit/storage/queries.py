"""What the store reads, as functions over a connection, the same for both databases."""

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
from audit.log.entries import DECISION, REQUEST, Sealed
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, DecisionSummary, Gate, LogEntry, QueueState, ReviewRecord
from audit.records.vocabulary import ReviewKind
from audit.storage.rows import Row, RowText, StoredBlob, decision_shape, review_shape, unpack
from audit.storage.schema import NO_DUE_DATE, blobs, decisions, log, pair_reviews, payloads, queue, reviews, selections

__all__ = [
    "DECISION_TEXT",
    "PAIR_TEXT",
    "REVIEW_TEXT",
    "SELECTION_TEXT",
    "count",
    "counts",
    "entries",
    "insert_blobs",
    "last_reviews",
    "newest_review",
    "page",
    "read_blob",
    "recorded",
    "requested",
    "require_decision",
    "reviewed_by",
    "reviews_by_decision",
    "reviews_of",
    "rows_by_seq",
    "sealed_between",
    "stored_blobs",
    "summaries",
    "texts_by_seq",
]

_MANY = 10_000  # values in one statement: databases have a limit

_LATEST = reviews.alias("latest")


# The queue's row repeats what follows from the reviews; verification derives it again, and the gate never trusts it.
def newest_review(decision_id: ColumnElement[str]) -> ScalarSelect[int]:
    """The seq of a decision's newest review. A control item's review measures its reviewer and says nothing about it."""
    later = reviews.alias("later")
    counts = func.coalesce(later.c.kind, ReviewKind.REVIEW.value) != ReviewKind.CONTROL.value
    return select(func.max(later.c.seq)).where(later.c.decision_id == decision_id, counts).scalar_subquery()


_NOW = [queue.c[name].label(f"{name}_now") for name in ("gate", "state", "due_at")]
_OWN = decisions.columns.keys()
_LISTING = (
    select(decisions, *_NOW, _LATEST.c.id.label("latest_id"))
    .join_from(decisions, queue, queue.c.decision_id == decisions.c.id)
    .outerjoin(_LATEST, and_(_LATEST.c.decision_id == decisions.c.id, _LATEST.c.seq == newest_review(decisions.c.id)))
)


def _filter(gate: Gate | None, state: QueueState | None) -> list[ColumnElement[bool]]:
    wanted = [] if gate is None else [queue.c.gate == gate.value]
    return wanted if state is None else [*wanted, queue.c.state == state.value]


def count(connection: Connection, gate: Gate | None, state: QueueState | None) -> int:
    """How many decisions stand so."""
    return int(connection.execute(select(func.count()).select_from(queue).where(*_filter(gate, state))).scalar_one())


def counts(connection: Connection) -> dict[tuple[QueueState, Gate], int]:
    """How many decisions stand where, in one pass."""
    found = connection.execute(select(queue.c.state, queue.c.gate, func.count()).group_by(queue.c.state, queue.c.gate))
    return {(QueueState(state), Gate(gate)): n for state, gate, n in found}


def summaries(connection: Connection, *where: ColumnElement[bool]) -> list[DecisionSummary]:
    """List decisions by `seq`. Errors: `Tampered` when a row is no valid record any more."""
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
    """One page of decisions by `seq`, or in the order in which they are claimed. Errors: `Tampered`."""
    order: list[Any] = [queue.c.priority, queue.c.due_at] if urgent_first else []
    order.append(queue.c.seq.desc() if newest_first else queue.c.seq)
    # The page is chosen from the narrow table by an index; only its decisions are joined.
    wanted = select(queue.c.decision_id).where(*_filter(gate, state)).order_by(*order).limit(limit).offset(offset)
    ids = list(connection.scalars(wanted))
    found = {summary.decision.id: summary for summary in summaries(connection, decisions.c.id.in_(ids))}
    return [found[id] for id in ids if id in found]


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
    """The rows of a decision, told apart by all that stands in them, types included; ``row`` from ``_LISTING``."""

    def __init__(self, row: RowMapping, parts: Sequence[RowMapping]) -> None:
        self.row, self.parts = row, parts
        self._print = repr(([row[name] for name in _OWN], [tuple(part.values()) for part in parts]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and other._print == self._print

    def __hash__(self) -> int:
        return hash(self._print)


# A list of two hundred decisions is read at every click, and rebuilding a record takes a hundred times as long as reading its
# rows. A record is read-only, and rows that differ in anything are rebuilt and checked.
@lru_cache(maxsize=1_000)
def _decision(rows: _Rows) -> DecisionRecord:
    """Errors: `InvalidRecord`."""
    shape = decision_shape(rows.row, rows.parts)
    return decision_from_payload({name: value for name, value in shape.items() if name == "selections" or name in _OWN})


def forget_decisions() -> None:
    """Let go of the records that were rebuilt: who writes without end reads each but once, and a thousand take 120 MB."""
    _decision.cache_clear()


def requested(connection: Connection, ids: Collection[str]) -> set[str]:
    """Of which of these decisions somebody asked for one more review."""
    found = select(log.c.subject).distinct().where(log.c.type == REQUEST, log.c.subject.in_(list(ids)))
    return set(connection.scalars(found))


def reviewed_by(connection: Connection, person: str, ids: Collection[str]) -> set[str]:
    """Which of these decisions this person ever reviewed."""
    found = select(reviews.c.decision_id).where(reviews.c.reviewer_id == person, reviews.c.decision_id.in_(list(ids)))
    return set(connection.scalars(found))


def require_decision(connection: Connection, id: str) -> None:
    """Errors: `NotFound` when no decision has this id."""
    if connection.execute(select(decisions.c.seq).where(decisions.c.id == id)).first() is None:
        raise NotFound(f"no decision has the id {id!r:.80}")


def recorded(connection: Connection, ids: Collection[str]) -> list[str]:
    """Which of these ids are decisions', erased ones too."""
    wanted = list(ids)
    known = select(log.c.subject).where(log.c.type == DECISION)
    parts = [wanted[start : start + _MANY] for start in range(0, len(wanted), _MANY)]
    return [id for part in parts for id in connection.scalars(known.where(log.c.subject.in_(part)))]


def reviews_of(connection: Connection, decision_id: str) -> list[ReviewRecord]:
    """All reviews of a decision, oldest first."""
    return _reviews(connection, reviews.c.decision_id == decision_id)


def reviews_by_decision(connection: Connection) -> dict[str, list[ReviewRecord]]:
    """All reviews there are, of each decision oldest first."""
    found: dict[str, list[ReviewRecord]] = {}
    for review in _reviews(connection, true()):
        found.setdefault(review.decision_id, []).append(review)
    return found


def last_reviews(connection: Connection, person: str, limit: int) -> list[ReviewRecord]:
    """The newest reviews of a person, newest first."""
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
            result.append(review_from_payload(review_shape(row, parts[row["id"]])))
        except InvalidRecord as error:
            raise _tampered("review", row["id"]) from error
    return result


def _tampered(kind: str, id: object) -> Tampered:
    return Tampered(f"the stored {kind} {id} is not what was recorded; run `python -m audit verify` to see what changed")


def _grouped(connection: Connection, table: Table, key: str, ids: Iterable[str]) -> dict[str, list[RowMapping]]:
    groups: dict[str, list[RowMapping]] = defaultdict(list)
    # SQLite cannot be asked for forged text that is no UTF-8.
    wanted = [id for id in ids if type(id) is str and id.isascii()]
    for row in connection.execute(select(table).where(table.c[key].in_(wanted))).mappings():
        groups[row[key]].append(row)
    return groups


def entries(connection: Connection, after: int, limit: int) -> list[LogEntry]:
    """Log entries with `seq` above `after`, in order, unchecked."""
    found = connection.execute(select(log).where(log.c.seq > after).order_by(log.c.seq).limit(limit))
    return [LogEntry(**row) for row in found.mappings()]


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


DECISION_TEXT = RowText(decisions, ("seq",), "selections")
SELECTION_TEXT = RowText(selections, ("decision_id", "position"))
REVIEW_TEXT = RowText(reviews, ("seq",), "pairs")
PAIR_TEXT = RowText(pair_reviews, ("review_id", "position"))


def texts_by_seq(connection: Connection, first: int, last: int) -> dict[int, list[tuple[str | None, list[object]]]]:
    """The rows of the entries first..last as canonical JSON (None: cannot be printed), each with the blobs that it names."""
    found: dict[int, list[tuple[str | None, list[object]]]] = defaultdict(list)
    for table, child, print_row, print_part, names in (
        (decisions, selections, DECISION_TEXT, SELECTION_TEXT, ("input_sha256", "weights_blob")),
        (reviews, pair_reviews, REVIEW_TEXT, PAIR_TEXT, ()),
    ):
        keys = table.columns.keys()
        seq_at, id_at, blobs_at = keys.index("seq"), keys.index("id"), [keys.index(name) for name in names]
        between = table.c.seq.between(first, last)
        rows = connection.execute(select(table).where(between)).all()
        parts: dict[str, list[Any]] = defaultdict(list)
        owner = child.columns[0]
        if rows:
            joined = select(child).join(table, table.c.id == owner).where(between).order_by(owner, child.c.position)
            for part in connection.execute(joined):
                parts[part[0]].append(part)
        part_blob = child.columns.keys().index("sha256") if names else None
        for row in rows:
            own = parts.get(row[id_at], [])
            printed = [print_part(part) for part in own]
            whole = [part[1] for part in own] == list(range(len(own))) and None not in printed
            inner = "[" + ",".join(printed) + "]" if whole else None  # type: ignore[arg-type]  # no None among them
            named: list[object] = [row[at] for at in blobs_at if row[at] is not None]
            if part_blob is not None:
                named += [part[part_blob] for part in own]
            found[row[seq_at]].append((print_row((*row, inner)), named))
    return found


def stored_blobs(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Which of these blobs the store has already."""
    wanted, found = list(hashes), set()
    for start in range(0, len(wanted), _MANY):
        part = wanted[start : start + _MANY]
        found |= set(connection.scalars(select(blobs.c.sha256).where(blobs.c.sha256.in_(part))))
    return found


def insert_blobs(connection: Connection, new: Mapping[str, StoredBlob]) -> None:
    """Store new blobs; one that another process has stored in the meantime stays as it is."""
    statement: Any = blobs.insert()
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(blobs).on_conflict_do_nothing(index_elements=["sha256"])
    values = [{"sha256": sha256, "encoding": blob.encoding, "data": blob.data} for sha256, blob in new.items()]
    if values:
        connection.execute(statement, values)


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
