"""Watchers as a table, a sentence and a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go

from dashboard.service.watch.watch_status import STOPPED, WatcherStatus
from dashboard.texts import Texts
from dashboard.views import times
from dashboard.views.frames import frame
from dashboard.views.usual import FAULTY, NORMAL


def clock(at: float | None) -> str:
    """Write a moment of the watcher's clock in UTC."""
    return "–" if at is None else times.clock(at)


def table(watchers: Sequence[WatcherStatus], now: float, t: Texts) -> pd.DataFrame:
    """Return one row a watcher; those that do not watch first."""
    rows = [
        (
            watcher.source,
            watcher.machine or "–",
            watcher.path,
            t.plain(f"live.{watcher.state(now)}"),
            lag_now(watcher, now),
            watcher.lag_p95,
            watcher.decisions,
            watcher.held,
            clock(watcher.beat),
        )
        for watcher in sorted(watchers, key=lambda watcher: watcher.state(now) == "watching")
    ]
    return frame(rows, "live", ("source", "machine", "file", "state", "lag", "lag_p95", "decisions", "held", "beat"), t)


def choices(watchers: Sequence[WatcherStatus]) -> Mapping[str, str]:
    """Return the words that each watcher is chosen by: source and file, and the machine where there are several."""
    several = len({watcher.machine for watcher in watchers}) > 1
    return {
        watcher.name: " · ".join((watcher.source, *([watcher.machine] if several and watcher.machine else []), watcher.path))
        for watcher in watchers
    }


def lag_now(status: WatcherStatus, now: float) -> float | None:
    """Return how long the oldest line without a decision has been waiting; None while nobody watches."""
    return status.lag if status.state(now) == "watching" else None


def headline(status: WatcherStatus, now: float, t: Texts) -> str:
    """Say the state of a watcher, in a sentence or two."""
    state = status.state(now)
    if state == "stopped":
        why = t.plain("live.told_to") if status.ended == STOPPED else status.ended
        return t("live.say_stopped", source=status.source, beat=clock(status.beat), why=why)
    if state == "silent":
        return t("live.say_silent", source=status.source, beat=clock(status.beat))
    return t(
        "live.say_watching",
        source=status.source,
        lines=status.lines,
        decisions=status.decisions,
        since=clock(status.since),
        last=clock(status.last_at),
    )


def behind(status: WatcherStatus) -> bool:
    """Return whether more lines wait than one window takes, or a line waits longer than two ticks plus the last judgement."""
    return status.waiting > status.context or status.lag > 2.0 * status.seconds + (status.last_seconds or 0.0)


def seconds(value: float | None, t: Texts) -> str:
    """Write a lag in seconds."""
    return "–" if value is None else t.plain("word.seconds", x=value)


def settings(status: WatcherStatus, t: Texts) -> str:
    """Say how it watches, and what happened meanwhile."""

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f}"

    return t(
        "live.settings",
        context=status.context,
        every=status.every,
        seconds=status.seconds,
        skipped=status.skipped,
        failed=status.failed,
        rotations=status.rotations,
        truncations=status.truncations,
        cut=status.cut,
        took="–" if status.last_seconds is None else f"{status.last_seconds:.2f}",
        reader=number(status.reader_mb),
        judge=number(status.judge_mb),
    )


def lag_figure(status: WatcherStatus, t: Texts) -> go.Figure:
    """Return the lag over the last twenty minutes."""
    at = [datetime.fromtimestamp(moment, UTC) for moment, _, _ in status.history]
    figure = go.Figure()
    for place, name, colour, dash in ((2, "line_now", FAULTY, "dot"), (1, "lag_p95", NORMAL, "solid")):
        figure.add_scatter(
            x=at,
            y=[point[place] for point in status.history],
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            name=t.plain(f"live.{name}"),
            hovertemplate="%{x|%H:%M:%S}<br>%{y:.2f} s<extra></extra>",
        )
    figure.update_yaxes(title=t.plain("live.axis"), rangemode="tozero")
    figure.update_layout(
        height=300,
        margin={"l": 60, "r": 20, "t": 30, "b": 40},
        legend={"orientation": "h", "y": 1.15, "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
