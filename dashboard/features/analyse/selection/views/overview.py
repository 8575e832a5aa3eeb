"""All layers and heads at a glance: where each head's pairs lie, how far the head looks, how often it selected nothing.

Small multiples, one column a head: above a map of how many pairs lie where (the same logarithmic scale for all heads: otherwise
a head with few pairs would look empty), below how its pairs are spread over distance. Computed once a decision and kept.

Axis letters: L layers, H heads, B bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.analyse.selection.views.heatmap import HEIGHT
from dashboard.views.pair_map import CLASSES, Say, distance_class, distance_words, fields, scale_of
from sparsemix.trace.selection_trace import HeadSelection, SelectionTrace

BINS = 48
# In cells: the heights of a head's number and profile, and the space between two heads.
_TITLE, _PROFILE, _BETWEEN = 8, 13, 4
# In cells: the width and height of a head's map with its title, its profile and the space around them.
_WIDE, _TALL = BINS + _BETWEEN, _TITLE + BINS + 2 + _PROFILE + 3
_LEAST = 1.5  # pixels a cell
_TARGETS = 8  # fields to click on, along each side of a map
_HIDDEN = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True}


@dataclass(frozen=True, slots=True)
class HeadOverview:
    """One head of a log of so many ``lines``. ``count`` int64 [B, B]: pairs by query (down) and key; ``profile`` float64
    [2 CLASSES - 1]: share of the pairs by distance class, from keys furthest before the query over the event itself to those
    furthest after; ``pairs``; ``certified``: share of queries with a certificate; ``anchor``: mean weight that went to no
    pair."""

    layer: int
    head: int
    count: NDArray[np.int64]
    profile: NDArray[np.float64]
    lines: int
    pairs: int
    certified: float
    anchor: float


def overview(trace: SelectionTrace, bins: int = BINS) -> list[HeadOverview]:
    """Return all heads, layer by layer. For a few million pairs this takes some tenths of a second."""
    return [_head(layer, head, selection, bins) for layer, head, selection in trace]


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
        # Query - key is positive for keys before the query: those come first, the furthest one leftmost.
        classes[::-1] / max(1, len(key)),
        n,
        len(key),
        float(selection.certified.mean()),
        float(selection.anchor_weight.mean()),
    )


def overview_figure(heads: list[HeadOverview], say: Say, *, dark: bool = False) -> go.Figure:
    """Return the figure; a click's ``customdata`` is the place in ``heads``.

    One pair of axes, in cells, holds all tiles: two dozen subplots would take the browser half a second.
    """
    layers, columns = 1 + max(head.layer for head in heads), 1 + max(head.head for head in heads)
    density = np.full((layers * _TALL, columns * _WIDE), np.nan, np.float32)
    for head in heads:
        cells = len(head.count)
        top, left = head.layer * _TALL + _TITLE, head.head * _WIDE
        shown = np.log1p(head.count)
        # A log of fewer events than cells is drawn larger.
        index = np.arange(BINS) * cells // BINS
        density[top : top + BINS, left : left + BINS] = np.where(head.count > 0, shown, np.nan)[np.ix_(index, index)]
    return go.Figure(
        [
            go.Heatmap(z=density, zmin=0.0, colorscale=scale_of(dark), showscale=False, hoverinfo="skip"),
            _profiles(heads, say),
            _targets(heads, say),
        ],
        {
            "xaxis": _HIDDEN | {"range": [-1, columns * _WIDE - _BETWEEN]},
            "yaxis": _HIDDEN | {"range": [layers * _TALL, -0.5]},
            "annotations": [_title(head) for head in heads],
            "shapes": [_frame(head) for head in heads],
            "height": max(HEIGHT, round(layers * _TALL * _LEAST)),
            "margin": {"l": 0, "r": 0, "t": 4, "b": 0},
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"align": "left"},
        },
    )


def _title(head: HeadOverview) -> dict[str, object]:
    x, y = head.head * _WIDE + BINS / 2, head.layer * _TALL + _TITLE / 2
    return {"x": x, "y": y, "text": f"{head.layer + 1}.{head.head + 1}", "showarrow": False, "font": {"size": 12}}


def _frame(head: HeadOverview) -> dict[str, object]:
    x, y = head.head * _WIDE - 0.5, head.layer * _TALL + _TITLE - 0.5
    line = {"width": 1, "color": "rgba(128,128,128,0.35)"}
    return {"type": "rect", "x0": x, "x1": x + BINS, "y0": y, "y1": y + BINS, "line": line}


def _targets(heads: list[HeadOverview], say: Say) -> go.Scatter:
    """Return nearly invisible fields over the maps, because heatmaps report no clicks."""
    grid = (np.arange(_TARGETS) + 0.5) / _TARGETS * BINS - 0.5
    x, y = (part.ravel() for part in np.meshgrid(grid, grid))
    words = [head_words(head, say) for head in heads]
    places = np.repeat(np.arange(len(heads)), len(x)).tolist()
    across = np.concatenate([head.head * _WIDE + x for head in heads])
    down = np.concatenate([head.layer * _TALL + _TITLE + y for head in heads])
    return fields(across, down, places, [words[place] for place in places], size=20)


def _profiles(heads: list[HeadOverview], say: Say) -> go.Bar:
    signed = CLASSES - 1 - np.arange(2 * CLASSES - 1)
    names = [distance_words(int(distance), say) for distance in signed]
    step = BINS / len(signed)
    # The square root: otherwise the classes with few pairs would not be visible beside the event itself.
    heights = [np.sqrt(head.profile) / max(float(np.sqrt(head.profile).max()), 1e-9) * _PROFILE for head in heads]
    return go.Bar(
        x=np.concatenate([head.head * _WIDE - 0.5 + (np.arange(len(signed)) + 0.5) * step for head in heads]),
        # The axis runs downwards.
        y=-np.concatenate(heights),
        base=np.repeat([head.layer * _TALL + _TITLE + BINS + 2 + _PROFILE for head in heads], len(signed)),
        width=0.85 * step,
        text=[f"{name}: {share:.1%}" for head in heads for name, share in zip(names, head.profile.tolist(), strict=True)],
        textposition="none",
        marker={"color": "#2a7f8e"},
        hovertemplate="%{text}<extra></extra>",
    )


def head_words(head: HeadOverview, say: Say) -> str:
    """Say a head's number, its pairs, and the shares of certified searches and of weight that went to no pair."""
    return say(
        "overview.head",
        layer=head.layer + 1,
        head=head.head + 1,
        pairs=head.pairs,
        each=head.pairs / head.lines,
        certified=head.certified,
        anchor=head.anchor,
    )
