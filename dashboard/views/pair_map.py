"""The map of pairs: its cells and their image, the classes of distance between cause and effect, and the part of it in view.

Axis letters: R rows, C columns, P pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.views.pairs import Range
from sparsemix.encoding.sequence import TokenSequence

Say = Callable[..., str]
"""``say(key, **params)`` returns a text in the reader's language."""

Shown = Literal["weight", "count"]
SHOWN: tuple[Shown, ...] = ("weight", "count")

Axes = Literal["lines", "distance", "templates"]
AXES: tuple[Axes, ...] = ("lines", "distance", "templates")

# Classes of distance double: an event with itself, then 1, 2-3, 4-7 ... lines, up to the longest log that is read.
CLASSES = 18
# The least number of events in view: fewer would show cells without context.
MIN_SPAN = 8
AROUND = 50
"""The least number of lines on either side of a pair that is shown where it lies."""


def scale_of(dark: bool) -> str:
    """Return the colour scale of all maps. Strong pairs stand out from the page: bright on dark, dark on bright."""
    return "Cividis" if dark else "Cividis_r"


def tally(
    cell: NDArray[np.int64], weight: NDArray[np.float32], shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the largest weight float32 [R, C], NaN where no pair lies, and the number of pairs int64 [R, C]; ``cell`` int64
    [P] is every pair's cell, row by row, ``weight`` float32 [P]."""
    size = shape[0] * shape[1]
    count = np.bincount(cell, minlength=size)
    largest = np.zeros(size, np.float32)
    np.maximum.at(largest, cell, weight)
    largest[count == 0] = np.nan
    return largest.reshape(shape), count.reshape(shape)


def image(
    x: NDArray[np.number],
    y: NDArray[np.number],
    weight: NDArray[np.float32],
    count: NDArray[np.int64],
    shown: Shown,
    top: float,
    say: Say,
    *,
    dark: bool,
) -> go.Heatmap:
    """Return the cells as an image; ``top``: the head's largest weight, so that the scale of weights stays the same while
    zooming. Counts are coloured by their logarithm up to the largest count in view, because a cell's size changes with the
    view."""
    if shown == "count":
        most = max(int(count.max(initial=0)), 10)
        ticks = list(range(int(np.log10(most)) + 1))
        z = np.where(count > 0, np.log10(np.maximum(count, 1)), np.nan).astype(np.float32)
        low, high = 0.0, float(np.log10(most))
        bar = colour_bar(say("selection.map.pairs")) | {"tickvals": ticks, "ticktext": [f"{10**power:,}" for power in ticks]}
    else:
        z, low, high, bar = weight, 0.0, top, colour_bar(say("word.weight"))
    return go.Heatmap(x=x, y=y, z=z, zmin=low, zmax=high, colorscale=scale_of(dark), colorbar=bar, hoverinfo="skip")


def colour_bar(title: str) -> dict[str, object]:
    """Return the legend of a map's colours."""
    return {"title": {"text": title, "side": "right"}, "thickness": 10, "outlinewidth": 0}


def fields(
    x: NDArray[np.number],
    y: NDArray[np.number],
    marker: list[int],
    text: list[str],
    size: int = 14,
) -> go.Scatter:
    """Return nearly invisible markers over the cells, because an image reports no clicks: each shows ``text`` and returns
    ``marker``."""
    hidden = {"marker": {"opacity": 0.01}}
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": size, "color": "#808080", "opacity": 0.01},
        selected=hidden,
        unselected=hidden,
        customdata=marker,
        text=text,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def filled_fields(
    x: NDArray[np.number],
    y: NDArray[np.number],
    effects: Sequence[str],
    causes: Sequence[str],
    weight: NDArray[np.float32],
    count: NDArray[np.int64],
    say: Say,
    columns: int | None = None,
) -> go.Scatter:
    """Return ``fields`` over the cells [R, C] that hold a pair, with the words of their rows and columns and what they hold.
    ``columns``: what a row adds to a marker's number, by default C."""
    row, column = np.nonzero(count)
    cells = zip(row.tolist(), column.tolist(), weight[row, column].tolist(), count[row, column].tolist(), strict=True)
    text = [f"{effects[r]}<br>{causes[c]}<br>{cell_words(say, w, n)}" for r, c, w, n in cells]
    return fields(x[column], y[row], (row * (columns or count.shape[1]) + column).tolist(), text)


def cell_words(say: Say, weight: float, count: int) -> str:
    """Describe the pairs in a cell or a block of cells."""
    return say("selection.map.cell", weight=f"{weight:.3f}", count=f"{count:,}")


def distance_words(signed: int, say: Say) -> str:
    """Say a signed class of distance in words."""
    side = "itself" if signed == 0 else "before" if signed > 0 else "after"
    return say(f"overview.{side}", lines=class_words(signed))


def distance_class(distance: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the signed classes of distances query - key: 0 for 0, then ±(1 + floor(log2 |d|)), at most CLASSES - 1."""
    size = np.abs(distance)
    classes = np.where(size > 0, 1 + np.floor(np.log2(np.maximum(size, 1))), 0).astype(np.int64)
    return np.asarray(np.sign(distance) * np.minimum(classes, CLASSES - 1), dtype=np.int64)


def class_words(signed: int) -> str:
    """Return a distance class in lines without its sign: "0", "1", "2–3", "4–7" and so on."""
    number = abs(signed)
    if number < 2:
        return str(number)
    low, high = 2 ** (number - 1), 2**number - 1
    return f"{low:,}+" if number == CLASSES - 1 else f"{low:,}–{high:,}"


@dataclass(frozen=True, slots=True)
class Viewport:
    """The part of the map in view: queries (effects, downwards) and keys (causes, to the right), each from the first up to, not
    including, the second event."""

    query: Range
    key: Range

    @classmethod
    def whole(cls, length: int) -> Viewport:
        """Return the view of everything."""
        return cls((0, length), (0, length))

    @classmethod
    def around(cls, length: int, query: int, key: int) -> Viewport:
        """Return the view of the lines from one of a pair's to the other and as many around them as show where that is: the
        same lines both ways, so that the pair's place beside the diagonal tells how far apart they are."""
        first, last = min(query, key), max(query, key)
        more = max(AROUND, (last - first) // 4)
        lines = _fitted(max(first - more, 0), min(last + 1 + more, length), length)
        return cls(lines, lines)

    @classmethod
    def of_box(cls, length: int, box: Mapping[str, Sequence[float]]) -> Viewport:
        """Return the view of a box drawn in the figure, ``{"x": [from, to], "y": [from, to]}``: the events whose centre lies in
        it."""
        return cls(_inside(box["y"], length), _inside(box["x"], length))

    @classmethod
    def of_events(cls, length: int, query: Range, key: Range) -> Viewport:
        """Return the view of these events, with a few more around them where they are fewer than MIN_SPAN."""
        return cls(_fitted(*query, length), _fitted(*key, length))

    @classmethod
    def of_box_rows(cls, length: int, edges: Sequence[float], key: Range) -> Viewport:
        """Return the view between the upper and lower edge of a box: the queries whose centre lies inside, over the same
        keys."""
        return cls(_inside(edges, length), key)

    @classmethod
    def of_lines(cls, sequence: TokenSequence, query: Range, key: Range) -> Viewport:
        """Return the view of first and last line numbers, both included."""
        lines = np.array([event.line for event in sequence.events])

        def events(span: Range) -> Range:
            # Events that a table holds newest first are turned round: their line numbers go down.
            inside = np.flatnonzero((lines >= min(span)) & (lines <= max(span)))
            if not len(inside):
                inside = np.abs(lines - min(span)).argmin(keepdims=True)
            return _fitted(int(inside[0]), int(inside[-1]) + 1, len(lines))

        return cls(events(query), events(key))

    def holds(self, query: int, key: int) -> bool:
        """Return whether a pair lies in the view."""
        return self.query[0] <= query < self.query[1] and self.key[0] <= key < self.key[1]

    def lines(self, sequence: TokenSequence) -> tuple[Range, Range]:
        """Return the first and last line number of the queries and of the keys, both included."""

        def ends(span: Range) -> Range:
            return sequence.events[span[0]].line, sequence.events[span[1] - 1].line

        return ends(self.query), ends(self.key)


def _inside(edges: Sequence[float], length: int) -> Range:
    low, high = min(edges), max(edges)
    return _fitted(int(np.ceil(low)), int(np.floor(high)) + 1, length)


def _fitted(first: int, last: int, length: int) -> Range:
    """Return the range widened to MIN_SPAN around its middle and moved into the sequence."""
    if last - first < MIN_SPAN:
        first = (first + last) // 2 - MIN_SPAN // 2
        last = first + MIN_SPAN
    span = min(last - first, length)
    first = min(max(first, 0), length - span) if last > length or first < 0 else first
    return first, min(first + span, length)
