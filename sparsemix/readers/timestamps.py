"""Times of cells and of whole files, in seconds since 1970 UTC, the same on every machine.

A stamp without a time zone shows local time: it is read as UTC unless the settings of reading name a time zone. Whether
03/04/2026 is in March or in April is decided by all dates of the file (``settle_order``).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

from sparsemix.readers.stamps import RULES, YEARLESS_BASE, Order, Orders, Stamp, epoch_number, find_date, find_stamp

_HALF_YEAR, _QUARTER = 183 * 86400.0, 900.0
_EPOCH, _MICRO, _DAY = datetime(1970, 1, 1, tzinfo=UTC), 10**6, 86_400 * 10**6
_NUMBER = re.compile(r"[+-]?\d{1,19}(?:\.\d{1,12})?", re.ASCII)
may_have_orders = re.compile(r"\s*\[?\d{1,2}(?:[./-]\d{1,2}[./-]|\.\d\d )\d", re.ASCII).match
"""Whether a line or cell may begin with a date whose order matters: a quick look, before it is parsed."""
UNCLEAR: dict[Order, str] = {"ymd": "year_first", "mdy": "month_first", "dmy": "day_first"}
"""Notes by the order in which dates were read, where the file does not tell it."""


def cell_stamp(cell: str, rules: int = RULES) -> Stamp | None:
    """Return the stamp of a cell that is one timestamp or one date, else None; a number is no date."""
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return None
    if date := find_date(cell, rules):
        return date
    stamp = find_stamp(cell, rules)
    return None if stamp is None or stamp.start or stamp.end != len(cell) or stamp.yearless else stamp


def parse_date(cell: str, zone: tzinfo | None = None, rules: int = RULES, order: Order | None = None) -> float | None:
    """Return the seconds since 1970 UTC of a cell that is one timestamp or one date, else None; a number is no date.

    ``zone``: time zone of stamps without one, UTC by default; ``rules``: version of the rules of reading; ``order`` of the
    file's dates where it matters.
    """
    stamp = cell_stamp(cell, rules)
    if stamp is None:
        return None
    time = by_order(stamp.orders, order) if stamp.orders else stamp.time
    return in_zone(time, zone) if stamp.naive else time


def parse_time(cell: str, zone: tzinfo | None = None, rules: int = RULES, order: Order | None = None) -> float | None:
    """Return the time of a cell as `parse_date` does; a plain number is a time in seconds, or in smaller units if it is
    large."""
    cell = cell.strip()
    return epoch_number(float(cell)) if _NUMBER.fullmatch(cell) else parse_date(cell, zone, rules, order)


def parse_yearless(cell: str, span: tuple[float, float], zone: tzinfo | None = None) -> float | None:
    """Return the time of a cell that is one timestamp without a year, else None: in the first year in which it is within the
    ``span`` of a file's times, or else in the one that is less than half a year away from the first of them."""
    cell = cell.strip()
    stamp = find_stamp(cell)
    if stamp is None or stamp.time is None or not stamp.yearless or stamp.start or stamp.end != len(cell):
        return None
    first, last = span
    moment, clock = datetime.fromtimestamp(stamp.time, UTC), YearlessClock()
    try:
        years = range(datetime.fromtimestamp(first, UTC).year, datetime.fromtimestamp(last, UTC).year + 1)
    except (OverflowError, ValueError, OSError):  # beyond the calendar
        return None
    clock.place(first)
    placed = [*(_with_year(moment, year).timestamp() for year in years), clock.place(stamp.time)]
    times = [in_zone(time, zone) for time in placed]
    return next((time for time in times if time is not None and first <= time <= last), times[-1])


def by_order(times: Orders, order: Order | None) -> float:
    """Return the time by an order of day, month and year; where the date does not fit it, by the usual order that it fits."""
    return next((time for one, time in times if one == order), times[0][1])


def settle_order(dates: Iterable[Orders]) -> tuple[Order | None, str | None]:
    """Return the order of day, month and year in which a file writes its dates, and a note where nothing in the file tells it.

    Orders that make a date of every stamp are preferred: 13/04/2026 is no month first. Among them counts which one keeps time
    in order, ascending or descending, then which one gives the shorter time span, then which one is usual.
    """
    unclear = [times for times in dates if times]
    if not unclear:
        return None, None
    fitting = Counter(order for times in unclear for order, _ in times)
    most = max(fitting.values())
    usual = [order for order, _ in max(unclear, key=len)]
    possible = [order for order in usual if fitting[order] == most] or [max(UNCLEAR, key=fitting.__getitem__)]
    times = {order: [by_order(times, order) for times in unclear] for order in possible}
    disorder = {order: _disorder(times[order]) for order in possible}
    best = min(possible, key=lambda order: (disorder[order], max(times[order]) - min(times[order])))
    same = sum(disorder[order] == disorder[best] for order in possible) > 1
    return best, UNCLEAR[best] if same else None


def _disorder(times: Sequence[float]) -> int:
    steps = [after - before for before, after in pairwise(times)]
    return min(sum(step < 0 for step in steps), sum(step > 0 for step in steps))


def order_like(text: str, time: float | None, zone: tzinfo | None) -> Order | None:
    """Return the order by which a line of this ``text`` has this ``time``; None where its stamp has one meaning only."""
    stamp = find_stamp(text)
    orders = stamp.orders if stamp else ()
    return next((order for order, read in orders if time in (read, in_zone(read, zone))), None)


def in_zone(time: float | None, zone: tzinfo | None) -> float | None:
    """Return a local time, which was read as if in UTC, moved to the time ``zone``.

    Of an hour that occurs twice the first is taken; an hour that is skipped is counted on from the hour before. A time outside
    the calendar is not moved.
    """
    if time is None or zone is None:
        return time
    offset = _offset_near(time // _QUARTER, zone)
    return time - (_offset_at(time, zone) if offset is None else offset)


@lru_cache(maxsize=4_096)
def _offset_near(quarter: float, zone: tzinfo) -> float | None:
    """Return the offset of a zone in a quarter of an hour; None where it changes."""
    first, last = (_offset_at((quarter + more) * _QUARTER, zone) for more in (0, 1))
    return first if first == last else None


def _offset_at(time: float, zone: tzinfo) -> float:
    try:
        offset = datetime.fromtimestamp(time, UTC).replace(tzinfo=zone).utcoffset()
    except (OverflowError, ValueError, OSError):
        return 0.0
    return offset.total_seconds() if offset else 0.0


class YearlessClock:
    """Clock that gives yearless stamps years from 2000 on, so that a log that runs over New Year stays in order."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._day, self._ahead = 0, 0

    def place(self, time: float) -> float:
        """Return the time moved to the first year in which it is less than half a year before the stamp placed last."""
        fraction, whole = math.modf(time)
        written = int(whole) * _MICRO + round(fraction * _MICRO)
        if self._last is None or written // _DAY != self._day:
            moment = _EPOCH + timedelta(microseconds=written)
            if self._last is not None:
                last = _EPOCH + timedelta(microseconds=self._last)
                for year in range(max(YEARLESS_BASE, last.year - 1), last.year + 2):
                    moment = _with_year(moment, year)
                    if (last - moment).total_seconds() < _HALF_YEAR:
                        break
            # All times of one day are moved alike.
            self._day, self._ahead = written // _DAY, (moment - _EPOCH) // timedelta(microseconds=1) - written
        self._last = written + self._ahead
        return self._last / _MICRO


def _with_year(moment: datetime, year: int) -> datetime:
    try:
        return moment.replace(year=year)
    except ValueError:  # February 29 in a year that has none
        return moment.replace(year=year, month=3, day=1)
