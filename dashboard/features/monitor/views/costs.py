"""Cost and saving as tables and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from audit import Costs, Statistic
from dashboard.service.decide.economics import DENSE, LONG, MANUAL, SHORT, SPARSE, CostFigures, Swing, Way, dense_seconds, hour
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.usual import FAULTY, NORMAL

COLOURS = {SPARSE: NORMAL, DENSE: "#808080", MANUAL: FAULTY}
_DASHES = {SPARSE: "solid", DENSE: "dot", MANUAL: "dash"}
_PARTS = ("machine", "people", "false_alarms", "missed_faults", "upkeep", "year")
_MONTHS = 36
_BARS = 10
_LENGTHS = (1_000, 10_000, 100_000)
# Assumed length / measured length: from here, most of an extrapolated time would be a decision's fixed time, multiplied.
_FAR = 5


def amount(value: float | None, costs: Costs) -> str:
    """Write an amount of money, or a dash."""
    return "–" if value is None else f"{costs.currency} {value:,.0f}"


def table(compared: Mapping[str, Way], costs: Costs, t: Texts) -> pd.DataFrame:
    """Return one row a way of working; amounts as whole numbers, those of an hour with two decimals."""
    rows = [
        (
            t.plain(f"costs.{name}"),
            *(round(getattr(way, part)) for part in _PARTS),
            round(hour(way, costs), 2),
            round(way.once),
            round(way.over(SHORT)),
            round(way.over(LONG)),
        )
        for name, way in compared.items()
    ]
    return frame(rows, "costs", ("way", *_PARTS, "hour", "once", "short", "long"), t)


def lengths_table(measured: CostFigures, costs: Costs, t: Texts) -> pd.DataFrame:
    """Return SparseMix beside dense attention at the assumed length and at other lengths."""
    rows = []
    for events in sorted({*_LENGTHS, round(costs.events_sequence)}):
        seconds = measured.seconds_of(events, costs)
        dense = round(dense_seconds(costs, events), 3)
        rows.append((events, None if seconds is None else round(seconds, 3), dense))
    return frame(rows, "costs", ("events", "sparse_seconds", "dense_seconds"), t)


def time_law(measured: CostFigures, t: Texts) -> str | None:
    """Say how a decision's time is assumed to grow with its length; None while nothing was measured."""
    if measured.seconds_sequence is None:
        return None
    line = measured.time_by_length
    if line is None:
        return t("costs.time_proportional")
    each = line.per_event * 1_000
    return t(
        "costs.time_fitted", constant=line.constant, each=each, n=line.decisions, shortest=line.shortest, longest=line.longest
    )


def extrapolated(measured: CostFigures, events: float | None, costs: Costs, t: Texts) -> str | None:
    """Return a warning where the decisions (of ``events`` events, on average) are far shorter than the assumed logs: the
    time that does not depend on length is then multiplied as well, and the estimate is too high. Else None."""
    if measured.time_by_length is not None or not events or costs.events_sequence < _FAR * events:
        return None
    return t("costs.extrapolated", events=events, assumed=costs.events_sequence)


def measured_table(measured: CostFigures, faults: Statistic, costs: Costs, t: Texts) -> pd.DataFrame:
    """Return the measured values and how each was found."""
    values = {
        "seconds_sequence": _with("seconds", measured.seconds_sequence, t),
        "reviews_sequence": _with("number", measured.reviews_sequence, t),
        "seconds_review": _with("seconds", measured.seconds_review, t),
        "false_alarm_rate": _with("percent", measured.false_alarm_rate, t),
        "missed_rate": _with("percent", measured.missed_rate, t),
        "fault_share_measured": _with("percent", faults.value, t),
        "dense_sequence": _with("seconds", dense_seconds(costs, costs.events_sequence), t),
    }
    how = {name: t.plain("costs.rate_how" if name.endswith("_rate") else f"costs.{name}_how") for name in values}
    if law := time_law(measured, t):
        how["seconds_sequence"] += f" {law}"
    rows = [(t.plain(f"costs.{name}"), value, how[name]) for name, value in values.items()]
    return frame(rows, "costs", ("what", "value", "how"), t)


def pays_off(day: date | None, begin: date, t: Texts) -> str:
    """Say when it pays off, counted from the beginning."""
    if day is None:
        return t.plain("costs.never")
    if day <= begin:
        return t.plain("costs.at_once")
    return t.plain("costs.months", n=(day - begin).days / 365.25 * 12)


def over_time(compared: Mapping[str, Way], costs: Costs, t: Texts) -> go.Figure:
    """Return the cumulative costs month by month."""
    months = list(range(_MONTHS + 1))
    figure = go.Figure(
        [
            go.Scatter(
                x=months,
                y=[way.over(month / 12) for month in months],
                name=t.plain(f"costs.{name}"),
                mode="lines",
                line={"color": COLOURS[name], "width": 2, "dash": _DASHES[name]},
                hovertemplate="%{x}: %{y:,.0f}",
            )
            # Dense attention last: its dots stay visible on a line that is the same.
            for name, way in sorted(compared.items(), key=lambda item: item[0] == DENSE)
        ]
    )
    # Where the short term ends.
    figure.add_vline(x=SHORT * 12, line_width=1, line_dash="dot", line_color="#808080")
    figure.update_layout(
        height=320,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25},
        xaxis={"title": t.plain("costs.month"), "dtick": 6, "fixedrange": True},
        yaxis={"title": t.plain("costs.money", currency=costs.currency), "rangemode": "tozero", "fixedrange": True},
    )
    return figure


def tornado(swings: Sequence[Swing], now: float, costs: Costs, t: Texts) -> go.Figure:
    """Return the saving when one assumption is less or more, the most important assumption on top."""
    shown = swings[:_BARS][::-1]
    names = [assumption(swing.name, t) for swing in shown]

    def bar(ends: list[float], name: str, colour: str) -> go.Bar:
        return go.Bar(
            y=names,
            x=[end - now for end in ends],
            base=now,
            orientation="h",
            name=t.plain(f"costs.{name}"),
            marker={"color": colour},
            customdata=ends,
            hovertemplate="%{y}: %{customdata:,.0f}",
        )

    figure = go.Figure(
        [
            bar([swing.less for swing in shown], "less", COLOURS[SPARSE]),
            bar([swing.more for swing in shown], "more", COLOURS[MANUAL]),
        ]
    )
    figure.add_vline(x=now, line_width=1, line_color="#808080")
    figure.update_layout(
        height=70 + 30 * len(shown),
        barmode="overlay",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.2, "traceorder": "normal"},
        xaxis={"title": costs.currency, "fixedrange": True},
        yaxis={"automargin": True, "fixedrange": True},
    )
    return figure


def assumption(name: str, t: Texts) -> str:
    """Return the name of an assumption, or of a measured value."""
    return t.plain(f"costs.a.{name}" if t.has(f"costs.a.{name}") else f"costs.{name}")


def _with(unit: str, value: float | None, t: Texts) -> str:
    if value is None:
        return t.plain("costs.unknown")
    if unit == "number":
        return f"{value:,.3g}"
    return t.plain("unit.percent" if unit == "percent" else "word.seconds", x=value)
