"""Which lines are shown: by text, level, host or station, pairs between two of them, kind, incident, and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.index import LogIndex
from dashboard.service.log.moments import NONE, OF_DAY, Moments
from dashboard.service.log.waiting import Log, WaitingLog
from sparsemix import TokenSequence
from sparsemix.model.run import Progress

MOST_TEXT = 200
"""Characters of a pattern."""
_DIGITS = 9
_MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})?(?:^|$|[ T])(?P<time>\d{1,2}:\d{2}(?::\d{2})?)?")


class BadSearch(ValueError):  # noqa: N818 - a message to the person who typed it
    """What was typed names no lines that could be looked for: a pattern that RE2 cannot read, or too long a text."""

    code = "bad"


class BadTime(BadSearch):
    """What was typed is no time of day and no day."""

    code = "bad_time"


def by_time(asked: Mapping[str, str]) -> bool:
    """Return whether lines are looked for by their time."""
    return bool(asked.get("from") or asked.get("to"))


def found(
    log: Log, index: LogIndex, asked: Mapping[str, str], moments: Callable[[], Moments], progress: Progress
) -> NDArray[np.uint32]:
    """Return the events that fit everything that is ``asked``, in order: ``q`` (a text, or with ``regex=1`` a pattern in RE2's
    syntax), ``level``, ``source``, ``reads`` (another source: lines that read lines of it, and those lines), ``kind``,
    ``incident`` (its place, from 0), ``from`` and ``to`` (days and times of day as the lines say them; the last moment named
    belongs to the span, which may run through midnight where no day is named). Of a log that waits, nothing was read and
    nothing is an incident. ``moments`` gives those of all lines. Raises `BadSearch`, and what ``progress`` raises."""
    sequence, loaded = log.sequence, None if isinstance(log, WaitingLog) else log
    fits = np.ones(len(sequence), np.bool_)
    if level := asked.get("level"):
        fits &= np.array([event.level == level for event in sequence.events])
    if loaded is not None and (reads := asked.get("reads")):
        fits &= _joined(loaded, asked.get("source", ""), reads, progress)
    elif source := asked.get("source"):
        fits &= _from(sequence, source)
    if kind := asked.get("kind"):
        fits &= index.kind == _number(kind)
    if loaded is not None and (incident := asked.get("incident")):
        fits &= _of_incident(loaded, _number(incident))
    if by_time(asked):
        fits &= _between(moments, asked.get("from", ""), asked.get("to", ""))
    if text := asked.get("q"):
        fits &= _with_text(index.texts, text, progress, pattern=asked.get("regex") == "1")
    return np.flatnonzero(fits).astype(np.uint32)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS:
        raise BadSearch(f"{text[:_DIGITS]!r} is no number")
    return int(text)


def _with_text(texts: pa.ChunkedArray, text: str, progress: Progress, *, pattern: bool) -> NDArray[np.bool_]:
    if len(text) > MOST_TEXT:
        raise BadSearch("the text is too long")
    match = pc.match_substring_regex if pattern else pc.match_substring
    fits = [np.zeros(0, np.bool_)]
    try:
        for number, chunk in enumerate(texts.chunks):
            progress(number / texts.num_chunks, "find")
            fits.append(match(chunk, text, ignore_case=True).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid as error:
        raise BadSearch(str(error)) from error
    return np.concatenate(fits)


def _from(sequence: TokenSequence, source: str) -> NDArray[np.bool_]:
    return np.array([event.source == source for event in sequence.events])


def _joined(loaded: LoadedDecision, source: str, read: str, progress: Progress) -> NDArray[np.bool_]:
    """Return the events of a source, or of any, that read events of another one in any head, and those events."""
    other = _from(loaded.sequence, read)
    own = _from(loaded.sequence, source) if source else ~other
    fits = np.zeros(len(own), np.bool_)
    for _, _, head in loaded.trace:
        progress(0.0, "find")
        query, key = np.repeat(np.arange(len(own)), np.diff(head.query_ptr)), head.key_index
        pairs = own[query] & other[key] & (query != key)
        fits[query[pairs]] = fits[key[pairs]] = True
    return fits


def _between(moments: Callable[[], Moments], since: str, until: str) -> NDArray[np.bool_]:
    first, last = (_MOMENT.fullmatch(text) for text in (since, until))
    if first is None or last is None:
        raise BadTime("a time is written as 10:15, 10:15:30 or 2026-10-15 10:15")
    day = first["day"] or last["day"]
    known = moments()
    timed, said = known != NONE, known if day else known % OF_DAY
    later = timed & (said >= _digits(first, day, "0")) if since else timed
    earlier = timed & (said <= _digits(last, day, "9")) if until else timed
    through_midnight = since and until and not day and _digits(first, day, "0") > _digits(last, day, "9")
    return np.asarray(later | earlier if through_midnight else later & earlier)


def _digits(typed: re.Match[str], day: str | None, rest: str) -> int:
    """Return a moment as `Moments` have it; ``rest`` stands for digits that were not typed."""
    hour, *others = (typed["time"] or "").split(":")
    time = "".join([hour.zfill(2) if hour else "", *others]).ljust(6, rest)
    return int((typed["day"] or day or "").replace("-", "") + time)


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
