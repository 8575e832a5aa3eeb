"""Timestamps at the start of a line, and in a cell: seconds since 1970 UTC, the same on every machine.

A stamp without a time zone shows local time: it is read as UTC unless the settings of reading name a time zone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

# Stamps without a year get this one: the clock's year would make a file's content depend on the day on which
# it is read. It is a leap year, so that February 29 exists.
YEARLESS_BASE = 2000
_HALF_YEAR = 183 * 86400.0
# RFC 5424 section 6.2.1: severity is the priority value modulo 8.
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG")

_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTHS = {name: number for number, name in enumerate(_MONTH.strip("()").split("|"), 1)}
_CLOCK = r"(\d{1,2})[:時](\d{2})(?:[:分](\d{2})(?:[.,:](\d{1,9})\d*)?秒?)?"
_ZONE = r"(?: ?(Z|[+-]\d\d:?(?:00|15|30|45)))?(?![\d:])"
_DATE = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})"
_WEEKDAY = r"(?: ?[(（][月火水木金土日][)）])?"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp in a line, at [start, end), with host and level where syslog gives them; ``naive``: the stamp names no zone,
    and ``time`` is read as if in UTC."""

    time: float | None
    start: int
    end: int
    host: str | None = None
    level: str | None = None
    yearless: bool = False
    naive: bool = False


def _syslog_level(priority: int) -> str:
    """Return the level of a syslog priority value (facility * 8 + severity)."""
    return _SYSLOG[priority % 8]


def _seconds(year: int, month: int, day: int, clock: tuple[str | None, ...], zone: str | None = None) -> float | None:
    hour, minute, second, fraction = clock
    try:
        moment = datetime(year, month, day, int(hour or 0), int(minute or 0), tzinfo=UTC)
    except ValueError:
        return None
    if int(second or 0) > 60:  # 60 is a leap second
        return None
    time = moment.timestamp() + int(second or 0)
    if fraction:
        time += int(fraction) / 10 ** len(fraction)
    if zone and zone != "Z":
        shift = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        time -= shift if zone[0] == "+" else -shift
    return time


def _stamp(m: re.Match[str], time: float | None, *, naive: bool) -> Stamp | None:
    return None if time is None else Stamp(time, 0, m.end(), naive=naive)


def _iso(m: re.Match[str]) -> Stamp | None:
    y, mo, d, *clock, zone = m.groups()
    return _stamp(m, _seconds(int(y), int(mo), int(d), tuple(clock), zone), naive=zone is None)


def _rfc3164(m: re.Match[str]) -> Stamp | None:
    priority, mo, d, *clock, host = m.groups()
    time = _seconds(YEARLESS_BASE, _MONTHS[mo], int(d), tuple(clock))
    level = _syslog_level(int(priority)) if priority else None
    # The host stays in the message: only the stamp itself is removed.
    return None if time is None else Stamp(time, 0, m.end(7 if m[7] else 6), host, level, yearless=True, naive=True)


def _rfc5424(m: re.Match[str]) -> Stamp | None:
    priority, date, host, app = m.groups()
    name = next((n for n in (host, app) if n != "-"), None)
    level = _syslog_level(int(priority))
    if date == "-":
        return Stamp(None, 0, m.end(2), name, level)
    iso = _ISO.fullmatch(date)
    stamp = _iso(iso) if iso else None
    return None if stamp is None else Stamp(stamp.time, 0, m.end(2), name, level, naive=stamp.naive)


def _hadoop(m: re.Match[str]) -> Stamp | None:
    yy, mo, d, *clock = m.groups()
    # Two-digit years pivot at 70 as POSIX strptime does, nearly.
    year = int(yy) + (1900 if int(yy) >= 70 else 2000)
    return _stamp(m, _seconds(year, int(mo), int(d), (*clock, None)), naive=True)


def _epoch(m: re.Match[str]) -> Stamp | None:
    return _stamp(m, epoch_number(float(m[1])), naive=False)


def _access(m: re.Match[str]) -> Stamp | None:
    host, d, mo, y, h, mi, s, zone = m.groups()
    time = _seconds(int(y), _MONTHS[mo], int(d), (h, mi, s, None), zone)
    # In an access log the client comes before the stamp.
    return None if time is None else Stamp(time, m.end(1) + 1 if host else 0, m.end(), (host or "").split(" ")[0] or None)


def _apache_error(m: re.Match[str]) -> Stamp | None:
    mo, d, h, mi, s, fraction, y = m.groups()
    return _stamp(m, _seconds(int(y), _MONTHS[mo], int(d), (h, mi, s, fraction)), naive=True)


_ISO = re.compile(rf"\[?{_DATE}(?:日{_WEEKDAY}[ \t]?|{_WEEKDAY}[T_ \t]{{1,2}}){_CLOCK}{_ZONE}\]?", re.ASCII)
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Stamp | None]], ...] = (
    (_ISO, _iso),
    (
        re.compile(
            rf"(?:<(\d{{1,3}})>)?{_MONTH} {{1,2}}(\d{{1,2}}) (\d\d):(\d\d):(\d\d)(?:\.(\d{{1,9}}))?(?= |$)"
            r"(?: ([\w.:-]+) (?=[^\s:\[]+(?:\[\d+\])?:))?",
            re.ASCII,
        ),
        _rfc3164,
    ),
    (re.compile(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) ", re.ASCII), _rfc5424),
    (re.compile(r"(\d\d)(\d\d)(\d\d) (\d\d)(\d\d)(\d\d)(?= )", re.ASCII), _hadoop),
    (re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)(?![\d:])", re.ASCII), _hadoop),
    (
        re.compile(r"\[?([12]\d{9}(?:\.\d{1,9})?|[12]\d{12}|[12]\d{15}|[12]\d{18})(?=[\s,;|:\]]|$)\]?", re.ASCII),
        _epoch,
    ),
    (
        re.compile(
            rf"(\S+ \S+ \S+(?= ))? ?\[(\d\d)/{_MONTH}/(\d{{4}}):(\d\d):(\d\d):(\d\d) ([+-]\d{{4}})\]",
            re.ASCII,
        ),
        _access,
    ),
    (
        re.compile(
            rf"\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} {{1,2}}(\d{{1,2}}) "
            r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})\]?",
            re.ASCII,
        ),
        _apache_error,
    ),
)
_DATE_ONLY = re.compile(rf"{_DATE}日?", re.ASCII)
_CLOCK_ONLY = re.compile(_CLOCK, re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,19}(?:\.\d{1,12})?", re.ASCII)


def find_stamp(line: str) -> Stamp | None:
    """Return the timestamp that the line starts with: ISO 8601, syslog, Apache, Hadoop or epoch style."""
    for pattern, build in _PATTERNS:
        if (match := pattern.match(line)) and (stamp := build(match)):
            return stamp
    return None


def epoch_number(value: float) -> float:
    """Return the seconds of a count of seconds, milliseconds, microseconds or nanoseconds; the size tells the unit."""
    for above, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if abs(value) >= above:
            return value / unit
    return value


def parse_date(cell: str, zone: tzinfo | None = None) -> float | None:
    """Return the seconds since 1970 UTC of a cell that is one timestamp or one date, else None; a number is no date.

    ``zone``: time zone of stamps without one, UTC by default.
    """
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return None
    if match := _DATE_ONLY.fullmatch(cell):
        return in_zone(_seconds(int(match[1]), int(match[2]), int(match[3]), (None, None, None, None)), zone)
    stamp = find_stamp(cell)
    if stamp is None or stamp.start or stamp.end != len(cell) or stamp.yearless:
        return None
    return in_zone(stamp.time, zone) if stamp.naive else stamp.time


def parse_time(cell: str, zone: tzinfo | None = None) -> float | None:
    """Return the time of a cell as `parse_date` does; a plain number is a time in seconds, or in smaller units if it is
    large."""
    cell = cell.strip()
    return epoch_number(float(cell)) if _NUMBER.fullmatch(cell) else parse_date(cell, zone)


def in_zone(time: float | None, zone: tzinfo | None) -> float | None:
    """Return a local time, which was read as if in UTC, moved to the time ``zone``.

    Of an hour that occurs twice the first is taken; an hour that is skipped is counted on from the hour before. A time outside
    the calendar is not moved.
    """
    if time is None or zone is None:
        return time
    try:
        wall = datetime.fromtimestamp(time, UTC)
        offset = wall.replace(tzinfo=zone).utcoffset()
    except (OverflowError, ValueError, OSError):
        return time
    return time if offset is None else time - offset.total_seconds()


def is_clock(cell: str) -> bool:
    """Return whether the cell is a time of day without a date."""
    return _CLOCK_ONLY.fullmatch(cell.strip()) is not None


class YearlessClock:
    """Clock that gives yearless stamps years from 2000 on, so that a log that runs over New Year stays in order."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def place(self, time: float) -> float:
        """Return the time moved to the first year in which it is less than half a year before the stamp placed last."""
        moment = datetime.fromtimestamp(time, UTC)
        if self._last is not None:
            for year in range(max(YEARLESS_BASE, self._last.year - 1), self._last.year + 2):
                moment = _with_year(moment, year)
                if (self._last - moment).total_seconds() < _HALF_YEAR:
                    break
        self._last = moment
        return moment.timestamp()


def _with_year(moment: datetime, year: int) -> datetime:
    try:
        return moment.replace(year=year)
    except ValueError:  # February 29 in a year that has none
        return moment.replace(year=year, month=3, day=1)
