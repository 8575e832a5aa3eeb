"""What processes run instead of their work: ends, halts and faults. This file imports little, for
each of them loads it first."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import NoReturn

from dashboard.service.reading import sandbox, server


def crash(*_given: object) -> NoReturn:
    """End in a way that nobody can catch."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def segfault(*_given: object) -> NoReturn:
    """Be ended by the system, as a reader that a damaged file led astray."""
    os.kill(os.getpid(), signal.SIGSEGV)
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


def grow(*_given: object) -> int:
    """Take more memory than a process that reads may have."""
    sandbox.limit()
    try:
        return len(bytearray(sandbox.MEMORY))
    except MemoryError:
        return server.NO_MEMORY


def guard(child: Callable[[socket.socket], int], seconds: float, data: socket.socket, report: socket.socket) -> None:
    """Guard a process that does as ``child`` instead of reading, for at most so many seconds."""
    server._child, sandbox.SECONDS = child, seconds
    server._guard(data, report)
