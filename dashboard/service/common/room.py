"""Memory for judging, which all processes of this program on a machine share: a long file reserves what judging it takes.

    with room(len(sequence), lambda others: progress(0.02, f"wait {others}")): ...

Reservations stand in a file in `own_folder`: whose they are, how much, and how much memory that process had before the first of
them. What it has grown by since is taken, and free no more; the rest is due. A process that is gone holds nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from dashboard.service.common.memory import free_mb
from dashboard.service.common.own_folder import own_folder
from sparsemix import InputError

Book = dict[str, tuple[float, dict[str, float]]]
"""Of each process, by its number and its start, the megabytes that it had, and its reservations."""
_BOOK = "memory.json"
_OF_EVENT, _SHORT = 7_000, 200_000  # bytes that judging takes of an event; events that always have room
_AGAIN, _MOST_BYTES = 0.5, 2**20  # seconds; of the file


@contextmanager
def room(events: int, waiting: Callable[[int], None]) -> Iterator[None]:
    """Keep the memory that judging so many events takes. While others have it, ``waiting`` is called again and again with their
    number, and may raise to give up.

    Raises `InputError` no_memory where it would not be free without them either: it would end the program for everybody.
    """
    mine = uuid4().hex
    while events > _SHORT and (others := _reserve(mine, events)):
        waiting(others)
        time.sleep(_AGAIN)
    try:
        yield
    finally:
        if events > _SHORT:
            with _book() as book:
                for _, own in book.values():
                    own.pop(mine, None)


def _reserve(mine: str, events: int) -> int:
    """Reserve, and return 0; or return the number of others that have to end first."""
    needed = events * _OF_EVENT / 1e6
    with _book() as book:
        free, own = free_mb(), _process(str(os.getpid()))
        if free is None or own is None:
            return 0
        taken, due = 0.0, 0.0
        for key, (before, jobs) in book.items():
            now, reserved = _process(key), sum(jobs.values())
            grown = 0.0 if now is None else min(max(now[1] - before, 0.0), reserved)
            taken, due = taken + grown, due + reserved - grown
        if needed <= free - due:
            book.setdefault(own[0], (own[1], {}))[1][mine] = needed
            return 0
        if needed <= free + taken:
            return sum(len(jobs) for _, jobs in book.values())
    raise InputError(
        f"Judging {events:,} events takes some {needed:,.0f} MB of memory, and {free:,.0f} MB are free. Take a part of the "
        "file, or try again when less is under way.",
        code="no_memory",
    )


@contextmanager
def _book() -> Iterator[Book]:
    """Yield the reservations of processes that are still there, and keep what becomes of them. Where there is no room for the
    file, nothing is kept: then what is free now counts alone, and files are judged all the same."""
    place = _opened()
    if place is None:
        yield {}
        return
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        kept = _parsed(os.read(place, _MOST_BYTES))
        book = {key: (before, jobs) for key, (before, jobs) in kept.items() if jobs and (_process(key) or [""])[0] == key}
        yield book
        with suppress(OSError):
            os.ftruncate(place, 0)
            os.pwrite(place, json.dumps(book).encode("ascii"), 0)
    finally:
        os.close(place)


def _opened() -> int | None:
    with suppress(OSError):
        return os.open(own_folder() / _BOOK, os.O_RDWR | os.O_CREAT, 0o600)
    return None


def _parsed(content: bytes) -> Book:
    """Return what the file holds; nothing where it is new, or its writer was ended."""
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        kept = json.loads(content).items()
        return {key: (float(before), {job: float(taken) for job, taken in jobs.items()}) for key, (before, jobs) in kept}
    return {}


def _process(key: str) -> tuple[str, float] | None:
    """Return what tells a process from any other that had its number, and its memory in megabytes; None when it has ended, or
    the system does not say. Source: proc(5), starttime and rss of /proc/PID/stat."""
    pid = key.partition(" ")[0]
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return f"{pid} {fields[19]}", int(fields[21]) * resource.getpagesize() / 1e6
    return None
