"""One decision's evidence, proven on the spot: what the gate relies on instead of the queue's row.

Every row is compared with its payload, the payload with its commitment, the entry with its hash and with the link of the
entry after it; that holds for every entry about the decision, whatever its type says. The queue's row must say the same: who
hides a review or a request has to change it as well. A review that is gone without a trace only `verify` finds.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.log.chain import check_link, entry_hash, opens
from audit.log.entries import DECISION, REQUEST, REVIEW
from audit.records.canonical import parse
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, LogEntry, ReviewRecord
from audit.review.gate import Standing, standing
from audit.storage import queries
from audit.storage.schema import log, log_head, queue
from audit.verify.verification import row_problem

__all__ = ["proven_standing"]


def proven_standing(connection: Connection, id: str) -> Standing:
    """Derive a decision's standing from proven rows; the connection must see one state throughout.

    Errors: `NotFound` for an unknown or erased decision, `Tampered` when a row is not what was committed.
    """
    if type(id) is not str:
        raise NotFound(f"no decision has the id {id!r:.80}")
    rows = connection.execute(select(log).where(log.c.subject == id).order_by(log.c.seq)).mappings()
    decision: DecisionRecord | None = None
    reviews: list[ReviewRecord] = []
    requests = 0
    for entry in [LogEntry(**row) for row in rows]:
        _check_entry(connection, entry)
        if entry.type == REQUEST:
            requests += 1
        if entry.type not in (DECISION, REVIEW):
            continue
        payload = _proven_payload(connection, entry)
        if entry.type == DECISION:
            decision = decision_from_payload(payload)
        else:
            reviews.append(review_from_payload(payload))
    if decision is None:
        raise NotFound(f"no decision has the id {id!r:.80}")
    if len(queries.reviews_of(connection, id)) != len(reviews):
        raise Tampered(f"decision {id} has a review that no log entry recorded")
    found = standing(decision.gate, decision.required_reviews, reviews, requests)
    row = connection.execute(
        select(queue.c.gate, queue.c.state, queue.c.accepted, queue.c.required).where(queue.c.decision_id == id)
    ).first()
    if row is None or tuple(row) != (found.gate.value, found.state.value, found.accepted, found.required):
        raise Tampered(f"the place of decision {id} in the queue does not follow from its reviews")
    return found


def _check_entry(connection: Connection, entry: LogEntry) -> None:
    try:
        holds = entry_hash(entry) == entry.hash
    except InvalidRecord:
        holds = False
    following = connection.execute(select(log.c.prev).where(log.c.seq == entry.seq + 1)).scalar()
    if following is None:
        following = connection.execute(select(log_head.c.last_hash)).scalar()
    if not holds or not check_link(entry, following):
        raise Tampered(f"entry {entry.seq} was changed after it was recorded")


def _proven_payload(connection: Connection, entry: LogEntry) -> object:
    sealed = queries.sealed_between(connection, entry.seq, entry.seq).get(entry.seq)
    if sealed is None:
        raise NotFound(f"the content of entry {entry.seq} ({entry.type} {entry.subject}) was erased")
    if not opens(sealed.salt, sealed.payload, entry.commitment):
        raise Tampered(f"the content of entry {entry.seq} was changed")
    payload: object = parse(sealed.payload)
    found = queries.rows_by_seq(connection, entry.seq, entry.seq).get(entry.seq, [])
    problem = row_problem(payload, found, f"entry {entry.seq} ({entry.type} {entry.subject})")
    if problem is not None:
        raise Tampered(problem)
    return payload
