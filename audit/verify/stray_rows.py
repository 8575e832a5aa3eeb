"""Rows that no log entry accounts for, and working state that contradicts the log. Run after the entries were verified."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, or_, select

from audit.log.chain import Problem
from audit.log.entries import DECISION, ERASURE, REQUEST, REVIEW, WEIGHTS
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Verdict
from audit.review.gate import standing
from audit.storage import documents
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.schema import (
    NO_DUE_DATE,
    blobs,
    decisions,
    erased_blobs,
    erased_entries,
    leases,
    log,
    pair_reviews,
    payloads,
    queue,
    reviews,
    selections,
)
from audit.verify.forged_state import find_forged

__all__ = ["find_strays"]

_BATCH = 2_000  # places of the queue derived at once
_Given = tuple[tuple[str | None, str, str], ...]


def find_strays(connection: Connection, size: int) -> list[Problem]:
    """Return the problems found, those of the evidence first; `size`: entries that were verified, later ones are left out.

    The caller's connection must see one state throughout.
    """
    # Entries are read as documents from here on, which refuse what no log has: so this ends it.
    if strays := [*_rows_without_entry(connection, size), *_parts_without_owner(connection)]:
        return _in_order(strays)
    evidence = list(_erasures(connection))
    # A review that was added moves its decision's place in the queue: the cause is named before what follows from it.
    derived = [*read_fast(connection, lambda: list(_queue(connection, size))), *find_forged(connection)]
    return [*_in_order(evidence), *_in_order(derived)]


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.seq is None, problem.seq or 0))


def _rows_without_entry(connection: Connection, size: int) -> Iterator[Problem]:
    """Rows under numbers that no entry has; those under the numbers that have one were verified with it."""
    for table, what, kind in (
        (log, "A log entry", None),
        (payloads, "The content", None),
        (decisions, "A decision", DECISION),
        (reviews, "A review", REVIEW),
    ):
        entry = log.alias("entry")
        logged = exists().where(entry.c.seq == table.c.seq, *([] if kind is None else [entry.c.type == kind]))
        stray = or_(table.c.seq.is_(None), table.c.seq < 1, (table.c.seq > size) & ~logged)
        if connection.dialect.name == "sqlite":  # whose columns hold 6.5 as well, between two entries
            stray = or_(stray, func.typeof(table.c.seq) != "integer")
        found = connection.execute(select(table.c.seq).where(stray).order_by(table.c.seq).limit(1)).first()
        if found is not None:
            yield Problem(found[0], f"{what} in the database claims to be entry {found[0]}, but the log has no such entry.")


def _parts_without_owner(connection: Connection) -> Iterator[Problem]:
    weights = select(decisions.c.weights_blob).where(decisions.c.weights_blob.is_not(None)).distinct()
    unnamed = (
        ~exists().where(decisions.c.input_sha256 == blobs.c.sha256)
        & ~exists().where(selections.c.sha256 == blobs.c.sha256)
        & blobs.c.sha256.not_in(weights)
        & blobs.c.sha256.not_in(select(log.c.subject).where(log.c.type == WEIGHTS))
    )
    for column, stray, what in (
        (selections.c.decision_id, ~exists().where(decisions.c.id == selections.c.decision_id), "selection of a decision"),
        (pair_reviews.c.review_id, ~exists().where(reviews.c.id == pair_reviews.c.review_id), "verdict on a pair of a review"),
        (blobs.c.sha256, or_(unnamed, blobs.c.sha256.is_(None)), "file"),
    ):
        owner = connection.execute(select(column).where(stray).limit(1)).first()
        if owner is not None:
            yield Problem(None, f"The database holds a {what} ({owner[0]}) that no log entry recorded.")


def _erasures(connection: Connection) -> Iterator[Problem]:
    """Permissions to delete that no erasure gave, and erasures that left something behind."""
    entries: dict[int, set[int]] = defaultdict(set)
    files: dict[int, set[str]] = defaultdict(set)
    for seq, target in connection.execute(select(erased_entries.c.seq, erased_entries.c.target)):
        entries[seq].add(target)
    for seq, sha256 in connection.execute(select(erased_blobs.c.seq, erased_blobs.c.sha256)):
        files[seq].add(sha256)
    for seq in connection.scalars(select(log.c.seq).where(log.c.type == ERASURE).order_by(log.c.seq)):
        document = documents.at(connection, seq)
        content = (document.content if document else None) or {}
        try:
            targets = {target["seq"] for target in content.get("targets", [])}
            named = set(content.get("blobs", []))
        except (TypeError, KeyError):
            yield Problem(seq, f"The content of entry {seq} is no valid erasure.")
            continue
        if entries.pop(seq, set()) != targets or files.pop(seq, set()) != named:
            yield Problem(seq, f"The list of what entry {seq} erased is not the one that was recorded.")
        left = connection.execute(select(func.min(payloads.c.seq)).where(payloads.c.seq.in_(sorted(targets)))).scalar()
        if left is not None:
            yield Problem(left, f"The content of entry {left} is there although entry {seq} erased it.")
    for seq in [*entries, *files][:1]:
        yield Problem(None, f"The database allows content to be deleted for entry {seq}, which is no erasure.")


class _Vote(NamedTuple):
    id: str
    supersedes: str | None
    verdict: Verdict
    kind: ReviewKind


class _Place(NamedTuple):
    """What a row of the queue must hold beside its decision's id, `seq` and `due_at`."""

    priority: int
    required: int
    accepted: int
    free: int
    state: str
    gate: str


@lru_cache(maxsize=10_000)
def _place(gate: str, required: int | None, given: _Given, requests: int, claimed: int, adjudicating: int) -> _Place:
    """The place that follows from reviews, requests for more, and live claims; most decisions share a few histories."""
    needed = 1 if required is None else required
    votes = [_Vote(str(n), replaced, Verdict(verdict), ReviewKind(kind)) for n, (replaced, verdict, kind) in enumerate(given)]
    due = standing(Gate(gate), needed, votes, requests)
    # Once a decision has held somebody up, it stays urgent: so every standing that it ever had counts.
    urgent = requests or any(standing(Gate(gate), needed, votes[:n]).gate is Gate.HELD for n in range(len(votes) + 1))
    free = {
        QueueState.OPEN: due.required - due.accepted - claimed,
        QueueState.DISPUTED: 1 - adjudicating,
        QueueState.SETTLED: 0,
    }[due.state]
    return _Place(0 if urgent else 1, due.required, due.accepted, max(0, free), due.state.value, due.gate.value)


def _history(reviews: Sequence[Sequence[Any]]) -> _Given:
    """Reviews without what tells one decision's from another's: each by number, which one it replaced, verdict, kind."""
    numbers = {review[1]: str(n) for n, review in enumerate(reviews)}
    return tuple(
        (None if old is None else numbers.get(old, ""), verdict, kind or ReviewKind.REVIEW.value)
        for _, _, old, verdict, kind in reviews
    )


_decision = (decisions.c.id, decisions.c.gate, decisions.c.required_reviews, decisions.c.due_at, decisions.c.seq)
_queued = [queue.c[name] for name in ("decision_id", "due_at", *_Place._fields)]
_between = decisions.c.seq.between(bindparam("first"), bindparam("last"))
_SPAN = (
    select(decisions.c.seq)
    .where(decisions.c.seq > bindparam("after"), decisions.c.seq <= bindparam("size"))
    .order_by(decisions.c.seq)
    .limit(_BATCH)
)
# By their numbers, which lie beside each other, rather than by ids, which lie anywhere.
_same = (queue.c.seq == decisions.c.seq) & queue.c.seq.between(bindparam("first"), bindparam("last"))
_PLACES = select(*_decision, *_queued).outerjoin(queue, _same).where(_between)
_VOTES = (
    select(reviews.c.decision_id, reviews.c.id, reviews.c.supersedes, reviews.c.verdict, reviews.c.kind)
    .join(decisions, decisions.c.id == reviews.c.decision_id)
    .where(_between)
    .order_by(reviews.c.seq)
)


def _requests(connection: Connection, size: int) -> tuple[Counter[str], dict[str, str]]:
    """How many reviews were asked for afterwards, by decision, and when the first of them is due."""
    asked: Counter[str] = Counter()
    due: dict[str, str] = {}
    wanted = select(log.c.seq).where(log.c.type == REQUEST, log.c.seq <= size).order_by(log.c.seq)
    for seq in connection.scalars(wanted).all():
        document = documents.at(connection, seq)
        if document is not None:
            id, content = document.entry.subject, document.content or {}
            asked[id] += 1
            if isinstance(content.get("due_at"), str):
                due[id] = min(content["due_at"], due.get(id, NO_DUE_DATE))
    return asked, due


def _queue(connection: Connection, size: int) -> Iterator[Problem]:
    """Places in the queue that do not follow from the decision, its reviews, the requests for more, and the live claims."""
    stray = select(queue.c.decision_id).where(~exists().where(decisions.c.id == queue.c.decision_id)).limit(1)
    found = connection.execute(stray).first()
    if found is not None:
        yield Problem(None, f"The queue holds a decision ({found[0]}) that no log entry recorded.")
    requests, due = _requests(connection, size)
    late = set(connection.scalars(select(log.c.subject).where(log.c.seq > size)))
    claims = Counter(map(tuple, connection.execute(select(leases.c.decision_id, leases.c.kind))))
    kinds = (ReviewKind.REVIEW.value, ReviewKind.ADJUDICATION.value)
    by_index(connection)
    after = 0
    while seqs := list(connection.scalars(_SPAN, {"after": after, "size": size})):
        after = seqs[-1]
        span = {"first": seqs[0], "last": after}
        votes: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for vote in rows_of(connection, _VOTES, span):
            votes[vote[0]].append(vote)
        for row in rows_of(connection, _PLACES, span):
            id, gate, required, due_at, seq = row[:5]
            given = _history(votes[id]) if id in votes else ()
            claimed, adjudicating = (claims.get((id, kind), 0) for kind in kinds) if claims else (0, 0)
            place = _place(gate, required, given, requests.get(id, 0), claimed, adjudicating)
            when = min(due_at or NO_DUE_DATE, due.get(id, NO_DUE_DATE))
            if (row[5:7] != (id, when) or row[7:] != place) and id not in late:
                yield Problem(
                    seq,
                    f"The place in the queue of decision {id} (entry {seq}) does not follow from its reviews and claims: "
                    f"it should be {place.state}, {place.gate}.",
                )
                return
