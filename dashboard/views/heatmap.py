"""The map of one head's selected pairs: key (cause) to the right, query (effect) downwards.

A browser draws neither a million points nor a 50,000 x 50,000 image, so the server bins: each cell shows the largest weight in
it and counts its pairs. A view with few pairs shows each of them. Heatmap traces report no selection to Streamlit, so
nearly invisible markers lie over the cells: a box drawn over them comes back with its ranges, a click with the marker's
``customdata``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.views.pairs import Range, region_places
from dashboard.views.times import clock
from dashboard.views.viewport import Viewport
from sparsemix.sequence import TokenSequence
from sparsemix.trace import HeadSelection

# 4 pixels a cell; each cell with pairs carries its words for the hover, so more would also be slow to send.
MAX_BINS = 128
MAX_SINGLE = 3_000
_TICKS = 6
_HOVER_TEXT = 90

Say = Callable[..., str]
"""``say(key, **params)``: a text in the reader's language."""


@dataclass(frozen=True, slots=True)
class Bins:
    """R x C cells over a viewport, ``step`` (query, key) events each.

    ``weight`` float32 [R, C]: largest weight, NaN where no pair lies; ``count`` int64 [R, C].
    """

    viewport: Viewport
    step: tuple[int, int]
    weight: NDArray[np.float32]
    count: NDArray[np.int64]

    def cell(self, row: int, column: int) -> Viewport:
        """The events of one cell."""

        def span(start: int, step: int, index: int, end: int) -> Range:
            return start + index * step, min(start + (index + 1) * step, end)

        return Viewport(
            span(self.viewport.query[0], self.step[0], row, self.viewport.query[1]),
            span(self.viewport.key[0], self.step[1], column, self.viewport.key[1]),
        )


def bin_pairs(selection: HeadSelection, viewport: Viewport, most: int = MAX_BINS) -> Bins:
    """Bin the pairs of a viewport into at most ``most`` x ``most`` cells of equal whole numbers of events."""
    return _binned(selection, viewport, most, *region_places(selection, viewport.query, viewport.key))


def _binned(
    selection: HeadSelection, viewport: Viewport, most: int, query: NDArray[np.int64], place: NDArray[np.int64]
) -> Bins:
    key, weight = selection.key_index[place], selection.weight[place]
    spans = viewport.query[1] - viewport.query[0], viewport.key[1] - viewport.key[0]
    step = -(-spans[0] // most), -(-spans[1] // most)
    rows, columns = -(-spans[0] // step[0]), -(-spans[1] // step[1])
    cell = (query - viewport.query[0]) // step[0] * columns + (key - viewport.key[0]) // step[1]
    count = np.bincount(cell, minlength=rows * columns)
    largest = np.zeros(rows * columns, np.float32)
    np.maximum.at(largest, cell, weight)
    largest[count == 0] = np.nan
    return Bins(viewport, step, largest.reshape(rows, columns), count.reshape(rows, columns))


def pair_map(
    sequence: TokenSequence, selection: HeadSelection, viewport: Viewport, say: Say, *, dark: bool = False
) -> go.Figure:
    """The figure of a viewport; ``clicked`` reads what the ``customdata`` of a marker stands for."""
    query, place = region_places(selection, viewport.query, viewport.key)
    # The scale stays the same while zooming, or a weak pair would look strong once it is alone.
    top = float(selection.weight.max()) if len(selection.weight) else 1.0
    colour = {"colorscale": scale_of(dark), "cmin": 0.0, "cmax": top, "colorbar": _colour_bar(say)}
    figure = go.Figure()
    if len(query) <= MAX_SINGLE:
        figure.add_trace(_singles(sequence, selection, viewport, query, place, say, colour))
    else:
        bins = _binned(selection, viewport, MAX_BINS, query, place)
        for part in _cells(sequence, bins, say, colour):
            figure.add_trace(part)
    _lay_out(figure, sequence, viewport, say)
    return figure


def scale_of(dark: bool) -> str:
    """The colours of all maps. What is strong must stand out from the page: bright on dark, dark on bright."""
    return "Cividis" if dark else "Cividis_r"


def clicked(selection: HeadSelection, viewport: Viewport, marker: int) -> Viewport | tuple[int, int]:
    """What a marker's ``customdata`` stands for: a cell's events, or one pair (query, key) where pairs are shown singly."""
    query, place = region_places(selection, viewport.query, viewport.key)
    if len(query) <= MAX_SINGLE:
        found = int(np.searchsorted(selection.query_ptr, marker, "right")) - 1
        return found, int(selection.key_index[marker])
    bins = _binned(selection, viewport, MAX_BINS, query, place)
    return bins.cell(*divmod(marker, bins.count.shape[1]))


def _singles(
    sequence: TokenSequence,
    selection: HeadSelection,
    viewport: Viewport,
    query: NDArray[np.int64],
    place: NDArray[np.int64],
    say: Say,
    colour: dict[str, object],
) -> go.Scattergl:
    key, weight = selection.key_index[place].astype(np.int64), selection.weight[place]
    order = np.argsort(weight, kind="stable")
    query, place, key, weight = query[order], place[order], key[order], weight[order]
    span = max(viewport.query[1] - viewport.query[0], viewport.key[1] - viewport.key[0])
    text = [
        f"{say('selection.map.effect')} {_event(sequence, q)}<br>{say('selection.map.cause')} {_event(sequence, k)}"
        f"<br>{say('selection.map.weight')} {w:.3f}"
        for q, k, w in zip(query.tolist(), key.tolist(), weight.tolist(), strict=True)
    ]
    marker = {
        "symbol": "square",
        "size": float(np.clip(420 / span, 5, 14)),
        "color": weight,
        "cmin": colour["cmin"],
        "cmax": colour["cmax"],
        "colorscale": colour["colorscale"],
        "colorbar": colour["colorbar"],
    }
    return _markers(key, query, place, text, marker, 1.0)


def _cells(sequence: TokenSequence, bins: Bins, say: Say, colour: dict[str, object]) -> list[go.Heatmap | go.Scattergl]:
    row, column = np.nonzero(bins.count)
    first = bins.viewport.query[0], bins.viewport.key[0]
    y = first[0] + (np.arange(bins.count.shape[0]) + 0.5) * bins.step[0] - 0.5
    x = first[1] + (np.arange(bins.count.shape[1]) + 0.5) * bins.step[1] - 0.5
    image = go.Heatmap(
        x=x,
        y=y,
        z=bins.weight,
        zmin=colour["cmin"],
        zmax=colour["cmax"],
        colorscale=colour["colorscale"],
        colorbar=colour["colorbar"],
        hoverinfo="skip",
    )
    # Words are made once a row and once a column, not once a cell.
    effects = [_span(sequence, bins.cell(i, 0).query, say("selection.map.effect")) for i in range(len(y))]
    causes = [_span(sequence, bins.cell(0, i).key, say("selection.map.cause")) for i in range(len(x))]
    numbers = zip(
        row.tolist(), column.tolist(), bins.weight[row, column].tolist(), bins.count[row, column].tolist(), strict=True
    )
    text = [
        f"{effects[r]}<br>{causes[c]}<br>{say('selection.map.cell', weight=f'{w:.3f}', count=f'{n:,}')}"
        for r, c, w, n in numbers
    ]
    return [image, _markers(x[column], y[row], row * len(x) + column, text, {"size": 6, "color": "#808080"}, 0.01)]


def _markers(
    x: NDArray[np.generic],
    y: NDArray[np.generic],
    ids: NDArray[np.int64],
    text: list[str],
    marker: dict[str, object],
    opacity: float,
) -> go.Scattergl:
    return go.Scattergl(
        x=x,
        y=y,
        mode="markers",
        marker={**marker, "opacity": opacity},
        # Plotly fades what was not selected; here a selection only opens another view.
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
        customdata=ids.tolist(),
        text=text,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _colour_bar(say: Say) -> dict[str, object]:
    return {"title": {"text": say("selection.map.weight"), "side": "right"}, "thickness": 10, "outlinewidth": 0}


def _lay_out(figure: go.Figure, sequence: TokenSequence, viewport: Viewport, say: Say) -> None:
    def axis(span: Range, title: str) -> dict[str, object]:
        ticks = _ticks(span)
        lines = [f"{sequence.events[i].line:,}" for i in ticks]
        return {
            "title": {"text": title},
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": lines,
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "linewidth": 1,
            "linecolor": "rgba(128,128,128,0.4)",
        }

    (q0, q1), (k0, k1) = viewport.query, viewport.key
    figure.update_layout(
        xaxis=axis(viewport.key, say("selection.map.key_axis")) | {"range": [k0 - 0.5, k1 - 0.5]},
        yaxis=axis(viewport.query, say("selection.map.query_axis")) | {"range": [q1 - 0.5, q0 - 0.5]},
        dragmode="select",
        height=520,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hoverlabel={"align": "left"},
    )


def _ticks(span: Range) -> Sequence[int]:
    """Round positions of about ``_TICKS`` events, as line numbers of most logs are then round too."""
    width = span[1] - span[0]
    raw = max(width / _TICKS, 1)
    power = 10 ** int(np.floor(np.log10(raw)))
    step = max(next(power * m for m in (1, 2, 5, 10) if power * m >= raw), 1)
    # Line n is event n - 1.
    first = -(-(span[0] + 1) // step) * step - 1
    return [i for i in range(first, span[1], step) if i >= span[0]] or [span[0]]


def _event(sequence: TokenSequence, index: int) -> str:
    event = sequence.events[index]
    short = event.text if len(event.text) <= _HOVER_TEXT else event.text[: _HOVER_TEXT - 1] + "…"
    when = f" · {clock(event.time)}" if event.time is not None else ""
    return f"{event.line:,}{when}<br>  {escape(short)}"


def _span(sequence: TokenSequence, span: Range, name: str) -> str:
    # Without times: a whole map has up to 16,000 cells, and the words of all of them go to the browser.
    return f"{name} {sequence.events[span[0]].line:,} – {sequence.events[span[1] - 1].line:,}"
