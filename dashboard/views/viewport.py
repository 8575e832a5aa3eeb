"""The part of the pair map that is looked at: a range of queries and a range of keys, in events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.views.pairs import Range
from sparsemix.encoding.sequence import TokenSequence

# Narrower views would show cells without context.
MIN_SPAN = 8


@dataclass(frozen=True, slots=True)
class Viewport:
    """Queries (effects, downwards) and keys (causes, to the right), each from the first up to, not including, the second."""

    query: Range
    key: Range

    @classmethod
    def whole(cls, length: int) -> Viewport:
        """Everything."""
        return cls((0, length), (0, length))

    @classmethod
    def around(cls, length: int, query: int, key: int) -> Viewport:
        """The neighbourhood of one pair."""
        return cls(_fitted(query - 16, query + 17, length), _fitted(key - 16, key + 17, length))

    @classmethod
    def of_box(cls, length: int, box: Mapping[str, Sequence[float]]) -> Viewport:
        """From a box drawn in the figure, ``{"x": [from, to], "y": [from, to]}`` in events: those whose centre lies inside."""
        return cls(_inside(box["y"], length), _inside(box["x"], length))

    @classmethod
    def of_events(cls, length: int, query: Range, key: Range) -> Viewport:
        """These events, and a few more around them where they are very few."""
        return cls(_fitted(*query, length), _fitted(*key, length))

    @classmethod
    def of_box_rows(cls, length: int, edges: Sequence[float], key: Range) -> Viewport:
        """From the upper and lower edge of a box, in events: the queries whose centre lies inside, over the same keys."""
        return cls(_inside(edges, length), key)

    @classmethod
    def of_lines(cls, sequence: TokenSequence, query: Range, key: Range) -> Viewport:
        """From first and last line numbers, both included."""
        lines = np.array([event.line for event in sequence.events])

        def events(span: Range) -> Range:
            first, last = min(span), max(span)
            found = np.searchsorted(lines, first, "left"), np.searchsorted(lines, last, "right")
            return _fitted(int(found[0]), int(found[1]), len(lines))

        return cls(events(query), events(key))

    def holds(self, query: int, key: int) -> bool:
        """Whether a pair lies in it."""
        return self.query[0] <= query < self.query[1] and self.key[0] <= key < self.key[1]

    def lines(self, sequence: TokenSequence) -> tuple[Range, Range]:
        """First and last line number of the queries and of the keys, both included."""

        def ends(span: Range) -> Range:
            return sequence.events[span[0]].line, sequence.events[span[1] - 1].line

        return ends(self.query), ends(self.key)


def _inside(edges: Sequence[float], length: int) -> Range:
    low, high = min(edges), max(edges)
    return _fitted(int(np.ceil(low)), int(np.floor(high)) + 1, length)


def _fitted(first: int, last: int, length: int) -> Range:
    """The range moved into the sequence and widened to the least span around its middle."""
    if last - first < MIN_SPAN:
        first = (first + last) // 2 - MIN_SPAN // 2
        last = first + MIN_SPAN
    span = min(last - first, length)
    first = min(max(first, 0), length - span) if last > length or first < 0 else first
    return first, min(first + span, length)
