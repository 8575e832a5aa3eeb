"""The map of one head's pairs by distance: how far the cause lies from the effect to the right, effects downwards.

Distances stand in classes that double (``distances``): before the effect on the left, the line itself in the middle, after it
on the right.

Axis letters: R rows of effects, C classes of distance, P pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.selection.views.heatmap import AXIS, MAP_LAYOUT, line_axis, span_words
from dashboard.views.cells import Say, Shown, cell_words, fields, image, tally
from dashboard.views.distances import class_words, distance_class
from dashboard.views.pairs import Range
from dashboard.views.viewport import Viewport
from sparsemix.encoding.sequence import TokenSequence

# With four rows to a marker and at most 35 classes, fewer than 1,024 markers.
MAX_ROWS = 112
BLOCK = 4
_LABELS = 10

Classes = tuple[int, int]
"""First and last signed class, both included; the first is the one furthest after the effect."""


@dataclass(frozen=True, slots=True)
class Distances:
    """A viewport's pairs by effect and distance: ``step`` events a row; ``before``, ``after``: the outermost class of each
    side, so that C = before + 1 + after, column 0 furthest before; ``weight`` float32 [R, C], NaN where no pair lies, ``count``
    int64 [R, C]."""

    viewport: Viewport
    step: int
    before: int
    after: int
    weight: NDArray[np.float32]
    count: NDArray[np.int64]

    def queries(self, row: int) -> Range:
        """The events of a marker's rows."""
        first, last = self.viewport.query
        return first + row * BLOCK * self.step, min(first + (row + 1) * BLOCK * self.step, last)


def distances_of(
    viewport: Viewport, query: NDArray[np.int64], key: NDArray[np.integer], weight: NDArray[np.float32]
) -> Distances:
    """Put the pairs of a viewport, [P] each, into cells. Sides reach as far as there are pairs, one class at least."""
    span = viewport.query[1] - viewport.query[0]
    step = -(-span // MAX_ROWS)
    signed = distance_class(query - key)
    before, after = int(signed.max(initial=1)), int(-signed.min(initial=-1))
    rows, columns = -(-span // step), before + 1 + after
    cell = (query - viewport.query[0]) // step * columns + before - signed
    return Distances(viewport, step, before, after, *tally(cell, weight, (rows, columns)))


def distance_map(
    sequence: TokenSequence, found: Distances, say: Say, *, top: float, shown: Shown = "weight", dark: bool = False
) -> go.Figure:
    """The figure; ``top``: the head's largest weight. A marker's ``customdata`` is read by ``clicked_distance``."""
    rows, columns = found.count.shape
    first = found.viewport.query[0]
    x = np.arange(columns) - found.before
    y = first + (np.arange(rows) + 0.5) * found.step - 0.5
    signed = [-place for place in x.tolist()]
    ticks = [place for place in x.tolist() if columns <= _LABELS or place % 2 == 0]
    axis = AXIS | {
        "title": {"text": say("selection.map.distance_axis")},
        "tickmode": "array",
        "tickvals": ticks,
        # Where each class begins; its whole span is told at hover.
        "ticktext": [f"{2 ** (abs(place) - 1):,}" if place else "0" for place in ticks],
        "tickangle": 0,
        "range": (-found.before - 0.5, found.after + 0.5),
    }
    return go.Figure(
        [
            image(x, y, found.weight, found.count, shown, top, say, dark=dark),
            _fields(sequence, found, x, [distance_words(one, say) for one in signed], say),
        ],
        MAP_LAYOUT
        | {"xaxis": axis, "yaxis": line_axis(sequence, found.viewport.query, say("selection.map.query_axis"), down=True)},
    )


def distance_words(signed: int, say: Say) -> str:
    """A signed class in words."""
    return say(
        "overview.itself" if signed == 0 else "overview.before" if signed > 0 else "overview.after", lines=class_words(signed)
    )


def clicked_distance(found: Distances, marker: int) -> tuple[Range, Classes]:
    """The queries and the class that a marker's ``customdata`` stands for."""
    row, column = divmod(marker, found.count.shape[1])
    return found.queries(row), (found.before - column, found.before - column)


def boxed_classes(found: Distances, edges: Sequence[float]) -> Classes:
    """The classes whose middle lies between a box's left and right edge; the nearest one where there is none."""
    left, right = min(edges), max(edges)
    first, last = int(np.ceil(left)), int(np.floor(right))
    if last < first:
        first = last = round((left + right) / 2)
    low, high = (int(np.clip(-place, -found.after, found.before)) for place in (last, first))
    return low, high


def _fields(sequence: TokenSequence, found: Distances, x: NDArray[np.int64], words: list[str], say: Say) -> go.Scatter:
    starts = np.arange(0, len(found.count), BLOCK)
    count = np.add.reduceat(found.count, starts, 0)
    weight = np.maximum.reduceat(np.nan_to_num(found.weight), starts, 0)
    row, column = np.nonzero(count)
    queries = [found.queries(place) for place in range(len(count))]
    effects = [span_words(sequence, span, say("selection.map.effect")) for span in queries]
    middles = np.array([(span[0] + span[1] - 1) / 2 for span in queries])
    text = [
        f"{effects[r]}<br>{words[c]}<br>{cell_words(say, w, n)}"
        for r, c, w, n in zip(
            row.tolist(), column.tolist(), weight[row, column].tolist(), count[row, column].tolist(), strict=True
        )
    ]
    return fields(x[column], middles[row], (row * count.shape[1] + column).tolist(), text)
