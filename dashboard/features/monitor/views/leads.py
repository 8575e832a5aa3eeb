"""Which kinds lead to which, as a sentence, a table and a picture."""

from __future__ import annotations

import math
import textwrap
from datetime import date, timedelta
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from dashboard.features.monitor.views.leads_layout import layout
from dashboard.service.decide.leads import MOST_DECISIONS, Leads, LeadsScope
from dashboard.texts import Texts
from dashboard.views.times import duration
from dashboard.views.usual import header_width
from sparsemix.graph.leads import Edge, LeadsGraph

NUMBERS = ("support", "share", "decisions", "lift", "lag_events", "lag_seconds", "reverse")
# From the least to the highest lift; both ends stand out from a bright and from a dark page, in every kind of colour blindness.
_SCALE = [[0.0, "#6b8fb3"], [0.5, "#a06cd5"], [1.0, "#e8590c"]]
_NODE, _ON_NODE = "#495866", "#ffffff"
_ACROSS, _DOWN = 3.0, 1.0  # of the places: a column is so much wider than a row is high
_ROW, _RADIUS = 84, 13  # pixels
_WIDEST, _THINNEST = 6.0, 1.2  # pixels of an edge
_BEND = 0.16  # of an edge's length, so that an edge and its opposite do not cover each other
_STEPS = 12
_LABEL_LINE, _LABEL_LINES = 20, 2
_HOVER = 90


def scope(source: str | None, first: date | None, last: date | None) -> LeadsScope:
    """Return the scope of whole days in UTC, both included."""
    return LeadsScope(source, _midnight(first) if first else None, _midnight(last + timedelta(days=1)) if last else None)


def basis(found: Leads, graph: LeadsGraph, t: Texts) -> str:
    """Say what the edges rest on, how many decisions were left out, and why."""
    weights = len({run.weights_sha256 for run in graph.runs})
    sentences = [t("leads.basis", n=len(graph.runs), events=graph.events, pairs=graph.pairs, shown=len(graph.edges))]
    sentences.append(t("leads.all_edges", all=graph.all_edges))
    if weights > 1:
        sentences.append(t("leads.weights", n=weights))
    left = found.candidates
    for name, count in (("blind", left.blind), ("repeated", left.repeated), ("gone", found.gone)):
        if count:
            sentences.append(t(f"usual.left.{name}", n=count))
    if left.older:
        sentences.append(t("leads.older", n=left.older, most=MOST_DECISIONS))
    if graph.dropped_pairs:
        sentences.append(t("leads.dropped", n=graph.dropped_pairs))
    return " ".join(sentences)


def table(graph: LeadsGraph) -> pd.DataFrame:
    """Return a row an edge, the strongest first: both kinds with their numbers in the picture, and ``NUMBERS``."""
    rows = [
        {
            "earlier": name(graph, edge.earlier),
            "later": name(graph, edge.later),
            "support": edge.support,
            "share": 100 * edge.share,
            "decisions": edge.decisions,
            "lift": _rounded(edge.lift),
            "lag_events": edge.lag_events.median,
            "lag_seconds": None if edge.lag_seconds is None else _rounded(edge.lag_seconds.median),
            "reverse": edge.reverse,
        }
        for edge in graph.edges
    ]
    return pd.DataFrame(rows, columns=["earlier", "later", *NUMBERS])


def widths(t: Texts) -> dict[str, int]:
    """Return the width of every column of numbers, in pixels."""
    return {column: header_width(t.plain(f"leads.column.{column}")) for column in NUMBERS}


def name(graph: LeadsGraph, kind: int) -> str:
    """Return a kind's number in the picture and its text."""
    return f"{kind + 1} · {graph.kinds[kind].text}"


def sentence(graph: LeadsGraph, edge: Edge, t: Texts) -> str:
    """Describe one edge in words."""
    lag = t.plain("leads.lag_events", n=edge.lag_events.median)
    if edge.lag_seconds is not None:
        lag = t.plain("leads.lag_both", events=lag, time=duration(edge.lag_seconds.median, t))
    words = [
        t(
            "leads.edge",
            earlier=graph.kinds[edge.earlier].text,
            later=graph.kinds[edge.later].text,
            support=edge.support,
            share=edge.share,
            origins=edge.origins,
            lag=lag,
            lift=f"{edge.lift:.3g}",
        )
    ]
    if edge.reverse:
        words.append(t("leads.edge_reverse", n=edge.reverse))
    return " ".join(words)


def figure(graph: LeadsGraph, t: Texts) -> go.Figure:
    """Draw the kinds as numbered circles and the edges as arrows: the wider, the more support; the redder, the higher lift.

    A point in the middle of an edge can be chosen; its ``customdata`` is the edge's place.
    """
    places = layout(len(graph.kinds), [(edge.earlier, edge.later) for edge in graph.edges])
    at = [(_ACROSS * column, -_DOWN * row) for column, row in places]
    lifts = [math.log10(edge.lift) for edge in graph.edges]
    low, high = min(lifts), max(lifts)
    most = max(edge.support for edge in graph.edges)
    drawing = go.Figure()
    middles: list[tuple[float, float]] = []
    # The strongest last, above the others.
    for edge, lift in reversed(list(zip(graph.edges, lifts, strict=True))):
        colour = sample_colorscale(_SCALE, (lift - low) / (high - low) if high > low else 0.5)[0]
        width = _THINNEST + (_WIDEST - _THINNEST) * math.sqrt(edge.support / most)
        curve = _curve(at[edge.earlier], at[edge.later])
        middles.append(curve[_STEPS // 2])
        _draw_edge(drawing, curve, colour, width)
    _draw_middles(drawing, graph, middles[::-1], lifts, t)
    _draw_kinds(drawing, graph, at, t)
    rows = 1 + max(row for _, row in places)
    columns = 1 + max(column for column, _ in places)
    drawing.update_layout(
        height=int(90 + _ROW * rows),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        showlegend=False,
        hoverlabel={"align": "left"},
        xaxis={"visible": False, "range": [-0.5 * _ACROSS, (columns - 0.5) * _ACROSS]},
        yaxis={"visible": False, "range": [-(rows - 0.3) * _DOWN, 0.45 * _DOWN]},
        dragmode="pan",
    )
    return drawing


def _draw_edge(drawing: go.Figure, curve: list[tuple[float, float]], colour: str, width: float) -> None:
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
        standoff=_RADIUS,
    )


def _draw_middles(
    drawing: go.Figure, graph: LeadsGraph, middles: list[tuple[float, float]], lifts: list[float], t: Texts
) -> None:
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
                "line": {"color": "#ffffff", "width": 1},
                "colorbar": {
                    "title": {"text": t.plain("leads.column.lift")},
                    "tickvals": shown,
                    "ticktext": [f"{10**lift:.3g}" for lift in shown],
                    "thickness": 12,
                    "len": min(1.0, 220 / (90 + _ROW)),
                    "y": 1,
                    "yanchor": "top",
                },
            },
            customdata=list(range(len(graph.edges))),
            text=[_edge_hover(graph, edge, t) for edge in graph.edges],
            hovertemplate="%{text}<extra></extra>",
        )
    )


def _draw_kinds(drawing: go.Figure, graph: LeadsGraph, at: list[tuple[float, float]], t: Texts) -> None:
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
            x=[x for x, _ in at],
            y=[y for _, y in at],
            mode="markers+text",
            marker={"size": 2 * _RADIUS, "color": _NODE, "line": {"color": _ON_NODE, "width": 1}, "opacity": 1},
            text=[str(place) for place in range(1, len(at) + 1)],
            textfont={"color": _ON_NODE, "size": 12},
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    for (x, y), kind in zip(at, graph.kinds, strict=True):
        drawing.add_annotation(
            x=x,
            y=y,
            yshift=-_RADIUS - 2,
            yanchor="top",
            text=_label(kind.text),
            showarrow=False,
            font={"size": 11},
        )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Return points of an arc that is bent to its left."""
    (x0, y0), (x1, y1) = start, end
    x, y = (x0 + x1) / 2 - _BEND * (y1 - y0), (y0 + y1) / 2 + _BEND * (x1 - x0) / _ACROSS
    shares = [step / _STEPS for step in range(_STEPS + 1)]
    return [
        ((1 - s) ** 2 * x0 + 2 * s * (1 - s) * x + s**2 * x1, (1 - s) ** 2 * y0 + 2 * s * (1 - s) * y + s**2 * y1)
        for s in shares
    ]


def _edge_hover(graph: LeadsGraph, edge: Edge, t: Texts) -> str:
    lines: list[Any] = [f"{edge.earlier + 1} {_cut(graph.kinds[edge.earlier].text)}"]
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


def _label(text: str) -> str:
    """Return the words of a kind without masks, cut into lines for the picture."""
    words = " ".join(text.replace("<*>", " ").split()) or text
    lines = textwrap.wrap(words, _LABEL_LINE, max_lines=_LABEL_LINES, placeholder="…")
    return "<br>".join(escape(line) for line in lines)


def _cut(text: str) -> str:
    return escape(text if len(text) <= _HOVER else f"{text[: _HOVER - 1]}…")


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
