"""One process that judges, replaced when it dies or takes too long."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

from dashboard.service.batch.engines import DEATHS, LONGEST, Task, loaded
from dashboard.service.common.child_processes import end_with_parent, kill, undisturbed
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, Failed, Outcome


def _work(task: Task, weights: Path) -> Outcome:
    """What the process runs."""
    return loaded(weights)(task)


def _ready(weights: Path) -> None:
    loaded(weights)


class Judging(Protocol):
    """Who judges, one sequence at a time."""

    def get_ready(self, weights: Path) -> Future[None]: ...
    def __call__(self, task: Task, weights: Path) -> Outcome: ...
    def close(self) -> None: ...


class JudgeProcess:
    """A process of its own, so that it is known whose fault its end was. Raises BrokenProcessPool once it is closed."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._closed = False
        self._pool = self._start()

    def get_ready(self, weights: Path) -> Future[None]:
        """Load weights before anybody waits for them."""
        with undisturbed():
            return self._pool.submit(_ready, weights)

    def __call__(self, task: Task, weights: Path) -> Outcome:
        """What the model says; `Failed` when it cannot, when processes die of it, or when it takes too long."""
        for _ in range(DEATHS):
            try:
                # It may have to be started first.
                with undisturbed():
                    judging = self._pool.submit(_work, task, weights)
                return judging.result(self._longest)
            except BrokenProcessPool:
                if self._closed:
                    raise
                self._again()
            except TimeoutError:
                self._again()
                return Failed(TOO_LONG, f"it was not judged within {self._longest:.0f} s")
        return Failed(CRASHED, f"the process that judged it died {DEATHS} times; it may need more memory")

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        kill(self._pool, wait=True)

    def _again(self) -> None:
        kill(self._pool, wait=True)
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent)
