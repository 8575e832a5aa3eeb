"""Which pairs of a map are shown: by level, station or template of their lines, by distance, route, margin."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.service.log.index import sources_of
from dashboard.views.pair_map import CLASSES, distance_class
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import TEMPLATE_LENGTH, coded_templates
from sparsemix.trace.selection_trace import HeadSelection, Route

# Together with all other events, 32 x 32 cells: as many markers as a browser draws at once over an image.
MOST_TEMPLATES = 31


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


@dataclass(frozen=True, slots=True)
class PairFilter:
    """What a pair must fulfil. ``effects``, ``causes``: levels and stations of its effect and of its cause (one of the levels
    and one of the stations, where there are any); ``templates``: of the effect and of the cause, None for all but the frequent
    ones; ``distances``: first and last signed class; ``routes``: names of routes; ``margin``: least margin to the threshold. A
    field that is empty or 0 lets everything through."""

    effects: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    margin: float = 0.0
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

        margin, signed = fields.get("margin"), fields.get("distances")
        routes = {route.name.lower() for route in Route}
        # Compared before it becomes a float, which cannot hold a whole number of 400 digits.
        least = margin if isinstance(margin, int | float) and 0 <= margin < sys.float_info.max else 0.0
        distances = tuple(n for n in signed if type(n) is int and abs(n) < CLASSES) if isinstance(signed, list) else ()
        return cls(
            effects=names("effects"),
            causes=names("causes"),
            routes=tuple(route for route in names("routes") if route in routes),
            margin=float(least),
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
    def active(self) -> bool:
        """Return whether the filter leaves anything out."""
        return self != PairFilter()

    def pairs(
        self,
        sequence: TokenSequence,
        selection: HeadSelection,
        query: NDArray[np.int64],
        place: NDArray[np.int64],
        templates: EventTemplates | None = None,
    ) -> NDArray[np.bool_]:
        """Return which pairs, given by query and place, pass the filter, bool [P]; ``templates``: of the log, needed where the
        filter names templates."""
        passing = np.ones(len(query), np.bool_)
        key = selection.key_index[place]
        for named, events in ((self.effects, query), (self.causes, key)):
            if named:
                passing &= _events(sequence, named)[events]
        if self.templates and templates is not None:
            effect, cause = (templates.named(text) for text in self.templates)
            passing &= effect[query] & cause[key]
        if self.distances:
            signed = distance_class(query - key)
            passing &= (signed >= self.distances[0]) & (signed <= self.distances[1])
        if self.routes:
            passing &= np.isin(selection.route[place], [Route[name.upper()].value for name in self.routes])
        if self.margin > 0:
            passing &= selection.logit[place] / 2 - selection.threshold[query] >= self.margin
        return passing


EVERYTHING = PairFilter()


def levels_and_stations(sequence: TokenSequence) -> tuple[str, ...]:
    """Return what lines can be told apart by: levels in alphabetical order, then stations that are plausible (`sources_of`)."""
    levels = sorted({event.level for event in sequence.events if event.level})
    return tuple(dict.fromkeys((*levels, *sources_of(sequence))))


def _events(sequence: TokenSequence, named: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return the events of these levels and stations, bool [N]."""
    known = {event.level for event in sequence.events}
    levels, stations = {name for name in named if name in known}, {name for name in named if name not in known}
    passing = ((not levels or e.level in levels) and (not stations or e.source in stations) for e in sequence.events)
    return np.fromiter(passing, np.bool_, len(sequence))


def _templates(names: object) -> tuple[str | None, ...]:
    """Return the templates of the effect and of the cause; both or none."""
    if not isinstance(names, list) or len(names) != 2 or not all(text is None or isinstance(text, str) for text in names):
        return ()
    return tuple(None if text is None else text[:TEMPLATE_LENGTH] for text in names)
