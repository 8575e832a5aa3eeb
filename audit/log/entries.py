"""The types of log entries, and the checks and the sealing of a new entry."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from audit.errors import InvalidRecord
from audit.log.chain import next_entry
from audit.log.proving import Tip, commitment
from audit.log.roles import KINDS
from audit.records import validation as v
from audit.records.canonical import canonical
from audit.records.records import LogEntry

# Types of entries. Those that need a right (`RESERVED`) no caller may write; all others are plain events, such as "denied".
DECISION = "decision"
REVIEW = "review"
ACCOUNT = "account"
CONTROL = "control"
COSTS = "costs"
ERASURE = "erasure"
FAILED_INPUT = "failed_input"
FEEDBACK = "feedback"
FINE_LINES = "fine_lines"
KEY = "key"
PERSON = "person"
POLICY = "policy"
READING = "reading"
REFERENCE = "reference"
REQUEST = "review_requested"
RESTORED = "restored"
RETENTION = "retention"
SESSIONS_ENDED = "sessions_ended"
ROLLOUT = "rollout"
SIGNATURE = "signature"
SIGNED_IN = "signed_in"
SIGNED_OUT = "signed_out"
SUBMITTED_AS = "submitted_as"
TOKEN = "token"  # noqa: S105 - a kind of entry
WEIGHTS = "weights"
WEIGHTS_IN_USE = "weights_in_use"
WEIGHTS_RETIRED = "weights_retired"
RESERVED = frozenset(KINDS) | {
    ACCOUNT,
    KEY,
    PERSON,
    RESTORED,
    SIGNATURE,
    SIGNED_IN,
    SIGNED_OUT,
    SESSIONS_ENDED,
    "clock_anomaly",
    "set_up",
}


class SealedContent(NamedTuple):
    """The content that a commitment opens to: `salt` (32 bytes, hexadecimal) and `payload` (canonical JSON text)."""

    salt: str
    payload: str


def seal(
    previous: LogEntry | Tip | None, *, ts: str, actor: str, type: str, subject: str, payload: Mapping[str, object]
) -> tuple[LogEntry, SealedContent]:
    """Return the log entry after `previous`, and the content that its commitment opens to."""
    content = canonical(payload)
    salt = secrets.token_bytes(32)
    entry = next_entry(previous, ts=ts, actor=actor, type=type, subject=subject, commitment=commitment(salt, content))
    return entry, SealedContent(salt.hex(), content.decode())


def check_event(actor: str, type: str, subject: str, payload: Mapping[str, object]) -> dict[str, object]:
    """Validate an audited event that has no rows in caches; return a private copy of its payload."""
    v.text("actor", actor)
    v.text("type", type)
    v.text("subject", subject, empty=True)
    if type in RESERVED:
        raise InvalidRecord(f"the type {type!r} is reserved; use another one")
    return v.json_object("payload", payload)


def check_page(limit: int, offset: int) -> None:
    """Raise `InvalidRecord` for a negative page: SQLite would treat a negative limit as no limit."""
    v.whole("limit", limit)
    v.whole("offset", offset)
