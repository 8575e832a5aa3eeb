"""What processes run instead of their work: ends, halts and faults. This file imports little, for
each of them loads it first."""

from __future__ import annotations

import os
import signal
import threading
from typing import NoReturn


def crash(*_given: object) -> NoReturn:
    """End in a way that nobody can catch."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def leave(*_given: object) -> NoReturn:
    """End at once."""
    os._exit(1)


def hang(*_given: object) -> NoReturn:
    """Never end."""
    threading.Event().wait()
    raise AssertionError


def fail(*_given: object) -> NoReturn:
    """Have a fault."""
    raise MemoryError
