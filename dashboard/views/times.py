"""Times and spans of time in words."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.texts import Texts

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def clock(time: float) -> str:
    """A time in seconds since 1970 UTC as ``2026-03-01 09:30:00``."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        # Beyond the calendar's years; the number is still the truth.
        return f"{time:g} s"


def about(seconds: float, t: Texts) -> str:
    """A span of time in its largest unit alone, such as ``23 h``, for places with little room."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour")):
        if abs(seconds) >= size:
            return t.plain(f"unit.{unit}", n=int(abs(seconds) // size))
    return t.plain("unit.minute", n=int(abs(seconds) // _MINUTE))


def duration(seconds: float, t: Texts) -> str:
    """A span of time with the two units that matter, such as ``1 h 05 min``."""
    seconds = abs(seconds)
    if seconds < 1:
        return t.plain("unit.millisecond", n=f"{seconds * 1000:.0f}")
    if seconds < _MINUTE:
        return t.plain("unit.second", n=f"{seconds:.1f}")
    whole = round(seconds)
    for size, large, unit, small in (
        (_DAY, "day", _HOUR, "hour"),
        (_HOUR, "hour", _MINUTE, "minute"),
        (_MINUTE, "minute", 1, "second"),
    ):
        if whole >= size:
            rest = f"{whole % size // unit:02d}"
            return f"{t.plain(f'unit.{large}', n=whole // size)} {t.plain(f'unit.{small}', n=rest)}"
    return t.plain("unit.second", n=whole)
