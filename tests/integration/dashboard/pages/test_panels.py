"""The panels below the log of a decision, and what of them stands in the address."""

from __future__ import annotations

import pytest

from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch, tmp_path, weights) -> App:
    return App(monkeypatch, tmp_path, weights)


def shown(app: App) -> list[str]:
    """Return which panels the page shows, each by something that only it has."""
    marks = {
        "about": "How sure" in app.words,
        "selection": app.has_button("selection_back"),
        "explain": any(control.key == "explain_section" for control in app.page.segmented_control),
        "record": app.has_button("replay"),
    }
    return [name for name, there in marks.items() if there]


def test_one_panel_is_shown_and_stands_in_the_address_unless_it_is_the_first(app):
    app.run().analyse("line.log", LOG)
    assert shown(app) == ["about"] and "panel" not in app.page.query_params
    for name in ("selection", "explain", "record"):
        app.page.segmented_control(key="panel").set_value(name)
        assert shown(app.run()) == [name] and app.log is not None
        assert app.page.query_params["panel"] in (name, [name])
    app.page.segmented_control(key="panel").set_value("about")
    assert shown(app.run()) == ["about"] and "panel" not in app.page.query_params
    app.page.query_params["panel"] = "elsewhere"
    assert shown(app.run()) == ["about"]


def test_what_an_address_says_of_a_decision_goes_with_it(app):
    first = app.run().analyse("line.log", LOG)
    app.panel("record")
    app.page.query_params["line"] = "5"
    app.run().click("all_decisions")
    assert app.log is None and "All decisions" in "\n".join(header.value for header in app.page.subheader)
    assert not {"decision", "panel", "line"} & set(app.page.query_params)
    app.page.query_params["decision"] = first
    app.page.query_params["panel"] = "record"
    assert shown(app.run()) == ["record"]
    app.upload("other.log", LOG * 2)
    assert "panel" not in app.page.query_params


def test_of_no_decision_there_is_no_panel(app):
    assert shown(app.run().panel("explain")) == []
