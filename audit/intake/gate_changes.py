"""What became of gates, in the order of the log: which decisions were made, whose gate a review or a request has moved, and
which inputs could not be decided on.

    changes, seen = store.gate_changes(after=0)      # and on from `seen`, as long as there is more

For whoever tells other systems: the log itself is the list of what is to be told, so that nothing is forgotten by a program
that stops, and the same entry always gives the same change. What is told is no answer to whether a decision may be used:
that is asked of `audit.review.gate` when it matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from audit.errors import InvalidRecord
from audit.intake.failed_inputs import Failure, failure_in
from audit.log.entries import DECISION, FAILED_INPUT, REQUEST, REVIEW
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, Gate, ReviewRecord
from audit.review.gate import standing
from audit.storage import documents, queries
from audit.storage.documents import Document

__all__ = ["Change", "GateChange", "gate_changes"]

_MOVING = (DECISION, REVIEW, REQUEST)


class GateChange(NamedTuple):
    """A gate as it is since an entry of the log; `before` is None when the entry made the decision."""

    seq: int
    at: str
    decision: DecisionRecord
    before: Gate | None
    after: Gate


Change = GateChange | Failure


def gate_changes(connection: Connection, after: int, limit: int) -> tuple[list[Change], int]:
    """The changes and failures among the next `limit` entries, and the last entry that was looked at. Of erased decisions there
    is none.

    Raises `Tampered`.
    """
    found = queries.entries(connection, after, limit)
    changes: list[Change] = []
    for entry in found:
        change: Change | None = None
        if entry.type in _MOVING:
            history = documents.history(connection, entry.subject, *_MOVING)
            change = _change([one for one in history if one.entry.seq <= entry.seq])
        elif entry.type == FAILED_INPUT and (failed := documents.at(connection, entry.seq)) is not None:
            change = failure_in(failed)
        if change is not None:
            changes.append(change)
    return changes, found[-1].seq if found else after


def _change(history: Sequence[Document]) -> GateChange | None:
    """What the last of these entries about a decision has changed."""
    last, made = history[-1].entry, next((one for one in history if one.entry.type == DECISION), None)
    if made is None or made.content is None:
        return None
    try:
        decision = decision_from_payload(made.content)
        before = None if last.seq == made.entry.seq else _gate(decision, history[:-1])
        now = _gate(decision, history)
    except InvalidRecord as error:
        raise documents.tampered(last.seq) from error
    return None if before is now else GateChange(last.seq, last.ts, decision, before, now)


def _gate(decision: DecisionRecord, history: Sequence[Document]) -> Gate:
    reviews: list[ReviewRecord] = [
        review_from_payload(one.content) for one in history if one.entry.type == REVIEW and one.content is not None
    ]
    requests = sum(one.entry.type == REQUEST for one in history)
    return standing(decision.gate, decision.required_reviews, reviews, requests).gate
