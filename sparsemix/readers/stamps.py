"""Time stamps at the start of a line and in a cell: the patterns that are known, and the seconds since 1970 UTC of each.

A stamp without a time zone shows local time: it is read here as if in UTC. Where a date could be read with its day, month and
year in several orders, the stamp keeps the time of each of them (``orders``); ``timestamps`` decides by the whole file.

Rules 3 added dates with the day or the month first, months by name, clocks of twice twelve hours, and what phones and databases
write; rules 4 dates of month and day, or day and month, in brackets. Such a kind leaves to the first ones what was read before.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

RULES = 4
"""Version of the rules of reading. Decisions recorded by earlier rules are read again by those: a kind of stamp that was added
later must not change what they rest on."""
Order = Literal["ymd", "mdy", "dmy"]
"""Order of day, month and year in a date."""
Orders = tuple[tuple[Order, float], ...]
"""Times of a date by the orders in which it may be meant, the usual order first."""
_Clock = tuple[Any, Any, Any, Any]
"""Whether it is a time of day, its whole seconds, the part of a second, and the seconds by which it is ahead of UTC."""

# Stamps without a year get this one: the clock's year would make a file's content depend on the day on which
# it is read. It is a leap year, so that February 29 exists.
YEARLESS_BASE = 2000
# RFC 5424 section 6.2.1: severity is the priority value modulo 8.
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG")
_LETTERS = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}
_HALVES = {"am": 0, "午前": 0, "上午": 0, "pm": 12, "午後": 12, "下午": 12}
_SEPARATORS = ("- ", "| ", ": ", ", ", "; ")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
NAMES = f"{_DAYS}|{'|'.join(_MONTHS)}"
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
_WEEKDAY_NAME = f"(?:(?:{_DAYS})[a-z]*,? )?"
_DAY_MONTH = r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<other>\d{1,2})(?P=mark)(?P<last>\d{4}|\d\d)"
_DAY_NAME_YEAR = rf"{_WEEKDAY_NAME}(?P<day>\d{{1,2}})[-/ ]{_NAMED_MONTH}[-/., ]{{1,2}}(?P<year>\d{{4}})"
_NAME_DAY_YEAR = rf"{_WEEKDAY_NAME}{_NAMED_MONTH}\.? {{1,2}}(?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
_YMD = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
_MD = r"(?P<month>\d\d){mark}(?P<day>\d\d) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\.(?P<fraction>\d{{3,6}})(?= )"


class Stamp(NamedTuple):
    """A timestamp in a line, at [start, end), with host and level where syslog gives them; ``naive``: the stamp names no zone,
    and ``time`` is read as if in UTC; ``orders``: the times of a date such as 03/04/2026, the usual order first."""

    time: float | None
    start: int
    end: int
    host: str | None = None
    level: str | None = None
    yearless: bool = False
    naive: bool = False
    orders: Orders = ()


class Parts:
    """Parts of a match: its texts, and its numbers. ``lines``: lines that differ from what was matched in their digits only; a
    number is then the column of the numbers of all of them."""

    def __init__(self, match: re.Match[str], lines: Sequence[str] | None = None) -> None:
        self.match, self.lines = match, lines
        self.text: Callable[[str], str | None] = match.groupdict().get
        if lines is not None:
            self._signs = np.array(lines, f"U{max(1, match.end())}").view(np.uint32).reshape(len(lines), -1)

    def number(self, name: str, begin: int | None = None, end: int | None = None) -> Any:
        """Return the number in the characters [begin, end) of a group; 0 where it matched nothing."""
        text = self.text(name)
        if not text or self.lines is None:
            return int(text[begin:end]) if text else 0
        number = np.zeros(len(self.lines), np.int64)
        for at in range(*self.match.span(name))[begin:end]:
            number = number * 10 + self._signs[:, at] - ord("0")
        return number

    def epoch(self) -> Any:
        """Return the time of a count since 1970."""
        if self.lines is None:
            return epoch_number(float(self.match["epoch"]))
        return np.array([epoch_number(float(line[slice(*self.match.span("epoch"))])) for line in self.lines])


def _seconds_of(year: Any, month: Any, day: Any, clock: _Clock) -> Any:
    """Return the time of numbers, None where they are no time; or of columns of numbers, NaN where they are none."""
    valid, second, fraction, shift = clock
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    long = 30 + (month + month // 8) % 2 - (month == 2) * (2 - leap)
    valid = valid & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= long)
    # Days of the Gregorian calendar, counted from March on, so that a leap day is the last of its year.
    of_march = year - (month < 3)
    days = 365 * of_march + of_march // 4 - of_march // 100 + of_march // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day
    time = (days - 719_469) * 86_400 + second + fraction - shift
    return (time if valid else None) if isinstance(valid, bool) else np.where(valid, time, np.nan)


def _year_of(number: Any, digits: int) -> Any:
    """Return a year of two or four digits; two digits pivot at 70 as POSIX strptime does, nearly."""
    return number if digits > 2 else number + 1900 + 100 * (number < 70)


def epoch_number(value: float) -> float:
    """Return the seconds of a count of seconds, milliseconds, microseconds or nanoseconds; the size tells the unit."""
    for above, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if abs(value) >= above:
            return value / unit
    return value


def _epoch(part: Parts) -> Stamp:
    return Stamp(part.epoch(), 0, part.match.end())


def _dated(part: Parts) -> Stamp | None:
    """Return the stamp of a match with named groups: a date in one certain order, or without a year, and a time of day."""
    year, name, letter = part.text("year"), part.text("name"), part.text("letter")
    month = _MONTHS.index(name) + 1 if name else part.number("month")
    at = _year_of(part.number("year"), len(year)) if year else YEARLESS_BASE
    time = _seconds_of(at, month, part.number("day"), _clock_of(part))
    level, naive = _LETTERS[letter] if letter else None, not part.text("zone")
    return None if time is None else Stamp(time, 0, part.match.end(), part.text("host"), level, not year, naive)


def rfc3164(part: Parts) -> Stamp | None:
    """Return the stamp of a line of syslog, with its host where a program follows."""
    # The host stays in the message: only the stamp itself is removed.
    stamp, priority = _dated(part), part.text("priority")
    return stamp._replace(level=_SYSLOG[int(priority) % 8]) if stamp and priority else stamp


def _rfc5424(part: Parts) -> Stamp | None:
    priority, date, host, app = part.match.groups()
    iso = _ISO.fullmatch(date)
    stamp = Stamp(None, 0, 0) if date == "-" else _dated(Parts(iso)) if iso else None
    name = next((n for n in (host, app) if n != "-"), None)
    return stamp and stamp._replace(end=part.match.end(2), host=name, level=_SYSLOG[int(priority) % 8])


def access(part: Parts) -> Stamp | None:
    """Return the stamp of a line of an access log, in which the client comes before it."""
    stamp, client = _dated(part), part.text("client")
    return stamp._replace(start=len(client) + 1) if stamp and client else stamp


def beside_iso(part: Parts) -> Stamp | None:
    """Return the stamp of what the pattern of ISO 8601 does not read; None for what it reads."""
    return _dated(part) if is_beside(part) else None


def is_beside(part: Parts) -> bool:
    """Return whether a date of ISO 8601 has half a day, minutes without seconds in Japanese, or an offset of whole hours."""
    return any(map(part.text, ("before", "after", "minutes"))) or len(part.text("zone") or "") == len("+09")


def _day_month(part: Parts) -> Stamp | None:
    """Return the stamp of a date of three numbers, in every order that makes it a date."""
    return _in_orders(part, _dates_of(part), naive=not part.text("zone"))


def _bracketed(part: Parts) -> Stamp | None:
    """Return the stamp of a date of month and day, or day and month, without a year."""
    first, other = part.number("first"), part.number("other")
    stamp = _in_orders(part, [("mdy", (YEARLESS_BASE, first, other)), ("dmy", (YEARLESS_BASE, other, first))], naive=True)
    return stamp and stamp._replace(yearless=True)


def _in_orders(part: Parts, dates: list[tuple[Order, tuple[Any, Any, Any]]], *, naive: bool) -> Stamp | None:
    clock = _clock_of(part)
    times = [(order, _seconds_of(*date, clock)) for order, date in dates]
    orders = tuple((order, time) for order, time in times if time is not None)
    return Stamp(orders[0][1], 0, part.match.end(), naive=naive, orders=orders) if orders else None


def _dates_of(part: Parts) -> list[tuple[Order, tuple[Any, Any, Any]]]:
    """Return the orders in which ``_DAY_MONTH`` may be meant, with year, month and day in each; the usual order first."""
    first, other, last = (part.number(name) for name in ("first", "other", "last"))
    digits = len(part.text("last") or "")
    year = _year_of(last, digits)
    day_first: tuple[Order, tuple[Any, Any, Any]] = ("dmy", (year, other, first))
    month_first: tuple[Order, tuple[Any, Any, Any]] = ("mdy", (year, first, other))
    if part.text("mark") == ".":
        return [day_first]
    both = [month_first, day_first] if part.text("after") else [day_first, month_first]
    short = digits == len(part.text("first") or "") == 2
    return [("ymd", (_year_of(first, 2), other, last)), *both] if short else both


def _clock_of(part: Parts) -> _Clock:
    """Return the time of day in a match with named groups, midnight without any, and the zone's shift."""
    hour, minute, second = (part.number(name) for name in ("hour", "minute", "second"))
    start = _half(part)
    # 13 PM is 13 o'clock, but 13 AM is no time; 60 is a leap second.
    valid = (hour <= (12 if start == 0 else 23)) & (minute <= 59) & (second <= 60)
    hour = hour if start is None else hour % 12 + start
    thousandths, fraction = part.number("thousandths"), part.number("fraction")
    part_of_second = thousandths / 1000 + fraction / 10 ** len(part.text("fraction") or "")
    return valid, hour * 3600 + minute * 60 + second, part_of_second, _shift(part)


def _half(part: Parts) -> int | None:
    """Return the hour at which the half of a day begins; None on a clock of 24 hours."""
    half = part.text("before") or part.text("after")
    return _HALVES[half.lower().replace(".", "")] if half else None


def _shift(part: Parts) -> Any:
    """Return the seconds by which a zone is ahead of UTC."""
    zone = part.text("zone") or ""
    offset = zone.strip(" ZUTCGM")
    if not offset:
        return 0
    begin = zone.index(offset) + 1
    ahead = part.number("zone", begin, begin + 2) * 3600 + (part.number("zone", -2) * 60 if len(offset) > len("+09") else 0)
    return -ahead if offset[0] == "-" else ahead


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_ISO = _pattern(rf"\[?{_DATE}(?:日{_WEEKDAY}[ \t]?|{_WEEKDAY}[T_ \t]{{1,2}}){_FIRST_CLOCK}{_ZONE}\]?")
Build = Callable[[Parts], Stamp | None]
Patterns = tuple[tuple[re.Pattern[str], Build], ...]
_FIRST: Patterns = (
    (_ISO, _dated),
    (
        _pattern(
            rf"(?:<(?P<priority>\d{{1,3}})>)?{_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_TIME}(?:\.(?P<fraction>\d{{1,9}}))?(?= |$)"
            r"(?:(?= (?P<host>[\w.:-]+) [^\s:\[]+(?:\[\d+\])?:)|)"
        ),
        rfc3164,
    ),
    (_pattern(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) "), _rfc5424),
    (
        _pattern(
            r"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?= )",
        ),
        _dated,
    ),
    (_pattern(rf"(?P<year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_TIME}(?![\d:])"), _dated),
    (_pattern(r"\[?(?P<epoch>[12]\d{9}(?:\.\d{1,9})?|[12]\d{12}|[12]\d{15}|[12]\d{18})(?=[\s,;|:\]]|$)\]?"), _epoch),
    (
        _pattern(
            r"(?P<client>(?P<host>\S+) \S+ \S+(?= ))? ?"
            rf"\[(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):{_TIME} (?P<zone>[+-]\d{{4}})\]"
        ),
        access,
    ),
    (
        _pattern(
            rf"\[?(?:{_DAYS}) {_MONTH} {{1,2}}(?P<day>\d{{1,2}}) "
            rf"{_TIME}(?:\.(?P<fraction>\d{{1,9}}))? (?P<year>\d{{4}})\]?"
        ),
        _dated,
    ),
)


def _new(pattern: str) -> re.Pattern[str]:
    return _pattern(rf"\[?{pattern}\]?")


_DATE_NAMED = r"(?P<year>\d{4})[-/.年] ?(?P<month>\d{1,2})[-/.月] ?(?P<day>\d{1,2})"
_ADDED: Patterns = (
    # Half a day or an offset of hours behind a date that the pattern of ISO 8601 reads without them.
    (_new(rf"{_DATE_NAMED}日?{_WEEKDAY}(?:[T_ \t]{{1,2}}|(?<=[日)）])|(?=[午上下])){_CLOCK}{_OFFSET}"), beside_iso),
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
KINDS = {1: _FIRST, 2: _FIRST, 3: (*_ADDED, *_FIRST), 4: (_MONTH_DAY, *_ADDED, *_FIRST)}
"""Patterns by rules, the first that fits counts; they match at the start of a line."""


def find_stamp(line: str, rules: int = RULES) -> Stamp | None:
    """Return the timestamp that the line starts with; ``rules``: version of the rules of reading."""
    for pattern, build in KINDS[rules]:
        if (match := pattern.match(line)) and (stamp := build(Parts(match))):
            return stamp
    return None


def without(line: str, stamp: Stamp | None) -> str:
    """Return a line without its stamp and the separator that follows it."""
    if stamp is None:
        return line.strip()
    rest = line[stamp.end :].strip()
    if rest.startswith(_SEPARATORS):
        rest = rest[2:].lstrip()
    return f"{line[: stamp.start]}{rest}" if stamp.start else rest


_DATE_ONLY = _pattern(rf"{_DATE}日?")
_CLOCKS = _pattern(_FIRST_CLOCK), _pattern(_CLOCK)
_ADDED_DATES = _pattern(_DAY_NAME_YEAR), _pattern(_NAME_DAY_YEAR)
_NUMBERS_ONLY = _pattern(_DAY_MONTH)


def find_date(cell: str, rules: int = RULES) -> Stamp | None:
    """Return the stamp of a cell that is one date without a time of day."""
    if rules > 2 and (match := _NUMBERS_ONLY.fullmatch(cell)):
        return _day_month(Parts(match)) if len(match["last"]) == 4 else None
    for pattern in (_DATE_ONLY, *_ADDED_DATES) if rules > 2 else (_DATE_ONLY,):
        if match := pattern.fullmatch(cell):
            return _dated(Parts(match))
    return None


def is_clock(cell: str, rules: int = RULES) -> bool:
    """Return whether the cell is a time of day without a date."""
    match = _CLOCKS[rules > 2].fullmatch(cell.strip())
    return match is not None and (rules < 3 or _half(Parts(match)) != 0 or int(match["hour"]) <= 12)
