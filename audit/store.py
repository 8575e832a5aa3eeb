"""`AuditStore`: the record, and the way in for the people and programs that act on it.

store = AuditStore("data/audit.db")                      # or postgresql://...
store.record_decision(decision, {decision.input_sha256: upload, ...})
access = store.single_user("Aiko Tanaka")                # or store.access(token): what one person may do
"""

from __future__ import annotations

from audit.access import Access
from audit.people.sessions import token_hash
from audit.record_store import RecordStore

__all__ = ["AuditStore"]


class AuditStore(RecordStore):
    """The record at a path, `sqlite:///path` or `postgresql://...`; safe to share between threads.

    What a program does on its own account is in `RecordStore`. Errors as there.
    """

    def access(self, token: str) -> Access:
        """What the person signed in by this token may do. Errors: `SignInFailed`."""
        return Access(self, token=token)

    def single_user(self, name: str) -> Access:
        """What the one user of this machine may do: everything. Errors: `Denied` as soon as there are accounts."""
        return Access(self, alone=name)

    def service(self, token: str) -> Access:
        """What the program that has this token may do (`audit.people.tokens`)."""
        return Access(self, service=token_hash(token))
