"""What both stores do alike when something is recorded: seal payloads, check events, order reviews."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from audit import validate as v
from audit.canonical import canonical
from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log import commitment, next_entry
from audit.records import LogEntry, ReviewRecord

__all__ = ["DECISION", "REVIEW", "Sealed", "check_event", "check_page", "check_supersedes", "seal"]

DECISION = "decision"
REVIEW = "review"


class Sealed(NamedTuple):
    """What a commitment opens to: `salt` (32 bytes, hexadecimal) and `payload` (canonical JSON text)."""

    salt: str
    payload: str


def seal(
    previous: LogEntry | None, *, actor: str, type: str, subject: str, payload: Mapping[str, object]
) -> tuple[LogEntry, Sealed]:
    """Return the next log entry, stamped with the store's clock, and what its commitment opens to."""
    content = canonical(payload)
    salt = secrets.token_bytes(32)
    entry = next_entry(
        previous,
        ts=v.utc_now(),
        actor=actor,
        type=type,
        subject=subject,
        commitment=commitment(salt, content),
    )
    return entry, Sealed(salt.hex(), content.decode())


def check_event(actor: str, type: str, subject: str, payload: Mapping[str, object]) -> dict[str, object]:
    """Validate an audited event that has no business row; return a private copy of its payload."""
    v.text("actor", actor)
    v.text("type", type)
    v.text("subject", subject, empty=True)
    if type in (DECISION, REVIEW):
        raise InvalidRecord(f"the type {type!r} is reserved: use record_{type}")
    return v.json_object("payload", payload)


def check_supersedes(review: ReviewRecord, current_id: str | None) -> None:
    """Refuse a review that does not build on the current one, so that nobody overwrites unseen work.

    Errors: `Conflict` when another review is current, `NotFound` when it supersedes one that does not exist.
    """
    if review.supersedes == current_id:
        return
    if current_id is None:
        raise NotFound(f"decision {review.decision_id} has no review {review.supersedes} to supersede")
    raise Conflict(
        f"decision {review.decision_id} has been reviewed in the meantime (review {current_id}); "
        "read that review, then supersede it if you still disagree"
    )


def check_page(limit: int, offset: int) -> None:
    """Errors: `InvalidRecord` for a negative page; SQLite would read a negative limit as none at all."""
    v.whole("limit", limit)
    v.whole("offset", offset)
