"""Stamps at the start of a line and in a cell: the kinds of ``stamps``, and the dates that rules 3 added.

These are dates with the day or the month first, months by name, clocks of twice twelve hours, and what phones and databases
write. A new kind leaves to ``stamps`` what was read before.
"""

import re
from collections.abc import Mapping

from sparsemix.readers.stamps import (
    DATE,
    FIRST_CLOCK,
    FIRST_PATTERNS,
    MONTH,
    MONTHS,
    RULES,
    WEEKDAY,
    YEARLESS_BASE,
    Clock,
    Order,
    Patterns,
    Stamp,
    seconds_of,
    stamp_of,
    year_of,
)

_HALVES = {"am": 0, "午前": 0, "上午": 0, "pm": 12, "午後": 12, "下午": 12}
_GAP = "[ \u00a0\u202f]?"
_CLOCK = (
    rf"(?:(?P<before>午前|午後|上午|下午){_GAP})?(?P<hour>\d{{1,2}})[:時](?P<minute>\d{{2}})"
    rf"(?:[:分](?P<second>\d{{2}})(?:[.,:](?P<fraction>\d{{1,9}})\d*)?秒?|(?P<minutes>分))?(?:{_GAP}(?P<after>[AaPp]\.?[Mm]\b\.?))?"
)
_OFFSET = r"(?P<zone>(?:Z| UTC| GMT| ?[+-]\d\d:?(?:00|15|30|45)|[+-]\d\d)(?![\w:]))?(?![\d:])"
_NAMED_MONTH = rf"(?P<name>{MONTH[1:-1]})[a-z]*"
_WEEKDAY_NAME = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_DAY_MONTH = r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<other>\d{1,2})(?P=mark)(?P<last>\d{4}|\d\d)"
_DAY_NAME_YEAR = rf"{_WEEKDAY_NAME}(?P<day>\d{{1,2}})[-/ ]{_NAMED_MONTH}[-/., ]{{1,2}}(?P<year>\d{{4}})"
_NAME_DAY_YEAR = rf"{_WEEKDAY_NAME}{_NAMED_MONTH}\.? {{1,2}}(?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
_YMD = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
_MD = r"(?P<month>\d\d){mark}(?P<day>\d\d) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\.(?P<fraction>\d{{3,6}})(?= )"


def _dated(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a match with named groups: a date in one certain order, or without a year, and a time of day."""
    part = m.groupdict()
    clock, zone, year = _clock_of(part), _offset(part.get("zone")), part.get("year")
    if clock is None:
        return None
    month = MONTHS[part["name"]] if part.get("name") else int(part["month"])
    time = seconds_of(int(year or YEARLESS_BASE), month, int(part["day"]), clock, zone)
    level = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL"}.get(part.get("letter") or "")
    return None if time is None else Stamp(time, 0, m.end(), None, level, yearless=not year, naive=zone is None)


def _beside_iso(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a date of ISO 8601 with half a day, minutes without seconds in Japanese, or an offset of whole hours;
    None for what the pattern of ISO 8601 reads."""
    return _dated(m) if m["before"] or m["after"] or m["minutes"] or len(m["zone"] or "") == len("+09") else None


def _day_month(m: re.Match[str]) -> Stamp | None:
    """Return the stamp of a date of three numbers, in every order that makes it a date."""
    clock = _clock_of(m.groupdict())
    return None if clock is None else _of_orders(m, clock, _offset(m["zone"]))


def _of_orders(m: re.Match[str], clock: Clock, zone: str | None) -> Stamp | None:
    times = [(order, seconds_of(*date, clock, zone)) for order, date in _dates_of(m)]
    orders = tuple((order, time) for order, time in times if time is not None)
    return Stamp(orders[0][1], 0, m.end(), naive=zone is None, orders=orders) if orders else None


def _dates_of(m: re.Match[str]) -> list[tuple[Order, tuple[int, int, int]]]:
    """Return the orders in which ``_DAY_MONTH`` may be meant, with year, month and day in each; the usual order first."""
    first, other, last = m["first"], m["other"], m["last"]
    day_first: tuple[Order, tuple[int, int, int]] = ("dmy", (year_of(last), int(other), int(first)))
    month_first: tuple[Order, tuple[int, int, int]] = ("mdy", (year_of(last), int(first), int(other)))
    if m["mark"] == ".":
        return [day_first]
    american = bool(m.groupdict().get("after"))
    both = [month_first, day_first] if american else [day_first, month_first]
    short = len(last) == len(first) == 2
    return [("ymd", (year_of(first), int(other), int(last))), *both] if short else both


def _clock_of(part: Mapping[str, str | None]) -> Clock | None:
    """Return the time of day in a match with named groups; None where it is none, such as 13 AM."""
    hour, half = int(part["hour"] or 0), part.get("before") or part.get("after")
    if half:
        start = _HALVES[half.lower().replace(".", "")]
        if hour > 12 and not start:
            return None
        hour = hour if hour > 12 else hour % 12 + start
    thousandths = part.get("thousandths")
    return str(hour), part["minute"], part.get("second"), thousandths.zfill(3) if thousandths else part.get("fraction")


def _offset(written: str | None) -> str | None:
    """Return an offset with its minutes; Z for the names of UTC."""
    zone = (written or "").strip()
    if zone in ("Z", "UTC", "GMT"):
        return "Z"
    return f"{zone}00" if len(zone) == 3 else zone or None


def _new(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\[?{pattern}\]?", re.ASCII)


_DATE_NAMED = r"(?P<year>\d{4})[-/.年] ?(?P<month>\d{1,2})[-/.月] ?(?P<day>\d{1,2})"
_ADDED: Patterns = (
    # Half a day or an offset of hours behind a date that the pattern of ISO 8601 reads without them.
    (_new(rf"{_DATE_NAMED}日?{WEEKDAY}(?:[T_ \t]{{1,2}}|(?<=[日)）])|(?=[午上下])){_CLOCK}{_OFFSET}"), _beside_iso),
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


def find_stamp(line: str, rules: int = RULES) -> Stamp | None:
    """Return the timestamp that the line starts with; ``rules``: version of the rules of reading."""
    for pattern, build in (*_ADDED, *FIRST_PATTERNS) if rules > 2 else FIRST_PATTERNS:
        if (match := pattern.match(line)) and (stamp := build(match)):
            return stamp
    return None


_DATE_ONLY = re.compile(rf"{DATE}日?", re.ASCII)
_CLOCKS = re.compile(FIRST_CLOCK, re.ASCII), re.compile(_CLOCK, re.ASCII)
_NAMED_ONLY = re.compile(_DAY_NAME_YEAR, re.ASCII), re.compile(_NAME_DAY_YEAR, re.ASCII)
_NUMBERS_ONLY = re.compile(_DAY_MONTH, re.ASCII)
_MIDNIGHT = (None, None, None, None)


def find_date(cell: str, rules: int = RULES) -> Stamp | None:
    """Return the stamp of a cell that is one date without a time of day."""
    if match := _DATE_ONLY.fullmatch(cell):
        return stamp_of(match, seconds_of(int(match[1]), int(match[2]), int(match[3]), _MIDNIGHT), naive=True)
    if rules < 3:
        return None
    if (match := _NUMBERS_ONLY.fullmatch(cell)) and len(match["last"]) == 4:
        return _of_orders(match, _MIDNIGHT, None)
    for pattern in _NAMED_ONLY:
        if match := pattern.fullmatch(cell):
            return stamp_of(
                match, seconds_of(int(match["year"]), MONTHS[match["name"]], int(match["day"]), _MIDNIGHT), naive=True
            )
    return None


def is_clock(cell: str, rules: int = RULES) -> bool:
    """Return whether the cell is a time of day without a date."""
    match = _CLOCKS[rules > 2].fullmatch(cell.strip())
    return match is not None and (rules < 3 or _clock_of(match.groupdict()) is not None)
