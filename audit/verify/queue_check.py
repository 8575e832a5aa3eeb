"""Places in the queue, derived again from decisions, reviews, requests and claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, select

from audit.log.entries import REQUEST
from audit.log.proving import ChainProblem
from audit.log.standing import DISPUTED, HELD, OPEN, SETTLED, GivenReview, standing
from audit.records.vocabulary import ReviewKind
from audit.storage import caches, documents
from audit.storage.database import Database
from audit.storage.engines import by_index, rows_of
from audit.storage.schema import NO_DUE_DATE, credentials, decisions, leases, log, queue
from audit.storage.state import state_of

_BATCH = 2_000  # places of the queue derived at once
_History = tuple[tuple[str | None, str, str], ...]


class _Place(NamedTuple):
    """What a row of the queue must hold beside its decision's id, `seq` and `due_at`."""

    priority: int
    required: int
    accepted: int
    free: int
    state: str
    gate: str


@lru_cache(maxsize=10_000)
def _place(gate: str, required: int, history: _History, requests: int, claimed: int, adjudicating: int) -> _Place:
    """Derive a place from reviews, requests for more, and live claims; most decisions share a few histories."""
    votes = [GivenReview(str(n), "", kind, verdict, old) for n, (old, verdict, kind) in enumerate(history)]
    derived = standing(gate, required, votes, requests)
    # A decision that was held at any time stays urgent: so every standing that it ever had counts.
    urgent = requests or any(standing(gate, required, votes[:n]).gate == HELD for n in range(len(votes) + 1))
    free = {
        OPEN: derived.required - derived.accepted - claimed,
        DISPUTED: 1 - adjudicating,
        SETTLED: 0,
    }[derived.state]
    return _Place(0 if urgent else 1, derived.required, derived.accepted, max(0, free), derived.state, derived.gate)


def _history(given: Sequence[GivenReview]) -> _History:
    """Return the reviews without their ids, so that equal histories are equal: which one each replaced, verdict, kind."""
    numbers = {review.id: str(n) for n, review in enumerate(given)}
    return tuple((None if old is None else numbers.get(old, ""), verdict, kind) for _, _, kind, verdict, old in given)


_decision = (decisions.c.id, decisions.c.due_at, decisions.c.seq)
_QUEUED = ("decision_id", "due_at", *_Place._fields)
_between = decisions.c.seq.between(bindparam("first"), bindparam("last"))
_SPAN = (
    select(decisions.c.seq)
    .where(decisions.c.seq > bindparam("after"), decisions.c.seq <= bindparam("size"))
    .order_by(decisions.c.seq)
    .limit(_BATCH)
)
# Joined by their numbers, which lie beside each other, rather than by ids, which lie anywhere.
_same = (queue.c.seq == decisions.c.seq) & queue.c.seq.between(bindparam("first"), bindparam("last"))
_PLACES = select(*_decision, *(queue.c[name] for name in _QUEUED)).outerjoin(queue, _same).where(_between)


def _due(connection: Connection, size: int) -> dict[str, str]:
    """Return when the first of the reviews that were requested afterwards is due, by decision."""
    due: dict[str, str] = {}
    for document in documents.every(connection, REQUEST):
        at = (document.content or {}).get("due_at")
        if isinstance(at, str) and document.entry.seq <= size:
            due[document.entry.subject] = min(at, due.get(document.entry.subject, NO_DUE_DATE))
    return due


def queue_problems(connection: Connection, size: int) -> Iterator[ChainProblem]:
    """Yield places in the queue that do not follow from the decision, its reviews, the requests for more, and the live claims.

    `size`: entries that were verified. The caller's connection must see one state throughout.
    """
    stray = select(queue.c.decision_id).where(~exists().where(decisions.c.id == queue.c.decision_id)).limit(1)
    unrecorded = connection.execute(stray).first()
    if unrecorded is not None:
        yield ChainProblem(None, f"The queue holds a decision ({unrecorded[0]}) that no log entry recorded.")
    late = set(connection.scalars(select(log.c.subject).where(log.c.seq > size)))
    for seq, due, stored in _places(connection, size):
        if stored != due and due[0] not in late:
            yield ChainProblem(
                seq,
                f"The place in the queue of decision {due[0]} (entry {seq}) does not follow from its reviews and claims: "
                f"it should be {due[-2]}, {due[-1]}.",
            )
            return


def rebuild(database: Database, connection: Connection) -> int:
    """Throw caches, queue and claims away, open locked accounts, and make caches and queue again from the log.

    Return how many decisions there are.
    Raises `InvalidRecord`, `Tampered`.
    """
    database.lock(connection)
    caches.rebuild(connection)
    for table in (queue, leases):
        connection.execute(delete(table))
    unlocked = {"failures": 0, "locked_until": None, "signing_failures": 0, "signing_locked_until": None}
    connection.execute(credentials.update().values(unlocked))
    size = state_of(connection).follow(connection)
    made = [{"seq": seq} | dict(zip(_QUEUED, due, strict=True)) for seq, due, _ in _places(connection, size)]
    if made:
        connection.execute(queue.insert(), made)
    return len(made)


def _places(connection: Connection, size: int) -> Iterator[tuple[int, tuple[object, ...], tuple[object, ...]]]:
    """Yield of each decision the number of its entry, the row that the queue is due to have of it, and the one that it has."""
    soonest, state = _due(connection, size), state_of(connection)
    claims = Counter(map(tuple, connection.execute(select(leases.c.decision_id, leases.c.kind))))
    kinds = (ReviewKind.REVIEW.value, ReviewKind.ADJUDICATION.value)
    by_index(connection)
    after = 0
    while seqs := list(connection.scalars(_SPAN, {"after": after, "size": size})):
        after = seqs[-1]
        span = {"first": seqs[0], "last": after}
        for row in rows_of(connection, _PLACES, span):
            id, due_at, seq = row[:3]
            # One that does not count is listed as held.
            gate, required, given, requests = state.said_of(connection, id) or (HELD, 1, (), 0)
            claimed, adjudicating = (claims.get((id, kind), 0) for kind in kinds) if claims else (0, 0)
            place = _place(gate, required, _history(given), requests, claimed, adjudicating)
            yield seq, (id, min(due_at, soonest.get(id, NO_DUE_DATE)), *place), row[3:]
