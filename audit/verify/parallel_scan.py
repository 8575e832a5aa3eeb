"""Spans of a long log, scanned ahead by helper processes: one process uses one core, and most machines have more.

`audit.verify.verification` judges the spans in order. A helper that fails, dies or does not answer costs only time: its
spans are scanned here. `multiprocessing` is not used, because its children run the parent's main script again, which may be a
page of the app.

A helper (python -m audit.verify.parallel_scan) reads lines of JSON: the record's address, then [after, limit] of each span. It
answers with a line for each, "null" where it failed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from audit.log.proving import ChainProblem, EntryHeader, Proven
from audit.storage.database import Database
from audit.verify.scan import Span, scan
from audit.verify.stored_evidence import StoredEvidence

_SPAN = 2_000  # entries scanned at once; limits memory and does not change the result
_WORTH_IT = 20 * _SPAN  # entries from which starting a process is faster
_MOST_HELPERS = 3
_AHEAD = 4  # spans that a helper is asked for at once
_PATIENCE = 600.0  # seconds to wait for one span


class _Helper:
    def __init__(self, location: str) -> None:
        self.asked: deque[int] = deque()
        self.ready = threading.Event()
        path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", __name__],  # -P: no package of that name in the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
        )
        self._send(location)  # not an argument: it may hold a password
        threading.Thread(target=self._wait, daemon=True).start()

    def ask(self, after: int, limit: int) -> None:
        """Ask for a span."""
        self.asked.append(after)
        self._send([after, limit])

    def answer(self) -> list[Any] | None:
        """Return the span that was asked for first, as it was sent; None when the helper failed, and then it is gone."""
        self.asked.popleft()
        patience = threading.Timer(_PATIENCE, self._process.kill)
        patience.start()
        with suppress(OSError, ValueError):
            answer: list[Any] | None = json.loads(self._process.stdout.readline() if self._process.stdout else "null")
            patience.cancel()
            return answer
        patience.cancel()
        self.kill()
        return None

    def kill(self) -> None:
        """End the process."""
        self.asked.clear()
        self.ready.clear()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):  # unwritten data for a dead process
                if pipe is not None:
                    pipe.close()

    def _wait(self) -> None:
        with suppress(OSError, ValueError):  # killed before it was ready
            if self._process.stdout and self._process.stdout.readline() == "ready\n":
                self.ready.set()

    def _send(self, what: object) -> None:
        with suppress(OSError, ValueError):  # it died, as the missing answer shows
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(what) + "\n")
                self._process.stdin.flush()


class Scans:
    """The spans of a log of `total` entries, one after the other. Helpers are started for a long log."""

    def __init__(self, source: StoredEvidence, total: int, good_blobs: set[object]) -> None:
        self.total = total
        self._source, self._good, self._next = source, good_blobs, 0
        spare = len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) - 1
        self._helpers: list[_Helper] = []
        with suppress(OSError):  # no process can be started
            for _ in range(min(_MOST_HELPERS, spare) if total >= _WORTH_IT else 0):
                self._helpers.append(_Helper(source.database.location))

    def __enter__(self) -> Scans:
        return self

    def __exit__(self, *error: object) -> None:
        for helper in self._helpers:
            helper.kill()

    def after(self, size: int, prev: str) -> Span:
        """Return the span that follows entry `size`, whose hash is `prev`."""
        self._next = max(self._next, size)
        for helper in self._helpers:
            while helper.ready.is_set() and len(helper.asked) < _AHEAD and self._next < self.total:
                helper.ask(self._next, self._limit(self._next))
                self._next += self._limit(self._next)
        answer = next((helper.answer() for helper in self._helpers if helper.asked and helper.asked[0] == size), None)
        if answer is not None and answer[0] == prev:
            _, (entries, contents, emptied, problem), facts, hanging, good = answer
            self._good.update(good)
            proven = Proven(list(map(EntryHeader._make, entries)), contents, emptied, _problem(problem))
            return Span(prev, proven, {int(seq): kept for seq, kept in facts.items()}, _problem(hanging))
        self._next = max(self._next, size + self._limit(size))
        return self._source.scan(size, self._limit(size), prev, self._good)

    def _limit(self, size: int) -> int:
        return min(_SPAN, self.total - size)


def _problem(told: list[Any] | None) -> ChainProblem | None:
    return None if told is None else ChainProblem(*told)


def _serve() -> None:
    database = Database(json.loads(sys.stdin.readline()), read_only=True)
    print("ready", flush=True)
    good: set[object] = set()
    for line in sys.stdin:
        after, limit = json.loads(line)
        known = set(good)
        try:
            with database.read() as connection:
                answer = json.dumps([*scan(connection, after, limit, None, good), [one for one in good if one not in known]])
        except Exception:  # the parent process meets the same error again and reports it
            answer = "null"
        print(answer, flush=True)


if __name__ == "__main__":
    _serve()
