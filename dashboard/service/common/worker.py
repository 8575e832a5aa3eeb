"""Background jobs of the app: a page submits a job, continues, and asks later how far it is.

    job = worker.submit(partial(analyse, data, name, ...))
    worker.get(job.id).share

A job is cancelled by a flag: its next report of progress raises RunCancelled inside the work. The threads are shared by all
sessions; jobs outlive reruns and page changes. Who is next, and what one person may have under way, is said by ``turns``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol
from uuid import uuid4

from audit import AuditError
from dashboard.service.common.memory import give_back
from dashboard.service.common.turns import LONG, MOST, PERSON, Busy, Turns
from sparsemix import RunCancelled, SparseMixError

EXPECTED = (SparseMixError, AuditError, Busy)
"""Errors with a message for the user; any other error is a fault of the program and goes to the server's log."""
Progress = Callable[[float, str], None]
_log = logging.getLogger(__name__)


class Work(Protocol):
    """What a job does: a function that calls ``progress`` to tell how far it is."""

    def __call__(self, *, progress: Progress) -> Any: ...


class State(StrEnum):
    """The state of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A snapshot of a job: ``share`` in [0, 1], ``eta`` seconds left or None while unknown.

    ``cancelling``: the flag is set and the work has not reached it yet.
    """

    id: str
    kind: str
    state: State = State.QUEUED
    share: float = 0.0
    stage: str = ""
    eta: float | None = None
    cancelling: bool = False
    result: Any = None
    error: BaseException | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(slots=True, eq=False)
class _Slot:
    job: Job
    work: Work
    who: str
    long: bool
    ended: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0


class Worker:
    """Threads whose jobs can be watched and cancelled. Keeps the last ``history`` finished jobs."""

    def __init__(self, threads: int = 1, history: int = 100, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns: Turns[_Slot] = Turns(threads, MOST)
        self._threads = [threading.Thread(target=self._work, name=f"dashboard-job-{n}", daemon=True) for n in range(threads)]
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._history = history
        self._clock = clock
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work, kind: str = "work", *, who: str = "", size: int = 0) -> Job:
        """Queue ``work(progress=...)``, which goes over ``size`` bytes, for a person, and return at once. Raises `Busy`."""
        slot = _Slot(Job(uuid4().hex, kind), work, who, size >= LONG)
        with self._lock:
            self._turns.put(slot, who=who, size=size)
            self._slots[slot.job.id] = slot
            self._drop_oldest()
        return slot.job

    def get(self, id: str) -> Job | None:
        """Return the job as it is now; None when there is no such job or it is forgotten."""
        with self._lock:
            slot = self._slots.get(id)
            return slot.job if slot else None

    def cancel(self, id: str) -> None:
        """Ask a job to stop; one that has finished stays as it is."""
        with self._lock:
            slot = self._slots.get(id)
            if slot is None or slot.job.finished:
                return
            if slot.job.state is State.QUEUED:
                slot.job = replace(slot.job, state=State.CANCELLED)
                self._turns.done(slot)
                slot.ended.set()
                del slot.work
            else:
                slot.job = replace(slot.job, cancelling=True)

    def forget(self, id: str) -> None:
        """Forget a job and its result; cancel it if it is under way."""
        self.cancel(id)
        with self._lock:
            self._slots.pop(id, None)

    def wait(self, id: str, timeout: float) -> Job | None:
        """Wait until a job is finished. Raises `TimeoutError` after ``timeout`` seconds."""
        with self._lock:
            slot = self._slots.get(id)
        if slot and not slot.ended.wait(timeout):
            raise TimeoutError
        return self.get(id)

    def ahead(self, id: str) -> int:
        """Return how many jobs run or come before this one; 0 for a job that has begun."""
        with self._lock:
            slot = self._slots.get(id)
        return self._turns.ahead(slot) if slot else 0

    def active(self) -> list[Job]:
        """Return the jobs that are queued or running, oldest first."""
        with self._lock:
            return [slot.job for slot in self._slots.values() if not slot.job.finished]

    def close(self) -> None:
        """Cancel everything and wait for the threads."""
        for job in self.active():
            self.cancel(job.id)
        self._turns.close()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (slot := self._turns.take()) is not None:
            self._run(slot)
            if slot.long:
                give_back()
            self._turns.done(slot)
            slot.ended.set()
            # While the thread waits, it must not keep the job before, which may hold a copy of the record.
            del slot

    def _run(self, slot: _Slot) -> None:
        with self._lock:
            if slot.job.finished:
                return
            work = slot.work
            # A finished job is remembered, and its work may hold a copy of the record.
            del slot.work
            slot.started = self._clock()
            slot.job = replace(slot.job, state=State.RUNNING)
        PERSON.set(slot.who)

        def progress(share: float, stage: str) -> None:
            if slot.job.cancelling:
                raise RunCancelled("stopped on request")
            self._update(slot, share=share, stage=stage, eta=self._eta(slot, share))

        try:
            result = work(progress=progress)
        except RunCancelled:
            self._update(slot, state=State.CANCELLED, eta=None)
        except Exception as error:  # shown to the job's owner; no error may end the thread silently
            if not isinstance(error, EXPECTED):
                _log.error("job %s (%s) failed", slot.job.id, slot.job.kind, exc_info=error)
            self._update(slot, state=State.FAILED, error=error, eta=None)
        else:
            self._update(slot, state=State.DONE, share=1.0, result=result, eta=0.0)

    def _eta(self, slot: _Slot, share: float) -> float | None:
        spent = self._clock() - slot.started
        # The first percent is mostly set-up and would promise hours.
        return spent * (1 - share) / share if share >= 0.02 and spent > 0 else None

    def _update(self, slot: _Slot, **changes: Any) -> None:
        with self._lock:
            slot.job = replace(slot.job, **changes)

    def _drop_oldest(self) -> None:
        finished = [id for id, slot in self._slots.items() if slot.job.finished]
        for id in finished[: max(0, len(finished) - self._history)]:
            del self._slots[id]
