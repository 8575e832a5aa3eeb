"""A span of time as people type it: from and to, both of them days and times, or both times of the day.

"2026-03-02 10:00" to "2026-03-02" is one span; "22:00" to "06:00" is every night. What is named belongs to it: up to "10:15" is
up to the end of that minute. All times are UTC, as those of a log that names no zone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_DAY = 86_400
# What each way of writing names, in seconds.
_DATES = {"%Y-%m-%d": _DAY, "%Y-%m-%d %H:%M": 60, "%Y-%m-%d %H:%M:%S": 1, "%Y-%m-%d %H:%M:%S.%f": 1e-6}
_CLOCKS = {"%H:%M": 60, "%H:%M:%S": 1}


class BadTimes(Exception):  # noqa: N818 - said to whoever typed them
    """No span of time; ``why``: one is not "readable", one is a day and the other a time of day ("mixed"), or they stand in the
    wrong "order"."""

    def __init__(self, why: Literal["readable", "mixed", "order"], text: str = "") -> None:
        super().__init__(f"{why}: {text}")
        self.why, self.text = why, text


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From ``first`` up to, not including, ``last``: in seconds since 1970 UTC, or of the day where it is ``daily``."""

    first: float | None
    last: float | None
    daily: bool

    @classmethod
    def of(cls, since: str, until: str) -> TimeSpan:
        """From what was typed; nothing leaves that end open. Raises BadTimes."""
        start, end = _read(since), _read(until)
        daily = {moment[2] for moment in (start, end) if moment}
        if len(daily) > 1:
            raise BadTimes("mixed")
        first, last = start[0] if start else None, end[1] if end else None
        if first is not None and last is not None and first >= last and daily == {False}:
            raise BadTimes("order")
        return cls(first, last, daily == {True})

    def holds(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these times (seconds since 1970 UTC, NaN for none) lie in it, bool [N]."""
        told = ~np.isnan(times)
        if self.daily:
            times = times % _DAY
        after = told if self.first is None else times >= self.first
        before = told if self.last is None else times < self.last
        through_midnight = self.daily and self.first is not None and self.last is not None and self.first >= self.last
        return np.asarray(told & ((after | before) if through_midnight else (after & before)))


def _read(text: str) -> tuple[float, float, bool] | None:
    """Beginning and end of what is named, and whether that is a time of the day; None for nothing."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("Z").replace("T", " ").replace("/", "-")
    if not plain:
        return None
    for daily, ways in ((False, _DATES), (True, _CLOCKS)):
        for way, size in ways.items():
            try:
                found = datetime.strptime(plain, way).replace(tzinfo=UTC)
            except ValueError:
                continue
            start = found.hour * 3600.0 + found.minute * 60 + found.second if daily else found.timestamp()
            return start, start + size, daily
    raise BadTimes("readable", text)
