"""The errors that `audit` raises on purpose; all derive from `AuditError`.

AuditError
├── InvalidRecord     a value cannot be recorded: wrong type, out of range, too long, not finite
├── NotFound          no decision, review, account or blob has this id
├── Conflict          somebody else was faster, or the id is taken: read again, then decide again
│   └── DecidedAlready  these weights have already decided a file that may be decided only once
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
    """The same weights have already decided the same bytes, which may happen only once; ``decision_id``: that decision."""

    def __init__(self, decision_id: str) -> None:
        super().__init__(f"decision {decision_id} is of the same file by the same weights")
        self.decision_id = decision_id

    def __reduce__(self) -> tuple[type[DecidedAlready], tuple[str]]:
        return type(self), (self.decision_id,)


class Denied(AuditError):
    """The person has no role that allows this. Nothing was done; the denial is an entry of the log."""


class SignInFailed(Denied):
    """The name, password or token signs nobody in: wrong, expired, revoked or locked. The text says which, as far as it may."""


class Tampered(AuditError):
    """What is stored differs from what was committed when it was recorded."""


class StoreUnavailable(AuditError):
    """The database cannot serve this request; the text says what to do."""
