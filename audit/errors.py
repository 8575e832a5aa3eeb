"""Every error that `audit` raises on purpose; all derive from `AuditError`.

AuditError
├── InvalidRecord     a value cannot be recorded: wrong type, out of range, too long, not finite
├── NotFound          no decision, review, account or blob has this id
├── Conflict          somebody was faster, or the id is taken: read again, then decide again
│   └── DecidedAlready  a file that was to be decided once has a decision by these weights
├── Denied            this person may not do this; the denial is recorded
│   └── SignInFailed  name or password is wrong, the account is locked, or the session is over: sign in (again)
├── Tampered          stored evidence does not match what was committed
└── StoreUnavailable  the database is missing, foreign, busy, full or cannot be written
"""

# ruff: noqa: N818 - callers read `except Conflict`; the suffix would add nothing

from __future__ import annotations

__all__ = [
    "AuditError",
    "Conflict",
    "DecidedAlready",
    "Denied",
    "InvalidRecord",
    "NotFound",
    "SignInFailed",
    "StoreUnavailable",
    "Tampered",
]


class AuditError(Exception):
    """Base of all errors of this package; its text can be shown to a user."""


class InvalidRecord(AuditError, ValueError):
    """A record, payload or setting breaks a rule. Nothing was written."""


class NotFound(AuditError, LookupError):
    """The id is unknown to this store."""


class Conflict(AuditError):
    """The state changed since the caller looked, or the id exists already. Nothing was written or lost."""


class DecidedAlready(Conflict):
    """The same bytes were decided by the same weights, and were not to be decided twice; ``decision_id``: that decision."""

    def __init__(self, decision_id: str) -> None:
        super().__init__(f"decision {decision_id} is of the same file by the same weights")
        self.decision_id = decision_id

    def __reduce__(self) -> tuple[type[DecidedAlready], tuple[str]]:
        return type(self), (self.decision_id,)


class Denied(AuditError):
    """The person has no role that allows this. Nothing was done; the denial is an entry of the log."""


class SignInFailed(Denied):
    """Nobody is signed in by what was given: wrong, expired, revoked or locked. The text tells which, as far as it may."""


class Tampered(AuditError):
    """What is stored differs from what was committed when it was recorded."""


class StoreUnavailable(AuditError):
    """The database cannot serve this request; the text says what to do."""
