"""Drift as tables, figures and sentences: how every source stands, its evidence over time, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from audit import DecisionRecord
from audit.intake.sources import AcceptedReference
from dashboard.service.decide import drift
from dashboard.texts import Texts
from dashboard.views.usual import FAULTY, NORMAL
from dashboard.views.verdict import moment
from sparsemix.monitoring.drift import SelectionProfile, Watch
from sparsemix.monitoring.drift.profile import MARKS, kind_hash
from sparsemix.monitoring.drift.source_watch import ENOUGH, REFERENCE, RUN_LENGTH
from sparsemix.monitoring.drift.statistics import NEW, STATISTICS

MOST_KINDS = 12
_SLIGHT = 1e-3
_USUAL, _CHANGED, _LINE, _BAND = NORMAL, FAULTY, FAULTY, "rgba(49,130,189,0.18)"


@dataclass(frozen=True, slots=True)
class Point:
    """One decision of a source: its record, the state after it, its profile."""

    decision: DecisionRecord
    watch: Watch
    profile: SelectionProfile

    @property
    def number(self) -> int:
        """Which one it is since the reference began, from 1."""
        return self.watch.seen


def points(decisions: Sequence[DecisionRecord]) -> list[Point]:
    """Those that belong to the newest decision's reference and said something new, oldest first."""
    found: list[Point] = []
    for decision in reversed(decisions):
        watch, profile = drift.watch_of(decision), drift.profile_kept(decision)
        if watch is None or profile is None or drift.repeated(decision):
            continue
        # Numbers go down towards the reference's first decision; whatever lies before is of another one.
        if found and watch.seen >= found[-1].number:
            break
        found.append(Point(decision, watch, profile))
    return found[::-1]


def state(watch: Watch, began: tuple[str, str] | None, t: Texts, *, outdated: bool = False) -> str:
    """How a source stands, in a few words."""
    if outdated:
        return t.plain("drift.state_restart")
    if watch.alarm is not None:
        return t.plain("drift.state_alarm", time=moment(began[0]) if began else "–")
    if watch.enough:
        return t.plain("drift.state_watched")
    return t.plain("drift.state_few", n=watch.seen, enough=ENOUGH)


def sources_table(last: Sequence[DecisionRecord], accepted: dict[str, AcceptedReference | None], t: Texts) -> pd.DataFrame:
    """One row a source and weights, those in alarm first, then the newest; ``last``: their last decisions."""
    rows = []
    for decision in last:
        watch = drift.watch_of(decision)
        if watch is None:
            continue
        source = str(decision.details["source"])
        outdated = drift.outdated(decision, accepted.get(source))
        alarm = watch.alarm is not None and not outdated
        rows.append(
            (
                not alarm,
                source,
                state(watch, drift.began(decision), t, outdated=outdated),
                watch.seen,
                watch.level / RUN_LENGTH,
                decision.model_id.removeprefix("sparsemix-"),
                moment(decision.started_at),
            )
        )
    rows.sort(key=lambda row: row[0])
    names = ("source", "state", "seen", "level", "weights", "last")
    return pd.DataFrame([row[1:] for row in rows], columns=[t.plain(f"drift.{name}") for name in names])


def headline(point: Point, t: Texts, *, outdated: bool) -> str:
    """How the source stands after its last decision, in a sentence or two."""
    watch = point.watch
    if outdated:
        return t("drift.restart")
    if watch.alarm is None:
        if watch.seen < REFERENCE:
            return t("drift.collecting", n=watch.seen, reference=REFERENCE, enough=ENOUGH)
        return t("drift.watched", n=watch.seen) if watch.enough else t("drift.few", n=watch.seen, enough=ENOUGH)
    began = drift.began(point.decision)
    what = t.plain("unit.join").join(t.plain(f"drift.statistic.{name}") for name in watch.alarm.statistics)
    when = moment(began[0]) if began else "–"
    return t("drift.alarm", time=when, since=watch.alarm.since, found=watch.alarm.found, what=what)


def warning(decision: DecisionRecord, t: Texts) -> str | None:
    """What a decision's reader has to know of its source; None when nothing."""
    watch = drift.watch_of(decision)
    if watch is None or watch.alarm is None:
        return None
    began = drift.began(decision)
    what = t.plain("unit.join").join(t.plain(f"drift.statistic.{name}") for name in watch.alarm.statistics)
    return t("drift.warning", source=str(decision.details.get("source")), time=moment(began[0]) if began else "–", what=what)


def settled_since(found: Sequence[Point]) -> tuple[int, int] | None:
    """Of the last ten decisions after the alarm, how many lay where nearly all lay before the change, in all that changed; None
    without enough of them. Their p-values do not tell: they are ranks among all before, those since the change included."""
    alarm = found[-1].watch.alarm if found else None
    if alarm is None:
        return None
    after = [one for one in found if one.number > alarm.found][-10:]
    before = [one.watch.distance for one in found if one.number < alarm.since and one.watch.distance]
    if len(after) < 5 or not before:
        return None
    bounds = {name: np.quantile([one[name] for one in before], [0.01, 0.99]) for name in alarm.statistics}
    usual = sum(all(low <= one.watch.distance[name] <= high for name, (low, high) in bounds.items()) for one in after)
    return usual, len(after)


def level_figure(found: Sequence[Point], t: Texts) -> go.Figure:
    """The evidence over the decisions, on a logarithmic scale, and the line at which it is an alarm."""
    shown = [one for one in found if one.watch.evidence]
    figure = go.Figure()
    figure.add_scatter(
        x=[one.number for one in shown],
        y=[max(1e-1, one.watch.level) for one in shown],
        mode="lines+markers",
        line={"color": _USUAL, "width": 2},
        marker={"size": 5, "color": [_CHANGED if one.watch.alarm else _USUAL for one in shown]},
        text=[_hover(one) for one in shown],
        hovertemplate="%{text}<br>%{y:,.3g}<extra></extra>",
        name=t.plain("drift.level_name"),
    )
    figure.add_hline(
        y=RUN_LENGTH,
        line={"color": _LINE, "dash": "dash", "width": 1.5},
        annotation_text=t.plain("drift.line"),
        annotation_position="top left",
    )
    figure.update_yaxes(type="log", title=t.plain("drift.level_axis"), range=[-1, 7])
    return _framed(figure, found, t)


def distance_figure(found: Sequence[Point], statistic: str, t: Texts) -> go.Figure:
    """How far every decision lies from the reference in one statistic, and where nine of ten lay before the change."""
    shown = [one for one in found if statistic in one.watch.distance]
    alarm = found[-1].watch.alarm if found else None
    before = [one.watch.distance[statistic] for one in shown if alarm is None or one.number < alarm.since]
    figure = go.Figure()
    if before:
        low, high = np.quantile(before, [0.05, 0.95])
        figure.add_hrect(y0=float(low), y1=float(high), fillcolor=_BAND, line_width=0, layer="below")
    changed = [alarm is not None and one.number >= alarm.since for one in shown]
    figure.add_scatter(
        x=[one.number for one in shown],
        y=[one.watch.distance[statistic] for one in shown],
        mode="markers",
        # Told apart by shape too, for those who do not see the colours.
        marker={
            "color": [_CHANGED if late else _USUAL for late in changed],
            "symbol": ["diamond" if late else "circle" for late in changed],
            "size": 7,
        },
        text=[_hover(one) for one in shown],
        hovertemplate="%{text}<br>%{y:.4g}<extra></extra>",
        name=t.plain(f"drift.statistic.{statistic}"),
    )
    figure.update_yaxes(title=t.plain("drift.distance_axis"))
    return _framed(figure, found, t)


def statistics_table(found: Sequence[Point], t: Texts) -> pd.DataFrame:
    """Every statistic: what it is in the reference, what it was since the change (or in the last decision), how likely the last
    distance is when nothing changes, and its evidence; those with most of it first."""
    last = found[-1]
    since = _since(found)
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
    names = ("measure", "usual", "now", "p", "evidence")
    return pd.DataFrame(rows, columns=[t.plain(f"drift.{name}") for name in names])


def kinds_table(found: Sequence[Point], t: Texts) -> pd.DataFrame:
    """The kinds of pairs whose share has changed most: since the change beside before it, or the last fifth beside the rest."""
    since = _since(found)
    first = since[0].number if since else 0
    before = [one for one in found if one.number < first]
    if not before or not since:
        return pd.DataFrame(columns=[t.plain(f"drift.{name}") for name in _KINDS])
    then, now = _shares(before), _shares(since)
    seen = np.logical_or.reduce([one.profile.marks for one in before])
    rows = []
    for kind in sorted(then.keys() | now.keys(), key=lambda kind: (-_clearness(then.get(kind), now.get(kind)), kind))[
        :MOST_KINDS
    ]:
        was, is_now = (float(side[kind].mean()) if kind in side else 0.0 for side in (then, now))
        new = is_now > 0 and not seen[kind_hash(*kind) % MARKS]
        lift = t.plain("drift.never") if new else t.plain("drift.times", x=is_now / was) if was > 0 else "–"
        rows.append((kind[0], kind[1], 100 * was, 100 * is_now, lift))
    return pd.DataFrame(rows, columns=[t.plain(f"drift.{name}") for name in _KINDS])


def history_table(accepted: Sequence[AcceptedReference], names: dict[str, str], t: Texts) -> pd.DataFrame:
    """The references that were accepted, newest first."""
    rows = [(moment(one.at), names.get(one.by, one.by), one.why, one.seq) for one in reversed(accepted)]
    return pd.DataFrame(rows, columns=[t.plain(f"drift.{name}") for name in ("at", "by", "why", "entry")])


_KINDS = ("effect", "cause", "before", "after", "lift")


def _since(found: Sequence[Point]) -> list[Point]:
    alarm = found[-1].watch.alarm
    if alarm is not None:
        return [one for one in found if one.number >= alarm.since]
    return list(found[-max(1, len(found) // 5) :])


def _shares(found: Sequence[Point]) -> dict[tuple[str, str], NDArray[np.float64]]:
    """By kind its share in every decision, 0 where it is not among those known by name."""
    shares: dict[tuple[str, str], NDArray[np.float64]] = {}
    for place, one in enumerate(found):
        for kind in one.profile.named:
            shares.setdefault((kind.effect, kind.cause), np.zeros(len(found)))[place] = kind.share
    return shares


def _clearness(then: NDArray[np.float64] | None, now: NDArray[np.float64] | None) -> float:
    """How clearly a share has changed: the difference of its means in units of its standard error (Welch's t)."""
    sides = [np.zeros(1) if side is None else side for side in (then, now)]
    error = sum(float(side.var()) / len(side) for side in sides)
    # Shares below a tenth of a percent are nobody's concern.
    return abs(float(sides[0].mean() - sides[1].mean())) / float(np.sqrt(error + _SLIGHT**2))


def _now(name: str, since: Sequence[Point], t: Texts) -> str:
    if name == NEW:
        values = [one.watch.distance[NEW] for one in since if NEW in one.watch.distance]
        return t.plain("unit.percent", x=float(np.mean(values))) if values else "–"
    return _value(name, np.mean([one.profile.vectors[name] for one in since], axis=0), t)


def _value(name: str, vector: NDArray[np.float64], t: Texts) -> str:
    """A statistic's vector in one number or a few: shares in percent, quantiles by their middle ones."""
    if name == "kinds":
        share = vector[vector > 0]
        return t.plain("drift.effective", n=float(np.exp(-(share * np.log(share)).sum())))
    if name in ("anchor", "certified", "known"):
        return t.plain("unit.join").join(t.plain("unit.percent", x=float(value)) for value in vector)
    if name in ("margins", "scores"):
        vector = vector.reshape(-1, 3)[:, 1]
    return t.plain("unit.join").join(f"{float(value):.2f}" for value in vector)


def _hover(point: Point) -> str:
    # Plotly reads some HTML in texts: a file's name must not become any.
    name = point.decision.input_name.replace("&", "&amp;").replace("<", "&lt;")
    return f"{point.number}: {name}<br>{moment(point.decision.started_at)}"


def _framed(figure: go.Figure, found: Sequence[Point], t: Texts) -> go.Figure:
    alarm = found[-1].watch.alarm if found else None
    if alarm is not None:
        figure.add_vrect(
            x0=alarm.since - 0.5,
            x1=found[-1].number + 0.5,
            fillcolor="rgba(213,94,0,0.10)",
            line_width=0,
            layer="below",
            annotation_text=t.plain("drift.since_here"),
            annotation_position="bottom left",
        )
    figure.update_xaxes(title=t.plain("drift.number_axis"))
    figure.update_layout(height=280, margin={"l": 10, "r": 10, "t": 20, "b": 10}, showlegend=False)
    return figure
