"""Which lines are shown: by text, level, host or station, kind, incident, and time."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.index import LogIndex, written

MOST_TEXT = 200
"""Characters of a pattern."""
_DIGITS = 9
_TIME = re.compile(r"(?:\d{1,2}:\d{2}(?::\d{2})?)?")


class BadSearch(ValueError):  # noqa: N818 - a message to the person who typed it
    """What was typed names no lines that could be looked for: a pattern that RE2 cannot read, or too long a text."""

    code = "bad"


class BadTime(BadSearch):
    """What was typed is no time of day."""

    code = "bad_time"


def found(loaded: LoadedDecision, index: LogIndex, asked: Mapping[str, str]) -> NDArray[np.uint32]:
    """Return the events that fit everything that is ``asked``, in order: ``q`` (a text, or with ``regex=1`` a pattern in RE2's
    syntax), ``level``, ``source``, ``kind``, ``incident`` (its place, from 0), ``from`` and ``to`` (times of day as the lines
    say them; the last moment named belongs to the span, which may run through midnight). Raises `BadSearch`."""
    sequence = loaded.sequence
    fits = np.ones(len(sequence), np.bool_)
    if level := asked.get("level"):
        fits &= np.array([event.level == level for event in sequence.events])
    if source := asked.get("source"):
        fits &= np.array([event.source == source for event in sequence.events])
    if kind := asked.get("kind"):
        fits &= index.kind == _number(kind)
    if incident := asked.get("incident"):
        fits &= _of_incident(loaded, _number(incident))
    if asked.get("from") or asked.get("to"):
        fits &= _between(loaded, asked.get("from", ""), asked.get("to", ""))
    if text := asked.get("q"):
        fits &= _with_text(index.texts, text, pattern=asked.get("regex") == "1")
    return np.flatnonzero(fits).astype(np.uint32)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS:
        raise BadSearch(f"{text[:_DIGITS]!r} is no number")
    return int(text)


def _with_text(texts: pa.ChunkedArray, text: str, *, pattern: bool) -> NDArray[np.bool_]:
    if len(text) > MOST_TEXT:
        raise BadSearch("the text is too long")
    match = pc.match_substring_regex if pattern else pc.match_substring
    try:
        return np.asarray(match(texts, text, ignore_case=True).to_numpy())
    except pa.ArrowInvalid as error:
        raise BadSearch(str(error)) from error


def _between(loaded: LoadedDecision, since: str, until: str) -> NDArray[np.bool_]:
    if not all(_TIME.fullmatch(text) for text in (since, until)):
        raise BadTime("a time of day is written as 10:15 or 10:15:30")
    since, until = (text.zfill(5) if text and text[1] == ":" else text for text in (since, until))
    times = np.array([written(event) for event in loaded.sequence.events])
    after, before = times >= since, np.array([not until or time[: len(until)] <= until for time in times.tolist()])
    through_midnight = until and since > until
    return np.asarray((times != "") & ((after | before) if through_midnight else (after & before)))


def _of_incident(loaded: LoadedDecision, place: int) -> NDArray[np.bool_]:
    """Return which events belong to a recorded incident, by its stretches of lines."""
    details = details_of(loaded.summary.decision)
    all_of_them = [*details.incidents, *details.routine]
    line = np.array([event.line for event in loaded.sequence.events])
    fits = np.zeros(len(line), np.bool_)
    match all_of_them[place] if place < len(all_of_them) else None:
        case {"lines": list(stretches)}:
            for stretch in stretches:
                match stretch:
                    case [int(first), int(last)]:
                        fits |= (line >= first) & (line <= last)
    return fits
