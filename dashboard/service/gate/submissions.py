"""Sequences under way: a bounded queue, workers that judge, and the record. What is accepted is decided once, or has failed."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from audit import Access, AuditError, AuditStore, Conflict, DecidedAlready, Denied, StoreUnavailable
from dashboard.service.batch.engines import Task
from dashboard.service.batch.judge_process import Judging
from dashboard.service.decide.outcomes import Failed, Outcome
from dashboard.service.decide.pipeline import display_name, enter
from dashboard.service.decide.reading_settings import remembered
from dashboard.service.decide.weights_used import Weights
from dashboard.service.gate.problems import Full
from dashboard.service.gate.spool import Spool, Submission
from sparsemix import SparseMixError, SparseMixModel

REFUSED, UNRECORDED = "refused", "not_recorded"
_UNLOGGED = (REFUSED, UNRECORDED)  # failures that no entry of the log says
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds until the record is tried again
_MOST_KEPT = 1000  # failures that no entry says: more of them are a fault that somebody has to look at first
_USUAL = 2.0  # seconds that a sequence takes, until it is known better
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """A sequence under way; ``done`` holds the decision's id, or why there is none."""

    submission: Submission
    judging: bool = False
    done: Future[str | Failed] = field(default_factory=Future)


@dataclass(slots=True)
class Room:
    """Room for one sequence, until a job takes it."""

    taken: bool = False


class Standing(NamedTuple):
    """Which sequences are under way, and which have failed although no entry of the log says so."""

    under_way: set[str]
    failed: set[str]


class Submissions:
    """At most ``capacity`` sequences under way, as many judged at a time as there are ``judges``; ``recorded`` is called after
    each decision."""

    def __init__(
        self,
        store: AuditStore,
        weights: Weights,
        spool: Spool,
        *,
        capacity: int,
        judges: Sequence[Judging],
        recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._weights, self._spool = store, weights, spool
        self.capacity, self.workers = capacity, len(judges)
        self._recorded = recorded
        # The event loop waits for ``_lock``, so that nothing that takes time is done under it.
        self._lock, self._accepting, self._recording = threading.Lock(), threading.Lock(), threading.Lock()
        self._stop = threading.Event()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._jobs: dict[str, Job] = {}
        self._reserved = 0
        self._failures: dict[str, tuple[str, Failed]] = {}
        self._seconds = _USUAL
        for submission in spool.left():
            self._add(submission)
        self._judges = judges
        self._threads = [threading.Thread(target=self._work, args=(judge,), daemon=True) for judge in judges]

    def start(self) -> None:
        """Begin to work, with weights loaded."""
        path = self._weights.current().path
        for ready in [judge.get_ready(path) for judge in self._judges]:
            ready.result()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop at once: what is under way is there again when the next gate starts."""
        self._stop.set()
        for judge in self._judges:
            self._queue.put(None)
            judge.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def weights_sha256(self) -> str:
        """Of the weights that judge now. Raises WeightsError, AuditError."""
        return self._weights.current().model.weights_sha256

    @property
    def receiving(self) -> int:
        """For how many sequences there is room while their bytes arrive."""
        with self._lock:
            return self._reserved

    @property
    def under_way(self) -> int:
        """How many sequences are neither decided nor failed."""
        with self._lock:
            return len(self._jobs)

    @contextmanager
    def slot(self) -> Iterator[Room]:
        """Room for one more, while its bytes arrive. Raises `Full`."""
        with self._lock:
            if len(self._failures) >= _MOST_KEPT:
                raise Full(60)
            if self._reserved + len(self._jobs) >= self.capacity:
                raise Full(min(60, math.ceil(self._seconds * len(self._jobs) / self.workers / 2) or 1))
            self._reserved += 1
        room = Room()
        try:
            yield room
        finally:
            with self._lock:
                self._reserved -= not room.taken

    def put(self, part: Path, submission: Submission, room: Room) -> Job:
        """Accept a sequence whose bytes lie at ``part``; one that is under way already stays as it is, and takes no room. What
        came and failed here under another name keeps that name."""
        if (known := self.get(submission.sha256)) is not None:
            return known
        self._spool.settle(part)
        # One after the other: the same bytes are accepted once. Nobody else waits for the disk.
        with self._accepting:
            with self._lock:
                known = self._jobs.get(submission.sha256)
                if known is not None:
                    return known
                if submission.sha256 in self._failures:
                    submission = replace(submission, name=self._failures[submission.sha256][0])
            self._spool.keep(part, submission)
            with self._lock:
                self._failures.pop(submission.sha256, None)
                room.taken = True
                self._reserved -= 1
                return self._add(submission)

    def get(self, sha256: str) -> Job | None:
        """A sequence under way; None when it is not."""
        with self._lock:
            return self._jobs.get(sha256)

    def named(self, name: str) -> set[str]:
        """Which sequences that came under this name first are under way, or have failed although no entry says so."""
        with self._lock:
            under_way = {sha256 for sha256, job in self._jobs.items() if job.submission.name == name}
            return under_way | {sha256 for sha256, (own, _) in self._failures.items() if own == name}

    def standing(self, sequences: Collection[str]) -> Standing:
        """How some sequences stand here."""
        with self._lock:
            return Standing({*sequences} & self._jobs.keys(), {*sequences} & self._failures.keys())

    def failure(self, sha256: str) -> Failed | None:
        """Why a sequence failed, where the log does not say it: its token was revoked meanwhile, or it cannot be recorded."""
        with self._lock:
            found = self._failures.get(sha256)
            return None if found is None else found[1]

    def _add(self, submission: Submission) -> Job:
        job = Job(submission)
        job.done.set_running_or_notify_cancel()  # whoever waits and goes away cancels nothing
        self._jobs[submission.sha256] = job
        self._queue.put(job)
        return job

    def _work(self, judge: Judging) -> None:
        while (job := self._queue.get()) is not None:
            if self._stop.is_set():
                return
            job.judging = True
            begun = time.monotonic()
            try:
                outcome = self._decide(judge, job.submission)
            except Exception as error:
                if self._stop.is_set():  # its process was ended
                    return
                _log.exception("sequence %s was not decided", job.submission.sha256)
                why = (
                    str(error)
                    if isinstance(error, AuditError | SparseMixError)
                    else "a fault of the program; its log says more"
                )
                self._forget(job, Failed(UNRECORDED, why))
                continue
            if outcome is None:
                return
            # As long as the last ones took.
            self._seconds += 0.1 * (time.monotonic() - begun - self._seconds)
            self._forget(job, outcome)

    def _forget(self, job: Job, outcome: str | Failed) -> None:
        """Done with; but a failure that no entry says is kept, on disk as well: the next start tries it again."""
        sha256, name = job.submission.sha256, job.submission.name
        unlogged = isinstance(outcome, Failed) and outcome.code in _UNLOGGED
        if not unlogged:
            try:
                self._spool.drop(job.submission)
            except OSError as error:  # the next start finds it, and that it is in the record
                _log.warning("what is left of sequence %s cannot be removed: %s", sha256, error)
        with self._lock:
            if isinstance(outcome, Failed) and unlogged:
                self._failures[sha256] = (name, outcome)
            del self._jobs[sha256]
        job.done.set_result(outcome)
        self._recorded()

    def _decide(self, judge: Judging, submission: Submission) -> str | Failed | None:
        """The decision's id, or why there is none; None when the gate stops before. However long the record is away: what was
        accepted is not given up."""
        access = Access(self._store, service=submission.token_sha256)
        judged: tuple[Outcome, SparseMixModel] | None = None
        moved = False
        for pause in self._pauses():
            try:
                if judged is None:
                    judged = self._judged(judge, access, submission)
                return self._kept(access, submission, *judged)
            except Denied as error:
                return Failed(REFUSED, str(error))
            except StoreUnavailable as error:
                _log.warning("the record cannot be used, trying again in %.1f s: %s", pause, error)
            except Conflict:
                # The stage of the roll-out changed, or a stored file was erased, between the look and the writing.
                if moved:
                    raise
                moved = True
        return None

    def _judged(self, judge: Judging, access: Access, submission: Submission) -> tuple[Outcome, SparseMixModel]:
        loaded = self._weights.current()
        options = remembered(access, submission.source)
        return judge(Task(str(self._spool.bytes_of(submission)), options, submission.name), loaded.path), loaded.model

    def _kept(self, access: Access, submission: Submission, outcome: Outcome, model: SparseMixModel) -> str | Failed:
        sha256, name = submission.sha256, display_name(submission.name)
        if isinstance(outcome, Failed):
            why = outcome.why or outcome.code
            noted = access.failures.note(
                sha256, model.weights_sha256, name=name, code=outcome.code, why=why, values=outcome.values
            )
            if not noted:
                access.lots.note(name, sha256)
            return outcome
        try:
            # One after the other: each source's drift goes on from the decision before.
            with self._recording:
                return enter(outcome, model=model, access=access, source=submission.source, once=True)
        except DecidedAlready as error:
            access.lots.note(name, sha256)
            return error.decision_id

    def _pauses(self) -> Iterator[float]:
        """Waits between tries, until the gate stops."""
        tries = 0
        while not self._stop.is_set():
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            yield pause
            self._stop.wait(pause)
            tries += 1
