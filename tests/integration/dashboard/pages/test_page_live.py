"""The Live section of the Monitor page: what is watched, how far behind, what has stopped."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from audit import Role
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import STALE, WatcherStatus
from dashboard.texts import Texts
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    monkeypatch.delenv("SPARSEMIX_LIVE", raising=False)
    return App(monkeypatch, tmp_path, weights)


@pytest.fixture
def status() -> WatcherStatus:
    now = time.time()
    history = tuple((now - 60.0 + 5.0 * step, 0.5, 0.2) for step in range(12))
    return WatcherStatus(
        "/var/log/line4.log",
        "line4",
        "0" * 64,
        7,
        now - 600.0,
        now + 600.0,
        "",
        2_000,
        500,
        10.0,
        lag=0.31,
        lag_p95=0.83,
        lag_max=1.2,
        lines=50_000,
        decisions=100,
        held=3,
        history=history,
    )


def go(app: App) -> App:
    app.open("monitor")
    app.page.segmented_control(key="monitor_section").set_value(MonitorSection.LIVE)
    return app.run()


def tell(app: App, *told: WatcherStatus) -> None:
    into = watch_status.folder(str(app.db))
    into.mkdir(exist_ok=True)
    for one in told:
        watch_status.write(into, one)


def test_without_a_watcher_it_says_how_to_begin(app: App) -> None:
    app.run()
    assert "python -m dashboard watch FILE" in go(app).words


@pytest.mark.deep
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_watched_log_and_its_lag(app: App, status: WatcherStatus, language: str) -> None:
    app.page.query_params["lang"] = language
    app.run()
    app.analyse("line4.log", LOG)
    id = app.access.decisions(limit=1)[0].decision.id
    tell(app, replace(status, last_id=id))
    go(app)
    t = Texts(language)
    shown = {metric.label: metric.value for metric in app.page.metric}
    assert shown[t.plain("live.lag_p95")] == t.plain("word.seconds", x=0.83)
    assert shown[t.plain("live.held")] == t.plain("verdict.of_events", n=3, total=100)
    table = app.page.dataframe[0].value
    assert table[t.plain("word.source")].tolist() == ["line4"]
    assert table[t.plain("word.state")].tolist() == [t.plain("live.watching")]
    assert not app.page.error


def test_one_that_died_or_stopped_is_told_first(app: App, status: WatcherStatus) -> None:
    gone = replace(status, path="/var/log/press.log", source="press", beat=time.time() - 2 * STALE)
    tell(app, status, gone)
    app.run()
    go(app)
    assert "**press** is probably not watched" in app.page.error[0].value
    app.page.selectbox(key="live_chosen").set_value(status.name)
    assert not app.run().page.error
    tell(app, replace(gone, ended="the disk is full"))
    app.page.selectbox(key="live_chosen").set_value(gone.name)
    assert "the disk is full" in app.run().page.error[0].value


def test_the_same_path_on_several_machines_is_told_apart(app: App, status: WatcherStatus) -> None:
    one, two = (replace(status, machine=machine, decisions=number) for machine, number in (("gw1", 101), ("gw2", 102)))
    tell(app, one, two)
    app.run()
    go(app)
    assert app.page.dataframe[0].value["Machine"].tolist() == ["gw1", "gw2"]
    chosen = app.page.selectbox(key="live_chosen")
    assert chosen.options == ["line4 · gw1 · /var/log/line4.log", "line4 · gw2 · /var/log/line4.log"]
    assert "101 decisions" in app.words
    chosen.set_value(two.name)
    assert "102 decisions" in app.run().words


def test_one_that_is_behind_or_cannot_read_says_so(app: App, status: WatcherStatus) -> None:
    tell(app, replace(status, waiting=40_000, lag=33.0, problem="cannot read /var/log/line4.log: no", gaps=1))
    app.run()
    said = " ".join(warning.value for warning in go(app).page.warning)
    assert "40,000 lines wait" in said and "cannot be followed" in said and "Lines may be missing" in said


def test_windows_that_were_judged_by_themselves_are_counted(app: App, status: WatcherStatus) -> None:
    tell(app, replace(status, by_itself=40))
    app.run()
    assert "do not know their kind: 40 of 100" in go(app).words
    tell(app, status)
    assert "do not know their kind" not in app.run().words


def test_everybody_who_may_read_may_see_it(app: App, status: WatcherStatus) -> None:
    app.account("root", Role.ADMIN)
    app.account("vic", Role.VIEWER)
    tell(app, status)
    app.run()
    app.sign_in("vic")
    assert "50,000 lines" in go(app).words
