"""Time stamps at the start of a line: the patterns that are known, and the seconds since 1970 UTC that each of them means.

A stamp without a time zone shows local time: it is read here as if in UTC. Where a date could be read with its day, month and
year in several orders, the stamp keeps the time of each of them (``orders``); ``timestamps`` decides by the whole file.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

RULES = 3
"""Version of the rules of reading. Decisions recorded by earlier rules are read again by those: a kind of stamp that was added
later must not change what they rest on."""
Order = Literal["ymd", "mdy", "dmy"]
"""Order of day, month and year in a date."""
Clock = tuple[str | None, ...]
"""Hour, minute, second and fraction as written, on a clock of 24 hours."""

# Stamps without a year get this one: the clock's year would make a file's content depend on the day on which
# it is read. It is a leap year, so that February 29 exists.
YEARLESS_BASE = 2000
# RFC 5424 section 6.2.1: severity is the priority value modulo 8.
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG")

MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
MONTHS = {name: number for number, name in enumerate(MONTH.strip("()").split("|"), 1)}
FIRST_CLOCK = r"(\d{1,2})[:時](\d{2})(?:[:分](\d{2})(?:[.,:](\d{1,9})\d*)?秒?)?"
_ZONE = r"(?: ?(Z|[+-]\d\d:?(?:00|15|30|45)))?(?![\d:])"
DATE = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})"
WEEKDAY = r"(?: ?[(（][月火水木金土日][)）])?"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp in a line, at [start, end), with host and level where syslog gives them; ``naive``: the stamp names no zone,
    and ``time`` is read as if in UTC; ``orders``: the times of a date such as 03/04/2026, the usual order first."""

    time: float | None
    start: int
    end: int
    host: str | None = None
    level: str | None = None
    yearless: bool = False
    naive: bool = False
    orders: tuple[tuple[Order, float], ...] = ()

    def by(self, order: Order | None) -> float | None:
        """Return the time by an order of day, month and year; where the date does not fit it, by an order that it fits."""
        return next((time for one, time in self.orders if one == order), self.time)


def _syslog_level(priority: int) -> str:
    """Return the level of a syslog priority value (facility * 8 + severity)."""
    return _SYSLOG[priority % 8]


def seconds_of(year: int, month: int, day: int, clock: Clock, zone: str | None = None) -> float | None:
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


def stamp_of(m: re.Match[str], time: float | None, *, naive: bool) -> Stamp | None:
    return None if time is None else Stamp(time, 0, m.end(), naive=naive)


def _iso(m: re.Match[str]) -> Stamp | None:
    y, mo, d, *clock, zone = m.groups()
    return stamp_of(m, seconds_of(int(y), int(mo), int(d), tuple(clock), zone), naive=zone is None)


def _rfc3164(m: re.Match[str]) -> Stamp | None:
    priority, mo, d, *clock, host = m.groups()
    time = seconds_of(YEARLESS_BASE, MONTHS[mo], int(d), tuple(clock))
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
    return stamp_of(m, seconds_of(year_of(yy), int(mo), int(d), (*clock, None)), naive=True)


def year_of(digits: str) -> int:
    """Return a year of two or four digits; two digits pivot at 70 as POSIX strptime does, nearly."""
    return int(digits) if len(digits) > 2 else int(digits) + (1900 if int(digits) >= 70 else 2000)


def _epoch(m: re.Match[str]) -> Stamp | None:
    return stamp_of(m, epoch_number(float(m[1])), naive=False)


def _access(m: re.Match[str]) -> Stamp | None:
    host, d, mo, y, h, mi, s, zone = m.groups()
    time = seconds_of(int(y), MONTHS[mo], int(d), (h, mi, s, None), zone)
    # In an access log the client comes before the stamp.
    return None if time is None else Stamp(time, m.end(1) + 1 if host else 0, m.end(), (host or "").split(" ")[0] or None)


def epoch_number(value: float) -> float:
    """Return the seconds of a count of seconds, milliseconds, microseconds or nanoseconds; the size tells the unit."""
    for above, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if abs(value) >= above:
            return value / unit
    return value


def _apache_error(m: re.Match[str]) -> Stamp | None:
    mo, d, h, mi, s, fraction, y = m.groups()
    return stamp_of(m, seconds_of(int(y), MONTHS[mo], int(d), (h, mi, s, fraction)), naive=True)


_ISO = re.compile(rf"\[?{DATE}(?:日{WEEKDAY}[ \t]?|{WEEKDAY}[T_ \t]{{1,2}}){FIRST_CLOCK}{_ZONE}\]?", re.ASCII)
Patterns = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Stamp | None]], ...]
FIRST_PATTERNS: Patterns = (
    (_ISO, _iso),
    (
        re.compile(
            rf"(?:<(\d{{1,3}})>)?{MONTH} {{1,2}}(\d{{1,2}}) (\d\d):(\d\d):(\d\d)(?:\.(\d{{1,9}}))?(?= |$)"
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
            rf"(\S+ \S+ \S+(?= ))? ?\[(\d\d)/{MONTH}/(\d{{4}}):(\d\d):(\d\d):(\d\d) ([+-]\d{{4}})\]",
            re.ASCII,
        ),
        _access,
    ),
    (
        re.compile(
            rf"\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {MONTH} {{1,2}}(\d{{1,2}}) "
            r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})\]?",
            re.ASCII,
        ),
        _apache_error,
    ),
)
