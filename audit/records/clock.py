"""The store's clock, and the detection of steps of the clock.

Time only labels entries and ends leases; `seq` gives the order. A step of more than `TOLERANCE` seconds against a clock that
cannot be set (CLOCK_BOOTTIME, which also counts while the machine sleeps) or against the last entry is recorded as an
entry of type "clock_anomaly".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from audit.errors import InvalidRecord

TOLERANCE = 60.0  # seconds; a clock that NTP corrects slowly moves far less between two readings


def system_time() -> datetime:
    """Return this machine's time, UTC."""
    return datetime.now(UTC)


def moment_text(time: datetime) -> str:
    """Return a time as records write it: ISO 8601, UTC, milliseconds, e.g. 2026-03-01T09:30:00.125Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_moment(text: str) -> datetime:
    """Parse a time that `moment_text` wrote. Raises `InvalidRecord`."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:  # forged cells may hold anything
        raise InvalidRecord(f"{text!r:.80} is not a time") from error
    if moment.tzinfo is None:
        raise InvalidRecord(f"{text!r:.80} is not a time in UTC")
    return moment


def shifted(text: str, seconds: float) -> str:
    """Return the moment `seconds` later. Raises `InvalidRecord`."""
    try:
        return moment_text(parse_moment(text) + timedelta(seconds=seconds))
    except OverflowError as error:  # before the first or after the last year that there is
        raise InvalidRecord(f"{text!r:.80} is not a time of any record") from error


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds from one moment to another; negative when the clock went back."""
    return (parse_moment(later) - parse_moment(earlier)).total_seconds()


def _steady() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class StepWatch:
    """A wall clock compared with one that cannot be set; safe to share between threads.

    `last` is the reading that the next one is compared with. Where the entry about a jump cannot be stored, the caller sets it
    back, so that the next reading reports the jump again.
    """

    def __init__(self, steady: Callable[[], float] = _steady) -> None:
        self._steady = steady
        self._lock = threading.Lock()
        self.last: tuple[str, float] | None = None

    def step(self, now: str) -> float | None:
        """Return the seconds by which the wall clock jumped since the last reading, or None within the tolerance."""
        steady = self._steady()
        with self._lock:
            last, self.last = self.last, (now, steady)
        if last is None:
            return None
        jumped = seconds_between(last[0], now) - (steady - last[1])
        return jumped if abs(jumped) > TOLERANCE else None
