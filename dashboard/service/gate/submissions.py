"""Sequences under way in the gate API: a bounded queue, workers that judge, and the record.

Every accepted sequence is decided once, or has failed.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from audit import Access, AuditStore, Conflict, DecidedAlready, Denied, InvalidRecord, NotFound, StoreUnavailable
from dashboard.service.batch.engines import SequenceJudge, Task
from dashboard.service.common.names import display_name
from dashboard.service.common.turns import Turns
from dashboard.service.decide.outcomes import FileFailure, Outcome
from dashboard.service.decide.reading_settings import remembered
from dashboard.service.decide.recording import enter
from dashboard.service.decide.weights_used import JudgingWeights
from dashboard.service.gate.schema import Full
from dashboard.service.gate.spool import Spool, Submission
from sparsemix import SparseMixModel

REFUSED, UNRECORDED = "refused", "not_recorded"
_UNLOGGED = (REFUSED, UNRECORDED)  # failures without an entry of the log
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds until the next try to write to the record
_MOST_KEPT = 1000  # failures without an entry of the log: with more of them an operator has to find the cause first
_USUAL = 2.0  # seconds that a sequence takes, until some were measured
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class SequenceJob:
    """A sequence under way; ``done`` holds the id of the decision, or why there is none."""

    submission: Submission
    judging: bool = False
    done: Future[str | FileFailure] = field(default_factory=Future)


@dataclass(slots=True)
class Room:
    """A reserved place for one sequence, until a job takes it."""

    taken: bool = False


class SubmissionStates(NamedTuple):
    """The sequences that are under way, and those that have failed without an entry of the log."""

    under_way: set[str]
    failed: set[str]


class Submissions:
    """The queue: at most ``capacity`` sequences are under way, and each of the ``judges`` judges one at a time, which `turns`
    chooses. ``recorded`` is called when a sequence is decided or has failed."""

    def __init__(
        self,
        store: AuditStore,
        weights: JudgingWeights,
        spool: Spool,
        *,
        capacity: int,
        judges: Sequence[SequenceJudge],
        recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._weights, self._spool = store, weights, spool
        self.capacity, self.workers = capacity, len(judges)
        self._recorded = recorded
        # The event loop waits for ``_lock``, so nothing slow may run while it is held.
        self._lock, self._accepting, self._recording = threading.Lock(), threading.Lock(), threading.Lock()
        self._stop = threading.Event()
        self._turns: Turns[SequenceJob] = Turns(len(judges))
        self._jobs: dict[str, SequenceJob] = {}
        self._reserved = 0
        self._receiving: Counter[str] = Counter()  # by token
        self._failures: dict[str, tuple[str, FileFailure]] = {}
        self._seconds = _USUAL
        for submission in spool.left():
            self._add(submission)
        self._judges = judges
        self._threads = [threading.Thread(target=self._work, args=(judge,), daemon=True) for judge in judges]

    def start(self) -> None:
        """Load the weights in all judges, then start the workers."""
        path = self._weights.current().path
        for ready in [judge.get_ready(path) for judge in self._judges]:
            ready.result()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop at once: the next start finds the sequences under way on disk."""
        self._stop.set()
        self._turns.close()
        for judge in self._judges:
            judge.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def weights_sha256(self) -> str:
        """Return the hash of the weights that judge now. Raises `WeightsError`, `AuditError`."""
        return self._weights.current().model.weights_sha256

    @property
    def receiving(self) -> int:
        """The number of sequences whose bytes are arriving."""
        with self._lock:
            return self._reserved

    @property
    def under_way(self) -> int:
        """The number of sequences that are neither decided nor failed."""
        with self._lock:
            return len(self._jobs)

    @contextmanager
    def slot(self, token_sha256: str) -> Iterator[Room]:
        """Reserve a place for one more sequence while its bytes arrive: one token has half of all places at most for that.
        Raises `Full` when there is none."""
        with self._lock:
            if len(self._failures) >= _MOST_KEPT:
                raise Full(60)
            if self._reserved + len(self._jobs) >= self.capacity:
                raise Full(min(60, math.ceil(self._seconds * len(self._jobs) / self.workers / 2) or 1))
            if self._receiving[token_sha256] >= max(1, self.capacity // 2):
                raise Full(1)
            self._receiving[token_sha256] += 1
            self._reserved += 1
        room = Room()
        try:
            yield room
        finally:
            with self._lock:
                self._reserved -= not room.taken
                self._receiving[token_sha256] -= 1
                self._receiving += Counter()  # without those that are 0

    def put(self, part: Path, submission: Submission, room: Room) -> SequenceJob:
        """Accept a sequence whose bytes lie at ``part``. One that is already under way stays as it is and takes no place. One
        that failed here under another name keeps that name."""
        if (known := self.get(submission.sha256)) is not None:
            return known
        self._spool.settle(part)
        # One after the other, so that the same bytes are accepted once. Only this lock waits for the disk.
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

    def get(self, sha256: str) -> SequenceJob | None:
        """Return a sequence under way; None when it is not."""
        with self._lock:
            return self._jobs.get(sha256)

    def named(self, name: str) -> set[str]:
        """Return the sequences first submitted under this name that are under way, or have failed without an entry of the
        log."""
        with self._lock:
            under_way = {sha256 for sha256, job in self._jobs.items() if job.submission.name == name}
            return under_way | {sha256 for sha256, (own, _) in self._failures.items() if own == name}

    def states(self, sequences: Collection[str]) -> SubmissionStates:
        """Return which of some sequences are under way here, or have failed here."""
        with self._lock:
            return SubmissionStates({*sequences} & self._jobs.keys(), {*sequences} & self._failures.keys())

    def failure(self, sha256: str) -> FileFailure | None:
        """Return why a sequence failed without an entry of the log: its token was revoked meanwhile, or it cannot be
        recorded."""
        with self._lock:
            failure = self._failures.get(sha256)
            return None if failure is None else failure[1]

    def _add(self, submission: Submission) -> SequenceJob:
        job = SequenceJob(submission)
        job.done.set_running_or_notify_cancel()  # a caller that stops waiting must not cancel it
        self._jobs[submission.sha256] = job
        self._turns.put(job, who=submission.token_sha256, size=self._spool.bytes_of(submission).stat().st_size)
        return job

    def _work(self, judge: SequenceJudge) -> None:
        while (job := self._turns.take()) is not None:
            job.judging = True
            begun = time.monotonic()
            try:
                outcome = self._decide(judge, job.submission)
            except Exception as error:
                if self._stop.is_set():  # its process was ended
                    return
                _log.exception("sequence %s was not decided", job.submission.sha256)
                # Others tell paths and addresses.
                known = isinstance(error, Conflict | InvalidRecord | NotFound)
                why = str(error) if known else "a fault of the program; its log says more"
                self._finish(job, FileFailure(UNRECORDED, why))
                continue
            if outcome is None:
                return
            # The moving average of the last sequences.
            self._seconds += 0.1 * (time.monotonic() - begun - self._seconds)
            self._finish(job, outcome)

    def _finish(self, job: SequenceJob, outcome: str | FileFailure) -> None:
        """Finish a job. A failure without an entry of the log is kept, on disk as well: the next start tries it again."""
        sha256, name = job.submission.sha256, job.submission.name
        unlogged = isinstance(outcome, FileFailure) and outcome.code in _UNLOGGED
        if not unlogged:
            try:
                self._spool.drop(job.submission)
            except OSError as error:  # the next start finds the files, and the sequence in the record
                _log.warning("the files of sequence %s cannot be removed: %s", sha256, error)
        with self._lock:
            if isinstance(outcome, FileFailure) and unlogged:
                self._failures[sha256] = (name, outcome)
            del self._jobs[sha256]
        self._turns.done(job)
        job.done.set_result(outcome)
        self._recorded()

    def _decide(self, judge: SequenceJudge, submission: Submission) -> str | FileFailure | None:
        """Return the id of the decision, or why there is none; None when the gate API stops first.

        An accepted sequence is not given up, however long the record is unavailable.
        """
        access = Access(self._store, service=submission.token_sha256)
        judged: tuple[Outcome, SparseMixModel] | None = None
        moved = False
        for pause in self._pauses():
            try:
                if judged is None:
                    judged = self._judged(judge, access, submission)
                return self._enter(access, submission, *judged)
            except Denied as error:
                return FileFailure(REFUSED, str(error))
            except StoreUnavailable as error:
                _log.warning("the record cannot be used, trying again in %.1f s: %s", pause, error)
            except Conflict:
                # The stage of the roll-out changed, or a stored file was erased, between the look and the writing.
                if moved:
                    raise
                moved = True
        return None

    def _judged(self, judge: SequenceJudge, access: Access, submission: Submission) -> tuple[Outcome, SparseMixModel]:
        loaded = self._weights.current()
        options = remembered(access, submission.source)
        return judge(Task(str(self._spool.bytes_of(submission)), options, submission.name), loaded.path), loaded.model

    def _enter(self, access: Access, submission: Submission, outcome: Outcome, model: SparseMixModel) -> str | FileFailure:
        sha256, name = submission.sha256, display_name(submission.name)
        if isinstance(outcome, FileFailure):
            why = outcome.why or outcome.code
            noted = access.failures.note(
                sha256, model.weights_sha256, name=name, code=outcome.code, why=why, values=outcome.values
            )
            if not noted:
                access.lots.note(name, sha256)
            return outcome
        try:
            # One after the other: each source's drift continues from the decision before.
            with self._recording:
                return enter(outcome, model=model, access=access, source=submission.source, once=True)
        except DecidedAlready as error:
            access.lots.note(name, sha256)
            return error.decision_id

    def _pauses(self) -> Iterator[float]:
        """Yield the pauses between tries and wait for them, until the gate API stops."""
        tries = 0
        while not self._stop.is_set():
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            yield pause
            self._stop.wait(pause)
            tries += 1
