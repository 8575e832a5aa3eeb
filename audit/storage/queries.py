"""Queries of the store, as functions over a connection, the same for both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, and_, func, select

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.log.entries import DECISION, REQUEST, REVIEW, SealedContent
from audit.log.proving import EntryHeader
from audit.records.canonical import parse
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, DecisionSummary, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState, ReviewKind
from audit.storage import documents
from audit.storage.engines import in_parts
from audit.storage.schema import NO_DUE_DATE, decisions, log, log_head, payloads, queue, reviews
from audit.storage.state import state_of

_LATEST = reviews.alias("latest")


def newest_review(decision_id: ColumnElement[str]) -> ScalarSelect[int]:
    """Select the seq of a decision's newest review; reviews of control items measure the reviewer and do not count."""
    later = reviews.alias("later")
    counts = later.c.kind != ReviewKind.CONTROL.value
    return select(func.max(later.c.seq)).where(later.c.decision_id == decision_id, counts).scalar_subquery()


# The queue's row repeats what follows from the reviews. Verification derives it again, and the gate never relies on it.
_LISTING = (
    select(decisions.c.seq, decisions.c.id, queue.c.gate, queue.c.state, queue.c.due_at, _LATEST.c.seq.label("latest"))
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
    """List decisions by `seq`: which, and their places, as the caches say; each decision and its latest review as their entries
    say. One for which an entry without a right to it closes the gate is listed as held, with the reason. Raises `Tampered`."""
    rows = connection.execute(_LISTING.where(*where).order_by(decisions.c.seq)).all()
    state = state_of(connection)
    state.settle(connection, [row.id for row in rows])
    read = _records(connection, [seq for row in rows for seq in (row.seq, row.latest) if seq is not None])
    result = []
    for row in rows:
        decision, latest = read.get(row.seq), read.get(row.latest)
        if not isinstance(decision, DecisionRecord) or decision.id != row.id:
            raise documents.tampered(row.seq)
        if row.latest is None or state.refusal(row.latest) is not None:
            latest = None
        elif not isinstance(latest, ReviewRecord) or latest.decision_id != row.id:
            raise documents.tampered(row.latest)
        try:
            gate, place = Gate(row.gate), QueueState(row.state)
        except ValueError as error:
            raise Tampered(f"the place of decision {row.id} in the queue does not follow from its reviews") from error
        due = None if row.due_at == NO_DUE_DATE else row.due_at
        closing = state.closing(connection, row.id)
        gate, refused = (gate, None) if closing is None else (Gate.HELD, closing.text)
        result.append(DecisionSummary(row.seq, decision, gate, latest, place, due_at=due, refused=refused))
    return result


def _records(connection: Connection, seqs: Sequence[int]) -> dict[int, DecisionRecord | ReviewRecord]:
    """Return the decisions and reviews of these entries by number, refused ones too, without erased ones and without reviews
    that are none: these are refused from now on. Raises `Tampered`."""
    state = state_of(connection)
    state.follow(connection)
    found = {}
    for entry, payload in documents.texts(connection, seqs):
        try:
            if payload is not None:
                found[entry.seq] = _record(entry.type, payload)
        except InvalidRecord as error:
            if entry.type != REVIEW:
                raise documents.unreadable(entry.seq) from error
            made = EntryHeader(entry.seq, entry.ts, entry.actor, entry.type, entry.subject, entry.hash)
            state.refuse(made, f"its content is not a review ({error})")  # in a record where nobody signs
    return found


# A list of two hundred decisions is read at every click, and rebuilding a record takes a hundred times as long as reading it.
@lru_cache(maxsize=1_000)
def _record(kind: str, payload: str) -> DecisionRecord | ReviewRecord:
    return decision_from_payload(parse(payload)) if kind == DECISION else review_from_payload(parse(payload))


def forget_records() -> None:
    """Empty the cache of rebuilt records: an endless writer reads each record only once, and a thousand take 120 MB."""
    _record.cache_clear()


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
    return [id for part in in_parts(ids) for id in connection.scalars(subjects.where(log.c.subject.in_(part)))]


def decision_of(connection: Connection, id: str) -> DecisionRecord:
    """Return a decision that the log has. Raises `NotFound` for an unknown or erased one, `Tampered`."""
    seqs = state_of(connection).newest(connection, id, (DECISION,))
    for record in _records(connection, seqs).values():
        if isinstance(record, DecisionRecord) and record.id == id:
            return record
    raise NotFound(f"the content of decision {id} was erased" if seqs else f"no decision has the id {id!r:.80}")


def reviews_of(connection: Connection, decision_id: str) -> list[ReviewRecord]:
    """List all reviews of a decision that the log has, oldest first. Raises `Tampered`, `NotFound`."""
    seqs = state_of(connection).newest(connection, decision_id, (REVIEW,))[::-1]
    found, refusal = _reviews(connection, seqs), state_of(connection).refusal
    if len(found) < sum(refusal(seq) is None for seq in seqs):
        raise NotFound(f"the content of a review of decision {decision_id} was erased")
    return found


def reviews_by_decision(connection: Connection) -> dict[str, list[ReviewRecord]]:
    """Return all reviews by decision, those of each decision oldest first. Raises `Tampered`."""
    by_decision: dict[str, list[ReviewRecord]] = {}
    for review in _reviews(connection, connection.scalars(select(reviews.c.seq).order_by(reviews.c.seq)).all()):
        by_decision.setdefault(review.decision_id, []).append(review)
    return by_decision


def last_reviews(connection: Connection, person: str, limit: int) -> list[ReviewRecord]:
    """List the newest reviews of a person, newest first. Raises `Tampered`."""
    own = select(reviews.c.seq, reviews.c.decision_id).where(reviews.c.reviewer_id == person)
    rows = connection.execute(own.order_by(reviews.c.seq.desc()).limit(limit)).all()
    state_of(connection).settle(connection, [row.decision_id for row in rows])
    return _reviews(connection, [row.seq for row in rows])


def _reviews(connection: Connection, seqs: Sequence[int]) -> list[ReviewRecord]:
    read, refusal = _records(connection, seqs), state_of(connection).refusal
    return [one for seq, one in read.items() if isinstance(one, ReviewRecord) and refusal(seq) is None]


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
    """Return the newest entry about a subject that its maker had the right to; None when there is none. Raises `Tampered`."""
    return next(
        (entry for entry, _ in documents.texts(connection, state_of(connection).newest(connection, subject, (), 1))), None
    )


def sealed_between(connection: Connection, first: int, last: int) -> dict[int, SealedContent]:
    """Return salt and payload of the entries first..last."""
    rows = connection.execute(select(payloads).where(payloads.c.seq.between(first, last)))
    return {row.seq: SealedContent(row.salt, row.payload) for row in rows}


def require_kept(
    connection: Connection, written: Sequence[LogEntry], contents: Sequence[Mapping[str, object]], head: Mapping[str, object]
) -> None:
    """Raise `Tampered` unless the database now holds these entries, their contents and this head.

    A trigger or a rule of somebody else's could drop a row or change it, and report success.
    """
    first = written[0].seq
    stored = select(log, payloads.c.seq.label("content"), payloads.c.salt, payloads.c.payload)
    joined = stored.outerjoin(payloads, payloads.c.seq == log.c.seq).where(log.c.seq >= first).order_by(log.c.seq)
    due = [(*asdict(entry).values(), *content.values()) for entry, content in zip(written, contents, strict=True)]
    kept = connection.execute(select(*(log_head.c[name] for name in head))).all()
    if connection.execute(joined).all() != due or kept != [tuple(head.values())]:
        raise Tampered(
            f"the database did not keep entry {first} as it was written; nothing was recorded: see who changed its schema"
        )
