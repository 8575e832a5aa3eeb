"""The status of watchers: one small JSON file per watcher, beside the record, for the Monitor page.

    status = WatcherStatus(path="/var/log/line4.log", source="line4", ..., machine=machine_name())
    write(folder(location), status)
    for status in watchers(folder(location)): print(status.source, status.lag_p95, status.state(time.time()))

A status is no proof; decisions and their lag are in the record. SPARSEMIX_LIVE names another folder, for example a network
share when the watcher runs on another machine than the app. No streamlit here.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from audit import StoreUnavailable
from audit.records.atomic_files import replacing
from dashboard.service.common.places import beside
from dashboard.service.common.sources import LONGEST, cleaned
from dashboard.service.common.typed_fields import fitting
from sparsemix.terminal import printable

STALE = 15.0
"""Seconds without a status after which a watcher that did not report its end has died, or hangs."""
STOPPED = "stopped"
"""The end of a watcher that was stopped on request."""
_MOST_BYTES = 256 * 1024
_MOST_WATCHERS = 100
_DAY = 86_400.0
_FORGOTTEN = 30 * _DAY
_SPAN = 600.0  # seconds that the quantiles of the lag cover
_POINTS = 240  # of the history
Came = tuple[tuple[int, float], ...]
"""Lines in order: (number of lines, time of arrival)."""


@dataclass(frozen=True, slots=True)
class WatcherStatus:
    """The status of a watcher. Times are in seconds since 1970, lags in seconds. ``lag``: how long the oldest line that no
    decision covers has been waiting; ``lag_p50`` ...: of the lines of the last ten minutes, from their arrival until a decision
    covered them; ``waiting``: lines that were read and are not ``covered`` by a decision; ``unread``: bytes in the file beyond
    these; ``by_itself``: decisions on windows that were judged by themselves, because the weights did not know them;
    ``skipped``: ticks that passed while a window was being judged; ``cut``: lines that were too long; ``gaps``: 1 once lines
    may be missing, else 0; ``history``: (time, lag_p95, lag), oldest first; ``machine``: empty in a status of older versions,
    which did not name the machine."""

    path: str
    source: str
    weights: str
    pid: int
    since: float
    beat: float
    ended: str
    context: int
    every: int
    seconds: float
    problem: str | None = None
    lag: float = 0.0
    lag_p50: float | None = None
    lag_p95: float | None = None
    lag_max: float | None = None
    waiting: int = 0
    unread: int = 0
    lines: int = 0
    covered: int = 0
    decisions: int = 0
    held: int = 0
    by_itself: int = 0
    failed: int = 0
    skipped: int = 0
    rotations: int = 0
    truncations: int = 0
    cut: int = 0
    gaps: int = 0
    reader_mb: float | None = None
    judge_mb: float | None = None
    last_id: str | None = None
    last_at: float | None = None
    last_seconds: float | None = None
    history: Sequence[tuple[float, float | None, float]] = field(default_factory=tuple)
    machine: str = ""

    @property
    def name(self) -> str:
        """The name of the status file, without its ending."""
        return name_of(self.path, self.machine)

    def state(self, now: float) -> str:
        """Return ``watching``, ``stopped`` (the watcher reported its end), or ``silent``: the last status is too old."""
        return STOPPED if self.ended else "watching" if now - self.beat < STALE else "silent"


class Lags:
    """How long lines waited for a decision, over the last ten minutes, and the history of this lag."""

    def __init__(self) -> None:
        self._lags: deque[tuple[float, float, int]] = deque()
        self._missed: Came = ()
        self._history: deque[tuple[float, float | None, float]] = deque(maxlen=_POINTS)

    def missed(self, came: Came, lines: int) -> None:
        """Note a failed window of ``lines`` lines: its new lines (``came``: when they arrived) wait for the next decision."""
        self._missed = _newest((*self._missed, *came), lines)

    def covered(self, now: float, came: Came, lines: int) -> None:
        """Note a decision ``now`` on a window of ``lines`` lines. It covers the new lines, and lines before them that wait
        since a window failed, as far as the window reaches back."""
        for count, then in _newest((*self._missed, *came), max(lines, sum(count for count, _ in came))):
            self._lags.append((now, now - then, count))
        self._missed = ()
        while self._lags and self._lags[0][0] < now - _SPAN:
            self._lags.popleft()

    def quantile(self, share: float, since: float = 0.0) -> float | None:
        """Return the lag that this ``share`` of the lines covered from ``since`` on (monotonic) did not exceed; None when there
        are no such lines."""
        table = np.array([(lag, lines) for at, lag, lines in self._lags if at >= since])
        if not len(table):
            return None
        table = table[np.argsort(table[:, 0], kind="stable")]
        reached = np.searchsorted(np.cumsum(table[:, 1]), share * table[:, 1].sum(), "left")
        return round(float(table[min(reached, len(table) - 1), 0]), 3)

    def mark(self, at: float, since: float, lag: float) -> None:
        """Add a point to the history at the time ``at`` (since 1970): the lag of the lines covered since the last point
        (``since``, monotonic), and the lag now."""
        self._history.append((round(at, 1), self.quantile(0.95, since), round(lag, 3)))

    @property
    def history(self) -> tuple[tuple[float, float | None, float], ...]:
        """The last points of the history."""
        return tuple(self._history)


def _newest(came: Came, lines: int) -> Came:
    """Return the last ``lines`` of the lines."""
    newest = deque[tuple[int, float]]()
    for count, then in reversed(came):
        if lines <= 0:
            break
        newest.appendleft((min(count, lines), then))
        lines -= count
    return tuple(newest)


def folder(location: str) -> Path:
    """Return the folder for the status of this record's watchers; ``location``: a path, or a PostgreSQL URL."""
    if chosen := os.environ.get("SPARSEMIX_LIVE"):
        return Path(chosen)
    return beside(location, "live")


def machine_name(given: str | None = None) -> str:
    """Return the name of this machine: the one ``given``, or its host name. The same path on two machines is two files;
    machines with the same name count as one.

    Raises `ValueError` for an empty name, and for a name that cannot be shown.
    """
    name = socket.gethostname() if given is None else given
    if not name or cleaned(name) != name:
        raise ValueError(f"a machine's name has 1 to {LONGEST} characters that can be shown (--machine), not {name!r}")
    return name


def file_name(path: Path) -> str:
    """Return a watched file's path as text that a record can hold and that no other path has: bytes that are not UTF-8 are
    written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def name_of(path: str, machine: str = "") -> str:
    """Return the name of the status of a file that is watched on a machine."""
    watched = f"{machine}\0{path}" if machine else path
    return sha256(watched.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write(into: Path, status: WatcherStatus) -> None:
    """Replace the status file of a watcher as a whole. Raises `StoreUnavailable`, `OSError`."""
    with replacing(into / f"{status.name}.json") as partial:
        partial.write_text(json.dumps(asdict(status)), encoding="utf-8")


def forget(where: Path, mine: WatcherStatus) -> None:
    """Remove statuses that are older than thirty days, and a status without a machine of the file that ``mine`` continues.

    Raises `OSError`.
    """
    for path in where.glob("*.json"):
        unnamed = path.stem == name_of(mine.path)
        if not unnamed and mine.beat - _written(path) < _FORGOTTEN:
            continue
        status = _read(path)
        # Other programs may write to this folder.
        if status is None or status.name != path.stem:
            continue
        # By the clock of the writer, too: one of the two clocks may be wrong.
        if status.state(mine.beat) != "watching" if unnamed else mine.beat - status.beat >= _FORGOTTEN:
            path.unlink(missing_ok=True)


def watchers(where: Path) -> list[WatcherStatus]:
    """Return the statuses that can be read, by source, path and machine; of very many, those written last."""
    newest = sorted(where.glob("*.json"), key=_written, reverse=True)[:_MOST_WATCHERS]
    statuses = [status for status in map(_read, newest) if status is not None]
    return sorted(statuses, key=lambda status: (status.source, status.path, status.machine))


def _written(path: Path) -> float:
    """Return when a file was written; 0 for a file that has just disappeared."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path) -> WatcherStatus | None:
    """Read a status; return None when the file holds none, since other programs may write to this folder."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
        history = tuple(
            (float(at), None if p95 is None else float(p95), float(lag)) for at, p95, lag in values.pop("history", ())
        )
        return WatcherStatus(**fitting(WatcherStatus, values), history=history)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


class StatusWriter:
    """Writes a watcher's status for Monitor as long as it can: a status that cannot be written does not stop decisions.

    Once a day it removes the statuses of watchers that are gone for good. A folder that cannot be reached is reported on
    standard error once, and once more when it can be reached again.
    """

    def __init__(self, into: Path) -> None:
        self._into, self._failing, self._cleared = into, False, -_DAY

    def write(self, status: WatcherStatus) -> None:
        """Write the status; a failure raises nothing."""
        try:
            write(self._into, status)
        except (StoreUnavailable, OSError) as error:
            if not self._failing:
                _say(f"the status for Monitor cannot be written; lines are still decided on: {error}")
            self._failing = True
            return
        if self._failing:
            _say("the status for Monitor is written again")
        self._failing = False
        now = time.monotonic()
        if now - self._cleared >= _DAY:
            self._cleared = now
            try:
                forget(self._into, status)
            except OSError as error:
                _say(f"the statuses of watchers that are long gone could not be removed: {error}")


def _say(what: str) -> None:
    print(printable(what), file=sys.stderr, flush=True)
