"""The Drift section of the Monitor page: every source, what has changed on one, a new reference by a lead, and the warning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audit import Gate, Role
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.decide import hold_policy
from dashboard.texts import Texts
from dashboard.views import drift as views
from sparsemix.monitoring.drift import SelectionProfile, source_watch
from sparsemix.monitoring.drift.source_watch import STATISTICS
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.made_drift import NEW, WEIGHTS, decide, place, profile


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def go(app: App) -> App:
    app.open("monitor")
    app.page.segmented_control(key="monitor_section").set_value(MonitorSection.DRIFT)
    return app.run()


def tables(app: App) -> str:
    return "\n".join(found.value.to_string() for found in app.page.dataframe)


def test_without_a_source_it_says_how_one_comes_about(app: App) -> None:
    app.run()
    assert "analyse a file first" in go(app).words


def test_one_file_begins_a_reference(app: App) -> None:
    app.run()
    app.analyse("line4.log", LOG)
    assert "Too few yet: 1 of 80" in go(app).words
    assert "Too few yet: 1 of 80" in tables(app)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_source_that_has_drifted_comes_first_and_says_what_and_since_when(app: App, language: str) -> None:
    ids = place(app.db)
    store, access = app.store, app.access
    rng = np.random.default_rng(3)
    for _ in range(3):
        decide(store, access, "line5", profile(rng))
    app.page.query_params["lang"] = language
    app.run()
    go(app)
    t = Texts(language)
    shown = app.page.dataframe[0].value
    assert shown.iloc[0][t.plain("word.source")] == "line4"
    assert t.plain("drift.state_few", n=3, enough=80) in tables(app)
    assert t.plain("drift.never") in tables(app)
    assert "phase 5 complete" in tables(app)
    last = store.decision(ids[-1])
    assert views.warning(last, t) is not None
    assert t.plain("drift.statistic.new") in app.words


def test_a_card_says_what_was_practised(app: App) -> None:
    store, access = app.store, app.access
    rng = np.random.default_rng(3)
    # The weights that the made decisions name, registered with a card that knows the new kinds only.
    practised = SelectionProfile.merged([profile(rng, NEW)])
    access.weights.register(b"weights", "line 4", {"practised": practised.payload(), "weights_sha256": WEIGHTS})
    for _ in range(3):
        decide(store, access, "line4", profile(rng))
    app.run()
    go(app)
    assert Texts("en")("drift.practice_card", sequences=1, events=400) in app.words
    assert "step 3 done" in tables(app)


def test_a_lead_accepts_a_new_reference_with_a_reason(app: App) -> None:
    place(app.db)
    app.run()
    go(app)
    app.click("drift_accept")
    assert "Give a reason" in app.words
    area = next(found for found in app.page.text_area if found.key.startswith("drift_why_"))
    area.set_value("new controller, checked by Ito")
    app.run().click("drift_accept")
    accepted = app.access.sources.accepted("line4")
    assert accepted is not None
    assert accepted.why == "new controller, checked by Ito"
    assert accepted.since is not None
    assert "New reference from the next decision on" in app.words
    assert "new controller, checked by Ito" in tables(app)


def test_other_places_say_quietly_which_sources_have_drifted(app: App) -> None:
    place(app.db)
    app.run()
    said = Texts("en")("drift.banner", sources="line4")
    assert said in app.open("review").words
    assert said in app.open("monitor").words
    assert said not in go(app).words
    app.access.sources.accept("line4", "checked")
    assert said not in app.open("review").words


def test_who_may_not_accept_may_read(app: App) -> None:
    place(app.db)
    app.account("root", Role.ADMIN)
    app.account("vic", Role.VIEWER)
    app.run()
    app.sign_in("vic")
    go(app)
    assert "This source has drifted" in app.words
    assert not app.has_button("drift_accept")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_decision_of_a_source_that_has_drifted_says_so_and_is_held(
    app: App, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    # An alarm at the first decision after the reference, whatever it selects.
    monkeypatch.setattr(source_watch, "REFERENCE", 1)
    monkeypatch.setattr(source_watch, "RUN_LENGTH", 0.0)
    app.page.query_params["lang"] = language
    app.run()
    t = Texts(language)
    app.analyse("line4-0001.log", LOG)
    assert not [found.value for found in app.page.warning if "line4" in found.value]
    id = app.analyse("line4-0002.log", LOG + b"2026-03-02T10:01:00+09:00 INFO ST01 PLC more\n")
    found = app.store.decision(id)
    assert hold_policy.DRIFT in found.details["hold_reasons"]  # type: ignore[operator]
    assert found.gate is Gate.HELD
    assert views.warning(found, t) in app.words
    assert t.plain("route.drift") in app.words
    app.page.session_state[f"about_{id}"] = True
    assert views.warning(found, t) in app.open("review").words


def test_points_are_those_of_the_newest_reference_and_each_file_once(app: App) -> None:
    store, access = app.store, app.access
    rng = np.random.default_rng(3)
    for _ in range(4):
        decide(store, access, "line4", profile(rng))
    access.sources.accept("line4", "collect a new reference")
    kept = [decide(store, access, "line4", profile(rng), upload=name) for name in (b"one", b"two")]
    decide(store, access, "line4", profile(rng), upload=b"two")
    found = views.points(access.sources.recent("line4", WEIGHTS))
    assert [one.decision.id for one in found] == kept
    assert [one.number for one in found] == [1, 2]


def test_what_goes_on_as_changed_is_not_said_to_be_as_before(app: App) -> None:
    place(app.db)
    store, access = app.store, app.access
    rng = np.random.default_rng(4)
    for _ in range(30):
        decide(store, access, "line4", profile(rng, NEW))
    assert views.settled_since(views.points(access.sources.recent("line4", WEIGHTS, limit=500))) == (0, 10)


def test_figures_and_tables_show_the_change_where_it_is(app: App) -> None:
    ids = place(app.db)
    store, access = app.store, app.access
    rng = np.random.default_rng(3)
    for _ in range(12):
        decide(store, access, "line4", profile(rng))
    t = Texts("en")
    found = views.points(access.sources.recent("line4", WEIGHTS, limit=500))
    alarm = found[-1].watch.alarm
    assert alarm is not None
    level = views.level_figure(found, t)
    assert list(level.data[0].x) == list(range(21, len(ids) + 13))
    assert max(level.data[0].y) >= 50_000
    table = views.statistics_table(found, t)
    assert len(table) == len(STATISTICS)
    assert table["Evidence"].is_monotonic_decreasing
    # Usual again, which is told and changes nothing.
    assert views.settled_since(found) is not None
    assert views.settled_since(found)[0] >= 8  # type: ignore[index]
    kinds = views.kinds_table(found, t)
    assert len(kinds) == views.MOST_KINDS
    assert (kinds["Change"] == "never before").any()
