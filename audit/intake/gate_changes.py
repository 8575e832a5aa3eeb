"""Gate changes in the order of the log: new decisions, gates that a review or a request has moved, and failed inputs.

    changes, seen = store.gate_changes(after=0)      # and on from `seen`, as long as there is more

A program that notifies other systems reads them. The log itself is the list of what to report: a program that stops forgets
nothing, and the same entry always gives the same change. A change does not say whether a decision may be used now: ask
`audit.review.gate` for that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from audit.errors import InvalidRecord, Unreadable
from audit.intake.inputs import InputFailure, failure_in
from audit.log.entries import DECISION, FAILED_INPUT, REQUEST, REVIEW
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import DecisionRecord, ReviewRecord
from audit.records.vocabulary import Gate
from audit.review.gate import standing
from audit.storage import documents, queries
from audit.storage.documents import Document
from audit.storage.state import state_of

_log = logging.getLogger(__name__)
_MOVING = (DECISION, REVIEW, REQUEST)


class GateChange(NamedTuple):
    """The change of a gate by one entry of the log; `before` is None when the entry recorded the decision."""

    seq: int
    at: str
    decision: DecisionRecord
    before: Gate | None
    after: Gate


Change = GateChange | InputFailure


def gate_changes(connection: Connection, after: int, limit: int) -> tuple[list[Change], int]:
    """Return the changes and failures among the next `limit` entries, and the last entry that was read. Erased decisions have
    no changes; what nobody had the right to make, or cannot be read, changes none, and is logged.

    Raises `Tampered`.
    """
    entries = queries.entries(connection, after, limit)
    changes: list[Change] = []
    for entry in entries:
        change: Change | None = None
        try:
            if entry.type in _MOVING:
                change = _change(documents.history(connection, entry.subject, *_MOVING), entry.seq)
            elif entry.type == FAILED_INPUT and state_of(connection).refusal(entry.seq) is None:
                failed = documents.at(connection, entry.seq)
                change = None if failed is None else failure_in(failed)
        except Unreadable as error:
            _log.warning("nobody is told of entry %d: %s", entry.seq, error)
        if change is not None:
            changes.append(change)
    return changes, entries[-1].seq if entries else after


def _change(about: Sequence[Document], seq: int) -> GateChange | None:
    """Return the change that entry ``seq``, one of these about a decision, made; None when the gate stays as it was."""
    history = [document for document in about if document.entry.seq <= seq]
    if not history or history[-1].entry.seq != seq:
        return None
    last, recorded = history[-1].entry, next((document for document in history if document.entry.type == DECISION), None)
    if recorded is None or recorded.content is None:
        return None
    try:
        decision = decision_from_payload(recorded.content)
        before = None if last.seq == recorded.entry.seq else _gate(decision, history[:-1])
        now = _gate(decision, history)
    except InvalidRecord as error:
        raise documents.unreadable(last.seq) from error
    return None if before is now else GateChange(last.seq, last.ts, decision, before, now)


def _gate(decision: DecisionRecord, history: Sequence[Document]) -> Gate:
    reviews: list[ReviewRecord] = [
        review_from_payload(document.content)
        for document in history
        if document.entry.type == REVIEW and document.content is not None
    ]
    requests = sum(document.entry.type == REQUEST for document in history)
    return standing(decision.gate, decision.required_reviews, reviews, requests).gate
