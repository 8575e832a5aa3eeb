"""Drift as tables, figures and sentences: the state of every source, its evidence over time, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from audit import DecisionRecord
from audit.intake.sources import AcceptedReference
from dashboard.service.common.decision_details import details_of, drift_of
from dashboard.service.decide import drift
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.new_kinds import NewKind
from dashboard.views.usual import FAULTY, NORMAL
from dashboard.views.verdict import moment
from sparsemix.monitoring.drift import SelectionProfile, SourceWatch
from sparsemix.monitoring.drift.profile import MARKS, kind_hash
from sparsemix.monitoring.drift.source_watch import ENOUGH, NEW, RUN_LENGTH, STATISTICS

MOST_KINDS = 12
_SLIGHT = 1e-3
_USUAL, _CHANGED = NORMAL, FAULTY
_KINDS = ("kind_of_line", "its_cause", "before", "after", "lift")


@dataclass(frozen=True, slots=True)
class DriftPoint:
    """One decision of a source: its record, the drift state after it, its profile."""

    decision: DecisionRecord
    watch: SourceWatch
    profile: SelectionProfile

    @property
    def number(self) -> int:
        """The number of the decision since the reference began, from 1."""
        return self.watch.seen


def points(decisions: Sequence[DecisionRecord]) -> list[DriftPoint]:
    """Return the decisions that belong to the newest decision's reference and added evidence, oldest first."""
    newest_first: list[DriftPoint] = []
    for decision in reversed(decisions):
        watch, profile = drift.watch_of(decision), drift.profile_kept(decision)
        if watch is None or profile is None or drift_of(decision).repeated:
            continue
        # Numbers fall towards the reference's first decision; where they rise, an earlier reference begins.
        if newest_first and watch.seen >= newest_first[-1].number:
            break
        newest_first.append(DriftPoint(decision, watch, profile))
    return newest_first[::-1]


def state(watch: SourceWatch, began: tuple[str, str] | None, t: Texts, *, outdated: bool = False) -> str:
    """Name the state of a source in a few words; ``began``: when its change began, and with which decision."""
    if outdated:
        return t.plain("drift.state_restart")
    if watch.alarm is not None:
        return t.plain("drift.state_alarm", time=moment(began[0]) if began else "–")
    if watch.enough:
        return t.plain("drift.state_watched")
    return t.plain("drift.state_few", n=watch.seen, enough=ENOUGH)


def sources_table(last: Sequence[DecisionRecord], accepted: dict[str, AcceptedReference | None], t: Texts) -> pd.DataFrame:
    """Return one row for each source and weights, those in alarm first, then the newest; ``last``: their last decisions."""
    rows = []
    for decision in last:
        watch = drift.watch_of(decision)
        if watch is None:
            continue
        source = details_of(decision).source
        outdated = drift.outdated(decision, accepted.get(source))
        alarm = watch.alarm is not None and not outdated
        rows.append(
            (
                not alarm,
                source,
                state(watch, drift_of(decision).began, t, outdated=outdated),
                watch.seen,
                watch.level / RUN_LENGTH,
                decision.model_id.removeprefix("sparsemix-"),
                moment(decision.started_at),
            )
        )
    rows.sort(key=lambda row: row[0])
    return frame([row[1:] for row in rows], "drift", ("source", "state", "decisions", "level", "weights", "last"), t)


def headline(point: DriftPoint, t: Texts, *, outdated: bool) -> str:
    """Describe the state of the source after its last decision."""
    watch, began = point.watch, drift_of(point.decision).began
    if outdated or watch.alarm is None:
        return state(watch, began, t, outdated=outdated)
    what = t.plain("unit.join").join(t.plain(f"drift.statistic.{name}") for name in watch.alarm.statistics)
    when = moment(began[0]) if began else "–"
    return t("drift.alarm", time=when, since=watch.alarm.since, found=watch.alarm.found, what=what)


def warning(decision: DecisionRecord, t: Texts) -> str | None:
    """Warn the reader of a decision whose source is in alarm; None for other decisions."""
    watch = drift.watch_of(decision)
    if watch is None or watch.alarm is None:
        return None
    began = drift_of(decision).began
    what = t.plain("unit.join").join(t.plain(f"drift.statistic.{name}") for name in watch.alarm.statistics)
    return t("drift.warning", source=details_of(decision).source, time=moment(began[0]) if began else "–", what=what)


def settled_since(points: Sequence[DriftPoint]) -> tuple[int, int] | None:
    """Count the last ten decisions after the alarm, and those of them whose changed statistics all lay where nearly all
    decisions lay before the change: (usual, of); None where there are too few. The p-values cannot say this: they rank a
    decision among all earlier ones, including those since the change."""
    alarm = points[-1].watch.alarm if points else None
    if alarm is None:
        return None
    after = [point for point in points if point.number > alarm.found][-10:]
    before = [point.watch.distance for point in points if point.number < alarm.since and point.watch.distance]
    if len(after) < 5 or not before:
        return None
    bounds = {name: np.quantile([distance[name] for distance in before], [0.01, 0.99]) for name in alarm.statistics}
    usual = sum(all(low <= point.watch.distance[name] <= high for name, (low, high) in bounds.items()) for point in after)
    return usual, len(after)


def level_figure(points: Sequence[DriftPoint], t: Texts) -> go.Figure:
    """Draw the evidence over the decisions, on a logarithmic scale, with the line from which it is an alarm."""
    shown = [point for point in points if point.watch.evidence]
    figure = go.Figure()
    figure.add_scatter(
        x=[point.number for point in shown],
        y=[max(1e-1, point.watch.level) for point in shown],
        mode="lines+markers",
        line={"color": _USUAL, "width": 2},
        marker={"size": 5, "color": [_CHANGED if point.watch.alarm else _USUAL for point in shown]},
        text=[_hover(point) for point in shown],
        hovertemplate="%{text}<br>%{y:,.3g}<extra></extra>",
        name=t.plain("drift.evidence"),
    )
    figure.add_hline(
        y=RUN_LENGTH,
        line={"color": _CHANGED, "dash": "dash", "width": 1.5},
        annotation_text=t.plain("drift.line"),
        annotation_position="top left",
    )
    figure.update_yaxes(type="log", title=t.plain("drift.level_axis"), range=[-1, 7])
    return _framed(figure, points, t)


def statistics_table(points: Sequence[DriftPoint], t: Texts) -> pd.DataFrame:
    """Return one row a statistic: its value in the reference, its value since the change (without an alarm: in the last fifth
    of the decisions), the p-value of the last distance, and the evidence; most evidence first."""
    last = points[-1]
    since = _since(points)
    rows = []
    for name in sorted(STATISTICS, key=lambda name: -last.watch.evidence[name].level if last.watch.evidence else 0.0):
        evidence = last.watch.evidence.get(name)
        rows.append(
            (
                t.plain(f"drift.statistic.{name}"),
                _value(name, last.watch.reference.vectors[name], t) if name != NEW else "–",
                _now(name, since, t),
                last.watch.p.get(name),
                None if evidence is None else evidence.level,
            )
        )
    return frame(rows, "drift", ("what", "reference", "now", "p", "evidence"), t)


def kinds_table(points: Sequence[DriftPoint], t: Texts) -> pd.DataFrame:
    """Return the kinds of pairs whose share has changed most: since the change compared with before it, or the last fifth of
    the decisions compared with the rest."""
    since = _since(points)
    first = since[0].number if since else 0
    before = [point for point in points if point.number < first]
    if not before or not since:
        return frame([], "drift", _KINDS, t)
    then, now = _shares(before), _shares(since)
    seen = np.logical_or.reduce([point.profile.marks for point in before])
    rows = []
    for kind in sorted(then.keys() | now.keys(), key=lambda kind: (-_clearness(then.get(kind), now.get(kind)), kind))[
        :MOST_KINDS
    ]:
        was, is_now = (float(side[kind].mean()) if kind in side else 0.0 for side in (then, now))
        new = is_now > 0 and not seen[kind_hash(*kind) % MARKS]
        lift = t.plain("drift.never") if new else t.plain("drift.times", x=is_now / was) if was > 0 else "–"
        rows.append((kind[0], kind[1], 100 * was, 100 * is_now, lift))
    return frame(rows, "drift", _KINDS, t)


def unpractised_table(kinds: Sequence[NewKind], looked_at: int, t: Texts) -> pd.DataFrame:
    """Return the kinds of pairs that were never practised, the kinds in most decisions first."""
    rows = [(kind.effect, kind.cause, f"{kind.profiles:,} / {looked_at:,}", 100 * kind.share) for kind in kinds[:100]]
    return frame(rows, "drift", ("kind_of_line", "its_cause", "in", "at_most"), t)


def history_table(accepted: Sequence[AcceptedReference], names: dict[str, str], t: Texts) -> pd.DataFrame:
    """Return the references that were accepted, newest first."""
    rows = [
        (moment(reference.at), names.get(reference.by, reference.by), reference.why, reference.seq)
        for reference in reversed(accepted)
    ]
    return frame(rows, "drift", ("time", "by", "why", "entry"), t)


def _since(points: Sequence[DriftPoint]) -> list[DriftPoint]:
    alarm = points[-1].watch.alarm
    if alarm is not None:
        return [point for point in points if point.number >= alarm.since]
    return list(points[-max(1, len(points) // 5) :])


def _shares(points: Sequence[DriftPoint]) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return for each kind its share in every decision, 0 where the decision's profile does not name it."""
    shares: dict[tuple[str, str], NDArray[np.float64]] = {}
    for place, point in enumerate(points):
        for kind in point.profile.named:
            shares.setdefault((kind.effect, kind.cause), np.zeros(len(points)))[place] = kind.share
    return shares


def _clearness(then: NDArray[np.float64] | None, now: NDArray[np.float64] | None) -> float:
    """Return how clearly a share has changed: the difference of its means in units of its standard error (Welch's t)."""
    sides = [np.zeros(1) if side is None else side for side in (then, now)]
    error = sum(float(side.var()) / len(side) for side in sides)
    # Changes below a tenth of a percent are of no practical interest.
    return abs(float(sides[0].mean() - sides[1].mean())) / float(np.sqrt(error + _SLIGHT**2))


def _now(name: str, since: Sequence[DriftPoint], t: Texts) -> str:
    if name == NEW:
        values = [point.watch.distance[NEW] for point in since if NEW in point.watch.distance]
        return t.plain("unit.percent", x=float(np.mean(values))) if values else "–"
    return _value(name, np.mean([point.profile.vectors[name] for point in since], axis=0), t)


def _value(name: str, vector: NDArray[np.float64], t: Texts) -> str:
    """Return a statistic's vector as one number or a few: shares in percent, of quantiles the middle ones."""
    if name == "kinds":
        share = vector[vector > 0]
        return t.plain("drift.effective", n=float(np.exp(-(share * np.log(share)).sum())))
    if name in ("anchor", "certified", "known"):
        return t.plain("unit.join").join(t.plain("unit.percent", x=float(value)) for value in vector)
    if name in ("margins", "scores"):
        vector = vector.reshape(-1, 3)[:, 1]
    return t.plain("unit.join").join(f"{float(value):.2f}" for value in vector)


def _hover(point: DriftPoint) -> str:
    # Plotly interprets some HTML in texts: the name of a file must not be interpreted.
    name = point.decision.input_name.replace("&", "&amp;").replace("<", "&lt;")
    return f"{point.number}: {name}<br>{moment(point.decision.started_at)}"


def _framed(figure: go.Figure, points: Sequence[DriftPoint], t: Texts) -> go.Figure:
    alarm = points[-1].watch.alarm if points else None
    if alarm is not None:
        figure.add_vrect(
            x0=alarm.since - 0.5,
            x1=points[-1].number + 0.5,
            fillcolor="rgba(213,94,0,0.10)",
            line_width=0,
            layer="below",
            annotation_text=t.plain("drift.since_here"),
            annotation_position="bottom left",
        )
    figure.update_xaxes(title=t.plain("drift.number_axis"))
    figure.update_layout(height=280, margin={"l": 10, "r": 10, "t": 20, "b": 10}, showlegend=False)
    return figure
