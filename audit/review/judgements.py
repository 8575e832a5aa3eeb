"""What a claim leads to: reviews, and how each moves its decision's place in the queue and its gate.

Everything here runs inside the caller's transaction. Locks are always taken in the order queue row, head of the log.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, case, exists, func, select

from audit.errors import Conflict, NotFound
from audit.log.entries import REQUEST, REVIEW
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Verdict
from audit.review.claims import lock_item
from audit.review.gate import Standing, standing
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.rows import review_rows
from audit.storage.schema import NO_DUE_DATE, decisions, leases, pair_reviews, queue, reviews

__all__ = ["add_review", "lock_place", "place_in_queue", "queue_row", "refresh"]


class _Vote(NamedTuple):
    id: str
    supersedes: str | None
    verdict: Verdict
    kind: ReviewKind


def queue_row(decision: DecisionRecord, seq: int) -> dict[str, object]:
    """The place in the queue that a decision gets when it is recorded."""
    found = standing(decision.gate, decision.required_reviews, ())
    return {
        "decision_id": decision.id,
        "seq": seq,
        "priority": 0 if decision.gate is Gate.HELD else 1,
        "due_at": decision.due_at or NO_DUE_DATE,
        "required": found.required,
        "accepted": 0,
        "free": found.required if found.state is QueueState.OPEN else 0,
        "state": found.state.value,
        "gate": found.gate.value,
    }


def place_in_queue(connection: Connection, decision_id: str) -> Standing:
    """Derive a decision's standing from its row, its reviews and the requests for more. Errors: `NotFound`."""
    decision = connection.execute(
        select(decisions.c.gate, decisions.c.required_reviews).where(decisions.c.id == decision_id)
    ).first()
    if decision is None:
        raise NotFound(f"no decision has the id {decision_id!r:.80}")
    columns = select(reviews.c.id, reviews.c.supersedes, reviews.c.verdict, reviews.c.kind)
    rows = connection.execute(columns.where(reviews.c.decision_id == decision_id).order_by(reviews.c.seq))
    votes = [_Vote(row.id, row.supersedes, Verdict(row.verdict), ReviewKind(row.kind or ReviewKind.REVIEW)) for row in rows]
    required = 1 if decision.required_reviews is None else decision.required_reviews
    return standing(Gate(decision.gate), required, votes, documents.count(connection, REQUEST, decision_id))


def lock_place(connection: Connection, decision_id: str) -> Standing:
    """Lock a decision's place in the queue; where it stands by the evidence, whatever its row says. Errors: `NotFound`."""
    lock_item(connection, decision_id)
    return place_in_queue(connection, decision_id)


def refresh(connection: Connection, decision_id: str) -> Standing:
    """Bring a locked decision's row of the queue up to date with the evidence and the live claims."""
    found = place_in_queue(connection, decision_id)
    kind = ReviewKind.ADJUDICATION if found.state is QueueState.DISPUTED else ReviewKind.REVIEW
    claimed = select(func.count()).where(leases.c.decision_id == decision_id, leases.c.kind == kind.value)
    places = {QueueState.OPEN: found.required - found.accepted, QueueState.DISPUTED: 1, QueueState.SETTLED: 0}[found.state]
    taken = connection.execute(claimed).scalar_one() if places else 0
    connection.execute(
        queue.update()
        .where(queue.c.decision_id == decision_id)
        .values(
            required=found.required,
            accepted=found.accepted,
            free=max(0, places - taken),
            state=found.state.value,
            gate=found.gate.value,
            # A closed gate holds somebody up, whatever the decision's gate was when it was recorded.
            priority=case((queue.c.priority == 0, 0), else_=0 if found.gate is Gate.HELD else 1),
        )
    )
    return found


def add_review(database: Database, connection: Connection, before: Standing, review: ReviewRecord) -> LogEntry:
    """Record a review; the entry's actor is the reviewer's id, its subject the decision, which is locked and
    stands where `before` says.

    A review supersedes the same reviewer's current one of the same kind, which it must name, or none: independent reviews
    never replace each other. Once others have given their word, and so can be read, nobody changes their verdict: only a lead
    settles a disagreement. Errors: `NotFound`; `Conflict` when it does not, or when a dispute was settled by a lead.
    """
    own = select(reviews.c.id, reviews.c.verdict).where(
        reviews.c.decision_id == review.decision_id,
        reviews.c.reviewer_id == review.reviewer_id,
        func.coalesce(reviews.c.kind, ReviewKind.REVIEW.value) == review.kind.value,
    )
    current = connection.execute(own.order_by(reviews.c.seq.desc()).limit(1)).first()
    if review.supersedes is None and current is not None and current.verdict != Verdict.WITHDRAW.value:
        raise Conflict(f"you have reviewed decision {review.decision_id} already (review {current.id}); amend that review")
    if review.supersedes is not None and review.supersedes != (current.id if current else None):
        raise Conflict(f"review {review.supersedes} is not your current review of decision {review.decision_id}; read it again")
    changes = current is not None and review.supersedes is not None and current.verdict != review.verdict.value
    # Of a control item, which is settled, everybody can read what others said.
    told = review.kind is ReviewKind.CONTROL or (review.kind is ReviewKind.REVIEW and _others(connection, review))
    if changes and review.verdict is not Verdict.WITHDRAW and told:
        raise Conflict(
            "others have given their word in the meantime: yours can be explained or withdrawn, but no longer turned round; "
            "a lead settles the disagreement"
        )
    settled = before.state is QueueState.SETTLED and review.kind is ReviewKind.REVIEW
    if settled and _adjudicated(connection, review.decision_id):
        raise Conflict(f"decision {review.decision_id} was settled by a lead; its reviews stand")
    entry = database.append(
        connection, actor=review.reviewer_id, type=REVIEW, subject=review.decision_id, payload=to_payload(review)
    )
    row, parts = review_rows(review, entry.seq)
    connection.execute(reviews.insert(), row)
    if parts:
        connection.execute(pair_reviews.insert(), parts)
    refresh(connection, review.decision_id)
    return entry


def _others(connection: Connection, review: ReviewRecord) -> bool:
    """Whether somebody else reviewed the decision as well."""
    found = select(reviews.c.seq).where(
        reviews.c.decision_id == review.decision_id,
        reviews.c.reviewer_id != review.reviewer_id,
        reviews.c.kind.is_distinct_from(ReviewKind.CONTROL.value),
    )
    return connection.execute(found.limit(1)).first() is not None


def _adjudicated(connection: Connection, decision_id: str) -> bool:
    later = reviews.alias("later")
    ruling = select(reviews.c.seq).where(
        reviews.c.decision_id == decision_id,
        reviews.c.kind == ReviewKind.ADJUDICATION.value,
        reviews.c.verdict != Verdict.WITHDRAW.value,
        ~exists().where(later.c.supersedes == reviews.c.id),
    )
    return connection.execute(ruling.limit(1)).first() is not None
