"""Windows that slide over a stream of lines: the lines of each decision, and when it is due. Pure; no clock of its own.

    sliding = SlidingWindows(context=2000, every=500, seconds=10.0)
    sliding.add(lines, came=now)         # ``came``: the last moment at which the lines were not there, by a monotonic clock
    if sliding.due(now):
        window = sliding.take(now)

A window ends with the newest line and reaches ``context`` lines back. It is due when ``every`` new lines have come, or when the
oldest new line has waited ``seconds``. When more lines wait than one window holds, it takes the oldest of them: no line is
left out, however far behind the reader is. When ``context`` lines have more bytes than are judged at once (``most_bytes``), a
window reaches back fewer lines. A *tick* is a moment at which a window would be due. A late window covers several ticks: those
after the first are counted (``skipped``).

Every window of a table begins with the header. When a file brings another header, windows begin anew. They also begin anew
behind a gap: lines that may not follow each other are never in the same window.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from dashboard.service.watch.log_tail import TailLine
from sparsemix.readers.limits import MIB

MOST_CONTEXT = 100_000
# A header and two events.
_LEAST = 3
_LOOKED_AT = 60  # lines, to see whether the first is a header


@dataclass(frozen=True, slots=True)
class Window:
    """Lines to decide on: their bytes, the numbers of the first and last line in the stream (from 1), how many are ``new``, and
    when these came as (number of lines, ``came``); the last line; ticks that were skipped before it; whether the window begins
    with a header, and behind a ``gap``."""

    data: bytes
    first: int
    last: int
    new: int
    came: tuple[tuple[int, float], ...]
    end: TailLine
    skipped: int
    header: bool
    gap: bool = False

    @property
    def waiting_since(self) -> float:
        """When the oldest of the new lines came."""
        return self.came[0][1]


class SlidingWindows:
    """The windows of one stream. ``header`` and ``lines`` are those of the window to continue from, up to ``number`` in the
    stream.

    Raises `ValueError` for settings that make no window.
    """

    def __init__(
        self,
        context: int,
        every: int,
        seconds: float,
        *,
        header: bytes = b"",
        lines: Sequence[bytes] = (),
        number: int = 0,
        most_bytes: int = 64 * MIB,
    ) -> None:
        if not _LEAST <= context <= MOST_CONTEXT:
            raise ValueError(f"the context must be {_LEAST} to {MOST_CONTEXT:,} lines")
        if not 1 <= every <= context or not seconds > 0:
            raise ValueError("a decision is due after 1 to as many new lines as the context has, or after some time")
        self.context, self.every, self.seconds = context, every, seconds
        self.header = header
        self.number = number
        self.waiting_bytes = 0
        self._most = most_bytes
        self._old: deque[bytes] = deque(lines, context)
        self._new: deque[TailLine] = deque()
        self._came: deque[list[float]] = deque()

    def add(self, lines: Sequence[TailLine], came: float) -> None:
        """Add lines that were not there yet at ``came``."""
        if lines:
            self._new.extend(lines)
            self.waiting_bytes += sum(len(line.data) for line in lines)
            self._came.append([len(lines), came])

    @property
    def waiting(self) -> int:
        """The number of lines that no window has taken yet."""
        return len(self._new)

    def waited(self, now: float) -> float:
        """Return how long the oldest waiting line has been waiting."""
        return now - self._came[0][1] if self._came else 0.0

    def due(self, now: float) -> bool:
        """Return whether a window is due."""
        if not self._new or (0 if self._new[0].gap else len(self._old)) + len(self._new) < _LEAST:
            return False
        return len(self._new) >= self.every or self.waited(now) >= self.seconds

    def take(self, now: float, header_of: Callable[[Sequence[bytes]], bytes] = lambda _lines: b"") -> Window:
        """Take the next window; there must be a new line. ``header_of`` returns the first of a file's first lines if it is a
        header."""
        waited = self.waited(now)
        taken: list[TailLine] = []
        size = len(self.header)
        while self._new and len(taken) < self.context:
            line = self._new[0]
            if taken and (line.gap or size + len(line.data) > self._most):
                break
            if line.gap:
                self.header = b""
                self._old.clear()
            if line.offset == line.length and line.data != self.header:
                header = header_of([waiting.data for waiting in islice(self._new, _LOOKED_AT)])
                if header and taken:
                    break
                if header:
                    self.header = header
                    self._old.clear()
            taken.append(self._new.popleft())
            size += len(line.data)
            self.waiting_bytes -= len(line.data)
        end, gap = taken[-1], taken[0].gap
        came = tuple(self._left(len(taken)))
        fresh = [line.data for line in taken if line.data != self.header]
        self._old.extend(fresh)
        self.number += len(taken)
        size = len(self.header) + sum(map(len, self._old))
        while size > self._most:
            size -= len(self._old.popleft())
        data = b"".join(chain([self.header] if self.header else [], self._old))
        ticks = len(taken) // self.every or int(waited / self.seconds)
        skipped = max(ticks - 1, 0)
        first = self.number - len(self._old) + 1
        return Window(data, first, self.number, len(taken), came, end, skipped, bool(self.header), gap)

    def _left(self, count: int) -> list[tuple[int, float]]:
        """Remove the first ``count`` waiting lines from the times of arrival, and return when they came."""
        came = []
        while count:
            part = self._came[0]
            took = min(count, int(part[0]))
            came.append((took, part[1]))
            part[0] -= took
            count -= took
            if not part[0]:
                self._came.popleft()
        return came


def split(data: bytes, *, header: bool) -> tuple[bytes, list[bytes]]:
    """Split a window's bytes into header and lines."""
    # Lines end with LF alone; `splitlines` would also split at a CR.
    lines = data.splitlines(keepends=True) if b"\r" not in data else [line + b"\n" for line in data.split(b"\n")[:-1]]
    return (lines[0], lines[1:]) if header and lines else (b"", lines)


@dataclass(frozen=True, slots=True)
class DriftMark:
    """The last window of a watched log that its drift test used: its last ``line`` (0: none), and the moment ``at``, in seconds
    since 1970.

    The drift test holds for decisions in no particular order (`sparsemix.monitoring.drift.evidence`), so it uses only windows
    that do not overlap and lie some time apart. Windows that follow each other within seconds show one moment of the plant: a
    reference of twenty of them covers half a minute, and the next job would look like a change.
    """

    line: int = 0
    at: float = 0.0

    def allows(self, window: Window, now: float, apart: float) -> bool:
        """Return whether the drift test uses this window, with at least ``apart`` seconds between two of them."""
        return window.first > self.line and now - self.at >= apart

    def payload(self) -> dict[str, object]:
        """Return the mark as a decision's details hold it."""
        return {"drift_line": self.line, "drift_at": round(self.at, 3)}

    @classmethod
    def of(cls, details: Mapping[str, object]) -> DriftMark:
        """Read the mark from a decision's details. Raises `KeyError`, `TypeError`, `ValueError` when they hold no mark."""
        return cls(int(str(details["drift_line"])), float(str(details["drift_at"])))
