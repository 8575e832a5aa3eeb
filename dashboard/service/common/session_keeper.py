"""Keeps a command signed in while it waits for judges: a session ends half an hour after its last sign of life.

with SignOfLife(access) as alive:
    ...                 # a session still ends twelve hours after it began
    alive.check()       # raises the error of the last sign of life
"""

from __future__ import annotations

import threading
from contextlib import suppress

from audit import Access, AuditError, StoreUnavailable

EVERY = 300.0
"""Seconds between two signs of life."""


class SignOfLife:
    """A thread that gives a sign of life at once and every few minutes."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._over = threading.Event()
        self._failed: AuditError | None = None
        self._thread = threading.Thread(target=self._run, name="sign of life", daemon=True)

    def __enter__(self) -> SignOfLife:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Raise `SignInFailed` once the session is over, or another `AuditError` that a sign of life met."""
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        while True:
            try:
                # The command itself reports a record that is unavailable; it may be back by the next sign of life.
                with suppress(StoreUnavailable):
                    self._access.policy()
            except AuditError as error:
                self._failed = error
                return
            if self._over.wait(EVERY):
                return
