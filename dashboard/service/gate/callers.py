"""Callers of the gate API: the token of a request, and the log entries about refused requests."""

from __future__ import annotations

from dataclasses import dataclass

from audit import Access, AuditStore, SignInFailed
from audit.people.sessions import token_hash


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that calls the gate API: its access to the record, and the hash of its token."""

    access: Access
    token_sha256: str


class Callers:
    """The check of tokens. Refusals are denials of the record, which adds them up (`audit.people.refusals`)."""

    def __init__(self, store: AuditStore) -> None:
        self._store = store

    def admit(self, token: str | None) -> Caller:
        """Return the program with this token. Raises `SignInFailed`, and records the refusal."""
        try:
            if not token:
                raise SignInFailed("a token is needed: Authorization: Bearer ...")
            access = self._store.service(token)
            # `service` looks nothing up; this refuses a token that is unknown, revoked or has run out.
            self._store.accounts.program(token)
        except SignInFailed as error:
            self._store.refusals.note("denied", "unknown", "gate", {"action": "ask at the gate", "why": str(error)})
            raise
        return Caller(access, token_hash(token))

    def close(self) -> None:
        """Record the refusals that were only counted so far."""
        self._store.refusals.write()
