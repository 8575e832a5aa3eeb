"""`LogIndex`: what the log page needs of all lines of a file at once, computed when it is first asked for and kept.

Axis letters: N events, K kinds of lines.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix import TokenSequence
from sparsemix.encoding.sequence import Event
from sparsemix.incidents.severe_words import grade_with_values, severe_grade
from sparsemix.model.template_pairs import coded_templates

MOST_SOURCES = 50
"""Names of hosts or stations that are offered as a filter."""
_FIELD_SHARE = 0.5  # of the lines that have a field where it is one
_SAMPLE, _DAY = 2_000, 86_400.0  # lines by which the common beginning is found; seconds
_STAMP = re.compile(r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?")
_OF_EVENT = 250  # bytes of a line that counts as one
_BEYOND = "-"  # the time of a line beyond the calendar's years


@dataclass(frozen=True, slots=True)
class LogIndex:
    """``kind`` int64 [N]: each event's template, and ``times`` int64 [K] how often each comes; ``grade`` int8 [N]: how severe,
    0 to 3; ``seconds`` float64 [N]: since 1970 UTC, NaN for none; ``sources``: names of hosts or stations, the most
    frequent first; ``texts``: the lines."""

    kind: NDArray[np.int64]
    times: NDArray[np.int64]
    grade: NDArray[np.int8]
    seconds: NDArray[np.float64]
    sources: tuple[str, ...]
    texts: pa.ChunkedArray

    @classmethod
    def of(cls, sequence: TokenSequence) -> LogIndex:
        """Return the index of a file's lines."""
        kind, templates = coded_templates(sequence)
        seconds = np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64)
        return cls(
            kind,
            np.bincount(kind, minlength=len(templates)),
            _grades(sequence, kind, templates),
            seconds,
            sources_of(sequence),
            pa.chunked_array([pa.array([event.text for event in sequence.events], pa.large_string())]),
        )

    @property
    def size(self) -> int:
        """Return how many events it is of, or more where they are long."""
        return max(len(self.kind), int(self.texts.nbytes) // _OF_EVENT)


def clock(seconds: float) -> str:
    """Return the time of day of a time in seconds since 1970 UTC as ``09:30:00.250``."""
    found = _utc(seconds)
    return _BEYOND if found is None else found.time().isoformat("milliseconds" if found.microsecond else "seconds")


def _utc(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def written(event: Event) -> str:
    """Return the time of day as the line itself says it, in its own zone; as `clock` where it says none before its message."""
    if event.time is None:
        return ""
    stamp = (
        _STAMP.search(event.text, 0, max(len(event.text) - len(event.message), 0))
        if event.text.endswith(event.message)
        else None
    )
    return stamp[0].replace(",", ".") if stamp else clock(event.time)


def moment(event: Event) -> str:
    """Return day and time of day as the line itself says them, as ``2026-10-15 09:30:00.250``; "" where it says none."""
    said = written(event)
    if event.time is None or said in ("", _BEYOND):
        return ""
    hours, minutes, seconds = said.split(":")
    of_day = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    zone = (of_day - event.time + _DAY / 2) % _DAY - _DAY / 2
    day = _utc(round(event.time + zone, 3))
    return "" if day is None else f"{day.date()} {said if said[1] != ':' else f'0{said}'}"


def _grades(sequence: TokenSequence, kind: NDArray[np.int64], templates: list[str]) -> NDArray[np.int8]:
    """Return how severe every event is, by its template and its level: computed once for each of them."""
    known: dict[tuple[int, str | None], int] = {}
    grades = np.empty(len(sequence), np.int8)
    for place, (code, event) in enumerate(zip(kind.tolist(), sequence.events, strict=True)):
        key = (code, event.level)
        if key not in known:
            known[key] = severe_grade(templates[code], event.level)
        grades[place] = grade_with_values(known[key], event.message, event.level)
    return grades


def prefix(sequence: TokenSequence) -> tuple[int, str]:
    """Return how many characters stand before the message in nearly all lines, and the words that nearly all messages begin
    with."""
    step = max(1, len(sequence) // _SAMPLE)
    sample = sequence.events[::step]
    before = [len(event.text) - len(event.message) for event in sample if event.text.endswith(event.message)]
    if not before:
        return 0, ""
    stamp = int(np.quantile(before, 0.05))
    messages = [event.message for event in sample]
    first, last = min(messages), max(messages)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return stamp, first[: first[:same].rfind(" ") + 1]


def sources_of(sequence: TokenSequence) -> tuple[str, ...]:
    """Return the names of sources, the most frequent first: in a log those that look like a field of it, at the same place of
    most lines and each in several of them. A line is read by itself, and any word before a colon may have been taken for its
    source; columns of a table say what they are."""
    named = [(event.source, event.text) for event in sequence.events if event.source]
    counted = Counter(source for source, _ in named)
    if sequence.source_format == "log":
        places = [(source, len(text[: max(text.find(source), 0)].split())) for source, text in named]
        field, lines = next(iter(Counter(place for _, place in places).most_common(1)), (0, 0))
        there = Counter(source for source, place in places if place == field)
        counted = Counter({source: n for source, n in there.items() if n > 1 and lines >= _FIELD_SHARE * len(sequence)})
    return tuple(name for name, _ in counted.most_common(MOST_SOURCES))
