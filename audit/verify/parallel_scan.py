"""Helper processes that scan ahead: one process uses one core, and most machines have more.

A free process scans each span of a long log, and `audit.verify.verification` judges the spans in order. A helper that fails,
dies or does not answer costs only time: its span is scanned here. `multiprocessing` is not used, because its children run the
parent's main script again, which may be a page of the app.

A helper runs `audit.verify.scan_helper`.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType

from audit.log.chain import ChainProblem
from audit.verify import scan_helper
from audit.verify.fast_scan import Span
from audit.verify.stored_evidence import StoredEvidence

_SPAN = 2_000  # entries scanned at once; limits memory and does not change the result
_WORTH_IT = 20 * _SPAN  # entries from which starting a process is faster
_MOST_HELPERS = 3
_AHEAD = 24  # scanned spans that may wait to be judged
_PATIENCE = 600.0  # seconds to wait for one task


class _Helper:
    def __init__(self, location: str, replies: Queue[tuple[_Helper, str]]) -> None:
        self.tasks: deque[int] = deque()
        self.ready = False
        path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", scan_helper.__name__],  # -P: no package of that name in the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
        )
        self._send(json.dumps(location))  # not an argument: it may hold a password
        threading.Thread(target=self._listen, args=(replies,), daemon=True).start()

    def give(self, after: int, limit: int) -> None:
        """Ask for a scan of entries or, with a limit of 0, for a search for strays."""
        self.tasks.append(after)
        self._send(json.dumps([after, limit]))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # unwritten data for a dead process
                    pipe.close()

    def _send(self, line: str) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
        except OSError:
            pass  # it died; `_listen` then reports the end of its replies

    def _listen(self, replies: Queue[tuple[_Helper, str]]) -> None:
        try:
            for line in self._process.stdout or ():
                replies.put((self, line))
        except ValueError:  # closed while reading
            pass
        replies.put((self, ""))


class _RareCollection:
    """Rarer garbage collection: searching millions of rows for cycles, which they do not have, takes a tenth of the time.

    The usual threshold returns when the last verification has ended.
    """

    def __init__(self) -> None:
        self._lock, self._using, self._usual = threading.Lock(), 0, gc.get_threshold()

    def begin(self) -> None:
        with self._lock:
            if not self._using:
                self._usual = gc.get_threshold()
                gc.set_threshold(scan_helper.GC_THRESHOLD)
            self._using += 1

    def end(self) -> None:
        with self._lock:
            self._using -= 1
            if not self._using:
                gc.set_threshold(*self._usual)


_rare_collection = _RareCollection()


class Scans:
    """The spans of a log of `total` entries, one after the other. Helpers are started for a long log."""

    def __init__(self, source: StoredEvidence, total: int, good_blobs: set[object]) -> None:
        self._source, self._total, self._good = source, total, good_blobs
        self._replies: Queue[tuple[_Helper, str]] = Queue()
        self._helpers: list[_Helper] = []
        self._done: dict[int, Span] = {}
        self._next = 0
        self._strays: list[ChainProblem] | None = None
        self._strays_given = False
        if total >= _WORTH_IT:
            spare = len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) - 1
            try:
                for _ in range(min(_MOST_HELPERS, spare)):
                    self._helpers.append(_Helper(source.database.location, self._replies))
            except OSError:
                pass  # no process can be started: scan without helpers

    def __enter__(self) -> Scans:
        _rare_collection.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _rare_collection.end()
        for helper in self._helpers:
            helper.kill()

    def after(self, size: int, prev: str) -> Span:
        """Return the span that follows entry `size`, whose hash is `prev`."""
        if size % _SPAN or not self._helpers:  # helpers scan only whole spans
            return self._source.scan(size, self._limit(size), prev, self._good)
        self._next = max(self._next, size + _SPAN)
        while size not in self._done:
            self._collect(wait=False)
            self._share_out()
            if not any(size in helper.tasks for helper in self._helpers):
                if size not in self._done:
                    return self._source.scan(size, self._limit(size), prev, self._good)
            elif self._next < self._total and len(self._done) < _AHEAD:
                at, self._next = self._next, self._next + _SPAN
                self._done[at] = self._source.scan(at, self._limit(at), None, self._good)
            else:
                self._collect(wait=True)
        span = self._done.pop(size)
        if span.prev != prev:
            span.doubtful.add(size + 1)
        return span

    def strays(self) -> list[ChainProblem]:
        """Return rows that the log does not account for. Call it after all entries were found to be good."""
        while self._strays is None and any(self._total in helper.tasks for helper in self._helpers):
            self._collect(wait=True)
        return self._source.strays(self._total) if self._strays is None else self._strays

    def _limit(self, size: int) -> int:
        return min(_SPAN - size % _SPAN, self._total - size)

    def _share_out(self) -> None:
        for helper in self._helpers:
            # The longest task that cannot be divided comes first.
            if helper.ready and not self._strays_given:
                self._strays_given = True
                helper.give(self._total, 0)
            if self._total in helper.tasks:
                continue
            while helper.ready and len(helper.tasks) < 2 and self._next < self._total and len(self._done) < _AHEAD:
                helper.give(self._next, self._limit(self._next))
                self._next += _SPAN

    def _collect(self, *, wait: bool) -> None:
        try:
            while True:
                self._receive(*self._replies.get(block=wait, timeout=_PATIENCE))
                wait = False
        except Empty:
            if wait:
                for helper in [helper for helper in self._helpers if helper.tasks]:
                    self._dismiss(helper)

    def _receive(self, helper: _Helper, line: str) -> None:
        if helper not in self._helpers:
            return
        if not line.endswith("\n"):
            self._dismiss(helper)
        elif not helper.ready:
            helper.ready = True
        else:
            reply = json.loads(line)
            at = helper.tasks.popleft()
            if reply is not None and at == self._total:
                self._strays = [ChainProblem(seq, text) for seq, text in reply]
            elif reply is not None:
                prev, hashes, kinds, doubtful, good = reply
                self._done[at] = Span(prev, hashes, kinds, set(doubtful))
                self._good.update(good)

    def _dismiss(self, helper: _Helper) -> None:
        self._helpers.remove(helper)
        helper.kill()
