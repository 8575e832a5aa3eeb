"""What a watcher tells of itself while it watches: one small JSON file each, beside the record, for the Monitor page.

    status = Status(path="/var/log/line4.log", source="line4", ..., machine=machine_name())
    write(folder(location), status)
    for status in watchers(folder(location)): print(status.source, status.lag_p95, status.state(time.time()))

A status proves nothing; decisions and their lag stand in the record. SPARSEMIX_LIVE names another folder, such as a share where
the watcher runs on another machine than the app. No streamlit here.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path

import numpy as np

from audit import StoreUnavailable
from audit.records.atomic_files import replacing
from dashboard.service.common.places import beside
from dashboard.service.common.sources import LONGEST, cleaned

STALE = 15.0
"""Seconds after which a watcher that does not say that it stopped has died, or hangs."""
STOPPED = "stopped"
"""How a watcher ended that was told to."""
_MOST_BYTES = 256 * 1024
_MOST_WATCHERS = 100
_DAY = 86_400.0
_FORGOTTEN = 30 * _DAY
_SPAN = 600.0
_POINTS = 240


@dataclass(frozen=True, slots=True)
class Status:
    """Times in seconds since 1970, lags in seconds. ``lag``: how long the oldest line that no decision covers has been waiting;
    ``lag_p50`` ...: of the lines of the last ten minutes, from when they came until a decision covered them; ``waiting``:
    lines read and not ``covered`` by a decision; ``unread``: bytes in the file beyond these; ``skipped``: ticks that went by
    while a window was being judged; ``history``: (time, lag_p95, lag), oldest first; ``machine``: empty from a watcher of
    before machines were named."""

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
        """What it is called in its folder."""
        return name_of(self.path, self.machine)

    def state(self, now: float) -> str:
        """``watching``, ``stopped`` (it said so), or ``silent``: it has not been heard of for too long."""
        return STOPPED if self.ended else "watching" if now - self.beat < STALE else "silent"


Came = tuple[tuple[int, float], ...]
"""Lines in order: how many, and when they came."""


class Lags:
    """How long lines waited for a decision, over the last ten minutes, and how that went."""

    def __init__(self) -> None:
        self._found: deque[tuple[float, float, int]] = deque()
        self._missed: Came = ()
        self._history: deque[tuple[float, float | None, float]] = deque(maxlen=_POINTS)

    def missed(self, came: Came, lines: int) -> None:
        """A window of so many ``lines`` failed: those that are new in it, which ``came`` then, wait for the next."""
        self._missed = _newest((*self._missed, *came), lines)

    def covered(self, now: float, came: Came, lines: int) -> None:
        """A window of so many ``lines`` has a decision ``now``, which covers those that are new in it, and those before them
        that wait since a window failed, as far as it reaches back."""
        for count, then in _newest((*self._missed, *came), max(lines, sum(count for count, _ in came))):
            self._found.append((now, now - then, count))
        self._missed = ()
        while self._found and self._found[0][0] < now - _SPAN:
            self._found.popleft()

    def quantile(self, share: float, since: float = 0.0) -> float | None:
        """The lag that so many of the lines did not exceed; None without any."""
        found = np.array([(lag, lines) for at, lag, lines in self._found if at >= since])
        if not len(found):
            return None
        found = found[np.argsort(found[:, 0], kind="stable")]
        reached = np.searchsorted(np.cumsum(found[:, 1]), share * found[:, 1].sum(), "left")
        return round(float(found[min(reached, len(found) - 1), 0]), 3)

    def mark(self, at: float, since: float, lag: float) -> None:
        """A point of the history, by the clock on the wall (``at``): the lines covered since the last one, and the lag now."""
        self._history.append((round(at, 1), self.quantile(0.95, since), round(lag, 3)))

    @property
    def history(self) -> tuple[tuple[float, float | None, float], ...]:
        """The last points."""
        return tuple(self._history)


def _newest(came: Came, lines: int) -> Came:
    """The last so many ``lines`` of them."""
    found = deque[tuple[int, float]]()
    for count, then in reversed(came):
        if lines <= 0:
            break
        found.appendleft((min(count, lines), then))
        lines -= count
    return tuple(found)


def folder(location: str) -> Path:
    """Where watchers of this record (a path, or a PostgreSQL URL) tell of themselves."""
    if chosen := os.environ.get("SPARSEMIX_LIVE"):
        return Path(chosen)
    return beside(location, "live")


def machine_name(given: str | None = None) -> str:
    """What this machine is called: as it is ``given``, or as it calls itself. The same path on two machines is two files.
    Raises ValueError for what cannot be shown, and for no name: machines that are called alike are taken for one."""
    name = socket.gethostname() if given is None else given
    if not name or cleaned(name) != name:
        raise ValueError(f"a machine's name has 1 to {LONGEST} characters that can be shown (--machine), not {name!r}")
    return name


def file_name(path: Path) -> str:
    """A watched file's path as text that a record can hold, and that no other path has: of a name in another encoding than
    UTF-8, bytes that are none of it are spelt out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def name_of(path: str, machine: str = "") -> str:
    """Name of the status of a file that is watched on a machine."""
    watched = f"{machine}\0{path}" if machine else path
    return sha256(watched.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write(into: Path, status: Status) -> None:
    """Replace the status of a watcher, whole. Errors: `StoreUnavailable`, OSError."""
    with replacing(into / f"{status.name}.json") as partial:
        partial.write_text(json.dumps(asdict(status)), encoding="utf-8")


def forget(where: Path, mine: Status) -> None:
    """Remove what watchers told that were not heard of for thirty days, and what one that named no machine told of the file
    that ``mine`` goes on with. Errors: OSError."""
    for path in where.glob("*.json"):
        unnamed = path.stem == name_of(mine.path)
        if not unnamed and mine.beat - _written(path) < _FORGOTTEN:
            continue
        told = _read(path)
        # Others may write there.
        if told is None or told.name != path.stem:
            continue
        # By the clock of who wrote it, too: one of the two may be wrong.
        if told.state(mine.beat) != "watching" if unnamed else mine.beat - told.beat >= _FORGOTTEN:
            path.unlink(missing_ok=True)


def watchers(where: Path) -> list[Status]:
    """The statuses that can be read, by source, path and machine; of very many those that were written last."""
    newest = sorted(where.glob("*.json"), key=_written, reverse=True)[:_MOST_WATCHERS]
    found = [one for one in map(_read, newest) if one is not None]
    return sorted(found, key=lambda one: (one.source, one.path, one.machine))


def _written(path: Path) -> float:
    """When a file was written; one that has just gone: never."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


_TEXT, _COUNT, _NUMBER = str, int, (int, float)
_KINDS: Mapping[str, object] = {"str": _TEXT, "int": _COUNT, "float": _NUMBER}


def _read(path: Path) -> Status | None:
    """None for what is no status: others may write there."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        said = json.loads(path.read_text(encoding="utf-8"))
        history = tuple(
            (float(at), None if p95 is None else float(p95), float(lag)) for at, p95, lag in said.pop("history", ())
        )
        known = {one.name: str(one.type) for one in fields(Status)}
        values = {name: value for name, value in said.items() if name in known and _fits(known[name], value)}
        return Status(**values, history=history)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _fits(kind: str, value: object) -> bool:
    if value is None:
        return kind.endswith("| None")
    wanted = _KINDS[kind.removesuffix(" | None")]
    return isinstance(value, wanted) and not isinstance(value, bool)  # type: ignore[arg-type]


class StatusWriter:
    """Writes a watcher's status for Monitor as long as it can: a status that cannot be written does not stop decisions.

    Once a day it removes the statuses of watchers that are gone for good. A folder that cannot be reached is reported on
    standard error once, and once more when it can be reached again.
    """

    def __init__(self, into: Path) -> None:
        self._into, self._failing, self._cleared = into, False, -_DAY

    def write(self, status: Status) -> None:
        """Write the status; a failure raises nothing."""
        try:
            write(self._into, status)
        except (StoreUnavailable, OSError) as error:
            if not self._failing:
                _say(f"Monitor cannot be told how this goes; lines are decided on all the same: {error}")
            self._failing = True
            return
        if self._failing:
            _say("Monitor is told again how this goes")
        self._failing = False
        now = time.monotonic()
        if now - self._cleared >= _DAY:
            self._cleared = now
            try:
                forget(self._into, status)
            except OSError as error:
                _say(f"what watchers told that are long gone could not be cleared away: {error}")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
