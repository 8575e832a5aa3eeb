"""The picture of which kinds lead to which: numbered circles joined by arrows."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from dashboard.features.monitor.views.leads_layout import BESIDE, RADIUS, Layout, Place, layout
from dashboard.texts import Texts
from dashboard.views.times import duration
from dashboard.views.usual import FAULTY, NORMAL
from sparsemix.graph.leads import Edge, LeadsGraph

# From the least to the highest lift, in the colours of other figures; both ends stand out from a bright and from a dark page,
# in every kind of colour blindness.
_SCALE = [[0.0, NORMAL], [1.0, FAULTY]]
_NODE, _ON_NODE = "dimgray", "white"
_BEHIND = {False: "rgba(255,255,255,0.8)", True: "rgba(20,25,29,0.8)"}
_WIDEST, _THINNEST = 6.0, 1.2  # pixels of an edge
_BEND = 0.16  # of an edge's length, so that an edge and its opposite do not cover each other
_STEPS = 12
_LABEL_LINE, _LABEL_LINES = 24, 2  # characters; a Japanese one is twice as wide
_SCALE_HEIGHT = 150  # pixels
_HOVER = 90


def figure(graph: LeadsGraph, t: Texts, *, dark: bool = False) -> go.Figure:
    """Draw the kinds as numbered circles and the edges as arrows: the wider, the more support; the redder, the higher lift.

    A point in the middle of an edge can be chosen; its ``customdata`` is the edge's place. ``dark``: for a dark page.
    """
    laid = layout(len(graph.kinds), [(edge.earlier, edge.later) for edge in graph.edges])
    at = laid.places
    lifts = [math.log10(edge.lift) for edge in graph.edges]
    low, high = min(lifts), max(lifts)
    most = max(edge.support for edge in graph.edges)
    drawing = go.Figure()
    middles: list[Place] = []
    # The strongest last, above the others.
    for edge, lift in reversed(list(zip(graph.edges, lifts, strict=True))):
        colour = sample_colorscale(_SCALE, (lift - low) / (high - low) if high > low else 0.5)[0]
        width = _THINNEST + (_WIDEST - _THINNEST) * math.sqrt(edge.support / most)
        curve = _curve(at[edge.earlier], at[edge.later])
        middles.append(curve[_STEPS // 2])
        _draw_edge(drawing, curve, colour, width)
    _draw_middles(drawing, graph, middles[::-1], lifts, t)
    _draw_kinds(drawing, graph, laid, t, dark=dark)
    around = {"l": 15, "r": 5, "t": 30, "b": 25}
    drawing.update_layout(
        height=max(int(laid.height), _SCALE_HEIGHT) + around["t"] + around["b"],
        margin=around,
        showlegend=False,
        hoverlabel={"align": "left"},
        xaxis={"visible": False, "range": [0, laid.width]},
        yaxis={"visible": False, "range": [max(laid.height, _SCALE_HEIGHT), 0]},
        dragmode="pan",
    )
    return drawing


def _draw_edge(drawing: go.Figure, curve: Sequence[Place], colour: str, width: float) -> None:
    drawing.add_trace(
        go.Scatter(
            x=[x for x, _ in curve],
            y=[y for _, y in curve],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
        )
    )
    (x, y), (before_x, before_y) = curve[-1], curve[-4]
    drawing.add_annotation(
        x=x,
        y=y,
        ax=before_x,
        ay=before_y,
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowsize=max(0.6, 2.2 / width),
        arrowwidth=width,
        arrowcolor=colour,
        standoff=RADIUS,
    )


def _draw_middles(drawing: go.Figure, graph: LeadsGraph, middles: Sequence[Place], lifts: Sequence[float], t: Texts) -> None:
    shown = sorted({min(lifts), max(lifts), (min(lifts) + max(lifts)) / 2})
    drawing.add_trace(
        go.Scatter(
            x=[x for x, _ in middles],
            y=[y for _, y in middles],
            mode="markers",
            marker={
                "size": 11,
                "color": lifts,
                "colorscale": _SCALE,
                "line": {"color": _ON_NODE, "width": 1},
                "colorbar": {
                    "title": {"text": t.plain("leads.column.lift")},
                    "tickvals": shown,
                    "ticktext": [f"{float(f'{10**lift:.3g}'):,g}" for lift in shown],
                    "thickness": 12,
                    "len": _SCALE_HEIGHT,
                    "lenmode": "pixels",
                    "y": 1,
                    "yanchor": "top",
                },
            },
            selected={"marker": {"size": 17}},
            unselected={"marker": {"opacity": 1}},
            customdata=list(range(len(graph.edges))),
            text=[_edge_hover(graph, edge, t) for edge in graph.edges],
            hovertemplate="%{text}<extra></extra>",
        )
    )


def _draw_kinds(drawing: go.Figure, graph: LeadsGraph, laid: Layout, t: Texts, *, dark: bool) -> None:
    hovers = [
        "<br>".join(
            [
                f"<b>{place}</b> {_cut(kind.text)}",
                t.plain("leads.kind_hover", events=kind.events, decisions=kind.decisions, repeats=kind.repeats),
            ]
        )
        for place, kind in enumerate(graph.kinds, 1)
    ]
    drawing.add_trace(
        go.Scatter(
            x=[x for x, _ in laid.places],
            y=[y for _, y in laid.places],
            mode="markers+text",
            marker={"size": 2 * RADIUS, "color": _NODE, "line": {"color": _ON_NODE, "width": 1}, "opacity": 1},
            # A chosen edge leaves the others as they are.
            unselected={"marker": {"opacity": 1}, "textfont": {"color": _ON_NODE}},
            text=[str(place) for place in range(1, len(graph.kinds) + 1)],
            textfont={"color": _ON_NODE, "size": 12},
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    for (x, y), aside, label in zip(laid.places, laid.sides, _labels(graph), strict=True):
        if aside is None:
            continue
        drawing.add_annotation(
            x=x,
            y=y,
            xshift=aside * (RADIUS + BESIDE),
            xanchor={-1: "right", 0: "center", 1: "left"}[aside],
            yshift=0 if aside else -RADIUS,
            yanchor="middle" if aside else "top",
            align={-1: "right", 0: "center", 1: "left"}[aside],
            text=label,
            showarrow=False,
            font={"size": 11},
            # Arrows may run below a label that stands under its node.
            bgcolor=None if aside else _BEHIND[dark],
        )


def _curve(start: Place, end: Place) -> list[Place]:
    """Return points of an arc that is bent to its left."""
    (x0, y0), (x1, y1) = start, end
    x, y = (x0 + x1) / 2 + _BEND * (y1 - y0), (y0 + y1) / 2 - _BEND * (x1 - x0)
    shares = [step / _STEPS for step in range(_STEPS + 1)]
    return [
        ((1 - s) ** 2 * x0 + 2 * s * (1 - s) * x + s**2 * x1, (1 - s) ** 2 * y0 + 2 * s * (1 - s) * y + s**2 * y1)
        for s in shares
    ]


def _edge_hover(graph: LeadsGraph, edge: Edge, t: Texts) -> str:
    lines = [f"{edge.earlier + 1} {_cut(graph.kinds[edge.earlier].text)}"]
    lines.append(f"→ {edge.later + 1} {_cut(graph.kinds[edge.later].text)}")
    time = "–" if edge.lag_seconds is None else duration(edge.lag_seconds.median, t)
    lines.append(
        t.plain(
            "leads.hover",
            support=edge.support,
            share=edge.share,
            lift=f"{edge.lift:.3g}",
            decisions=edge.decisions,
            events=edge.lag_events.median,
            time=time,
        )
    )
    return "<br>".join(lines)


def _labels(graph: LeadsGraph) -> list[str]:
    """Return the words of every kind without masks and without what all begin with, cut into lines for the picture."""
    words = [kind.text.replace("<*>", " ").split() for kind in graph.kinds]
    same = next((place for place, at in enumerate(zip(*words, strict=False)) if len(set(at)) > 1), 0)
    return [_label(" ".join(own[same:]) or kind.text) for own, kind in zip(words, graph.kinds, strict=True)]


def _label(text: str) -> str:
    """Cut a text into lines, between its words where they are short enough; Japanese signs take twice the room."""
    lines, room = [""], _LABEL_LINE
    for word in text.split(" "):
        if lines[-1] and 1 + _wide(word) > room and len(lines) < _LABEL_LINES:
            lines.append("")
            room = _LABEL_LINE
        for sign in f" {word}" if lines[-1] else word:
            room -= _wide(sign)
            if room < 0 and len(lines) == _LABEL_LINES:
                return "<br>".join(map(escape, [*lines[:-1], f"{lines[-1]}…"]))
            if room < 0:
                lines.append("")
                room = _LABEL_LINE - _wide(sign)
            lines[-1] += sign
    return "<br>".join(map(escape, lines))


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _cut(text: str) -> str:
    return escape(text if len(text) <= _HOVER else f"{text[: _HOVER - 1]}…")
