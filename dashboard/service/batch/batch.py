"""Batch audit: any number of files, decided on and recorded once each.

    found = inputs("logs/")
    progress = Batch(access, model, weights).run(found.files, partial(engines.local, workers=2), closed=found.closed)

Workers judge (``engines``), and this process records, in the order of the names: so either engine leaves the same record, and
each source's drift is followed in order. A file is decided once by the same weights, known by its bytes: a file in the record
is not judged again, and the record itself refuses a second decision. So the job may be stopped, killed and started again, and
several may write into one PostgreSQL. A file that cannot be judged becomes an entry of the log, and the rest goes on.

A failure belongs to the bytes that the worker read, whatever happened to the file since. If the worker read none, it belongs to
the bytes that this process read before; if this process read none either, it belongs to the name alone.
"""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from audit import Access
from audit.intake.inputs import InputFailure
from dashboard.service.batch.engines import Engine, Task
from dashboard.service.batch.files import digest
from dashboard.service.common.names import display_name
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.outcomes import CLOSED, NOT_REACHED, UNREADABLE, FileFailure, Outcome
from dashboard.service.decide.reading_settings import remembered
from dashboard.service.decide.recording import enter_once
from sparsemix import SparseMixModel

_TELL_EVERY = 2.0  # seconds between two lines of progress
_OF_THE_MOMENT = (NOT_REACHED, "no_memory")
"""Why a file was not judged that the next run may judge."""
_STARTING = 16  # files: an engine hands out some of them together, so fewer say nothing about the rate


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is: all ``files`` (a folder that cannot be read counts as one), files ``looked`` up in the record,
    ``decided`` now, those of them that were judged ``by_itself`` because the weights did not know them, ``already`` in the
    record, ``failed`` (now or before); ``seconds`` so far; files judged per second since the workers started (``rate``), and
    the estimated seconds ``left`` (None: not known yet)."""

    files: int
    looked: int
    decided: int
    by_itself: int
    already: int
    failed: int
    seconds: float
    rate: float | None
    left: float | None

    @property
    def line(self) -> str:
        """The progress as a line of text."""
        if self.looked < self.files:
            before = f"{self.already:,} already in the record, {self.failed:,} failed"
            return f"{self.looked:,} of {self.files:,} files looked at: {before}"
        done = self.decided + self.already + self.failed
        unknown = f" ({self.by_itself:,} of a kind that the weights do not know: judged by itself)" if self.by_itself else ""
        parts = f"{self.decided:,} decided{unknown}, {self.already:,} already in the record, {self.failed:,} failed"
        if self.rate is None or self.left is None:
            return f"{done:,} of {self.files:,} files: {parts}"
        left = f"{self.left:.0f} s" if self.left < 90 else f"{self.left / 60:.0f} min"
        return f"{done:,} of {self.files:,} files: {parts}; {self.rate:.1f} a second, about {left} left"


class _OpenFile(NamedTuple):
    """A file to judge, and the hash of its bytes when this process read them; None when it could not read them."""

    path: Path
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch audit. ``source`` of every file: by default derived from its name; ``again``: judge files once more that failed
    before."""

    access: Access
    model: SparseMixModel
    weights: Path
    source: str | None = None
    again: bool = False

    def run(
        self,
        paths: Sequence[Path],
        engine: Engine,
        tell: Callable[[BatchProgress], None] = lambda _progress: None,
        failed: Callable[[Path, str], None] = lambda _path, _why: None,
        closed: Mapping[Path, str] | None = None,
    ) -> BatchProgress:
        """Decide on all ``paths``, in order, and return the final progress. ``tell`` gets the progress every few seconds.
        ``closed``: folders that could not be read, with the reason. ``failed`` is called for each of them, and for every file
        that cannot be judged.

        Raises `AuditError` when the record cannot be written; entries written so far stay.
        """
        counts, started, first = Counter[str](), time.monotonic(), math.inf
        files, due = len(paths) + len(closed or ()), _due()
        open_files: list[_OpenFile] = []

        def progress(looked: int, judged: int = 0) -> BatchProgress:
            now = time.monotonic()
            # Before the first file is judged the workers start, which takes time only once.
            rate = (judged - 1) / (now - first) if judged > _STARTING and now > first else None
            left = None if rate is None else (len(open_files) - judged) / rate
            decided, already = (counts["decided"], counts["by_itself"]), (counts["already"], counts["failed"])
            return BatchProgress(files, looked, *decided, *already, now - started, rate, left)

        def count(path: Path, entered: str | FileFailure | None) -> None:
            counts["already" if entered is None else "failed" if isinstance(entered, FileFailure) else "decided"] += 1
            if isinstance(entered, FileFailure):
                failed(path, entered.why or entered.code)

        tell(progress(0))
        for folder, why in (closed or {}).items():
            count(folder, self._noted(_OpenFile(folder, None), FileFailure(CLOSED, f"the folder cannot be read: {why}")))
        seen = set[str]()
        for number, path in enumerate(paths):
            if due():
                tell(progress(files - len(paths) + number))
            looked = self._look(path, seen)
            if isinstance(looked, _OpenFile):
                open_files.append(looked)
            else:
                count(path, looked)
        tell(progress(files))
        options = {source: remembered(self.access, source) for source in {self._source_of(file.path) for file in open_files}}
        tasks = [Task(str(file.path), options[self._source_of(file.path)]) for file in open_files]
        for judged, (file, outcome) in enumerate(zip(open_files, engine(tasks, self.weights), strict=True), 1):
            first = min(first, time.monotonic())
            entered = self._entered(file, outcome)
            count(file.path, entered)
            counts["by_itself"] += isinstance(entered, str) and isinstance(outcome, FileJudgement) and outcome.by_itself
            if due():
                tell(progress(files, judged))
        return progress(files, len(open_files))

    def _look(self, path: Path, seen: set[str]) -> _OpenFile | FileFailure | None:
        """Return a file to judge; or why these weights could not judge it before; or None when its bytes have a decision or
        were ``seen`` before."""
        sha256 = digest(path)
        if sha256 is None:
            return _OpenFile(path, None)  # the worker reports why it cannot be read
        if sha256 in seen or self.access.decided(sha256, self.model.weights_sha256) is not None:
            return None
        if not self.again and (before := self._failed(sha256)) is not None:
            return FileFailure(before.code, f"{before.why} (earlier; --retry-failed tries again)")
        seen.add(sha256)
        return _OpenFile(path, sha256)

    def _failed(self, sha256: str) -> InputFailure | None:
        """Return why a content could not be judged by these weights; None when it was never judged."""
        failures = (item for item in self.access.failures.of(sha256) if item.weights_sha256 == self.model.weights_sha256)
        return next((failure for failure in failures if failure.code not in _OF_THE_MOMENT), None)

    def _source_of(self, path: Path) -> str:
        return cleaned(self.source) if self.source is not None else source_of(path.name)

    def _entered(self, file: _OpenFile, outcome: Outcome) -> str | FileFailure | None:
        """Record an outcome; return the id of the decision, or why there is none, or None when another writer was faster."""
        if isinstance(outcome, FileFailure):
            return self._noted(file, outcome)
        entered = enter_once(outcome, model=self.model, access=self.access, source=self._source_of(file.path))
        return self._noted(file, entered) if isinstance(entered, FileFailure) else entered

    def _noted(self, file: _OpenFile, failed: FileFailure) -> FileFailure:
        if failed.code == UNREADABLE and not failed.sha256 and file.sha256 is not None:
            # The file exists, but this worker cannot reach it: its bytes were not judged.
            failed = replace(failed, code=NOT_REACHED, why=f"{failed.why} by the worker; the next run tries it again")
        # A file that no process can read is known by its name, not by its bytes.
        known = failed.sha256 or file.sha256 or sha256(b"unreadable\0" + os.fsencode(file.path)).hexdigest()
        self.access.failures.note(
            known,
            self.model.weights_sha256,
            name=display_name(file.path.name),
            code=failed.code,
            why=failed.why or failed.code,
            place=str(file.path),
            values=failed.values,
        )
        return failed


def _due() -> Callable[[], bool]:
    """Return a function that says at each call whether the next line of progress is due."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last < _TELL_EVERY:
            return False
        last = now
        return True

    return due
