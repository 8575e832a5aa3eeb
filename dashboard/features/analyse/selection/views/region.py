"""What lies in a part of one head's map, found once: how many pairs, where, and which are the strongest.

A head may hold millions of pairs. The figure, the click on it and the table below all need the same answer, and so does the
next person who looks; it is small whatever the region holds, and is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.features.analyse.selection.views.pair_filter import EVERYTHING, EventTemplates, PairFilter
from dashboard.views.pair_map import Viewport, tally
from dashboard.views.pairs import Range, region_places, strongest_places
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.trace.selection_trace import HeadSelection

# 4 pixels a cell: more would be slow to send and to draw.
MAX_BINS = 128
MAX_SINGLE = 3_000
MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Bins:
    """R x C cells over a viewport, ``step`` (query, key) events each.

    ``weight`` float32 [R, C]: largest weight, NaN where no pair lies; ``count`` int64 [R, C].
    """

    viewport: Viewport
    step: tuple[int, int]
    weight: NDArray[np.float32]
    count: NDArray[np.int64]

    def cells(self, rows: Range, columns: Range) -> Viewport:
        """Return the events of some rows and columns of cells, each from the first up to, not including, the second."""

        def span(start: int, step: int, part: Range, end: int) -> Range:
            return start + part[0] * step, min(start + part[1] * step, end)

        return Viewport(
            span(self.viewport.query[0], self.step[0], rows, self.viewport.query[1]),
            span(self.viewport.key[0], self.step[1], columns, self.viewport.key[1]),
        )


@dataclass(frozen=True, slots=True)
class Region:
    """A viewport's pairs. ``pairs``: how many; ``others``: how many of two different events. ``query``, ``place`` int64: all of
    them where they are at most ``MAX_SINGLE``, else empty and ``bins`` counts them. ``top``: query and place of the strongest
    ``MAX_ROWS`` of two different events."""

    viewport: Viewport
    pairs: int
    others: int
    query: NDArray[np.int64]
    place: NDArray[np.int64]
    bins: Bins | None
    top: tuple[NDArray[np.int64], NDArray[np.int64]]


def region_of(
    sequence: TokenSequence,
    selection: HeadSelection,
    viewport: Viewport,
    pair_filter: PairFilter = EVERYTHING,
    templates: EventTemplates | None = None,
) -> Region:
    """Find the pairs of a viewport that pass the filter (``templates``: of the log): for two million pairs about a tenth of a
    second."""
    query, place = filtered_places(sequence, selection, viewport, pair_filter, templates)
    other = selection.key_index[place] != query
    few = len(query) <= MAX_SINGLE
    nothing = np.zeros(0, np.int64)
    return Region(
        viewport,
        len(query),
        int(other.sum()),
        query if few else nothing,
        place if few else nothing,
        None if few else bin_pairs(selection, viewport, query, place),
        strongest_places(selection, query[other], place[other], MAX_ROWS),
    )


def filtered_places(
    sequence: TokenSequence,
    selection: HeadSelection,
    viewport: Viewport,
    pair_filter: PairFilter,
    templates: EventTemplates | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return query and place of the pairs of a viewport that pass the filter."""
    query, place = region_places(selection, viewport.query, viewport.key)
    if not pair_filter.active:
        return query, place
    passing = pair_filter.pairs(sequence, selection, query, place, templates)
    return query[passing], place[passing]


def bin_pairs(
    selection: HeadSelection, viewport: Viewport, query: NDArray[np.int64], place: NDArray[np.int64], most: int = MAX_BINS
) -> Bins:
    """Bin pairs of a viewport into at most ``most`` x ``most`` cells of equal whole numbers of events."""
    spans = viewport.query[1] - viewport.query[0], viewport.key[1] - viewport.key[0]
    step = -(-spans[0] // most), -(-spans[1] // most)
    rows, columns = -(-spans[0] // step[0]), -(-spans[1] // step[1])
    # Looked up, not divided: there are millions of pairs, but far fewer events.
    row = np.arange(spans[0]) // step[0] * columns
    column = np.arange(spans[1]) // step[1]
    cell = row[query - viewport.query[0]] + column[selection.key_index[place] - viewport.key[0]]
    return Bins(viewport, step, *tally(cell, selection.weight[place], (rows, columns)))
