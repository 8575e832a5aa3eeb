"""The map of one head's selected pairs: key (cause) to the right, query (effect) downwards; and an attribution laid over it.

A browser draws neither a million points nor a 50,000 x 50,000 image, so the server bins (``region``): each cell shows the
largest weight in it and counts its pairs. A view with few pairs shows each of them. Heatmap traces report no selection to
Streamlit, so nearly invisible markers lie over the image, one for every few cells: a box drawn over them comes back with its
ranges, a click with the marker's ``customdata``. An attribution is laid over the map as rings around the pairs that led to one
event, as large as their key's contribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.analyse.selection.views.region import Bins, Region
from dashboard.views.pair_map import Say, Shown, Viewport, colour_bar, filled_fields, image, scale_of
from dashboard.views.pairs import Range
from dashboard.views.times import clock
from dashboard.views.verdict import shortened
from sparsemix import Attribution, SelectionTrace
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.attribution import field_pairs
from sparsemix.trace.selection_trace import HeadSelection

# Cells to a marker, each way: a marker a cell takes the browser half a second to draw.
BLOCK = 4
_TICKS = 6
_HOVER_TEXT = 90
AXIS: dict[str, object] = {
    "showgrid": False,
    "zeroline": False,
    "showline": True,
    "linewidth": 1,
    "linecolor": "rgba(128,128,128,0.4)",
}
HEIGHT = 344
"""Pixels of the map and of the overview beside it: with the log above, a page of two screens."""
MAP_LAYOUT: dict[str, object] = {
    "dragmode": "select",
    "height": HEIGHT,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "hoverlabel": {"align": "left"},
}
# Colours as in the coloured text; the shape says the same to people who cannot tell the colours apart.
TOWARDS, AWAY = "#d97706", "#2563eb"
_RING_SHAPES = "circle-open", "diamond-open"
_SMALLEST_RING, _LARGEST_RING = 9.0, 26.0
# Visible on both ends of the colour scale, in light and dark, and different from the rings of an attribution.
CHOSEN = "#d81b60"
# More rings than a browser draws at once hide each other anyway.
_MOST_RINGS = 2_000


def pair_map(
    sequence: TokenSequence,
    selection: HeadSelection,
    region: Region,
    say: Say,
    *,
    shown: Shown = "weight",
    dark: bool = False,
) -> go.Figure:
    """Return the figure of a region, its cells coloured by what is ``shown``, single pairs by weight; ``clicked`` reads
    what the ``customdata`` of a marker stands for."""
    top = largest_weight(selection)
    if region.bins is None:
        parts: list[go.Scattergl | go.Heatmap | go.Scatter] = [_singles(sequence, selection, region, say, top, dark)]
    else:
        parts = _cells(sequence, region.bins, say, shown, top, dark)
    axes = {
        "xaxis": line_axis(sequence, region.viewport.key, say("selection.map.key_axis")),
        "yaxis": line_axis(sequence, region.viewport.query, say("selection.map.query_axis"), down=True),
    }
    return go.Figure(parts, MAP_LAYOUT | axes)


def largest_weight(selection: HeadSelection) -> float:
    """Return where a head's scale of weights ends. The scale stays the same while zooming: otherwise a weak pair would look
    strong once it is alone."""
    return float(selection.weight.max()) if len(selection.weight) else 1.0


def clicked(selection: HeadSelection, region: Region, marker: int) -> Viewport | tuple[int, int]:
    """Return what a marker's ``customdata`` stands for: some cells' events, or one pair (query, key) where pairs are shown
    singly."""
    if region.bins is None:
        query = int(np.searchsorted(selection.query_ptr, marker, "right")) - 1
        return query, int(selection.key_index[marker])
    return block(region.bins, *divmod(marker, -(-region.bins.count.shape[1] // BLOCK)))


def _singles(
    sequence: TokenSequence, selection: HeadSelection, region: Region, say: Say, top: float, dark: bool
) -> go.Scattergl:
    query, place, viewport = region.query, region.place, region.viewport
    key, weight = selection.key_index[place].astype(np.int64), selection.weight[place]
    order = np.argsort(weight, kind="stable")
    query, place, key, weight = query[order], place[order], key[order], weight[order]
    span = max(viewport.query[1] - viewport.query[0], viewport.key[1] - viewport.key[0])
    # An event's words are made once, not once a pair.
    words = {event: _event(sequence, event) for event in {*query.tolist(), *key.tolist()}}
    effect, cause, strength = (say(key) for key in ("selection.map.effect", "selection.map.cause", "word.weight"))
    text = [
        f"{effect} {words[q]}<br>{cause} {words[k]}<br>{strength} {w:.3f}"
        for q, k, w in zip(query.tolist(), key.tolist(), weight.tolist(), strict=True)
    ]
    marker = {
        "symbol": "square",
        "size": float(np.clip(420 / span, 5, 14)),
        "color": weight,
        "cmin": 0.0,
        "cmax": top,
        "colorscale": scale_of(dark),
        "colorbar": colour_bar(say("word.weight")),
        "opacity": 1.0,
    }
    return go.Scattergl(
        x=key,
        y=query,
        mode="markers",
        marker=marker,
        # Plotly fades what was not selected; here a selection only opens another view.
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
        customdata=place.tolist(),
        text=text,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _cells(
    sequence: TokenSequence, bins: Bins, say: Say, shown: Shown, top: float, dark: bool
) -> list[go.Scattergl | go.Heatmap | go.Scatter]:
    first = bins.viewport.query[0], bins.viewport.key[0]
    y = first[0] + (np.arange(bins.count.shape[0]) + 0.5) * bins.step[0] - 0.5
    x = first[1] + (np.arange(bins.count.shape[1]) + 0.5) * bins.step[1] - 0.5
    return [
        image(x, y, bins.weight, bins.count, shown, top, say, dark=dark),
        _blocks(sequence, bins, x, y, say),
    ]


def _blocks(sequence: TokenSequence, bins: Bins, x: NDArray[np.floating], y: NDArray[np.floating], say: Say) -> go.Scatter:
    """Return a marker for every block of cells that holds a pair: it says what lies there, and a click on it opens it."""
    count, weight = block_sums(bins)
    # Words are made once a row and once a column, not once a block.
    effects = [span_words(sequence, block(bins, i, 0).query, say("selection.map.effect")) for i in range(len(count))]
    causes = [span_words(sequence, block(bins, 0, i).key, say("selection.map.cause")) for i in range(count.shape[1])]
    middle = [np.array([part[i : i + BLOCK].mean() for i in range(0, len(part), BLOCK)]) for part in (x, y)]
    return filled_fields(middle[0], middle[1], effects, causes, weight, count, say)


def block_sums(bins: Bins) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return pairs and largest weight of every block of ``BLOCK`` x ``BLOCK`` cells."""
    starts = [np.arange(0, size, BLOCK) for size in bins.count.shape]
    count = np.add.reduceat(np.add.reduceat(bins.count, starts[0], 0), starts[1], 1)
    weight = np.nan_to_num(bins.weight)
    return count, np.maximum.reduceat(np.maximum.reduceat(weight, starts[0], 0), starts[1], 1)


def block(bins: Bins, row: int, column: int) -> Viewport:
    """Return the events of a block of cells."""
    rows, columns = bins.count.shape
    return bins.cells((row * BLOCK, min((row + 1) * BLOCK, rows)), (column * BLOCK, min((column + 1) * BLOCK, columns)))


def line_axis(sequence: TokenSequence, span: Range, title: str, *, down: bool = False) -> dict[str, object]:
    """Return an axis over events that names their lines."""
    ticks = _ticks(span)
    edges = span[0] - 0.5, span[1] - 0.5
    return AXIS | {
        "title": {"text": title},
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [f"{sequence.events[i].line:,}" for i in ticks],
        "range": edges[::-1] if down else edges,
    }


def _ticks(span: Range) -> Sequence[int]:
    """Return about ``_TICKS`` round positions, counted as line numbers."""
    width = span[1] - span[0]
    raw = max(width / _TICKS, 1)
    power = 10 ** int(np.floor(np.log10(raw)))
    step = max(next(power * m for m in (1, 2, 5, 10) if power * m >= raw), 1)
    # Line n is event n - 1.
    first = -(-(span[0] + 1) // step) * step - 1
    return [i for i in range(first, span[1], step) if i >= span[0]] or [span[0]]


def _event(sequence: TokenSequence, index: int) -> str:
    event = sequence.events[index]
    when = f" · {clock(event.time)}" if event.time is not None else ""
    return f"{event.line:,}{when}<br>  {escape(shortened(event.text, _HOVER_TEXT))}"


def span_words(sequence: TokenSequence, span: Range, name: str) -> str:
    """Name the first and last line of some events."""
    # Without times: a whole map has up to 16,000 cells, and the words of all of them go to the browser.
    return f"{name} {sequence.events[span[0]].line:,} – {sequence.events[span[1] - 1].line:,}"


def rings(trace: SelectionTrace, layer: int, head: int, attribution: Attribution, viewport: Viewport) -> go.Scattergl | None:
    """Return rings for the pairs of one head in the receptive field of the attribution's target; None where the view holds
    none.

    Orange circles where the key raised the score of the target, blue diamonds where it lowered it; of very many pairs, those
    whose keys contributed most. They take no clicks, so that what lies under them does.
    """
    value = attribution.dense(trace.length)
    (q0, q1), (k0, k1) = viewport.query, viewport.key
    (pairs,) = (part for part in field_pairs(trace, attribution.target) if (part.layer, part.head) == (layer, head))
    shown = (q0 <= pairs.query) & (pairs.query < q1) & (k0 <= pairs.key) & (pairs.key < k1) & (pairs.query != pairs.key)
    if not shown.any():
        return None
    query, key = pairs.query[shown], pairs.key[shown]
    most = np.sort(np.argsort(-np.abs(value[key]), kind="stable")[:_MOST_RINGS])
    query, key, size = query[most], key[most], value[key[most]]
    largest = float(np.abs(value).max()) or 1.0
    return go.Scattergl(
        x=key,
        y=query,
        mode="markers",
        marker={
            "symbol": np.where(size >= 0, *_RING_SHAPES).tolist(),
            "size": _SMALLEST_RING + (_LARGEST_RING - _SMALLEST_RING) * np.sqrt(np.abs(size) / largest),
            "color": np.where(size >= 0, TOWARDS, AWAY).tolist(),
            "line": {"width": 2.5},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def ring(query: int, key: int) -> go.Scattergl:
    """Return a ring around one pair, which takes no clicks."""
    marker = {"symbol": "circle-open", "size": 22, "color": CHOSEN, "line": {"width": 3}}
    return go.Scattergl(x=[key], y=[query], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)
