"""Background jobs of the app: a page submits a job, continues, and asks later how far it is.

    job = worker.submit(partial(analyse, data, name, ...))
    worker.get(job.id).share

A job is cancelled by a flag: its next report of progress raises RunCancelled inside the work. The pool is shared by all
sessions; jobs outlive reruns and page changes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol
from uuid import uuid4

from audit import AuditError
from sparsemix import RunCancelled, SparseMixError

EXPECTED = (SparseMixError, AuditError)
"""Errors with a message for the user; any other error is a fault of the program and goes to the server's log."""
Progress = Callable[[float, str], None]
_log = logging.getLogger(__name__)


class Busy(Exception):  # noqa: N818 - shown to the visitor, who lets one of their jobs end
    """Raised when a visitor has as many jobs under way as allowed."""


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


@dataclass(slots=True)
class _Slot:
    job: Job
    cancel: threading.Event
    started: float = 0.0
    future: Future[None] | None = None


class Worker:
    """A thread pool whose jobs can be watched and cancelled. Keeps the last ``history`` finished jobs."""

    def __init__(self, threads: int = 1, history: int = 100, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dashboard-job")
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._history = history
        self._clock = clock

    def submit(self, work: Work, kind: str = "work") -> Job:
        """Queue ``work(progress=...)`` and return at once."""
        slot = _Slot(Job(uuid4().hex, kind), threading.Event())
        with self._lock:
            self._slots[slot.job.id] = slot
            self._drop_oldest()
        slot.future = self._pool.submit(self._run, slot, work)
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
            slot.cancel.set()
            if slot.job.state is State.QUEUED:
                slot.job = replace(slot.job, state=State.CANCELLED)
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
        if slot and slot.future:
            slot.future.result(timeout)
        return self.get(id)

    def ahead(self, id: str) -> int:
        """Return how many jobs have to end before this one begins; 0 for a job that has begun."""
        with self._lock:
            waiting = [slot.job.id for slot in self._slots.values() if not slot.job.finished]
        return waiting.index(id) if id in waiting else 0

    def active(self) -> list[Job]:
        """Return the jobs that are queued or running, oldest first."""
        with self._lock:
            return [slot.job for slot in self._slots.values() if not slot.job.finished]

    def close(self) -> None:
        """Cancel everything and wait for the threads."""
        for job in self.active():
            self.cancel(job.id)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, slot: _Slot, work: Work) -> None:
        with self._lock:
            if slot.cancel.is_set():
                return
            slot.started = self._clock()
            slot.job = replace(slot.job, state=State.RUNNING)

        def progress(share: float, stage: str) -> None:
            if slot.cancel.is_set():
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
