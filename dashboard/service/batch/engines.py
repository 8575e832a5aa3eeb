"""Processes of this machine that judge and do not record: a pool for a batch (or Ray: ``ray_engine``), and a single process.

    for outcome in local([Task("a.log", options), ...], Path("weights.safetensors"), workers=2): ...

Outcomes come in the order of the tasks, not in the order in which they were finished, so that either engine leads to the same
record. A worker that dies is replaced and its task done again. A task that kills its worker three times, or that takes too
long, is given up.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from dashboard.service.common.child_processes import end_with_parent, kill, undisturbed
from dashboard.service.decide.decision_record import lean
from dashboard.service.decide.judging import judge
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, UNEXPECTED, UNREADABLE, FileFailure, Outcome
from sparsemix import SparseMixError, SparseMixModel
from sparsemix.attention.warm_up import warm_up
from sparsemix.kernels.garbage import keep_loaded
from sparsemix.model.kept_events import KeptEvents
from sparsemix.readers import Limits, ReadOptions
from sparsemix.readers.limits import MIB

_AHEAD = 4
"""Tasks per worker that are done or under way before the first outcome is taken: a limit for memory."""
DEATHS = 3
"""Number of processes that one file may kill before it is given up."""
_LONG = MIB
"""Bytes of a window from which on threads save more than they cost."""
LONGEST = 600.0
"""Seconds that a process may take for one sequence while others wait."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to judge, how to read it, and its ``name``; empty: the one in its path."""

    path: str
    options: ReadOptions
    name: str = ""


Engine = Callable[[Sequence[Task], Path], Iterator[Outcome]]


class Judge:
    """A worker's model, loaded once, on one core; ``own_lines``: for windows of a log, whose lines this program cut, and on
    all cores where they are many."""

    def __init__(self, weights: Path, *, own_lines: bool = False) -> None:
        # One core per worker: there are as many workers as cores, but one for all windows of a log.
        self._threads = os.cpu_count() or 1 if own_lines else 1
        os.environ["OMP_NUM_THREADS"] = str(self._threads)
        import torch  # noqa: PLC0415 - after the number of its threads is known

        torch.set_num_threads(1)
        self._model = SparseMixModel.load(weights)
        self._kept = KeptEvents() if own_lines else None
        warm_up()
        keep_loaded()

    def __call__(self, task: Task) -> Outcome:
        """Judge a file; return the outcome, or why there is none."""
        try:
            data = read_limited(Path(task.path))
        except OSError as error:
            return FileFailure(UNREADABLE, f"the file cannot be read: {error.strerror}")
        return self.of(data, task.name or Path(task.path).name, task.options)

    def of(self, data: bytes, name: str, options: ReadOptions) -> Outcome:
        """Judge a file's bytes; return the outcome, or why there is none."""
        import torch  # noqa: PLC0415 - see above

        # Bits do not depend on it.
        torch.set_num_threads(self._threads if len(data) > _LONG else 1)
        try:
            return lean(judge(data, name, model=self._model, options=options, kept=self._kept), self._model)
        except SparseMixError as error:
            code, values = getattr(error, "code", "") or UNREADABLE, getattr(error, "params", {})
            return FileFailure(code, str(error), values, sha256(data).hexdigest())
        except Exception as error:
            # One sequence that is too much for this program or its memory must not stop all others.
            _log.exception("judging %s failed", name)
            why = f"judging it failed ({type(error).__name__}); the log of the process that judged it says more"
            return FileFailure(UNEXPECTED, why, sha256=sha256(data).hexdigest())


def read_limited(path: Path) -> bytes:
    """Read a file's bytes, at most one more than the limit: the reader refuses a file that is too large without loading all of
    it."""
    with path.open("rb") as file:
        return file.read(Limits().max_bytes + 1)


_judges: dict[Path, Judge] = {}


def loaded(weights: Path, *, own_lines: bool = False) -> Judge:
    """Return this process's model, loaded at the first call, and forget earlier ones; ``own_lines``: as for `Judge`.

    It is not loaded when the process starts: weights that cannot be loaded would then look like a file that kills its worker.
    Raises `WeightsError` when the weights cannot be loaded.
    """
    if weights not in _judges:
        _judges.clear()
        _judges[weights] = Judge(weights, own_lines=own_lines)
    return _judges[weights]


def _work(task: Task, weights: Path) -> Outcome:
    return loaded(weights)(task)


def local(tasks: Sequence[Task], weights: Path, *, workers: int, longest: float = LONGEST) -> Iterator[Outcome]:
    """Judge on ``workers`` processes of this machine, each file for at most about ``longest`` seconds.

    Raises `WeightsError` when a process cannot load the weights.
    """
    left, deaths, suspects = deque(range(len(tasks))), [0] * len(tasks), 0
    while left:
        pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent)
        under_way: deque[tuple[int, Future[Outcome]]] = deque()
        try:
            while left or under_way:
                # One at a time after a worker died, until the file that killed it is known.
                while left and len(under_way) < (1 if suspects else _AHEAD * workers):
                    # Removed from ``left`` only once it is under way: submitting raises when a worker has died meanwhile.
                    with undisturbed():
                        under_way.append((left[0], pool.submit(_work, tasks[left[0]], weights)))
                    left.popleft()
                # All tasks before it are done, so it is being judged now.
                outcome = under_way[0][1].result(longest)
                under_way.popleft()
                suspects = max(suspects - 1, 0)
                yield outcome
        except BrokenProcessPool:
            if len(under_way) == 1:
                deaths[under_way[0][0]] += 1
            suspects = max(suspects, len(under_way))
            left.extendleft(number for number, _ in reversed(under_way))
            if deaths[left[0]] >= DEATHS:
                left.popleft()
                suspects -= 1
                yield FileFailure(CRASHED, f"the process that judged this file died {DEATHS} times; it may need more memory")
        except TimeoutError:
            under_way.popleft()
            left.extendleft(number for number, _ in reversed(under_way))
            kill(pool, wait=True)
            yield FileFailure(TOO_LONG, f"it was not judged within {longest:.0f} s")
        finally:
            kill(pool, wait=False)


def _ready(weights: Path) -> None:
    loaded(weights)


class SequenceJudge(Protocol):
    """A judge of one sequence at a time."""

    def get_ready(self, weights: Path) -> Future[None]: ...
    def __call__(self, task: Task, weights: Path) -> Outcome: ...
    def close(self) -> None: ...


class JudgeProcess:
    """A process of its own that judges, replaced when it dies or takes too long, so that the sequence that killed it is known;
    each begins with ``begin``.

    Raises `BrokenProcessPool` once it is closed.
    """

    def __init__(self, longest: float = LONGEST, begin: Callable[[], None] = end_with_parent) -> None:
        self._longest, self._begin = longest, begin
        self._closed = False
        self._pool = self._start()

    def get_ready(self, weights: Path) -> Future[None]:
        """Load weights before the first sequence comes."""
        with undisturbed():
            return self._pool.submit(_ready, weights)

    def __call__(self, task: Task, weights: Path) -> Outcome:
        """Judge a sequence; return `FileFailure` when that is impossible, kills its processes, or takes too long."""
        for _ in range(DEATHS):
            try:
                # The pool may have to start its process first.
                with undisturbed():
                    judging = self._pool.submit(_work, task, weights)
                return judging.result(self._longest)
            except BrokenProcessPool:
                if self._closed:
                    raise
                self._restart()
            except TimeoutError:
                self._restart()
                return FileFailure(TOO_LONG, f"it was not judged within {self._longest:.0f} s")
        return FileFailure(CRASHED, f"the process that judged it died {DEATHS} times; it may need more memory")

    def close(self) -> None:
        """End the process at once."""
        self._closed = True
        kill(self._pool, wait=True)

    def _restart(self) -> None:
        kill(self._pool, wait=True)
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=self._begin)
