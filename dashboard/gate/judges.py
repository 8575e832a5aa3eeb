"""One process that judges, replaced when it dies or takes too long; and which weights it judges by."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit import AuditStore, NotFound
from dashboard.engines import CRASHED, DEATHS, Failed, Judge, Outcome, Task
from sparsemix import SparseMixModel, WeightsError

LONGEST = 600.0  # seconds for one sequence
TOO_LONG = "too_long"

_judges: dict[Path, Judge] = {}


def _work(task: Task, weights: Path) -> Outcome:
    """What the process runs: the weights are loaded when they are first asked for, and those before them forgotten."""
    if weights not in _judges:
        _judges.clear()
        _judges[weights] = Judge(weights)
    return _judges[weights](task)


def _ready(weights: Path) -> None:
    _judges[weights] = Judge(weights)


def _end_with_parent() -> None:
    """A process whose gate was killed must not stay behind with a model in memory."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


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
        return self._pool.submit(_ready, weights)

    def __call__(self, task: Task, weights: Path) -> Outcome:
        """What the model says; `Failed` when it cannot, when processes die of it, or when it takes too long."""
        for _ in range(DEATHS):
            try:
                return self._pool.submit(_work, task, weights).result(self._longest)
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
        self._kill()

    def _again(self) -> None:
        self._kill()
        self._pool = self._start()

    def _kill(self) -> None:
        for child in list((self._pool._processes or {}).values()):
            child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights as a file, for those who judge, and as a model, for whoever records."""

    path: Path
    model: SparseMixModel


class Weights:
    """The weights to judge by: those at ``fixed``, or those that the record says are in use, else those of the program.

    ``folder``: where registered weights are put for the processes. Raises WeightsError when there are none to load.
    """

    def __init__(self, store: AuditStore, program: Path, folder: Path, *, fixed: bool) -> None:
        self._store, self._folder, self._fixed = store, folder, fixed
        self._program = Loaded(program.resolve(), SparseMixModel.load(program))
        self._lock = threading.Lock()
        self._registered: Loaded | None = None

    def current(self) -> Loaded:
        """Those of this moment. Raises WeightsError, AuditError."""
        used = None if self._fixed else self._store.weights_in_use()
        if used is None or used.sha256 is None or used.sha256 == self._program.model.weights_sha256:
            return self._program
        with self._lock:
            if self._registered is None or self._registered.model.weights_sha256 != used.sha256:
                self._registered = self._load(used.sha256)
            return self._registered

    def _load(self, sha256: str) -> Loaded:
        try:
            content = self._store.blob(sha256)
        except NotFound as error:
            raise WeightsError(f"the record does not keep the weights {sha256[:12]}") from error
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{sha256}.safetensors"
        path.write_bytes(content)
        return Loaded(path, SparseMixModel.from_bytes(content))
