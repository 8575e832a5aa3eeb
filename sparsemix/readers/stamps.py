"""Time stamps at the start of a line and in a cell: the patterns that are known, and the seconds since 1970 UTC of each.

A stamp without a time zone shows local time: it is read here as if in UTC. Where a date could be read with its day, month and
year in several orders, the stamp keeps the time of each of them (``orders``); ``timestamps`` decides by the whole file.

Rules 3 added dates with the day or the month first, months by name, clocks of twice twelve hours, and what phones and databases
write; rules 4 dates of month and day, or day and month, in brackets. Such a kind leaves to the first ones what was read before.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

RULES = 4
"""Version of the rules of reading. Decisions recorded by earlier rules are read again by those: a kind of stamp that was added
later must not change what they rest on."""
Order = Literal["ymd", "mdy", "dmy"]
"""Order of day, month and year in a date."""
_Clock = tuple[str | None, ...]
"""Hour, minute, second and fraction as written, on a clock of 24 hours."""

# Stamps without a year get this one: the clock's year would make a file's content depend on the day on which
# it is read. It is a leap year, so that February 29 exists.
YEARLESS_BASE = 2000
# RFC 5424 section 6.2.1: severity is the priority value modulo 8.
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG")
_LETTERS = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}
_HALVES = {"am": 0, "午前": 0, "上午": 0, "pm": 12, "午後": 12, "下午": 12}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"
_DATE = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})"
_WEEKDAY = r"(?: ?[(（][月火水木金土日][)）])?"
_FIRST_CLOCK = r"(?P<hour>\d{1,2})[:時](?P<minute>\d{2})(?:[:分](?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9})\d*)?秒?)?"
_ZONE = r"(?: ?(?P<zone>Z|[+-]\d\d:?(?:00|15|30|45)))?(?![\d:])"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_GAP = "[ \u00a0\u202f]?"
_CLOCK = (
    rf"(?:(?P<before>午前|午後|上午|下午){_GAP})?(?P<hour>\d{{1,2}})[:時](?P<minute>\d{{2}})"
    rf"(?:[:分](?P<second>\d{{2}})(?:[.,:](?P<fraction>\d{{1,9}})\d*)?秒?|(?P<minutes>分))?(?:{_GAP}(?P<after>[AaPp]\.?[Mm]\b\.?))?"
)
_OFFSET = r"(?P<zone>(?:Z| UTC| GMT| ?[+-]\d\d:?(?:00|15|30|45)|[+-]\d\d)(?![\w:]))?(?![\d:])"
_NAMED_MONTH = f"{_MONTH}[a-z]*"
_WEEKDAY_NAME = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_DAY_MONTH = r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<other>\d{1,2})(?P=mark)(?P<last>\d{4}|\d\d)"
_DAY_NAME_YEAR = rf"{_WEEKDAY_NAME}(?P<day>\d{{1,2}})[-/ ]{_NAMED_MONTH}[-/., ]{{1,2}}(?P<year>\d{{4}})"
_NAME_DAY_YEAR = rf"{_WEEKDAY_NAME}{_NAMED_MONTH}\.? {{1,2}}(?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
_YMD = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
_MD = r"(?P<month>\d\d){mark}(?P<day>\d\d) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\.(?P<fraction>\d{{3,6}})(?= )"


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


def _seconds_of(year: int, month: int, day: int, clock: _Clock, zone: str | None) -> float | None:
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


def _year_of(digits: str) -> int:
    """Return a year of two or four digits; two digits pivot at 70 as POSIX strptime does, nearly."""
    return int(digits) if len(digits) > 2 else int(digits) + (1900 if int(digits) >= 70 else 2000)


def epoch_number(value: float) -> float:
    """Return the seconds of a count of seconds, milliseconds, microseconds or nanoseconds; the size tells the unit."""
    for above, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if abs(value) >= above:
            return value / unit
    return value


def _epoch(m: re.Match[str]) -> Stamp:
    return Stamp(epoch_number(float(m[1])), 0, m.end())


def _dated(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a match with named groups: a date in one certain order, or without a year, and a time of day."""
    part = m.groupdict()
    clock, zone, year = _clock_of(part), _offset(part.get("zone")), part.get("year")
    if clock is None:
        return None
    month = _MONTHS.index(part["name"]) + 1 if part.get("name") else int(part["month"])
    time = _seconds_of(_year_of(year) if year else YEARLESS_BASE, month, int(part["day"]), clock, zone)
    level = _LETTERS.get(part.get("letter") or "")
    return None if time is None else Stamp(time, 0, m.end(), part.get("host"), level, yearless=not year, naive=zone is None)


def _rfc3164(m: re.Match[str]) -> Stamp | None:
    # The host stays in the message: only the stamp itself is removed.
    stamp, priority = _dated(m), m["priority"]
    return replace(stamp, level=_SYSLOG[int(priority) % 8]) if stamp and priority else stamp


def _rfc5424(m: re.Match[str]) -> Stamp | None:
    priority, date, host, app = m.groups()
    iso = _ISO.fullmatch(date)
    stamp = Stamp(None, 0, 0) if date == "-" else _dated(iso) if iso else None
    name = next((n for n in (host, app) if n != "-"), None)
    return stamp and replace(stamp, end=m.end(2), host=name, level=_SYSLOG[int(priority) % 8])


def _access(m: re.Match[str]) -> Stamp | None:
    # In an access log the client comes before the stamp.
    stamp, client = _dated(m), m["client"]
    return replace(stamp, start=m.end("client") + 1, host=client.split(" ")[0]) if stamp and client else stamp


def _beside_iso(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a date of ISO 8601 with half a day, minutes without seconds in Japanese, or an offset of whole hours;
    None for what the pattern of ISO 8601 reads."""
    return _dated(m) if m["before"] or m["after"] or m["minutes"] or len(m["zone"] or "") == len("+09") else None


def _day_month(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a date of three numbers, in every order that makes it a date."""
    part = m.groupdict()
    clock, zone = _clock_of(part), _offset(part.get("zone"))
    if clock is None:
        return None
    times = [(order, _seconds_of(*date, clock, zone)) for order, date in _dates_of(part)]
    orders = tuple((order, time) for order, time in times if time is not None)
    return Stamp(orders[0][1], 0, m.end(), naive=zone is None, orders=orders) if orders else None


def _bracketed(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a date of month and day, or day and month, without a year."""
    first, other = int(m["first"]), int(m["other"])
    clock = (m["hour"], m["minute"], m["second"], None)
    dates: tuple[tuple[Order, int, int], ...] = (("mdy", first, other), ("dmy", other, first))
    times = [(order, _seconds_of(YEARLESS_BASE, month, day, clock, None)) for order, month, day in dates]
    orders = tuple((order, time) for order, time in times if time is not None)
    return Stamp(orders[0][1], 0, m.end(), yearless=True, naive=True, orders=orders) if orders else None


def _dates_of(part: Mapping[str, str]) -> list[tuple[Order, tuple[int, int, int]]]:
    """Return the orders in which ``_DAY_MONTH`` may be meant, with year, month and day in each; the usual order first."""
    first, other, last = part["first"], part["other"], part["last"]
    day_first: tuple[Order, tuple[int, int, int]] = ("dmy", (_year_of(last), int(other), int(first)))
    month_first: tuple[Order, tuple[int, int, int]] = ("mdy", (_year_of(last), int(first), int(other)))
    if part["mark"] == ".":
        return [day_first]
    both = [month_first, day_first] if part.get("after") else [day_first, month_first]
    short = len(last) == len(first) == 2
    return [("ymd", (_year_of(first), int(other), int(last))), *both] if short else both


def _clock_of(part: Mapping[str, str | None]) -> _Clock | None:
    """Return the time of day in a match with named groups, midnight without any; None where it is none, such as 13 AM."""
    hour, half = int(part.get("hour") or 0), part.get("before") or part.get("after")
    if half:
        start = _HALVES[half.lower().replace(".", "")]
        if hour > 12 and not start:
            return None
        hour = hour if hour > 12 else hour % 12 + start
    thousandths = part.get("thousandths")
    return str(hour), part.get("minute"), part.get("second"), thousandths.zfill(3) if thousandths else part.get("fraction")


def _offset(written: str | None) -> str | None:
    """Return an offset with its minutes; Z for the names of UTC."""
    zone = (written or "").strip()
    if zone in ("Z", "UTC", "GMT"):
        return "Z"
    return f"{zone}00" if len(zone) == 3 else zone or None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_ISO = _pattern(rf"\[?{_DATE}(?:日{_WEEKDAY}[ \t]?|{_WEEKDAY}[T_ \t]{{1,2}}){_FIRST_CLOCK}{_ZONE}\]?")
_Patterns = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Stamp | None]], ...]
_FIRST: _Patterns = (
    (_ISO, _dated),
    (
        _pattern(
            rf"(?:<(?P<priority>\d{{1,3}})>)?{_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_TIME}(?:\.(?P<fraction>\d{{1,9}}))?(?= |$)"
            r"(?:(?= (?P<host>[\w.:-]+) [^\s:\[]+(?:\[\d+\])?:)|)"
        ),
        _rfc3164,
    ),
    (_pattern(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) "), _rfc5424),
    (
        _pattern(
            r"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?= )",
        ),
        _dated,
    ),
    (_pattern(rf"(?P<year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_TIME}(?![\d:])"), _dated),
    (_pattern(r"\[?([12]\d{9}(?:\.\d{1,9})?|[12]\d{12}|[12]\d{15}|[12]\d{18})(?=[\s,;|:\]]|$)\]?"), _epoch),
    (
        _pattern(rf"(?P<client>\S+ \S+ \S+(?= ))? ?\[(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):{_TIME} (?P<zone>[+-]\d{{4}})\]"),
        _access,
    ),
    (
        _pattern(
            rf"\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} {{1,2}}(?P<day>\d{{1,2}}) "
            rf"{_TIME}(?:\.(?P<fraction>\d{{1,9}}))? (?P<year>\d{{4}})\]?"
        ),
        _dated,
    ),
)


def _new(pattern: str) -> re.Pattern[str]:
    return _pattern(rf"\[?{pattern}\]?")


_DATE_NAMED = r"(?P<year>\d{4})[-/.年] ?(?P<month>\d{1,2})[-/.月] ?(?P<day>\d{1,2})"
_ADDED: _Patterns = (
    # Half a day or an offset of hours behind a date that the pattern of ISO 8601 reads without them.
    (_new(rf"{_DATE_NAMED}日?{_WEEKDAY}(?:[T_ \t]{{1,2}}|(?<=[日)）])|(?=[午上下])){_CLOCK}{_OFFSET}"), _beside_iso),
    (_new(rf"{_DAY_MONTH}(?:T|,?[ \t\u00a0]{{1,2}}){_CLOCK}{_OFFSET}"), _day_month),
    (_new(rf"{_DAY_NAME_YEAR}[ :T,]{{1,2}}{_CLOCK}{_OFFSET}"), _dated),
    (_new(rf"{_NAME_DAY_YEAR},? (?:at )?{_CLOCK}{_OFFSET}"), _dated),
    (_new(rf"{_WEEKDAY_NAME}{_NAMED_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK} (?P<zone>UTC|GMT) (?P<year>\d{{4}})"), _dated),
    (
        # As phones write it: the numbers are not filled up with zeros, the last one counts milliseconds.
        _new(rf"{_YMD}-(?P<hour>\d{{1,2}}):(?P<minute>\d{{1,2}}):(?P<second>\d{{1,2}}):(?P<thousandths>\d{{1,3}})(?!\d)"),
        _dated,
    ),
    (
        _new(
            rf"{_YMD}[T _-](?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)(?!\d)(?:[.,](?P<fraction>\d{{1,9}})\d*)?{_OFFSET}"
        ),
        _dated,
    ),
    (
        _new(
            r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)-(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d)"
            r"(?:\.(?P<fraction>\d{1,9})\d*)?(?![\d.])"
        ),
        _dated,
    ),
    (_new(_MD.format(mark="-")), _dated),
    (_new("(?P<letter>[IWEF])" + _MD.format(mark="")), _dated),
)
_MONTH_DAY = (_pattern(rf"\[(?P<first>\d\d)\.(?P<other>\d\d) {_TIME}\]"), _bracketed)
_ALL = {1: _FIRST, 2: _FIRST, 3: (*_ADDED, *_FIRST), 4: (_MONTH_DAY, *_ADDED, *_FIRST)}


def find_stamp(line: str, rules: int = RULES) -> Stamp | None:
    """Return the timestamp that the line starts with; ``rules``: version of the rules of reading."""
    for pattern, build in _ALL[rules]:
        if (match := pattern.match(line)) and (stamp := build(match)):
            return stamp
    return None


_DATE_ONLY = _pattern(rf"{_DATE}日?")
_CLOCKS = _pattern(_FIRST_CLOCK), _pattern(_CLOCK)
_ADDED_DATES = _pattern(_DAY_NAME_YEAR), _pattern(_NAME_DAY_YEAR)
_NUMBERS_ONLY = _pattern(_DAY_MONTH)


def find_date(cell: str, rules: int = RULES) -> Stamp | None:
    """Return the stamp of a cell that is one date without a time of day."""
    if rules > 2 and (match := _NUMBERS_ONLY.fullmatch(cell)):
        return _day_month(match) if len(match["last"]) == 4 else None
    for pattern in (_DATE_ONLY, *_ADDED_DATES) if rules > 2 else (_DATE_ONLY,):
        if match := pattern.fullmatch(cell):
            return _dated(match)
    return None


def is_clock(cell: str, rules: int = RULES) -> bool:
    """Return whether the cell is a time of day without a date."""
    match = _CLOCKS[rules > 2].fullmatch(cell.strip())
    return match is not None and (rules < 3 or _clock_of(match.groupdict()) is not None)
