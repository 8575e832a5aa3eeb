"""Cost and saving as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from audit import Costs, Statistic
from dashboard.service.decide.economics import LONG, SHORT, CostFigures, Swing, Way, dense_seconds, hour
from dashboard.texts import Texts
from dashboard.views.frames import frame

_PARTS = ("machine", "people", "false_alarms", "missed_faults", "upkeep", "year")
_SWINGS = 10
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


def swings_table(swings: Sequence[Swing], t: Texts) -> pd.DataFrame:
    """Return the saving when one assumption is less or more, the most important assumptions first."""
    rows = [(assumption(swing.name, t), round(swing.less), round(swing.more)) for swing in swings[:_SWINGS]]
    return frame(rows, "costs", ("what", "less", "more"), t)


def assumption(name: str, t: Texts) -> str:
    """Return the name of an assumption, or of a measured value."""
    return t.plain(f"costs.a.{name}" if t.has(f"costs.a.{name}") else f"costs.{name}")


def _with(unit: str, value: float | None, t: Texts) -> str:
    if value is None:
        return t.plain("costs.unknown")
    if unit == "number":
        return f"{value:,.3g}"
    return t.plain("unit.percent" if unit == "percent" else "word.seconds", x=value)
