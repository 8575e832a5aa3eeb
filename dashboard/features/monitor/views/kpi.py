"""KPI as tiles, tables and a chart: every value with its interval, its number, its goal and its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from audit import Criterion, Kpi, KpiOverview, KpiReport, Statistic
from audit.operation.kpi import HIGHER_IS_BETTER
from audit.operation.rollout_plan import CriterionStatus
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.usual import FAULTY, NORMAL

UNITS = {
    Kpi.ACCURACY: "percent",
    Kpi.FALSE_ALARMS: "percent",
    Kpi.MISSED_FAULTS: "percent",
    Kpi.MISSED_CAUSES: "percent",
    Kpi.HELD: "percent",
    Kpi.REVIEW_LOAD: "hours_day",
    Kpi.WAITING: "hours",
    Kpi.AGREEMENT: "coefficient",
    Kpi.LATENCY: "seconds",
    Kpi.MEMORY: "megabytes",
    Kpi.KEPT_PAIRS: "fine_percent",
    Kpi.COST_HOUR: "money",
}
BY_SOURCE = (Kpi.ACCURACY, Kpi.FALSE_ALARMS, Kpi.MISSED_FAULTS, Kpi.MISSED_CAUSES, Kpi.HELD, Kpi.LATENCY)
MEASURED, GOAL = NORMAL, FAULTY
# How a bare number of each unit is written.
_FORMATS = {
    "percent": ".1f",
    "fine_percent": ".2f",
    "hours_day": ",.2f",
    "hours": ",.1f",
    "coefficient": ".2f",
    "seconds": ",.1f",
    "megabytes": ",.0f",
    "money": ",.2f",
}
_WORDED = ("hours_day", "hours", "seconds")
SIGNS = {"percent": "%", "fine_percent": "%", "coefficient": "", "megabytes": " MB"}


class Tile(NamedTuple):
    """One KPI as it is shown: its name, its value, interval and number, its definition, and how it stands to its goal."""

    kpi: Kpi
    name: str
    value: str
    note: str
    means: str
    goal: str | None
    status: CriterionStatus | None


def scale(kpi: Kpi) -> float:
    """Return the factor by which a value is shown: shares are shown in percent."""
    return 100.0 if UNITS[kpi].endswith("percent") else 1.0


def text(kpi: Kpi, value: float | None, currency: str, t: Texts) -> str:
    """Write a value with its unit, or a dash."""
    if value is None:
        return "–"
    unit, number = UNITS[kpi], bare(kpi, value)
    if unit in _WORDED:
        return t.plain(f"kpi.unit.{unit}", x=value * scale(kpi))
    return f"{currency} {number}" if unit == "money" else f"{number}{SIGNS[unit]}"


def bare(kpi: Kpi, value: float) -> str:
    """Write a value without its unit, where the unit stands beside it."""
    return format(value * scale(kpi), _FORMATS[UNITS[kpi]])


def note(kpi: Kpi, statistic: Statistic, currency: str, t: Texts) -> str:
    """Return interval and number of a value."""
    if statistic.value is None:
        return t.plain("kpi.none_of", n=statistic.items)
    if statistic.low is None or statistic.high is None:
        return f"n = {statistic.items:,}"
    # A currency stands before its number, every other unit behind.
    ahead = UNITS[kpi] == "money"
    low = text(kpi, statistic.low, currency, t) if ahead else bare(kpi, statistic.low)
    high = bare(kpi, statistic.high) if ahead else text(kpi, statistic.high, currency, t)
    return t.plain("kpi.interval", low=low, high=high, n=statistic.items)


def way(kpi: Kpi) -> str:
    """Return the sign that stands before a limit of this KPI."""
    return "≥" if kpi in HIGHER_IS_BETTER else "≤"


def goal(criterion: Criterion, currency: str, t: Texts) -> str:
    """Say a criterion in words."""
    limit = text(criterion.kpi, criterion.limit, currency, t)
    return f"{way(criterion.kpi)} {limit}"


def standing(criterion: Criterion, statistic: Statistic, currency: str, t: Texts) -> str:
    """Say how a value stands to its criterion."""
    # Enough decisions, and yet no value: too many still wait, or too many were never looked at.
    unknown = statistic.value is None and statistic.items >= criterion.least
    status = "unknown" if unknown else criterion.status(statistic).value
    state = t.plain(f"rollout.status.{status}", n=statistic.items, least=criterion.least)
    return t.plain("kpi.standing", state=state, goal=goal(criterion, currency, t))


def tiles(report: KpiReport, goals: Mapping[Kpi, Criterion], currency: str, t: Texts) -> list[Tile]:
    """Return all KPI, in order."""
    return [
        Tile(
            kpi,
            t.plain(f"kpi.{kpi.value}"),
            text(kpi, statistic.value, currency, t),
            note(kpi, statistic, currency, t),
            t.plain(f"kpi.{kpi.value}_means"),
            standing(goals[kpi], statistic, currency, t) if kpi in goals else None,
            goals[kpi].status(statistic) if kpi in goals else None,
        )
        for kpi, statistic in report.values.items()
    ]


def table(report: KpiReport, currency: str, t: Texts) -> pd.DataFrame:
    """Return all KPI with their definitions."""
    rows = [(tile.name, tile.value, tile.note, tile.means) for tile in tiles(report, {}, currency, t)]
    return frame(rows, "kpi", ("name", "value", "interval_95", "means"), t)


def source_table(overview: KpiOverview, currency: str, t: Texts) -> pd.DataFrame:
    """Return one row a source, those with most decisions first."""
    rows = []
    for source, report in overview.sources.items():
        cells = [cell(kpi, report.values[kpi], currency, t) for kpi in BY_SOURCE]
        rows.append((source or t.plain("kpi.no_source"), report.decisions, report.judged, report.waiting, *cells))
    return frame(rows, "kpi", ["source", "decisions", "judged", "waiting_now", *(kpi.value for kpi in BY_SOURCE)], t)


def cell(kpi: Kpi, statistic: Statistic, currency: str, t: Texts) -> str:
    """Write a value with its interval, for a cell."""
    if statistic.value is None or statistic.low is None or statistic.high is None:
        return text(kpi, statistic.value, currency, t)
    value = text(kpi, statistic.value, currency, t)
    return t.plain("word.value_from_to", value=value, low=bare(kpi, statistic.low), high=bare(kpi, statistic.high))


def trend(overview: KpiOverview, kpi: Kpi, criterion: Criterion | None, currency: str, t: Texts) -> go.Figure:
    """Return one KPI over the weeks, with its interval at each and its goal as a line."""
    by_week = {week: report.values[kpi] for week, report in overview.weeks.items() if report.values[kpi].value is not None}
    weeks, by = [week[:10] for week in by_week], scale(kpi)
    values = [_scaled(statistic.value, by) for statistic in by_week.values()]
    low = [_scaled(statistic.value if statistic.low is None else statistic.low, by) for statistic in by_week.values()]
    high = [_scaled(statistic.value if statistic.high is None else statistic.high, by) for statistic in by_week.values()]
    name = t.plain(f"kpi.{kpi.value}")
    hover = [
        f"{text(kpi, statistic.value, currency, t)}<br>{note(kpi, statistic, currency, t)}" for statistic in by_week.values()
    ]
    above = [end - value for value, end in zip(values, high, strict=True)]
    below = [value - end for value, end in zip(values, low, strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=weeks,
            y=values,
            error_y={"type": "data", "array": above, "arrayminus": below, "thickness": 1.5},
            mode="lines+markers",
            line={"color": MEASURED, "width": 2},
            marker={"size": 8},
            text=hover,
            hovertemplate="%{x}<br>%{text}<extra></extra>",
            name=f"{name}, {t.plain('word.interval_95')}",
            showlegend=True,
        )
    )
    if criterion is not None and weeks:
        figure.add_scatter(
            x=weeks,
            y=[criterion.limit * by] * len(weeks),
            mode="lines",
            line={"color": GOAL, "width": 2, "dash": "dash"},
            hoverinfo="skip",
            name=f"{t.plain('kpi.goal')}: {goal(criterion, currency, t)}",
        )
    figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25},
        xaxis={"title": t.plain("kpi.week"), "type": "category", "fixedrange": True},
        yaxis={"title": name, "rangemode": "tozero", "fixedrange": True, "ticksuffix": " %" if by == 100.0 else ""},
    )
    return figure


def _scaled(value: float | None, by: float) -> float:
    return (value or 0.0) * by
