"""Callers of the gate API: the token of a request, and the log entries about refused requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from audit import Access, AuditStore, SignInFailed
from audit.people.sessions import token_hash

_QUIET = 60.0  # seconds for which further refusals are counted, not noted


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that calls the gate API: its access to the record, and the hash of its token."""

    access: Access
    token_sha256: str


class Callers:
    """The check of tokens. A caller without a token can ask a thousand times a second, and nothing is ever deleted from the
    log: so the log gets one entry per minute with the number of refused requests."""

    def __init__(self, store: AuditStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._noted_at = -_QUIET
        self._refused = 0
        self._why = ""

    def admit(self, token: str | None) -> Caller:
        """Return the program with this token. Raises `SignInFailed`, and records the refusal."""
        try:
            if not token:
                raise SignInFailed("a token is needed: Authorization: Bearer ...")
            access = self._store.service(token)
            # `service` looks nothing up; this refuses a token that is unknown, revoked or has run out.
            self._store.accounts.program(token)
        except SignInFailed as error:
            self._refuse(str(error))
            raise
        return Caller(access, token_hash(token))

    def close(self) -> None:
        """Record the refusals that were only counted so far."""
        with self._lock:
            if self._refused:
                self._note()

    def _refuse(self, why: str) -> None:
        with self._lock:
            self._refused += 1
            self._why = why
            if self._clock() - self._noted_at >= _QUIET:
                self._note()

    def _note(self) -> None:
        content: dict[str, object] = {"action": "ask at the gate", "why": self._why, "times": self._refused}
        self._store.record_event("unknown", "denied", "gate", content)
        self._noted_at, self._refused = self._clock(), 0
