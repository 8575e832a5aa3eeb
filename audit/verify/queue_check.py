"""Places in the queue, derived again from the evidence: of one decision for the gate, and of all decisions for verification.

The gate relies on `proven_standing` instead of the queue's row. Every row about the decision is compared with its payload, the
payload with its commitment, the entry with its hash; that holds for every entry about the decision that the chained pass has
seen (`audit.storage.state`), whatever its type says. The queue's row must say the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, select

from audit.errors import NotFound, Tampered
from audit.log.authority import GivenReview
from audit.log.chain import ChainProblem
from audit.log.entries import DECISION, REQUEST, REVIEW
from audit.records.canonical import canonical
from audit.records.payload import decision_from_payload, review_from_payload, to_payload
from audit.records.records import DecisionRecord, ReviewRecord
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Verdict
from audit.review.gate import DecisionStanding, standing
from audit.review.review_lines import ReviewLine
from audit.storage import documents, queries
from audit.storage.engines import by_index, rows_of
from audit.storage.schema import NO_DUE_DATE, decisions, leases, log, queue, reviews
from audit.storage.state import state_of
from audit.verify.row_differences import row_problem

_BATCH = 2_000  # places of the queue derived at once
_History = tuple[tuple[str | None, str, str], ...]


def proven_standing(connection: Connection, id: str) -> DecisionStanding:
    """Derive a decision's standing from proven rows; the connection must see one state throughout.

    Raises `NotFound` for an unknown or erased decision, `Tampered` when a row is not what was committed, or an entry was made
    without the right to it.
    """
    if type(id) is not str:
        raise NotFound(f"no decision has the id {id!r:.80}")
    problem = state_of(connection).closing(connection, id)
    if problem is not None:
        raise Tampered(problem.text)
    decision: DecisionRecord | None = None
    given: list[ReviewRecord] = []
    requests = 0
    for entry, content in documents.history(connection, id):
        if entry.type == REQUEST:
            requests += 1
        if entry.type not in (DECISION, REVIEW):
            continue
        if content is None:
            raise NotFound(f"the content of entry {entry.seq} ({entry.type} {entry.subject}) was erased")
        rows = queries.rows_by_seq(connection, entry.seq, entry.seq).get(entry.seq, [])
        changed = row_problem(content, rows, f"entry {entry.seq} ({entry.type} {entry.subject})")
        if changed is not None:
            raise Tampered(changed)
        if entry.type == DECISION:
            decision = decision_from_payload(content)
        else:
            given.append(review_from_payload(content))
    if decision is None:
        raise NotFound(f"no decision has the id {id!r:.80}")
    if len(queries.reviews_of(connection, id)) != len(given):
        raise Tampered(f"decision {id} has a review that no log entry recorded")
    derived = standing(decision.gate, decision.required_reviews, given, requests)
    row = connection.execute(
        select(queue.c.gate, queue.c.state, queue.c.accepted, queue.c.required).where(queue.c.decision_id == id)
    ).first()
    if row is None or tuple(row) != (derived.gate.value, derived.state.value, derived.accepted, derived.required):
        raise Tampered(f"the place of decision {id} in the queue does not follow from its reviews")
    return derived


def require_recorded(connection: Connection, decision: DecisionRecord, reviews: Sequence[ReviewRecord]) -> str:
    """Return the hash of a decision's entry. Raise `Tampered` unless the decision and reviews of it, as they were read, are
    what their entries committed to.

    A person signs what they were shown. So a row that was changed for that moment is refused here. An entry that was changed
    with it, and put back later, has another hash than the signature names.
    """
    recorded: dict[str, tuple[bytes, str]] = {}
    for entry, content in documents.history(connection, decision.id, DECISION, REVIEW):
        if content is not None:
            build = decision_from_payload if entry.type == DECISION else review_from_payload
            recorded.setdefault(str(content.get("id")), (canonical(to_payload(build(content))), entry.hash))
    rows: tuple[DecisionRecord | ReviewRecord, ...] = (decision, *reviews)
    for shown in rows:
        if recorded.get(shown.id, (b"",))[0] != canonical(to_payload(shown)):
            raise Tampered(f"what is stored of decision {decision.id} is not what was recorded: run `python -m audit verify`")
    return recorded[decision.id][1]


class _Place(NamedTuple):
    """What a row of the queue must hold beside its decision's id, `seq` and `due_at`."""

    priority: int
    required: int
    accepted: int
    free: int
    state: str
    gate: str


@lru_cache(maxsize=10_000)
def _place(gate: str, required: int | None, history: _History, requests: int, claimed: int, adjudicating: int) -> _Place:
    """Derive a place from reviews, requests for more, and live claims; most decisions share a few histories."""
    needed = 1 if required is None else required
    votes = [ReviewLine(str(n), old, Verdict(verdict), ReviewKind(kind)) for n, (old, verdict, kind) in enumerate(history)]
    derived = standing(Gate(gate), needed, votes, requests)
    # A decision that was held at any time stays urgent: so every standing that it ever had counts.
    urgent = requests or any(standing(Gate(gate), needed, votes[:n]).gate is Gate.HELD for n in range(len(votes) + 1))
    free = {
        QueueState.OPEN: derived.required - derived.accepted - claimed,
        QueueState.DISPUTED: 1 - adjudicating,
        QueueState.SETTLED: 0,
    }[derived.state]
    return _Place(0 if urgent else 1, derived.required, derived.accepted, max(0, free), derived.state.value, derived.gate.value)


def _history(given: Sequence[GivenReview]) -> _History:
    """Return the reviews without their ids, so that equal histories are equal: which one each replaced, verdict, kind."""
    numbers = {review.id: str(n) for n, review in enumerate(given)}
    return tuple(
        (None if old is None else numbers.get(old, ""), verdict, kind or ReviewKind.REVIEW.value)
        for _, _, kind, verdict, old in given
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
# Joined by their numbers, which lie beside each other, rather than by ids, which lie anywhere.
_same = (queue.c.seq == decisions.c.seq) & queue.c.seq.between(bindparam("first"), bindparam("last"))
_PLACES = select(*_decision, *_queued).outerjoin(queue, _same).where(_between)
_VOTES = (
    select(reviews.c.decision_id, reviews.c.id, reviews.c.reviewer_id, reviews.c.kind, reviews.c.verdict, reviews.c.supersedes)
    .join(decisions, decisions.c.id == reviews.c.decision_id)
    .where(_between)
    .order_by(reviews.c.seq)
)


def _requests(connection: Connection, size: int) -> tuple[Counter[str], dict[str, str]]:
    """Count the reviews that were requested afterwards, by decision, and return when the first of them is due."""
    counts: Counter[str] = Counter()
    due: dict[str, str] = {}
    seqs = select(log.c.seq).where(log.c.type == REQUEST, log.c.seq <= size).order_by(log.c.seq)
    for seq in connection.scalars(seqs).all():
        document = documents.at(connection, seq)
        if document is not None:
            id, content = document.entry.subject, document.content or {}
            counts[id] += 1
            if isinstance(content.get("due_at"), str):
                due[id] = min(content["due_at"], due.get(id, NO_DUE_DATE))
    return counts, due


def _votes(connection: Connection, span: Mapping[str, int]) -> Mapping[str, Sequence[GivenReview]]:
    votes: dict[str, list[GivenReview]] = defaultdict(list)
    for id, *review in rows_of(connection, _VOTES, span):
        votes[id].append(GivenReview(*review))
    return votes


def queue_problems(
    connection: Connection, size: int, given: Mapping[str, Sequence[GivenReview]] | None = None
) -> Iterator[ChainProblem]:
    """Yield places in the queue that do not follow from the decision, its reviews, the requests for more, and the live claims.

    `size`: entries that were verified. `given`: their reviews by decision, which are read here if they are not known. The
    caller's connection must see one state throughout.
    """
    stray = select(queue.c.decision_id).where(~exists().where(decisions.c.id == queue.c.decision_id)).limit(1)
    unrecorded = connection.execute(stray).first()
    if unrecorded is not None:
        yield ChainProblem(None, f"The queue holds a decision ({unrecorded[0]}) that no log entry recorded.")
    requests, due = _requests(connection, size)
    late = set(connection.scalars(select(log.c.subject).where(log.c.seq > size)))
    claims = Counter(map(tuple, connection.execute(select(leases.c.decision_id, leases.c.kind))))
    kinds = (ReviewKind.REVIEW.value, ReviewKind.ADJUDICATION.value)
    by_index(connection)
    after = 0
    while seqs := list(connection.scalars(_SPAN, {"after": after, "size": size})):
        after = seqs[-1]
        span = {"first": seqs[0], "last": after}
        votes = _votes(connection, span) if given is None else given
        for row in rows_of(connection, _PLACES, span):
            id, gate, required, due_at, seq = row[:5]
            history = _history(votes[id]) if id in votes else ()
            claimed, adjudicating = (claims.get((id, kind), 0) for kind in kinds) if claims else (0, 0)
            place = _place(gate, required, history, requests.get(id, 0), claimed, adjudicating)
            when = min(due_at or NO_DUE_DATE, due.get(id, NO_DUE_DATE))
            if (row[5:7] != (id, when) or row[7:] != place) and id not in late:
                yield ChainProblem(
                    seq,
                    f"The place in the queue of decision {id} (entry {seq}) does not follow from its reviews and claims: "
                    f"it should be {place.state}, {place.gate}.",
                )
                return
