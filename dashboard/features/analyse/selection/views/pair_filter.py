"""Which pairs of a map are shown: by the text, level, station, time or template of their lines, by distance, route, margin.

A span of time is written as people type it: from and to, both of them days and times, or both times of the day. "2026-03-02
10:00" to "2026-03-02" is one span; "22:00" to "06:00" is every night. The last moment named belongs to the span: "10:15" runs
to the end of that minute. All times are UTC, as in a log that names no time zone.

Text patterns use RE2's syntax, through pyarrow: a pattern that would keep Python's own engine busy for ever is as fast as any
other.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.service.log.index import sources_of
from dashboard.views.pair_map import CLASSES, distance_class
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import TEMPLATE_LENGTH, coded_templates
from sparsemix.trace.selection_trace import HeadSelection, Route

# Together with all other events, 32 x 32 cells: as many markers as a browser draws at once over an image.
MOST_TEMPLATES = 31
_DAY = 86_400
# Formats, and the seconds that each names.
_DATES = {"%Y-%m-%d": _DAY, "%Y-%m-%d %H:%M": 60, "%Y-%m-%d %H:%M:%S": 1, "%Y-%m-%d %H:%M:%S.%f": 1e-6}
_CLOCKS = {"%H:%M": 60, "%H:%M:%S": 1}
Side = Literal["either", "effect", "cause"]
SIDES: tuple[Side, ...] = ("either", "effect", "cause")
MAX_TEXT = 200
MAX_TIME = 40
MAX_LINES = 200
_LAST_EVENT = 10_000_000


@dataclass(frozen=True, slots=True)
class EventTemplates:
    """T templates, the most frequent first. ``code`` int16 [N]: each event's place among them, T for any other one;
    ``count`` int64 [T + 1]: events of each, the other ones last."""

    texts: tuple[str, ...]
    code: NDArray[np.int16]
    count: NDArray[np.int64]

    def named(self, text: str | None) -> NDArray[np.bool_]:
        """Return the events of a template, bool [N]. None stands for all events without a frequent template; a text
        that is not among the frequent templates has no events."""
        place = len(self.texts) if text is None else self.texts.index(text) if text in self.texts else -1
        return np.asarray(self.code == place)

    def name(self, place: int) -> str | None:
        """Return the text at a place; None for the place of all other events."""
        return self.texts[place] if place < len(self.texts) else None


def event_templates(sequence: TokenSequence, most: int = MOST_TEMPLATES) -> EventTemplates:
    """Return the templates of a log, computed once a decision and kept: masking the numbers of 100,000 messages takes some
    tenths of a second. Templates of equally many events stand in the order of their first event."""
    codes, texts = coded_templates(sequence)
    count = np.bincount(codes, minlength=len(texts))
    order = np.argsort(-count, kind="stable")[:most]
    place = np.full(len(texts), len(order), np.int16)
    place[order] = np.arange(len(order))
    code = place[codes]
    return EventTemplates(tuple(texts[i] for i in order), code, np.bincount(code, minlength=len(order) + 1))


class BadTimes(Exception):  # noqa: N818 - a message to the person who typed them
    """Typed times that make no span; ``why``: a time is not "readable", one is a day and the other a time of day ("mixed"),
    or they stand in the wrong "order"."""

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
        """Read what was typed; an empty text leaves that end open. Raises `BadTimes`."""
        start, end = _typed_time(since), _typed_time(until)
        daily = {moment[2] for moment in (start, end) if moment}
        if len(daily) > 1:
            raise BadTimes("mixed")
        first, last = start[0] if start else None, end[1] if end else None
        if first is not None and last is not None and first >= last and daily == {False}:
            raise BadTimes("order")
        return cls(first, last, daily == {True})

    def holds(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of these times (seconds since 1970 UTC, NaN for none) lie in the span, bool [N]."""
        timed = ~np.isnan(times)
        if self.daily:
            times = times % _DAY
        after = timed if self.first is None else times >= self.first
        before = timed if self.last is None else times < self.last
        through_midnight = self.daily and self.first is not None and self.last is not None and self.first >= self.last
        return np.asarray(timed & ((after | before) if through_midnight else (after & before)))


def _typed_time(text: str) -> tuple[float, float, bool] | None:
    """Return beginning and end of the time that a text names, and whether it is a time of the day; None for an empty text."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("Z").replace("T", " ").replace("/", "-")
    if not plain:
        return None
    for daily, formats in ((False, _DATES), (True, _CLOCKS)):
        for time_format, size in formats.items():
            try:
                moment = datetime.strptime(plain, time_format).replace(tzinfo=UTC)
            except ValueError:
                continue
            start = moment.hour * 3600.0 + moment.minute * 60 + moment.second if daily else moment.timestamp()
            return start, start + size, daily
    raise BadTimes("readable", text)


class BadPattern(Exception):  # noqa: N818 - a message to the person who typed it
    """A text that is not a regular expression; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class PairFilter:
    """What a pair must fulfil. ``text``: in the line of its effect, its cause or either (``side``), whatever the case;
    ``pattern``: the text is a regular expression; ``levels``, ``sources``: of that same line, which also lies between
    ``since`` and ``until`` (as ``TimeSpan`` reads them) and among ``lines`` (events, from 0); ``templates``: of the effect
    and of the cause, None for all but the frequent ones; ``distances``: first and last signed class; ``routes``: names of
    routes; ``margin``: least margin to the threshold. A field that is empty or 0 lets everything through."""

    text: str = ""
    pattern: bool = False
    side: Side = "either"
    levels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    margin: float = 0.0
    since: str = ""
    until: str = ""
    lines: tuple[int, ...] = ()
    templates: tuple[str | None, ...] = ()
    distances: tuple[int, ...] = ()

    @classmethod
    def of(cls, values: object) -> PairFilter:
        """Build a filter from what ``values`` returned, out of a form or an address; a value that is missing, unknown
        or of another type is ignored."""
        fields = values if isinstance(values, dict) else {}

        def names(key: str) -> tuple[str, ...]:
            value = fields.get(key)
            return tuple(str(name) for name in value) if isinstance(value, list) else ()

        def words(key: str, most: int) -> str:
            value = fields.get(key)
            return value[:most] if isinstance(value, str) else ""

        def numbers(key: str, least: int, most: int) -> tuple[int, ...]:
            value = fields.get(key)
            return tuple(n for n in value if type(n) is int and least <= n <= most) if isinstance(value, list) else ()

        side, margin = fields.get("side"), fields.get("margin")
        distances = numbers("distances", 1 - CLASSES, CLASSES - 1)
        routes = {route.name.lower() for route in Route}
        # Compared before it becomes a float, which cannot hold a whole number of 400 digits.
        least = margin if isinstance(margin, int | float) and 0 <= margin < sys.float_info.max else 0.0
        return cls(
            text=words("text", MAX_TEXT),
            pattern=fields.get("pattern") is True,
            side=next((known for known in SIDES if known == side), "either"),
            levels=names("levels"),
            sources=names("sources"),
            routes=tuple(route for route in names("routes") if route in routes),
            margin=float(least),
            since=words("since", MAX_TIME),
            until=words("until", MAX_TIME),
            lines=tuple(sorted(set(numbers("lines", 0, _LAST_EVENT))))[:MAX_LINES],
            templates=_templates(fields.get("templates")),
            distances=distances if len(distances) == 2 and distances[0] <= distances[1] else (),
        )

    @property
    def values(self) -> dict[str, object]:
        """Return the fields that are set, as JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != getattr(PairFilter(), name)
        }

    @property
    def about_events(self) -> bool:
        """Return whether the filter looks at lines at all."""
        return bool(self.text or self.levels or self.sources or self.since or self.until or self.lines)

    @property
    def active(self) -> bool:
        """Return whether the filter leaves anything out."""
        return self.about_events or bool(self.templates or self.distances or self.routes) or self.margin > 0

    def events(self, sequence: TokenSequence) -> NDArray[np.bool_]:
        """Return the events that the filter finds, bool [N]; all where it does not look at lines. Raises `BadPattern`,
        `BadTimes`."""
        mask = np.ones(len(sequence), np.bool_)
        if self.text:
            mask &= _containing([event.text for event in sequence.events], self.text, self.pattern)
        for names, values in (
            (self.levels, [event.level for event in sequence.events]),
            (self.sources, [event.source for event in sequence.events]),
        ):
            if names:
                allowed = set(names)
                mask &= np.fromiter((value in allowed for value in values), np.bool_, len(sequence))
        if self.since or self.until:
            times = (np.nan if event.time is None else event.time for event in sequence.events)
            mask &= TimeSpan.of(self.since, self.until).holds(np.fromiter(times, np.float64, len(sequence)))
        if self.lines:
            mask &= np.isin(np.arange(len(sequence)), self.lines)
        return mask

    def pairs(
        self,
        selection: HeadSelection,
        query: NDArray[np.int64],
        place: NDArray[np.int64],
        events: NDArray[np.bool_] | None,
        templates: EventTemplates | None = None,
    ) -> NDArray[np.bool_]:
        """Return which pairs, given by query and place, pass the filter, bool [P]; ``events``: the result of
        ``events``; ``templates``: of the log, needed where the filter names templates."""
        passing = np.ones(len(query), np.bool_)
        if self.about_events and events is not None:
            effect, cause = events[query], events[selection.key_index[place]]
            passing &= {"either": effect | cause, "effect": effect, "cause": cause}[self.side]
        if self.templates and templates is not None:
            effect, cause = (templates.named(text) for text in self.templates)
            passing &= effect[query] & cause[selection.key_index[place]]
        if self.distances:
            signed = distance_class(query - selection.key_index[place])
            passing &= (signed >= self.distances[0]) & (signed <= self.distances[1])
        if self.routes:
            passing &= np.isin(selection.route[place], [Route[name.upper()].value for name in self.routes])
        if self.margin > 0:
            passing &= selection.logit[place] / 2 - selection.threshold[query] >= self.margin
        return passing


@dataclass(frozen=True, slots=True)
class Facets:
    """What can be chosen from: levels in alphabetical order, sources that are plausible (`sources_of`), fifty at most, those
    with the most lines first; ``times``: the first and the last one, in seconds since 1970 UTC."""

    levels: tuple[str, ...]
    sources: tuple[str, ...]
    times: tuple[float, float] | None


def facets(sequence: TokenSequence) -> Facets:
    """Return the levels, sources and times of a log."""
    levels = sorted({event.level for event in sequence.events if event.level})
    return Facets(tuple(levels), sources_of(sequence), sequence.time_span)


def _templates(names: object) -> tuple[str | None, ...]:
    """Return the templates of the effect and of the cause; both or none."""
    if not isinstance(names, list) or len(names) != 2 or not all(text is None or isinstance(text, str) for text in names):
        return ()
    return tuple(None if text is None else text[:TEMPLATE_LENGTH] for text in names)


def _containing(texts: list[str], text: str, pattern: bool) -> NDArray[np.bool_]:
    search = pc.match_substring_regex if pattern else pc.match_substring
    try:
        matches = search(pa.array(texts, pa.large_string()), text, ignore_case=True)
    except pa.ArrowInvalid as error:
        raise BadPattern(str(error)) from error
    return np.asarray(matches.to_numpy(zero_copy_only=False), dtype=np.bool_)
