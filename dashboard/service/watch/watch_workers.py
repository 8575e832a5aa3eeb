"""Workers beside the thread that records: a thread that reads the file, and a process that judges windows.

reader = LogReader(Tail(path), SlidingWindows(2000, 500, 10.0))
judge = WindowJudge(Path("weights.safetensors"))
outcome, megabytes = judge.outcome(window, "line4.log", ReadOptions(), lambda: None)
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from dashboard.service.batch.engines import DEATHS, LONGEST, JudgeProcess, loaded
from dashboard.service.common.child_processes import end_with_parent, undisturbed
from dashboard.service.common.memory import resident_mb, share_heaps
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, UNEXPECTED, FileFailure, Outcome
from dashboard.service.watch.log_tail import Tail
from dashboard.service.watch.sliding_windows import SlidingWindows, Window
from sparsemix import WeightsError
from sparsemix.readers import ReadOptions

POLL_SECONDS = 0.1
"""Seconds between two looks at the file."""
STATUS_SECONDS = 1.0
"""Seconds between two status reports."""
_MOST_WAITING, _MOST_WAITING_BYTES = 500_000, 256 << 20
"""The most lines that are read ahead of the decisions, and the most bytes, since a line may have 64 KiB; further lines stay in
the file. 256 MiB is about half of the process's other memory, or four of the largest windows."""


class LogReader(threading.Thread):
    """The thread that reads the file into windows. ``waited``: how long the first lines have already been in the file."""

    def __init__(self, tail: Tail, sliding: SlidingWindows, waited: float = 0.0) -> None:
        super().__init__(name="reader", daemon=True)
        self.tail, self.sliding = tail, sliding
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.unread = 0
        self.failed: BaseException | None = None
        self._waited = waited

    def run(self) -> None:
        """Read until ``stopped``."""
        # The last moment at which the next lines were not there.
        self._nothing_at = time.monotonic() - self._waited
        try:
            while not self.stopped.wait(POLL_SECONDS):
                self._look()
        except BaseException as error:  # raised again by the thread that waits for the lines
            self.failed = error

    def _look(self) -> None:
        now = time.monotonic()
        # Poll even without room: only a poll opens a new file, and after the next rotation it would be too late.
        room = max(_MOST_WAITING - self.sliding.waiting, 0)
        room_bytes = max(_MOST_WAITING_BYTES - self.sliding.waiting_bytes, 0)
        lines = self.tail.poll(room, room_bytes)
        with self.lock:
            self.sliding.add(lines, self._nothing_at)
        self.unread = self.tail.unread
        if len(lines) < room and sum(len(line.data) for line in lines) < room_bytes:
            # All lines were read: the next ones are not there now.
            self._nothing_at = now


class WindowJudge(JudgeProcess):
    """The process that judges windows; replaced when it dies, or takes longer than ``longest`` seconds for a window."""

    def __init__(self, weights: Path, longest: float = LONGEST) -> None:
        super().__init__(longest, _begin)
        self.weights = weights

    def start(self) -> None:
        """Load the model before the first window comes.

        Raises `WeightsError` when the weights cannot be loaded, `ChildProcessError` when loading kills the process.
        """
        try:
            with undisturbed():
                ready = self._pool.submit(_ready, self.weights)
            ready.result()
        except BrokenProcessPool as error:
            raise ChildProcessError("the process that judges died while it started; it may need more memory") from error

    def submit(self, window: Window, name: str, options: ReadOptions) -> Future[tuple[Outcome, float | None]]:
        """Start judging a window. Raises `BrokenProcessPool` when the process died while it was idle."""
        # Ctrl+C reaches every process of a terminal, but the window under way must be finished.
        with undisturbed():
            return self._pool.submit(_work, self.weights, window.data, name, options)

    def outcome(
        self, window: Window, name: str, options: ReadOptions, meanwhile: Callable[[], None]
    ) -> tuple[Outcome, float | None]:
        """Judge a window; return the outcome, and the memory of the process in megabytes where it answered.

        A process that dies or takes too long gives a `FileFailure`, without memory. ``meanwhile`` is called every second.

        Raises `WeightsError` when a process that replaces another one cannot load the weights, which is not a fault of the
        window.
        """
        for _ in range(DEATHS):
            try:
                running, started = self.submit(window, name, options), time.monotonic()
                while not running.done():
                    wait_for([running], STATUS_SECONDS)
                    if not running.done():
                        meanwhile()
                        if not running.done() and time.monotonic() - started > self._longest:
                            self._restart()
                            return FileFailure(TOO_LONG, f"it was not judged within {self._longest:.0f} s"), None
                fault = running.exception()
            except BrokenProcessPool as died:
                fault = died
            if fault is None:
                return running.result()
            if isinstance(fault, WeightsError):
                raise fault
            self._restart()
            if not isinstance(fault, BrokenProcessPool):
                # Raised here, it would end this watcher, and after a restart the next one at the same window.
                traceback.print_exception(fault)
                return FileFailure(UNEXPECTED, f"judging ended with {type(fault).__name__}; standard error says where"), None
        return FileFailure(CRASHED, f"the process that judged this window died {DEATHS} times; it may need more memory"), None


def _begin() -> None:
    end_with_parent()
    share_heaps()


def _ready(weights: Path) -> None:
    loaded(weights, own_lines=True)


def _work(weights: Path, data: bytes, name: str, options: ReadOptions) -> tuple[Outcome, float | None]:
    return loaded(weights, own_lines=True).of(data, name, options), resident_mb()
