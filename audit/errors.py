"""The errors that `audit` raises on purpose; all derive from `AuditError`.

AuditError
├── InvalidRecord     a value cannot be recorded: wrong type, out of range, too long, not finite
├── NotFound          no decision, review, account or blob has this id
├── Conflict          somebody else was faster, or the id is taken: read again, then decide again
│   ├── AccountChanged  somebody changed the account since the caller read it
│   └── DecidedAlready  these weights have already decided a file that may be decided only once
├── Denied            this person may not do this; the denial is recorded
│   └── SignInFailed  name or password is wrong, the account is locked, or the session is over: sign in (again)
├── SignatureNeeded   this has to be signed, and no key was opened for it
├── SignatureFailed   the key does not open: wrong password, locked, not confirmed
├── TooManyPasswords  passwords of many others are being checked: try again
├── Tampered          stored evidence does not match what was committed
│   ├── EntryChanged  a decision's entry is not the one that the reviewer was shown
│   └── Unreadable    an entry is as it was recorded, and says nothing that its kind can say
├── WitnessRefused    a witness does not cosign a checkpoint
└── StoreUnavailable  the database is missing, foreign, busy, full or cannot be written
"""

# ruff: noqa: N818 - callers read `except Conflict`; the suffix would add nothing

from __future__ import annotations

__all__ = [
    "AccountChanged",
    "AuditError",
    "Conflict",
    "DecidedAlready",
    "Denied",
    "EntryChanged",
    "InvalidRecord",
    "NotFound",
    "SignInFailed",
    "SignatureFailed",
    "SignatureNeeded",
    "StoreUnavailable",
    "Tampered",
    "TooManyPasswords",
    "Unreadable",
    "WitnessRefused",
]


class AuditError(Exception):
    """Base of all errors of this package; its text can be shown to a user."""


class InvalidRecord(AuditError, ValueError):
    """A record, payload or setting breaks a rule. Nothing was written."""


class NotFound(AuditError, LookupError):
    """The id is unknown to this store."""


class Conflict(AuditError):
    """The state changed since the caller looked, or the id exists already. Nothing was written or lost."""


class AccountChanged(Conflict):
    """The account is no longer what the caller saw. Nothing was written: read it again, then decide again."""


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


class TooManyPasswords(AuditError):
    """Passwords of many others are being checked at this moment. Nothing was checked or written: try again."""


class SignatureNeeded(AuditError):
    """The record takes this only with a signature. Nothing was written: ask for the password, then do it again."""


class SignatureFailed(AuditError):
    """There is no key that this person can sign with here and now. Nothing was written.

    ``code``: why, as the text says it: "wrong" (password, or the account is locked), "waiting" (the key, for its confirmation),
    "initial" (somebody else chose the password), "no_key", "unreadable".
    """

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code

    def __reduce__(self) -> tuple[type[SignatureFailed], tuple[str, str]]:
        return type(self), (str(self), self.code)


class Tampered(AuditError):
    """What is stored differs from what was committed when it was recorded."""


class EntryChanged(Tampered):
    """The entry of a decision is not the one that the reviewer was shown: one of the two was changed. Nothing was written."""

    def __init__(self, decision_id: str) -> None:
        super().__init__(
            f"the entry of decision {decision_id} in the log was changed while it was shown; nothing was recorded: run "
            "`python -m audit verify`, then read the decision again"
        )
        self.decision_id = decision_id

    def __reduce__(self) -> tuple[type[EntryChanged], tuple[str]]:
        return type(self), (self.decision_id,)


class Unreadable(Tampered):
    """An entry is as it was recorded, and says nothing that its kind can say: somebody wrote it past the program."""


class WitnessRefused(AuditError):
    """A witness does not cosign a checkpoint.

    ``status``: why, as c2sp.org/tlog-witness numbers it; ``size``: of the log that it cosigned last, where that is the reason.
    """

    def __init__(self, status: int, why: str, *, size: int | None = None) -> None:
        super().__init__(why)
        self.status, self.size = status, size


class StoreUnavailable(AuditError):
    """The database cannot serve this request; the text says what to do."""
