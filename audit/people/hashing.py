"""The places in which passwords are hashed, and the lines in front of them: each hash takes 64 MiB and four threads.

    with hashing(signed_in=False):
        ...

There is one place for people who sign in, and two others for people who are signed in. So a flood of passwords at the sign-in
page neither overloads the machine nor stops people at work from signing. Nobody waits longer than `PATIENCE`, and no more than
`LINE` wait at a time; all others are sent away at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from audit.errors import TooManyPasswords

PATIENCE = 20.0  # seconds
LINE = 30
_BUSY = "many people sign in or sign at this moment, and nothing was checked: try again in some seconds"


class _Places:
    """Some places and the line in front of them."""

    def __init__(self, number: int) -> None:
        self.free, self.line = threading.BoundedSemaphore(number), threading.BoundedSemaphore(number + LINE)

    @contextmanager
    def taken(self) -> Iterator[None]:
        if not self.line.acquire(blocking=False):
            raise TooManyPasswords(_BUSY)
        try:
            if not self.free.acquire(timeout=PATIENCE):
                raise TooManyPasswords(_BUSY)
            try:
                yield
            finally:
                self.free.release()
        finally:
            self.line.release()


_FOR = {False: _Places(1), True: _Places(2)}


@contextmanager
def hashing(*, signed_in: bool) -> Iterator[None]:
    """Take one of the places; ``signed_in``: whether the person is, who types the password. Raises `TooManyPasswords`."""
    with _FOR[signed_in].taken():
        yield
