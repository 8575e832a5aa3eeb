"""How one-sided data are, as a table, a figure and sentences with advice; and which selections were never practised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from audit import DecisionRecord
from dashboard.texts import Texts
from sparsemix import InputError
from sparsemix.dataset.item import is_normal
from sparsemix.monitoring.diversity import OTHERS, SHIFTS, WEEKDAYS, YEARLESS, Aspect, counted, length, moment, shift
from sparsemix.monitoring.drift.profile import Unpractised
from sparsemix.readers import ReadOptions
from sparsemix.readers.options import UTC_NAME

ONE_SIDED = 0.8  # share of the most frequent value from which one speaks of it
FEW_FAULTY = 20
MOST_SHOWN = 15
_NAMED = 4  # in a sentence
_BAR = "#2a7f8e"


def of_decisions(decisions: Sequence[DecisionRecord]) -> list[Aspect]:
    """How the recorded decisions are spread; when they were is told by ``times_said``. What was decided is left out: it may not
    be told of decisions that are judged blind."""
    times = [_when(decision) for decision in decisions]
    found = [
        counted("source", "decisions", (_text(decision, "source") for decision in decisions)),
        counted("shift", "decisions", (shift(one.at) for one in times)),
        counted("weekday", "decisions", (WEEKDAYS[one.at.weekday()] if one.dated else None for one in times)),
        counted("length", "decisions", (length(decision.event_count) for decision in decisions)),
        counted("format", "decisions", (_text(decision, "source_format") for decision in decisions)),
        counted("weights", "decisions", (decision.model_id.removeprefix("sparsemix-") for decision in decisions)),
    ]
    return [aspect for aspect in found if aspect.total]


def times_said(decisions: Sequence[DecisionRecord], t: Texts) -> str:
    """Which times shifts and weekdays are counted by, and in which time zone."""
    times = [_when(decision) for decision in decisions]
    own, zones = sum(one.own for one in times), t.plain("unit.join").join(dict.fromkeys(one.zone for one in times))
    key = "times_own" if own == len(times) else "times_both" if own else "times_analysed"
    return t(f"diversity.{key}", own=own, others=len(times) - own, zones=zones)


def aspects_table(aspects: Sequence[Aspect], t: Texts) -> pd.DataFrame:
    """One row an aspect: how many values, how many effectively, the most frequent one and its share, how many have none."""
    rows = [
        (
            t.plain(f"diversity.{aspect.name}"),
            t.plain(f"diversity.unit.{aspect.unit}"),
            len(aspect.counts),
            round(aspect.effective, 1),
            value_name(aspect.largest[0], t),
            aspect.largest[1],
            aspect.unknown,
        )
        for aspect in aspects
    ]
    names = ("aspect", "counted", "values", "effective", "largest", "share", "unknown")
    return pd.DataFrame(rows, columns=[t.plain(f"diversity.{name}") for name in names])


def sentences(aspects: Sequence[Aspect], missing: Sequence[tuple[str, str]], t: Texts) -> list[str]:
    """What is one-sided, each with what to do about it; empty when nothing is."""
    found: list[str] = []
    for aspect in aspects:
        name, unit = t.plain(f"diversity.{aspect.name}"), t.plain(f"diversity.unit.{aspect.unit}")
        value, share = aspect.largest
        shown = value_name(value, t)
        if aspect.name == "label":
            found += _labels(aspect, t)
        elif len(aspect.counts) == 1:
            if aspect.name in ("source", "station", "recipe", "shift"):
                found.append(t("diversity.only_one", aspect=name, unit=unit, value=shown))
        elif share >= ONE_SIDED and aspect.name not in ("level", "format", "weights"):
            found.append(t("diversity.one_sided", share=share, unit=unit, aspect=name, value=shown))
    covered = {aspect.name: set(aspect.counts) for aspect in aspects}
    for name, whole in (("shift", SHIFTS), ("weekday", WEEKDAYS)):
        lacking = [value for value in whole if value not in covered.get(name, set(whole))]
        if lacking and len(covered[name]) > 1:
            lacks = t.plain("unit.join").join(value_name(value, t) for value in lacking)
            found.append(t("diversity.lacking", aspect=t.plain(f"diversity.{name}"), values=lacks))
    if missing:
        some = t.plain("unit.join").join(f"{place} {value_name(when, t)}" for place, when in missing[:_NAMED])
        found.append(t("diversity.missing", n=len(missing), some=some))
    return found


def share_figure(aspect: Aspect, t: Texts) -> go.Figure:
    """The shares of the most frequent values, and of all others together."""
    shown = sorted(aspect.counts.items(), key=lambda entry: -entry[1])
    if aspect.name in ("shift", "weekday", "length"):
        # In their own order, which says more than how frequent they are.
        shown.sort(key=lambda entry: _place(aspect.name, entry[0]))
    rest = sum(count for _, count in shown[MOST_SHOWN:])
    rows = shown[:MOST_SHOWN] + ([(OTHERS, rest)] if rest else [])
    figure = go.Figure(
        go.Bar(
            x=[count / aspect.total for _, count in rows],
            y=[value_name(value, t) for value, _ in rows],
            orientation="h",
            marker={"color": _BAR},
            customdata=[count for _, count in rows],
            hovertemplate="%{y}: %{x:.1%} (%{customdata:,})<extra></extra>",
        )
    )
    figure.update_xaxes(title=t.plain("diversity.share_axis"), tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(height=90 + 24 * len(rows), margin={"l": 10, "r": 10, "t": 10, "b": 10}, bargap=0.3)
    return figure


def unpractised_table(found: Sequence[Unpractised], looked_at: int, t: Texts) -> pd.DataFrame:
    """Kinds of pairs that were never practised, those in most decisions first."""
    rows = [(one.effect, one.cause, f"{one.profiles:,} / {looked_at:,}", 100 * one.share) for one in found[:100]]
    return pd.DataFrame(rows, columns=[t.plain(f"diversity.{name}") for name in ("effect", "cause", "in", "at_most")])


def value_name(value: str, t: Texts) -> str:
    """A value as people read it; values of the data stay as they are."""
    key = f"diversity.value.{value}"
    return t.plain(key) if value in (*SHIFTS, *WEEKDAYS, OTHERS) and t.has(key) else value


def _labels(aspect: Aspect, t: Texts) -> list[str]:
    if len(aspect.counts) == 1:
        return [t("diversity.one_label", value=aspect.largest[0])]
    faulty = sum(count for value, count in aspect.counts.items() if not is_normal(value))
    return [t("diversity.few_faulty", n=faulty)] if faulty < FEW_FAULTY else []


class _When(NamedTuple):
    """When what was decided on was: whether ``at`` is its log's own time, whether its day is known too, and the name of the
    zone whose clocks it is read from."""

    at: datetime
    own: bool
    dated: bool
    zone: str


def _when(decision: DecisionRecord) -> _When:
    """By the log's first event; by the analysis where the log has no time that says when it was."""
    name, zone = _zone(decision)
    span = decision.details.get("time_span")
    if isinstance(span, Sequence) and span and isinstance(span[0], float | int):
        at = moment(span[0], zone)
        if at is not None:
            return _When(at, True, YEARLESS not in decision.warnings, name)
    return _When(datetime.fromisoformat(decision.started_at).astimezone(zone), False, True, name)


def _zone(decision: DecisionRecord) -> tuple[str, tzinfo]:
    """In which the decision's source was read."""
    said = decision.details.get("reading")
    try:
        options = ReadOptions.from_payload(said) if isinstance(said, Mapping) else ReadOptions()
    except InputError:  # whatever a changed record holds
        options = ReadOptions()
    return options.time_zone or UTC_NAME, options.zone or UTC


def _text(decision: DecisionRecord, name: str) -> str | None:
    found = decision.details.get(name)
    return found if isinstance(found, str) else None


def _place(name: str, value: str) -> int:
    whole = SHIFTS if name == "shift" else WEEKDAYS
    if value in whole:
        return whole.index(value)
    head = value.partition("-")[0]
    return int(head) if head.isdigit() else len(whole)
