"""Who begins next where all share a few places: short work first, persons (or programs) in turn, and one place that long work
never takes.

turns = Turns(places=2)
turns.put(job, who=token, size=len(content))
job = turns.take()          # waits; None once the turns are closed
turns.done(job)

with turns.place(object(), who=PERSON.get(), size=len(content)):      # waits; for a thread that does its own work
    ...
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, NamedTuple, TypeVar

LONG = 1024 * 1024
"""Bytes from which work is long: some ten thousand lines, which take seconds."""
MOST = 8
"""How many jobs one person may have waiting and under way."""
_LOOKED = 0.3  # seconds
PERSON: ContextVar[str] = ContextVar("PERSON", default="")
"""For whom this thread works; empty for the program itself, which has no bound."""
Job = TypeVar("Job", bound=Hashable)


class Busy(Exception):  # noqa: N818 - shown to the visitor, who lets one of their jobs end
    """Raised when a person has as much under way as allowed."""


class _Turn(NamedTuple):
    who: str
    long: bool
    number: int


class Turns(Generic[Job]):
    """Jobs that wait and run, at most `places` at once. With a single place, a short one waits for the long one under way.
    ``most``: how many one person may have here; None: any number."""

    def __init__(self, places: int, most: int | None = None) -> None:
        self._places, self._most = places, most
        self._changed = threading.Condition()
        self._waiting: dict[Job, _Turn] = {}
        self._running: dict[Job, _Turn] = {}
        self._begun: Counter[str] = Counter()  # jobs begun, by person, as long as one of its jobs waits or runs
        self._number, self._open = 0, True

    def put(self, job: Job, *, who: str, size: int) -> None:
        """Let a job wait for its turn. Raises `Busy`."""
        with self._changed:
            if who and self._most is not None and self._count(who) >= self._most:
                raise Busy(f"{self._most} jobs of one person wait or run")
            self._number += 1
            self._waiting[job] = _Turn(who, size >= LONG, self._number)
            self._changed.notify_all()

    def take(self) -> Job | None:
        """Return the next job as soon as it may begin, None once `close` was called."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open or self._next() is not None)
            job = self._next() if self._open else None
            return None if job is None else self._begin(job)

    def done(self, job: Job) -> None:
        """Free the place of a job that has ended, or of one that need not begin."""
        with self._changed:
            turn = self._running.pop(job, None) or self._waiting.pop(job, None)
            if turn is not None and not self._count(turn.who):
                self._begun.pop(turn.who, None)
            self._changed.notify_all()

    @contextmanager
    def place(self, job: Job, *, who: str, size: int, look: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Wait for a job's place, and keep it until the end; ``look`` is called again and again while it waits. Raises `Busy`,
        and what ``look`` raises."""
        self.put(job, who=who, size=size)
        try:
            while not self._may_begin(job):
                look()
            yield
        finally:
            self.done(job)

    def ahead(self, job: Job) -> int:
        """Return how many run or come before a job that waits; 0 for any other."""
        with self._changed:
            order = sorted(self._waiting, key=self._rank)
            return len(self._running) + order.index(job) if job in order else 0

    def close(self) -> None:
        """Let nobody begin any more."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _may_begin(self, job: Job) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._next() is job, _LOOKED) and self._begin(job) is job

    def _begin(self, job: Job) -> Job:
        self._running[job] = turn = self._waiting.pop(job)
        self._begun[turn.who] += 1
        self._changed.notify_all()
        return job

    def _next(self) -> Job | None:
        if len(self._running) >= self._places:
            return None
        full = sum(turn.long for turn in self._running.values()) >= max(1, self._places - 1)
        return min((job for job, turn in self._waiting.items() if not (turn.long and full)), key=self._rank, default=None)

    def _rank(self, job: Job) -> tuple[int, bool, int, int]:
        who, long, number = self._waiting[job]
        return sum(turn.who == who for turn in self._running.values()), long, self._begun[who], number

    def _count(self, who: str) -> int:
        return sum(turn.who == who for turns in (self._waiting, self._running) for turn in turns.values())
