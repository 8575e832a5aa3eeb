"""Which leads to which on the Monitor page, as a visitor uses it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dashboard.features.monitor import leads_view
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.shared import cache
from dashboard.texts import Texts
from tests.support.dashboard.app import TIMEOUT, App
from tests.unit.dashboard.service.decide.test_leads import made

EN = Texts("en")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    leads_view.leads_counts.clear()
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
    assert table["earlier"].tolist() == ["INFO pump <*> on run <*>"] * 2
    offered = [button.key for button in app.page.download_button]
    assert {"leads_json", "leads_graphml"} <= set(offered)


def test_it_says_how_far_a_source_is_searched(app: App) -> None:
    made(app.store, 1)
    said = EN("leads.not_searched", most=500)
    assert said not in go(app).words
    app.page.selectbox(key="leads_source").set_value("line4")
    assert said in app.run().words


def test_a_source_a_time_and_what_came_later(app: App) -> None:
    made(app.store, 1, day=1), made(app.store, 2, "line5", day=3)
    go(app)
    app.page.selectbox(key="leads_source").set_value("line5")
    app.run().click("leads_count").finish("leads")
    assert "Decisions: 1," in app.words
    app.page.date_input(key="leads_last").set_value(date(2026, 3, 2))
    assert EN("leads.none_in_scope") in app.run().words
    app.page.date_input(key="leads_last").set_value(date(2026, 3, 3))
    assert not app.run().page.dataframe
    app.page.date_input(key="leads_last").set_value(None)
    made(app.store, 3, "line5", day=3)
    assert "Decisions: 1," in app.run().words and EN("leads.before", n=2, most=200) in app.words
    app.click("leads_count").finish("leads")
    assert "Decisions: 2," in app.words


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


def test_the_files_hold_the_graph(app: App) -> None:
    made(app.store, 1)
    go(app).click("leads_count").finish("leads")
    found = cache.worker().wait(app.job("leads"), TIMEOUT)
    assert found is not None
    graph = found.result.graph
    payload = json.loads(leads_view.as_json(graph))
    assert len(payload["edges"]) == 2 and payload["runs"][0]["weights_sha256"] == "0" * 64
    assert leads_view.as_graphml(graph).count(b"<edge ") == 2
