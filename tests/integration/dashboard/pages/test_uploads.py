"""Messages that the browser sent before it knew that the server let go of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from dashboard.shared import cache
from tests.integration.dashboard.pages.test_page_data import lots
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def without_its_bytes(app: App) -> App:
    """One run with what the browser says of its widgets, while the server no longer has the files that it names."""
    said = app.page._tree.get_widget_states()
    for box in app.page.file_uploader:
        box.clear()
    app.page._run(said)
    app.check()
    return app


def test_a_click_while_the_app_empties_the_box_leaves_the_decision_in_view(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.upload("line.log", LOG).click("start")
    cache.worker().wait(app.job("analyse"), TIMEOUT)
    # The run that empties the box ends there, as one ends whose next message has come.
    with monkeypatch.context() as cut:
        cut.setattr(st, "rerun", st.stop)
        app.run()
    assert app.page.session_state["boxes"] == 1
    decision = app.page.session_state["decision_id"]
    without_its_bytes(app)
    assert app.page.session_state["source"].decision_id == decision
    assert "How sure" in app.words
    assert not app.has_button("start")


@pytest.mark.deep
def test_several_files_stay_in_view_as_well(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.drop(("a.log", LOG), ("b.log", LOG * 2)).click("start_batch")
    cache.worker().wait(app.job("batch"), TIMEOUT)
    with monkeypatch.context() as cut:
        cut.setattr(st, "rerun", st.stop)
        app.run()
    assert app.page.session_state["boxes"] == 1
    without_its_bytes(app)
    assert [file.name for file in app.page.session_state["batch"].decided()] == ["a.log", "b.log"]


def test_a_click_while_a_file_is_taken_out_takes_it_out(app: App) -> None:
    without_its_bytes(app.upload("line.log", LOG))
    assert app.page.session_state["source"] is None
    assert not app.has_button("start")


def test_a_data_set_is_taken_out_as_well(app: App) -> None:
    app.open("data")
    app.page.file_uploader(key="data_files").set_value([("lots.jsonl", lots(), "application/octet-stream")])
    app.run()
    own = app.page.session_state["own_data"]
    label_box = f"data_labels_{own.id}"
    app.page.file_uploader(key=label_box).set_value(("labels.csv", b"id,label\n", "text/csv"))
    app.run()
    without_its_bytes(app)
    assert app.page.session_state["own_data"] is None
