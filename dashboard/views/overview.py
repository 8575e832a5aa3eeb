"""All layers and heads at a glance: where each head's pairs lie, how far it looks, how often it selected nothing.

Small multiples, one column a head: above a map of how many pairs lie where (the same scale for all, logarithmic, or a head with
few pairs would look empty), below how its pairs are spread over distance. Computed once a decision and kept.

Axis letters: L layers, H heads, B bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.views.heatmap import Say, scale_of
from sparsemix.trace import HeadSelection, SelectionTrace

BINS = 48
# Distance classes: a pair of an event with itself, then 1, 2-3, 4-7 ... lines, up to the longest log that is read.
CLASSES = 18
_HEIGHT, _PROFILE, _GAP, _ROWS = 160, 46, 34, 3  # pixels; rows of a layer


@dataclass(frozen=True, slots=True)
class HeadOverview:
    """One head. ``count`` int64 [B, B]: pairs by query (down) and key; ``profile`` float64 [2 CLASSES - 1]: share of the pairs
    by distance class, from keys furthest before the query over the event itself to those furthest after; ``pairs``;
    ``certified``: share of queries with a certificate; ``anchor``: mean weight that went to no pair."""

    layer: int
    head: int
    count: NDArray[np.int64]
    profile: NDArray[np.float64]
    pairs: int
    certified: float
    anchor: float


def overview(trace: SelectionTrace, bins: int = BINS) -> list[HeadOverview]:
    """All heads, layer by layer. For a few million pairs some tenths of a second."""
    return [_head(layer, head, selection, bins) for layer, head, selection in trace]


def distance_class(distance: NDArray[np.integer]) -> NDArray[np.int64]:
    """Signed classes of distances query - key: 0 for 0, then ±(1 + floor(log2 |d|)), at most CLASSES - 1."""
    size = np.abs(distance)
    found = np.where(size > 0, 1 + np.floor(np.log2(np.maximum(size, 1))), 0).astype(np.int64)
    return np.asarray(np.sign(distance) * np.minimum(found, CLASSES - 1), dtype=np.int64)


def class_words(signed: int) -> str:
    """A distance class in lines: "0", "1", "2–3", "4–7" and so on, without its side."""
    number = abs(signed)
    if number < 2:
        return str(number)
    low, high = 2 ** (number - 1), 2**number - 1
    return f"{low:,}+" if number == CLASSES - 1 else f"{low:,}–{high:,}"


def _head(layer: int, head: int, selection: HeadSelection, bins: int) -> HeadOverview:
    n = selection.length
    query, key = selection.query_index, selection.key_index
    bins = min(bins, n)
    step = -(-n // bins)
    cells = -(-n // step)
    count = np.bincount(query // step * np.int64(cells) + key // step, minlength=cells * cells).reshape(cells, cells)
    classes = np.bincount(distance_class(query - key) + CLASSES - 1, minlength=2 * CLASSES - 1)
    return HeadOverview(
        layer,
        head,
        count,
        # Query - key is positive for keys before the query: those come first, the furthest leftmost.
        classes[::-1] / max(1, len(key)),
        len(key),
        float(selection.certified.mean()),
        float(selection.anchor_weight.mean()),
    )


def overview_figure(heads: list[HeadOverview], length: int, say: Say, *, dark: bool = False) -> go.Figure:
    """The figure; a click's ``customdata`` is the place in ``heads``. ``length``: events."""
    layers = 1 + max(one.layer for one in heads)
    columns = 1 + max(one.head for one in heads)
    figure = make_subplots(
        rows=_ROWS * layers,
        cols=columns,
        row_heights=[_HEIGHT, _PROFILE, _GAP] * layers,
        # The last row of a layer is room for the titles of the next.
        specs=[[{}] * columns, [{}] * columns, [None] * columns] * layers,
        horizontal_spacing=0.025,
        vertical_spacing=0.005,
        subplot_titles=[title for layer in range(layers) for title in (*_titles(heads, layer, columns, say), *[""] * columns)],
    )
    top = max(float(np.log1p(one.count).max()) for one in heads)
    for place, one in enumerate(heads):
        row, column = _ROWS * one.layer + 1, one.head + 1
        figure.add_trace(_density(one, length, top, dark), row=row, col=column)
        figure.add_trace(_target(place, one, length, say), row=row, col=column)
        figure.add_trace(_profile(one, say), row=row + 1, col=column)
    figure.update_xaxes(showgrid=False, zeroline=False, showticklabels=False)
    figure.update_yaxes(showgrid=False, zeroline=False, showticklabels=False)
    for one in heads:
        at = {"row": _ROWS * one.layer + 1, "col": one.head + 1}
        figure.update_xaxes(range=[-0.5, length - 0.5], **at)
        figure.update_yaxes(range=[length - 0.5, -0.5], **at)
    figure.update_annotations(font_size=12)
    figure.update_layout(
        height=(_HEIGHT + _PROFILE + _GAP) * layers + 26,
        margin={"l": 6, "r": 6, "t": 26, "b": 0},
        showlegend=False,
        dragmode=False,
        bargap=0.1,
        hoverlabel={"align": "left"},
    )
    return figure


def _titles(heads: list[HeadOverview], layer: int, columns: int, say: Say) -> list[str]:
    names = [""] * columns
    for one in heads:
        if one.layer == layer:
            names[one.head] = say("overview.head", layer=one.layer + 1, head=one.head + 1, pairs=short_count(one.pairs))
    return names


def short_count(count: int) -> str:
    """A count in at most five signs: 947, 9.5k, 948k, 2.7M."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{sign}" if count < 10 * size else f"{count / size:.0f}{sign}"
    return str(count)


def _density(one: HeadOverview, length: int, top: float, dark: bool) -> go.Heatmap:
    cells = len(one.count)
    step = -(-length // cells)
    centre = (np.arange(cells) + 0.5) * step - 0.5
    shown = np.log1p(one.count).astype(np.float32)
    shown[one.count == 0] = np.nan
    return go.Heatmap(
        x=centre,
        y=centre,
        z=shown,
        zmin=0.0,
        zmax=top or 1.0,
        colorscale=scale_of(dark),
        showscale=False,
        hoverinfo="skip",
    )


def _target(place: int, one: HeadOverview, length: int, say: Say) -> go.Scatter:
    """A nearly invisible field over the map: heatmaps report no clicks."""
    grid = (np.arange(8) + 0.5) / 8 * length
    x, y = (part.ravel() for part in np.meshgrid(grid, grid))
    words = say(
        "overview.hover",
        layer=one.layer + 1,
        head=one.head + 1,
        pairs=one.pairs,
        certified=one.certified,
        anchor=one.anchor,
    )
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"size": 22, "symbol": "square", "color": "#808080", "opacity": 0.01},
        selected={"marker": {"opacity": 0.01}},
        unselected={"marker": {"opacity": 0.01}},
        customdata=[place] * len(x),
        hovertemplate=f"{words}<extra></extra>",
    )


def _profile(one: HeadOverview, say: Say) -> go.Bar:
    signed = CLASSES - 1 - np.arange(2 * CLASSES - 1)
    words = [
        say("overview.itself" if s == 0 else "overview.before" if s > 0 else "overview.after", lines=class_words(int(s)))
        for s in signed
    ]
    text = [f"{word}: {share:.1%}" for word, share in zip(words, one.profile.tolist(), strict=True)]
    return go.Bar(
        y=np.sqrt(one.profile),
        text=text,
        textposition="none",
        marker={"color": "#2a7f8e"},
        hovertemplate="%{text}<extra></extra>",
    )
