"""Times and spans of time in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

from dashboard.texts import Texts

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def clock(time: float) -> str:
    """Return a time in seconds since 1970 UTC as ``2026-03-01 09:30:00``."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        # Beyond the calendar's years: the number itself is shown.
        return f"{time:g} s"


def midnight(day: date) -> str:
    """Return the beginning of a day in UTC, as the record writes times."""
    return f"{day.isoformat()}T00:00:00.000Z"


def about(seconds: float, t: Texts) -> str:
    """Return a span of time in its largest unit alone, such as ``23 h``, for places with little room."""
    seconds = abs(seconds)
    unit, size = next((one for one in _UNITS[:2] if seconds >= one[1]), _UNITS[2])
    return t.plain(f"unit.{unit}", n=int(seconds // size))


def duration(seconds: float, t: Texts) -> str:
    """Return a span of time with its two largest units, such as ``1 h 05 min``; below a minute with fractions of a second."""
    seconds = abs(seconds)
    if seconds < 1:
        return t.plain("unit.millisecond", n=f"{seconds * 1000:.0f}")
    return t.plain("unit.second", n=f"{seconds:.1f}") if seconds < 60 else _two_units(round(seconds), t, padded=True)


def whole_duration(seconds: float, t: Texts) -> str:
    """Return a span of time in whole seconds with its two largest units, such as ``1 h 5 min`` or ``2 d``."""
    whole = round(seconds)
    return t.plain("unit.second", n=whole) if whole < 60 else _two_units(whole, t, padded=False)


def _two_units(whole: int, t: Texts, *, padded: bool) -> str:
    """Return a minute or more with its two largest units; ``padded``: the smaller one has two digits and stands even for 0."""
    place = next(place for place, (_, size) in enumerate(_UNITS) if whole >= size)
    (unit, size), (smaller, smaller_size) = _UNITS[place : place + 2]
    first, rest = t.plain(f"unit.{unit}", n=whole // size), whole % size // smaller_size
    if not (rest or padded):
        return first
    return f"{first} {t.plain(f'unit.{smaller}', n=f'{rest:02d}' if padded else rest)}"
