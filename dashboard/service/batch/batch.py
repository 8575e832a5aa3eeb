"""Any number of files, decided on and recorded once each.

    found = inputs("logs/")
    standing = Batch(access, model, weights).run(found.files, partial(engines.local, workers=2), closed=found.closed)

Workers judge (``engines``), this process records, in the order of the names: so either engine leaves the same record, and
each source's drift is followed in order. A file is decided once by the same weights, by its bytes: what is in the record is
not judged again, and the record itself refuses a second decision, so the job may be stopped, killed and started again, and
several may write into one PostgreSQL. A file that cannot be judged becomes an entry of the log and the rest goes on.

A failure belongs to the bytes that the worker had, whatever has become of the file since. Where the worker had none, it belongs
to those that were looked at before; and to the name alone where nobody could read any.
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
from audit.intake.inputs import Failure
from dashboard.service.batch.engines import Engine, Task
from dashboard.service.batch.files import digest
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.outcomes import CLOSED, NOT_REACHED, UNREADABLE, Failed, Outcome, enter_once
from dashboard.service.decide.pipeline import display_name
from dashboard.service.decide.reading_settings import remembered
from sparsemix import SparseMixModel

_TOLD_EVERY = 2.0  # seconds
_STARTING = 16  # files, of which an engine hands out some together: too few to guess by


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: files in all (a folder that could not be looked into stands for one), ``looked`` at in the record,
    decided now, found ``already`` in the record, failed (now or before); ``seconds`` so far; files judged a second (``rate``)
    and seconds probably ``left`` from when workers have started (None: not yet known)."""

    files: int
    looked: int
    decided: int
    already: int
    failed: int
    seconds: float
    rate: float | None
    left: float | None

    @property
    def line(self) -> str:
        """In a line of text."""
        if self.looked < self.files:
            before = f"{self.already:,} already in the record, {self.failed:,} failed"
            return f"{self.looked:,} of {self.files:,} files looked at: {before}"
        done = self.decided + self.already + self.failed
        parts = f"{self.decided:,} decided, {self.already:,} already in the record, {self.failed:,} failed"
        if self.rate is None or self.left is None:
            return f"{done:,} of {self.files:,} files: {parts}"
        left = f"{self.left:.0f} s" if self.left < 90 else f"{self.left / 60:.0f} min"
        return f"{done:,} of {self.files:,} files: {parts}; {self.rate:.1f} a second, about {left} left"


class _Open(NamedTuple):
    """A file to be judged, and the hash of its bytes as they were looked at; None where they could not be read."""

    path: Path
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch works with. ``source`` of every file, by default what its name tells; ``again``: judge files once more that
    failed before."""

    access: Access
    model: SparseMixModel
    weights: Path
    source: str | None = None
    again: bool = False

    def run(
        self,
        paths: Sequence[Path],
        engine: Engine,
        tell: Callable[[Standing], None] = lambda _standing: None,
        failed: Callable[[Path, str], None] = lambda _path, _why: None,
        closed: Mapping[Path, str] | None = None,
    ) -> Standing:
        """Decide on all ``paths``, in order; ``failed`` is told of every file that cannot be judged, and of every folder that
        was ``closed``. Errors: `AuditError` when the record cannot be written; what was recorded stays."""
        counts, started, first = Counter[str](), time.monotonic(), math.inf
        files, due = len(paths) + len(closed or ()), _due()
        found: list[_Open] = []

        def standing(looked: int, judged: int = 0) -> Standing:
            now = time.monotonic()
            # Until the first file is judged, workers start: that takes no time again.
            rate = (judged - 1) / (now - first) if judged > _STARTING and now > first else None
            left = None if rate is None else (len(found) - judged) / rate
            return Standing(files, looked, counts["decided"], counts["already"], counts["failed"], now - started, rate, left)

        def count(path: Path, entered: str | Failed | None) -> None:
            counts["already" if entered is None else "failed" if isinstance(entered, Failed) else "decided"] += 1
            if isinstance(entered, Failed):
                failed(path, entered.why or entered.code)

        tell(standing(0))
        for folder, why in (closed or {}).items():
            count(folder, self._noted(_Open(folder, None), Failed(CLOSED, f"the folder cannot be read: {why}")))
        seen = set[str]()
        for number, path in enumerate(paths):
            if due():
                tell(standing(files - len(paths) + number))
            looked = self._look(path, seen)
            if isinstance(looked, _Open):
                found.append(looked)
            else:
                count(path, looked)
        tell(standing(files))
        how = {source: remembered(self.access, source) for source in {self._source_of(one.path) for one in found}}
        tasks = [Task(str(one.path), how[self._source_of(one.path)]) for one in found]
        for judged, (one, outcome) in enumerate(zip(found, engine(tasks, self.weights), strict=True), 1):
            first = min(first, time.monotonic())
            count(one.path, self._entered(one, outcome))
            if due():
                tell(standing(files, judged))
        return standing(files, len(found))

    def _look(self, path: Path, seen: set[str]) -> _Open | Failed | None:
        """A file to be judged; or why these weights could not judge it before; or None where its bytes have a decision, or are
        among those that were ``seen``."""
        found = digest(path)
        if found is None:
            return _Open(path, None)  # whoever is to read it will say why it cannot
        if found in seen or self.access.decided(found, self.model.weights_sha256) is not None:
            return None
        if not self.again and (before := self._failed(found)) is not None:
            return Failed(before.code, f"{before.why} (earlier; --retry-failed tries again)")
        seen.add(found)
        return _Open(path, found)

    def _failed(self, sha256: str) -> Failure | None:
        """Why a content could not be judged by these weights; None where no judge had it."""
        mine = (one for one in self.access.failures.of(sha256) if one.weights_sha256 == self.model.weights_sha256)
        return next((one for one in mine if one.code != NOT_REACHED), None)

    def _source_of(self, path: Path) -> str:
        return cleaned(self.source) if self.source is not None else source_of(path.name)

    def _entered(self, one: _Open, outcome: Outcome) -> str | Failed | None:
        """The decision's id; or why there is none; or None where another writer was faster."""
        if isinstance(outcome, Failed):
            return self._noted(one, outcome)
        entered = enter_once(outcome, model=self.model, access=self.access, source=self._source_of(one.path))
        return self._noted(one, entered) if isinstance(entered, Failed) else entered

    def _noted(self, one: _Open, failed: Failed) -> Failed:
        if failed.code == UNREADABLE and not failed.sha256 and one.sha256 is not None:
            # It is there, only not for that worker: nothing is known of its bytes.
            failed = replace(failed, code=NOT_REACHED, why=f"{failed.why} by the worker; the next run tries it again")
        # What nobody can read has no bytes to be known by, only a name.
        known = failed.sha256 or one.sha256 or sha256(b"unreadable\0" + os.fsencode(one.path)).hexdigest()
        self.access.failures.note(
            known,
            self.model.weights_sha256,
            name=display_name(one.path.name),
            code=failed.code,
            why=failed.why or failed.code,
            place=str(one.path),
            values=failed.values,
        )
        return failed


def _due() -> Callable[[], bool]:
    """Whether the next line of progress is due, every time that it is asked."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last < _TOLD_EVERY:
            return False
        last = now
        return True

    return due
