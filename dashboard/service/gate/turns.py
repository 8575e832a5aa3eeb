"""Who is judged next at the gate: short sequences first, programs in turn, and one place that long ones never take.

turns = Turns(places=2)
turns.put(job, who=token, size=len(content))
job = turns.take()          # waits; None once the turns are closed
turns.done(job)
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Generic, TypeVar

LONG = 1024 * 1024
"""Bytes from which a sequence is long: some ten thousand lines, which take seconds."""
Job = TypeVar("Job")


@dataclass(slots=True)
class _Turn(Generic[Job]):
    job: Job
    who: str
    long: bool
    number: int


class Turns(Generic[Job]):
    """Jobs that wait and run, at most `places` at once. With a single place, a short one waits for the long one under way."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._changed = threading.Condition()
        self._waiting: list[_Turn[Job]] = []
        self._running: list[_Turn[Job]] = []
        self._begun: Counter[str] = Counter()  # jobs begun, by program, as long as one of its jobs waits or runs
        self._number, self._open = 0, True

    def put(self, job: Job, *, who: str, size: int) -> None:
        """Let a job wait for its turn."""
        with self._changed:
            self._number += 1
            self._waiting.append(_Turn(job, who, size >= LONG, self._number))
            self._changed.notify()

    def take(self) -> Job | None:
        """Return the next job as soon as it may begin, None once `close` was called."""
        with self._changed:
            while self._open:
                turn = self._next()
                if turn is not None:
                    self._waiting.remove(turn)
                    self._running.append(turn)
                    self._begun[turn.who] += 1
                    return turn.job
                self._changed.wait()
        return None

    def done(self, job: Job) -> None:
        """Free the place of a job that has ended."""
        with self._changed:
            turn = next(turn for turn in self._running if turn.job is job)
            self._running.remove(turn)
            if not any(one.who == turn.who for one in (*self._waiting, *self._running)):
                del self._begun[turn.who]
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody begin any more."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _next(self) -> _Turn[Job] | None:
        running = Counter(turn.who for turn in self._running)
        room = self._places - 1 if self._places > 1 else 1
        full = sum(turn.long for turn in self._running) >= room
        able = [turn for turn in self._waiting if not (turn.long and full)]
        return min(able, key=lambda turn: (running[turn.who], turn.long, self._begun[turn.who], turn.number), default=None)
