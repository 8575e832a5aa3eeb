"""Diversity of data: how one-sided they are, as a table, a figure and sentences with advice; and selections never practised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from audit import DecisionRecord
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import reading_of
from dashboard.service.reading.diversity import OTHERS, SHIFTS, WEEKDAYS, YEARLESS, Aspect, counted, length, moment, shift
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.new_kinds import NewKind
from sparsemix import InputError
from sparsemix.dataset.label_words import is_normal
from sparsemix.readers import ReadOptions
from sparsemix.readers.options import UTC_NAME

ONE_SIDED = 0.8  # share of the most frequent value from which the data count as one-sided
FEW_FAULTY = 20
MOST_SHOWN = 15
_NAMED = 4  # missing combinations named in a sentence
_BAR = "#2a7f8e"


def of_decisions(decisions: Sequence[DecisionRecord]) -> list[Aspect]:
    """Count how the recorded decisions are spread; ``times_sentence`` describes the times that shifts and weekdays are counted
    by. Verdicts are left out: they may not be shown for decisions that are judged blind."""
    times = [_when(decision) for decision in decisions]
    aspects = [
        counted("source", "decisions", (details_of(decision).source or None for decision in decisions)),
        counted("shift", "decisions", (shift(time.at) for time in times)),
        counted("weekday", "decisions", (WEEKDAYS[time.at.weekday()] if time.dated else None for time in times)),
        counted("length", "decisions", (length(decision.event_count) for decision in decisions)),
        counted("format", "decisions", (details_of(decision).source_format or None for decision in decisions)),
        counted("weights", "decisions", (decision.model_id.removeprefix("sparsemix-") for decision in decisions)),
    ]
    return [aspect for aspect in aspects if aspect.total]


def times_sentence(decisions: Sequence[DecisionRecord], t: Texts) -> str:
    """Say by which times shifts and weekdays are counted, and in which time zone."""
    times = [_when(decision) for decision in decisions]
    zones = t.plain("unit.join").join(dict.fromkeys(time.zone for time in times))
    return t("diversity.times_both", others=sum(not time.own for time in times), zones=zones)


def aspects_table(aspects: Sequence[Aspect], t: Texts) -> pd.DataFrame:
    """Return one row an aspect: effective number, the most frequent value with its share, how many have
    none."""
    rows = [
        (
            t.plain(f"diversity.{aspect.name}"),
            round(aspect.effective, 1),
            value_name(aspect.largest[0], t),
            aspect.largest[1],
            aspect.unknown,
        )
        for aspect in aspects
    ]
    return frame(rows, "diversity", ("aspect", "effective", "largest", "share", "unknown"), t)


def sentences(aspects: Sequence[Aspect], missing: Sequence[tuple[str, str]], t: Texts) -> list[str]:
    """Say what is one-sided and what to do about it; empty when nothing is one-sided."""
    advice: list[str] = []
    for aspect in aspects:
        name, unit = t.plain(f"diversity.{aspect.name}"), t.plain(f"diversity.unit.{aspect.unit}")
        value, share = aspect.largest
        shown = value_name(value, t)
        if aspect.name == "label":
            advice += _labels(aspect, t)
        elif len(aspect.counts) == 1:
            if aspect.name in ("source", "station", "recipe", "shift"):
                advice.append(t("diversity.only_one", aspect=name, unit=unit, value=shown))
        elif share >= ONE_SIDED and aspect.name not in ("level", "format", "weights"):
            advice.append(t("diversity.one_sided", share=share, unit=unit, aspect=name, value=shown))
    covered = {aspect.name: set(aspect.counts) for aspect in aspects}
    for name, whole in (("shift", SHIFTS), ("weekday", WEEKDAYS)):
        lacking = [value for value in whole if value not in covered.get(name, set(whole))]
        if lacking and len(covered[name]) > 1:
            lacks = t.plain("unit.join").join(value_name(value, t) for value in lacking)
            advice.append(t("diversity.lacking", aspect=t.plain(f"diversity.{name}"), values=lacks))
    if missing:
        some = t.plain("unit.join").join(f"{place} {value_name(when, t)}" for place, when in missing[:_NAMED])
        advice.append(t("diversity.missing", n=len(missing), some=some))
    return advice


def share_figure(aspect: Aspect, t: Texts) -> go.Figure:
    """Draw the shares of the most frequent values, and of all others together."""
    shown = sorted(aspect.counts.items(), key=lambda entry: -entry[1])
    if aspect.name in ("shift", "weekday", "length"):
        # In their natural order, which says more than the order by frequency.
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
    figure.update_xaxes(title=t.plain("word.share"), tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(height=90 + 24 * len(rows), margin={"l": 10, "r": 10, "t": 10, "b": 10}, bargap=0.3)
    return figure


def unpractised_table(kinds: Sequence[NewKind], looked_at: int, t: Texts) -> pd.DataFrame:
    """Return the kinds of pairs that were never practised, the kinds in most decisions first."""
    rows = [(kind.effect, kind.cause, f"{kind.profiles:,} / {looked_at:,}", 100 * kind.share) for kind in kinds[:100]]
    return frame(rows, "diversity", ("kind_of_line", "its_cause", "in", "at_most"), t)


def value_name(value: str, t: Texts) -> str:
    """Return a value in the reader's language; values of the data stay as they are."""
    key = f"diversity.value.{value}"
    return t.plain(key) if value in (*SHIFTS, *WEEKDAYS, OTHERS) and t.has(key) else value


def _labels(aspect: Aspect, t: Texts) -> list[str]:
    if len(aspect.counts) == 1:
        return [t("diversity.one_label", value=aspect.largest[0])]
    faulty = sum(count for value, count in aspect.counts.items() if not is_normal(value))
    return [t("diversity.few_faulty", n=faulty)] if faulty < FEW_FAULTY else []


class _When(NamedTuple):
    """The time of a decided log: ``own``: whether ``at`` is the log's own time; ``dated``: whether its day is known; ``zone``:
    the name of the time zone it is read in."""

    at: datetime
    own: bool
    dated: bool
    zone: str


def _when(decision: DecisionRecord) -> _When:
    """Take the time of the log's first event, or that of the analysis where the log has no usable time."""
    name, zone = _zone(decision)
    span = details_of(decision).time_span
    if span:
        at = moment(span[0], zone)
        if at is not None:
            return _When(at, True, YEARLESS not in decision.warnings, name)
    return _When(datetime.fromisoformat(decision.started_at).astimezone(zone), False, True, name)


def _zone(decision: DecisionRecord) -> tuple[str, tzinfo]:
    """Return the name and the time zone in which the decision's source was read."""
    try:
        options = reading_of(decision)
    except InputError:  # a changed record may hold anything
        options = ReadOptions()
    return options.time_zone or UTC_NAME, options.zone or UTC


def _place(name: str, value: str) -> int:
    whole = SHIFTS if name == "shift" else WEEKDAYS
    if value in whole:
        return whole.index(value)
    head = value.partition("-")[0]
    return int(head) if head.isdigit() else len(whole)
