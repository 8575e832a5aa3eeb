"""Diversity of data: by station, level, recipe, shift, weekday, length and label; and combinations that never occur.

for aspect in aspects(data):
    aspect.name, aspect.largest
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.sequence import Event
from sparsemix.readers.table import YEAR_1973

SHIFTS = ("early", "late", "night")
WEEKDAYS = ("week", "weekend")
_YEARLESS = "year_unknown"  # the note of a log whose times have no year
_MOST_VALUES = 200  # of an aspect
_MOST_PLACES = 40  # stations of which shifts are looked at
_RECIPE = re.compile(r"(?<![\w.])(?:recipe|program|product|variant|品種|レシピ)\s*[=:]\s*([^\s,;\"']{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aspect:
    """One aspect of data: how often each of its values occurs, at most the 200 most frequent, in ``unit`` ("events" or
    "sequences"); ``known``: how many have a value; ``unknown``: how many have none."""

    name: str
    unit: str
    counts: Mapping[str, int]
    known: int
    unknown: int = 0

    @property
    def largest(self) -> tuple[str, float]:
        """Return the most frequent value and its share; ("", 0) without data."""
        value = max(self.counts, key=self.counts.__getitem__, default="")
        return value, self.counts[value] / self.known if self.known else 0.0


def counted(name: str, unit: str, values: Iterable[str | None]) -> Aspect:
    """Count values as an aspect; None: not known."""
    counts = Counter(values)
    unknown = counts.pop(None, 0)
    return Aspect(name, unit, {str(value): n for value, n in counts.most_common(_MOST_VALUES)}, counts.total(), unknown)


def aspects(data: DataSet, zone: tzinfo = UTC) -> list[Aspect]:
    """Return all aspects of a data set with known values; shifts and weekdays are in the time ``zone``."""
    events = [event for item in data.items for event in item.sequence.events]
    times = [_moment(event, zone) for event in events]
    # A time stamp without a year gives the hour but not the day of the week.
    dated = [_YEARLESS not in item.sequence.notes for item in data.items for _ in item.sequence.events]
    all_aspects = [
        counted("station", "events", (event.source for event in events)),
        counted("level", "events", (event.level for event in events)),
        counted("recipe", "events", (_recipe(event) for event in events if "=" in event.message or ":" in event.message)),
        counted("shift", "events", (None if at is None else shift(at) for at in times)),
        counted(
            "weekday",
            "events",
            (WEEKDAYS[at.weekday() > 4] if at and known else None for at, known in zip(times, dated, strict=True)),
        ),
        counted("length", "sequences", (length(len(item)) for item in data.items)),
        counted("label", "sequences", (_label(item) for item in data.items)),
    ]
    return [aspect for aspect in all_aspects if aspect.known]


def missing(data: DataSet, zone: tzinfo = UTC) -> list[tuple[str, str]]:
    """Return stations (of the forty busiest) and shifts that both occur, but never together."""
    together: Counter[tuple[str, str]] = Counter()
    for item in data.items:
        for event in item.sequence.events:
            at = _moment(event, zone)
            if event.source is not None and at is not None:
                together[event.source, shift(at)] += 1
    places: Counter[str] = Counter()
    for (place, _), count in together.items():
        places[place] += count
    shifts = sorted({when for _, when in together})
    return [(place, when) for place, _ in places.most_common(_MOST_PLACES) for when in shifts if not together[place, when]]


def shift(at: datetime) -> str:
    """Return the shift of a moment: early from six, late from fourteen, night from twenty-two o'clock on."""
    return SHIFTS[0] if 6 <= at.hour < 14 else SHIFTS[1] if 14 <= at.hour < 22 else SHIFTS[2]


def length(events: int) -> str:
    """Return the class of a length by powers of two, such as "256-511"."""
    if events < 2:
        return str(events)
    low = 1 << (events.bit_length() - 1)
    return f"{low}-{2 * low - 1}"


def _moment(event: Event, zone: tzinfo) -> datetime | None:
    """Return an event's time; None where it has none, counts from the start of a run, or is out of range."""
    try:
        return None if event.time is None or event.time < YEAR_1973 else datetime.fromtimestamp(event.time, zone)
    except (OverflowError, ValueError, OSError):
        return None


def _recipe(event: Event) -> str | None:
    match = _RECIPE.search(event.message)
    return match[1] if match else None


def _label(item: Item) -> str | None:
    """Return the label as written; of a sequence with labelled steps, whether any step is faulty."""
    if item.label is not None:
        return item.label
    return None if item.faulty is None else ("fault" if item.faulty else "normal")
