"""Which pairs of a map are shown: by the text, level or station of their lines, by route, by margin.

Patterns are RE2's, through pyarrow: a pattern that would keep Python's own engine busy for ever is as quick as any other.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sparsemix.sequence import TokenSequence
from sparsemix.trace import HeadSelection, Route

Side = Literal["either", "effect", "cause"]
SIDES: tuple[Side, ...] = ("either", "effect", "cause")
MAX_TEXT = 200
_MOST_SOURCES = 50


class BadPattern(Exception):  # noqa: N818 - said to whoever typed it
    """No regular expression; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class PairFilter:
    """What a pair must fulfil. ``text``: in the line of its effect, its cause or either (``side``), whatever the case;
    ``pattern``: the text is a regular expression; ``levels``, ``sources``: of that same line; ``routes``: names of routes;
    ``margin``: least margin to the threshold. What is empty or 0 asks for nothing."""

    text: str = ""
    pattern: bool = False
    side: Side = "either"
    levels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    margin: float = 0.0

    @classmethod
    def of(cls, values: object) -> PairFilter:
        """From what ``values`` gave, out of a form or an address; what is missing, unknown or of another kind asks for
        nothing."""
        given = values if isinstance(values, dict) else {}

        def names(key: str) -> tuple[str, ...]:
            found = given.get(key)
            return tuple(str(name) for name in found) if isinstance(found, list) else ()

        text, side, margin = given.get("text"), given.get("side"), given.get("margin")
        routes = {route.name.lower() for route in Route}
        number = float(margin) if isinstance(margin, int | float) else 0.0
        return cls(
            text=text[:MAX_TEXT] if isinstance(text, str) else "",
            pattern=given.get("pattern") is True,
            side=next((known for known in SIDES if known == side), "either"),
            levels=names("levels"),
            sources=names("sources"),
            routes=tuple(route for route in names("routes") if route in routes),
            margin=number if 0.0 <= number < math.inf else 0.0,
        )

    @property
    def values(self) -> dict[str, object]:
        """What it asks for, as JSON has it."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != getattr(PairFilter(), name)
        }

    @property
    def about_events(self) -> bool:
        """Whether it looks at lines at all."""
        return bool(self.text or self.levels or self.sources)

    @property
    def active(self) -> bool:
        """Whether it leaves anything out."""
        return self.about_events or bool(self.routes) or self.margin > 0

    def events(self, sequence: TokenSequence) -> NDArray[np.bool_]:
        """The events that it finds, bool [N]; all where it does not look at lines. Raises BadPattern."""
        found = np.ones(len(sequence), np.bool_)
        if self.text:
            found &= _containing([event.text for event in sequence.events], self.text, self.pattern)
        for names, values in (
            (self.levels, [event.level for event in sequence.events]),
            (self.sources, [event.source for event in sequence.events]),
        ):
            if names:
                wanted = set(names)
                found &= np.fromiter((value in wanted for value in values), np.bool_, len(sequence))
        return found

    def pairs(
        self, selection: HeadSelection, query: NDArray[np.int64], place: NDArray[np.int64], events: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Which pairs, given by query and place, it lets through, bool [P]; ``events``: what ``events`` found."""
        kept = np.ones(len(query), np.bool_)
        if self.about_events:
            effect, cause = events[query], events[selection.key_index[place]]
            kept &= {"either": effect | cause, "effect": effect, "cause": cause}[self.side]
        if self.routes:
            kept &= np.isin(selection.route[place], [Route[name.upper()].value for name in self.routes])
        if self.margin > 0:
            kept &= selection.logit[place] / 2 - selection.threshold[query] >= self.margin
        return kept


@dataclass(frozen=True, slots=True)
class Facets:
    """What can be chosen from: levels in alphabetical order, sources with the most lines first, fifty at most."""

    levels: tuple[str, ...]
    sources: tuple[str, ...]


def facets(sequence: TokenSequence) -> Facets:
    """Levels and sources of a log."""
    sources = Counter(event.source for event in sequence.events if event.source)
    levels = sorted({event.level for event in sequence.events if event.level})
    return Facets(tuple(levels), tuple(name for name, _ in sources.most_common(_MOST_SOURCES)))


def _containing(texts: list[str], wanted: str, pattern: bool) -> NDArray[np.bool_]:
    search = pc.match_substring_regex if pattern else pc.match_substring
    try:
        found = search(pa.array(texts, pa.large_string()), wanted, ignore_case=True)
    except pa.ArrowInvalid as error:
        raise BadPattern(str(error)) from error
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
