"""Times and spans of time in words."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.texts import Texts

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def clock(time: float) -> str:
    """Return a time in seconds since 1970 UTC as ``2026-03-01 09:30:00``."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        # Beyond the calendar's years: the number itself is shown.
        return f"{time:g} s"


def about(seconds: float, t: Texts) -> str:
    """Return a span of time in its largest unit alone, such as ``23 h``, for places with little room."""
    for size, unit in ((_DAY, "day"), (_HOUR, "hour")):
        if abs(seconds) >= size:
            return t.plain(f"unit.{unit}", n=int(abs(seconds) // size))
    return t.plain("unit.minute", n=int(abs(seconds) // _MINUTE))


def duration(seconds: float, t: Texts) -> str:
    """Return a span of time with its two largest units, such as ``1 h 05 min``; below a minute with fractions of a second."""
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


def whole_duration(seconds: float, t: Texts) -> str:
    """Return a span of time in whole seconds with its two largest units, such as ``1 h 5 min`` or ``2 d``."""
    whole = round(seconds)
    for unit, size, smaller, smaller_size in (
        ("day", 86400, "hour", 3600),
        ("hour", 3600, "minute", 60),
        ("minute", 60, "second", 1),
    ):
        if whole >= size:
            first = t.plain(f"unit.{unit}", n=whole // size)
            rest = whole % size // smaller_size
            return f"{first} {t.plain(f'unit.{smaller}', n=rest)}" if rest else first
    return t.plain("unit.second", n=whole)
