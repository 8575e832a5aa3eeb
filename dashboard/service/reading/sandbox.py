"""Limits of the process that reads, and what else the system takes away from it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

MEMORY = 2_500_000_000
"""Bytes of address space: resident memory is never more."""
PROCESSOR_SECONDS, SECONDS = 90, 110
"""Processor time, and time by the clock, of one request."""
_FILES = 64
"""Open files: modules are still loaded."""
# sched.h and prctl.h of Linux.
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


@dataclass(frozen=True, slots=True)
class Protection:
    """What the system lets be limited: ``memory`` and processor ``time``; whether there is no ``network``, and whether the
    processes end ``with_parent`` in any case."""

    memory: bool
    time: bool
    network: bool
    with_parent: bool

    def missing(self) -> list[str]:
        """Return what could not be had."""
        words = {
            "memory": "a limit of memory",
            "time": "a limit of processor time",
            "network": "reading without network",
            "with_parent": "an end with the app in any case",
        }
        return [said for name, said in words.items() if not getattr(self, name)]


def leave_network() -> bool:
    """Take the network away from this process and those that it starts; return whether that was possible. Call it while there
    is one thread."""
    unshare = _call("unshare")
    # A name space of users first: it needs no rights where the system allows it at all.
    return unshare is not None and (unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or unshare(_CLONE_NEWNET) == 0)


def end_with_parent() -> bool:
    """Have this process killed when the one that started it ends; return whether that was possible."""
    prctl = _call("prctl")
    if prctl is None:
        return False
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)


def limit() -> tuple[bool, bool]:
    """Limit this process for good; return whether its memory and its processor time are limited."""
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, _FILES)):
        _set(what, most)
    return _set(resource.RLIMIT_AS, MEMORY), _set(resource.RLIMIT_CPU, PROCESSOR_SECONDS)


def protection(network: bool) -> Protection:
    """Return what is possible here, tried in a process of its own; ``network``: whether this one has none."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        with suppress(BaseException):
            os.write(writer, bytes([*limit(), end_with_parent()]))
        os._exit(0)
    os.close(writer)
    memory, time, with_parent = (os.read(reader, 3) + bytes(3))[:3]
    os.close(reader)
    os.waitpid(pid, 0)
    return Protection(bool(memory), bool(time), network, bool(with_parent))


def _set(what: int, most: int) -> bool:
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
        return True
    return False


def _call(name: str) -> Callable[..., int] | None:
    with suppress(AttributeError, OSError):
        found: Callable[..., int] = getattr(ctypes.CDLL(None, use_errno=True), name)
        return found
    return None
