"""Every error that `audit` raises on purpose; all derive from `AuditError`.

AuditError
├── InvalidRecord     a value cannot be recorded: wrong type, out of range, too long, not finite
├── NotFound          no decision, review or blob has this id
├── Conflict          somebody was faster, or the id is taken: read again, then decide again
├── Tampered          stored evidence does not match what was committed
└── StoreUnavailable  the database is missing, foreign, busy or cannot be written
"""

# ruff: noqa: N818 - callers read `except Conflict`; the suffix would add nothing

from __future__ import annotations

__all__ = ["AuditError", "Conflict", "InvalidRecord", "NotFound", "StoreUnavailable", "Tampered"]


class AuditError(Exception):
    """Base of all errors of this package; its text can be shown to a user."""


class InvalidRecord(AuditError, ValueError):
    """A record, payload or setting breaks a rule. Nothing was written."""


class NotFound(AuditError, LookupError):
    """The id is unknown to this store."""


class Conflict(AuditError):
    """The state changed since the caller looked, or the id exists already. Nothing was written or lost."""


class Tampered(AuditError):
    """What is stored differs from what was committed when it was recorded."""


class StoreUnavailable(AuditError):
    """The database cannot serve this request; the text says what to do."""
