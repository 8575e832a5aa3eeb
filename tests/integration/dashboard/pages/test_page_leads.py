"""Which leads to which on the Monitor page, as a visitor uses it."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.features.monitor import leads_view
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.decide import leads as service
from dashboard.shared import cache, display
from dashboard.texts import Texts
from tests.support.dashboard.app import TIMEOUT, App
from tests.unit.dashboard.service.decide.test_leads import made

EN = Texts("en")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    leads_view.leads_memory.clear()
    return App(monkeypatch, tmp_path, weights)


def go(app: App, language: str = "en") -> App:
    app.page.query_params["lang"] = language
    app.run().open("monitor")
    app.page.segmented_control(key="monitor_section").set_value(MonitorSection.LEADS)
    return app.run()


def test_without_decisions_it_says_what_to_do(app: App) -> None:
    assert "analyse a file first" in go(app).words and not app.has_button("leads_count")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_counts_shows_and_is_kept(app: App, language: str) -> None:
    t = Texts(language)
    for number in range(3):
        made(app.store, number)
    go(app, language)
    assert t("leads.before", n=3, most=200) in app.words
    app.click("leads_count").finish("leads")
    assert t("leads.basis", n=3, events=9, pairs=6, shown=2, all=2) in app.words
    table = app.page.dataframe[0].value
    assert table["support"].tolist() == [3, 3] and table["decisions"].tolist() == [3, 3]
    assert table["earlier"].tolist() == ["1 · INFO pump <*> on run <*>"] * 2
    assert not app.has_button("leads_count")
    offered = [button.key for button in app.page.download_button]
    assert any(key.startswith("leads_json_") for key in offered) and any(key.startswith("leads_graphml_") for key in offered)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_says_that_older_decisions_of_a_source_are_not_searched(
    app: App, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(service, "LOOKED_AT", 1)
    monkeypatch.setattr(leads_view, "LOOKED_AT", 1)
    made(app.store, 1, day=1), made(app.store, 2, day=3)
    said = Texts(language)("leads.not_searched", most=1)
    assert said not in go(app, language).words
    app.page.selectbox(key="leads_source").set_value("line4")
    assert said in app.run().words
    app.page.date_input(key="leads_last").set_value(date(2026, 3, 2))
    assert said in app.run().words and Texts(language)("leads.none_in_scope") in app.words


def test_a_source_a_time_and_what_came_later(app: App) -> None:
    made(app.store, 1, day=1), made(app.store, 2, "line5", day=3)
    go(app)
    app.page.selectbox(key="leads_source").set_value("line5")
    app.run().click("leads_count").finish("leads")
    assert "Decisions: 1," in app.words
    app.page.date_input(key="leads_last").set_value(date(2026, 3, 2))
    assert EN("leads.none_in_scope") in app.run().words
    app.page.date_input(key="leads_last").set_value(date(2026, 3, 3))
    assert "Decisions: 1," in app.run().words
    app.page.date_input(key="leads_last").set_value(None)
    made(app.store, 3, "line5", day=3)
    assert EN("leads.stale") in app.run().words and "Decisions: 1," in app.words
    app.click("leads_count").finish("leads")
    assert "Decisions: 2," in app.words and EN("leads.stale") not in app.words


def test_an_erased_decision_is_no_longer_in_it(app: App) -> None:
    ids = [made(app.store, number) for number in range(3)]
    go(app).click("leads_count").finish("leads")
    app.access.admin.erase(ids[0], "asked for", early=True)
    app.run()
    assert not app.page.dataframe and app.has_button("leads_count")
    app.click("leads_count").finish("leads")
    assert "Decisions: 2," in app.words


def test_a_chosen_edge_leads_to_its_pairs(app: App) -> None:
    decision = made(app.store, 1)
    go(app).click("leads_count").finish("leads")
    key = app.page.dataframe[0].key
    assert key is not None and key.startswith("leads_table_")
    app.page.session_state["leads_chosen"] = (key, 0)
    app.run()
    assert "was selected together with an earlier" in app.words
    link = next(found for found in app.page.get("page_link") if "Line 1" in found.proto.label)
    assert f"decision={decision}" in link.proto.query_string and "pair=0-0-" in link.proto.query_string


def test_the_files_hold_the_graph(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    made(app.store, 1)
    go(app).click("leads_count").finish("leads")
    found = cache.worker().wait(app.job("leads"), TIMEOUT)
    assert found is not None
    result = leads_view.leads_memory().results.get(found.result)
    assert result is not None
    payload = json.loads(leads_view.file_of(result, leads_view.as_json))
    assert len(payload["edges"]) == 2 and payload["runs"][0]["weights_sha256"] == "0" * 64
    assert leads_view.file_of(result, leads_view.as_graphml).count(b"<edge ") == 2


def test_callbacks_take_the_edge_of_a_row_or_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {
        "table": SimpleNamespace(selection=SimpleNamespace(rows=[4])),
        "figure": SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": 2}])),
        "lists": SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": [3]}])),
        "none": SimpleNamespace(selection=SimpleNamespace(points=[{"x": 1}], rows=[])),
    }
    monkeypatch.setattr(leads_view.st, "session_state", state)

    def choose_in_table(key: str) -> None:
        display.clicked(key, partial(leads_view.choose, key))

    for key, choose, place in (
        ("table", choose_in_table, 4),
        ("figure", leads_view.choose_in_figure, 2),
        ("lists", leads_view.choose_in_figure, 3),
    ):
        choose(key)
        assert state["leads_chosen"] == (key, place)
        leads_view.choose_in_figure("none")
        choose_in_table("none")
        assert state["leads_chosen"] == (key, place)
