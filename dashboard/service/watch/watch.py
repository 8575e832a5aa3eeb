"""A log decided on while it grows: windows of its newest lines, one after the other, into the record.

    LogWatcher(Path("line4.log"), access=..., model=..., judging=WindowJudge(weights), into=folder(location)).run()

Three parts work side by side, so that none waits for another: a thread reads the file (``log_tail``) ten times a second; a
process judges one window after the other (``sliding_windows``); a thread records, in the same order, one window while the next
is judged. A decision is that of `judging.judge` on the window's bytes, which are its lines and nothing else. The record keeps
these bytes, so every window can be judged once more, with the same result to the bit. Embedded events are kept from one window
to the next (`sparsemix.model.kept_events`). The index of keys is made anew: results do not depend on it, and it takes 0.2 s of
the 4.2 s of processor of a window of 100,000 lines; one that is kept would save half of that at most, that of the first layer.

*Lag* of a line: from the last look at the file at which it was not there yet until its first decision is recorded. A window
that takes longer than the tick delays the next, which then takes all lines that have come. Ticks that were skipped are counted
and reported, as is every other delay (``watch_status``). No line is left out: each is in some window.

The record also holds the watcher's progress: each decision names the place of its last line (details, ``live``), so that the
decision and the progress are one transaction. Started again, the watcher continues behind the newest of these decisions,
through rotated files too. The same path on another machine is another file, so the name of the machine belongs to it. Behind a
gap windows begin anew, on the same machine too: a selection among lines that did not follow each other proves nothing. A window
that cannot be judged becomes an entry of the log, and the rest goes on; so it does when the status cannot be written.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from audit import Access, Gate
from audit.storage.queries import forget_records
from dashboard.service.common.memory import resident_mb
from dashboard.service.common.session_keeper import SignOfLife
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.outcomes import FileFailure, Outcome
from dashboard.service.decide.reading_settings import remembered
from dashboard.service.decide.recording import enter_once
from dashboard.service.watch import watch_status
from dashboard.service.watch.log_tail import Tail
from dashboard.service.watch.resume import first_lines, known_before, window_name, window_of
from dashboard.service.watch.sliding_windows import DriftMark, SlidingWindows, Window
from dashboard.service.watch.watch_status import Lags, StatusWriter, WatcherStatus
from dashboard.service.watch.watch_workers import POLL_SECONDS, STATUS_SECONDS, LogReader, WindowJudge
from sparsemix import InputError, SparseMixModel
from sparsemix.readers import Limits
from sparsemix.readers.recognise import recognise
from sparsemix.readers.text import text_lines
from sparsemix.terminal import printable

CONTEXT, EVERY, SECONDS = 2_000, 500, 10.0
DRIFT_APART = 600.0  # seconds
_MARK, _WARN = 5.0, 10.0  # seconds between two points of the lag's history, and between two warnings
_TOO_FEW = ("too_few_events", "no_rows", "empty")


class LogWatcher:
    """The watcher of one file. ``start``: from its beginning or its end, if the record has no decision on it yet; ``machine``:
    the name of the machine that the file lies on.

    Raises `ValueError` for settings that make no window, or an unusable name.
    """

    def __init__(
        self,
        path: Path,
        *,
        access: Access,
        model: SparseMixModel,
        judging: WindowJudge,
        into: Path,
        source: str | None = None,
        machine: str | None = None,
        context: int = CONTEXT,
        every: int = EVERY,
        seconds: float = SECONDS,
        start: str = "start",
        drift_apart: float = DRIFT_APART,
    ) -> None:
        self.path, self.access, self.model, self.judging = path.absolute(), access, model, judging
        self.machine = watch_status.machine_name(machine)
        self.source = cleaned(source) if source is not None else source_of(path.name)
        before = known_before(access, self.path, self.machine)
        header, lines = (b"", list[bytes]()) if before is None else window_of(access, before)
        if not header and (before.header if before else start == "end"):
            header = self._header_of(first_lines(self.path))
        sliding = SlidingWindows(context, every, seconds, header=header, lines=lines, number=before.line if before else 0)
        tail = Tail(self.path, None if before is None else before.place, at_end=start == "end")
        waited = 0.0 if before is None else max(time.time() - datetime.fromisoformat(before.decision.ended_at).timestamp(), 0.0)
        self.reader = LogReader(tail, sliding, waited)
        self._part = 0 if before is None else before.part
        # Whether there is a gap among the lines that no decision covers yet.
        self._gap = False
        self._status_writer = StatusWriter(into)
        self._drift_mark, self._apart = before.drift_mark if before else DriftMark(), drift_apart
        self._lags, self._stop = Lags(), threading.Event()
        self._recorder, self._recording = ThreadPoolExecutor(1, "recorder"), Future[None]()
        self._recording.set_result(None)
        # The windows that are judged and recorded now; they, the lags and the status belong to two threads.
        self._under_way, self._lock = deque[Window](), threading.Lock()
        self._marked, self._warned = time.monotonic(), -_WARN
        self.status = WatcherStatus(
            path=watch_status.file_name(self.path),
            source=self.source,
            weights=model.weights_sha256,
            pid=os.getpid(),
            since=time.time(),
            beat=time.time(),
            ended="",
            context=context,
            every=every,
            seconds=seconds,
            gaps=int(tail.gap),
            machine=self.machine,
        )

    def stop(self) -> None:
        """Finish the windows under way, and return."""
        self._stop.set()

    def run(self) -> None:
        """Watch until stopped. Raises `AuditError` when the record cannot be written, `OSError` when the file cannot be
        read."""
        self.judging.start()
        self.reader.start()
        told = 0.0
        try:
            with SignOfLife(self.access) as alive:
                while not self._stop.is_set():
                    if self.reader.failed is not None:
                        raise self.reader.failed
                    alive.check()
                    now = time.monotonic()
                    if now - told >= STATUS_SECONDS:
                        told = now
                        self._tell()
                    window = self._next(now)
                    if window is None:
                        self._stop.wait(POLL_SECONDS / 2)
                    else:
                        self._decide(window)
                self._recording.result()
        except BaseException as error:
            with self._lock:
                self.status = replace(self.status, ended=str(error) or type(error).__name__)
            raise
        finally:
            self._recorder.shutdown()
            self.reader.stopped.set()
            self.reader.join()
            self.reader.tail.close()
            self.status = replace(self.status, ended=self.status.ended or watch_status.STOPPED)
            self._tell()

    def _next(self, now: float) -> Window | None:
        with self.reader.lock:
            sliding = self.reader.sliding
            return sliding.take(now, self._header_of) if sliding.due(now) else None

    def _header_of(self, lines: Sequence[bytes]) -> bytes:
        """Return the first line if it is the header of a table."""
        try:
            text = text_lines(b"".join(lines), Limits(), remembered(self.access, self.source).encoding).lines
        except InputError:
            return b""
        return lines[0] if recognise(text, self.path.name).layout == "table" else b""

    def _decide(self, window: Window) -> None:
        started = time.monotonic()
        self._under_way.append(window)
        outcome = self._outcome(window)
        # In order: what keeps a window from being recorded ends this watcher before the next is.
        self._recording.result()
        self._recording = self._recorder.submit(self._enter, window, outcome, started)

    def _enter(self, window: Window, outcome: Outcome, started: float) -> None:
        self._gap |= window.gap
        entered = outcome if isinstance(outcome, FileFailure) else self._record(window, outcome, started)
        if failed := isinstance(entered, FileFailure) and entered.code not in _TOO_FEW:
            self._note(window, entered)
        held = isinstance(entered, str) and self.access.summary(entered).gate is Gate.HELD
        now, lines = time.monotonic(), window.last - window.first + 1
        with self._lock:
            self._under_way.popleft()
            status = self.status
            if isinstance(entered, FileFailure):
                self._lags.missed(window.came, lines)
                status = replace(status, failed=status.failed + failed)
            else:
                self._lags.covered(now, window.came, lines)
            if isinstance(entered, str):
                status = replace(
                    status,
                    decisions=status.decisions + 1,
                    held=status.held + held,
                    by_itself=status.by_itself + (isinstance(outcome, FileJudgement) and outcome.by_itself),
                    last_id=entered,
                )
            skipped = status.skipped + window.skipped
            self.status = replace(
                status,
                covered=status.covered + window.new,
                skipped=skipped,
                last_at=time.time(),
                last_seconds=round(now - started, 3),
            )
        if window.skipped and now - self._warned >= _WARN:
            self._warned, waited = now, now - window.waiting_since
            warning = f"behind: {skipped:,} ticks were skipped so far, the oldest line waited {waited:.1f} s"
            print(printable(warning), file=sys.stderr, flush=True)

    def _outcome(self, window: Window) -> Outcome:
        name, options = window_name(self.path, window.first, window.last), remembered(self.access, self.source)
        outcome, memory = self.judging.outcome(window, name, options, self._tell)
        if memory is not None:
            with self._lock:
                self.status = replace(self.status, judge_mb=memory)
        return outcome

    def _note(self, window: Window, failed: FileFailure) -> None:
        print(printable(f"failed: lines {window.first:,} to {window.last:,}: {failed.why}"), file=sys.stderr, flush=True)
        self.access.failures.note(
            sha256(window.data).hexdigest(),
            self.model.weights_sha256,
            name=window_name(self.path, window.first, window.last),
            code=failed.code,
            why=failed.why,
            place=f"{self.status.path}: {window.first}-{window.last}",
            values=failed.values,
            window=True,
        )

    def _record(self, window: Window, judged: FileJudgement, started: float) -> str | FileFailure | None:
        now = time.time()
        fresh = self._drift_mark.allows(window, now, self._apart)
        drift_mark = DriftMark(window.last, now) if fresh else self._drift_mark
        live: dict[str, object] = {
            "file": self.status.path,
            "machine": self.machine,
            "first": window.first,
            "last": window.last,
            "new": window.new,
            "part": self._part + window.end.part,
            "place": asdict(window.end.place),
            "header": window.header,
            **drift_mark.payload(),
            "gap": self._gap,
            "skipped": window.skipped,
            "waited": round(started - window.waiting_since, 3),
        }
        judged = replace(judged, details={**judged.details, "live": live})
        entered = enter_once(judged, model=self.model, access=self.access, source=self.source, fresh=fresh)
        if isinstance(entered, str):
            self._gap, self._drift_mark = False, drift_mark
        return entered

    def _tell(self) -> None:
        """Write the status, unless a window could not be recorded. Raises what `run` raises."""
        if self._recording.done() and not self.status.ended:
            self._recording.result()
        now, at = time.monotonic(), time.time()
        with self.reader.lock:
            waiting, lag = self.reader.sliding.waiting, self.reader.sliding.waited(now)
        with self._lock:
            if self._under_way:
                waiting, lag = waiting + sum(one.new for one in self._under_way), now - self._under_way[0].waiting_since
            tail = self.reader.tail
            if now - self._marked >= _MARK:
                forget_records()
                self._lags.mark(at, self._marked, lag)
                self._marked = now
            self.status = replace(
                self.status,
                beat=at,
                problem=tail.problem,
                lag=round(lag, 3),
                lag_p50=self._lags.quantile(0.5),
                lag_p95=self._lags.quantile(0.95),
                lag_max=self._lags.quantile(1.0),
                waiting=waiting,
                unread=self.reader.unread,
                lines=tail.lines,
                rotations=tail.rotations,
                truncations=tail.truncations,
                cut=tail.cut,
                gaps=int(tail.gap),
                reader_mb=resident_mb(),
                history=self._lags.history,
            )
        self._status_writer.write(self.status)
