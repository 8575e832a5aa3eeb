"""Keeps a command signed in while it waits for those who judge: a session ends half an hour after its last sign of life.

with SignOfLife(access) as alive:
    ...                 # twelve hours after it began a session ends all the same
    alive.check()       # raises what the record said of it
"""

from __future__ import annotations

import threading
from contextlib import suppress

from audit import Access, AuditError, StoreUnavailable

EVERY = 300.0
"""Seconds."""


class SignOfLife:
    """Gives one at once and every few minutes, on a thread of its own, whatever the others wait for."""

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
        """Errors: `SignInFailed` once the session is over, and what else the record says of it."""
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        while True:
            try:
                # Whoever works with the record says that it cannot be used; it may be back by the next time.
                with suppress(StoreUnavailable):
                    self._access.policy()
            except AuditError as error:
                self._failed = error
                return
            if self._over.wait(EVERY):
                return
