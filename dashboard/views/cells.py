"""Cells of a map: pairs put into rows and columns, and the image of them by largest weight or by number of pairs.

Axis letters: R rows, C columns, P pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

Say = Callable[..., str]
"""``say(key, **params)``: a text in the reader's language."""

Shown = Literal["weight", "count"]
SHOWN: tuple[Shown, ...] = ("weight", "count")

Axes = Literal["lines", "distance", "templates"]
AXES: tuple[Axes, ...] = ("lines", "distance", "templates")


def scale_of(dark: bool) -> str:
    """The colours of all maps. What is strong must stand out from the page: bright on dark, dark on bright."""
    return "Cividis" if dark else "Cividis_r"


def tally(
    cell: NDArray[np.int64], weight: NDArray[np.float32], shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Largest weight float32 [R, C], NaN where no pair lies, and number of pairs int64 [R, C]; ``cell`` int64 [P] is every
    pair's cell, row by row, ``weight`` float32 [P]."""
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
    """The cells as an image; ``top``: the head's largest weight, so that the scale of weights stays the same while zooming.
    Counts are coloured by their logarithm, up to the largest one in view, for a cell's size changes with the view."""
    if shown == "count":
        most = max(int(count.max(initial=0)), 10)
        ticks = list(range(int(np.log10(most)) + 1))
        z = np.where(count > 0, np.log10(np.maximum(count, 1)), np.nan).astype(np.float32)
        low, high = 0.0, float(np.log10(most))
        bar = colour_bar(say("selection.map.pairs")) | {"tickvals": ticks, "ticktext": [f"{10**power:,}" for power in ticks]}
    else:
        z, low, high, bar = weight, 0.0, top, colour_bar(say("selection.map.weight"))
    return go.Heatmap(x=x, y=y, z=z, zmin=low, zmax=high, colorscale=scale_of(dark), colorbar=bar, hoverinfo="skip")


def colour_bar(title: str) -> dict[str, object]:
    """What a map's colours mean, beside it."""
    return {"title": {"text": title, "side": "right"}, "thickness": 10, "outlinewidth": 0}


def fields(
    x: NDArray[np.number],
    y: NDArray[np.number],
    marker: list[int],
    text: list[str],
    size: int = 14,
) -> go.Scatter:
    """Nearly invisible markers over the cells, for an image reports no clicks: each says ``text`` and gives ``marker``."""
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


def cell_words(say: Say, weight: float, count: int) -> str:
    """What a cell or a block of cells holds."""
    return say("selection.map.cell", weight=f"{weight:.3f}", count=f"{count:,}")
