"""On the page of a verdict, incidents are marked routine and causes wrong; the next log of the source says so, until it is
taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.incident_record import lead_of
from tests.support.dashboard.app import App
from tests.support.dashboard.daily_logs import BEGINS, EXPORT, LINK, daily_log


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def key_of(app: App, id: str, words: str) -> str:
    """Return the key of what is said about the incident with these words."""
    decision, lines = app.store.decision(id), app.store.blob(app.store.decision(id).input_sha256).decode().splitlines()
    (event,) = [lead_of(one) for one in details_of(decision).incidents if words in lines[lead_of(one)]]
    return f"{id[:8]}_{event}"


def about(app: App, id: str, words: str) -> App:
    """Choose the incident with these words, to say something about it."""
    box = app.page.selectbox(key=f"mark_{id}")
    box.select_index(next(place for place, option in enumerate(box.options) if words in option))
    return app.run()


def test_an_incident_is_marked_routine_and_a_cause_wrong_beside_it(app: App) -> None:
    first = app.analyse("plant.log", daily_log(1))
    assert BEGINS in app.words
    link, export = key_of(app, first, LINK), key_of(app, first, EXPORT)
    about(app, first, LINK)
    app.page.text_input(key=f"mark_why_{link}").set_value("every night")
    app.run().click(f"routine_{link}")
    assert "Recorded for plant" in app.words and "Routine: " in app.words.replace("\\", "")
    about(app, first, EXPORT).click(f"wrong_{export}_0")
    assert [(mark.said, mark.why, mark.decision) for mark in app.access.marks.of("plant")] == [
        ("routine", "every night", first),
        ("wrong", "", first),
    ]
    second = app.analyse("plant.log", daily_log(2))
    assert second != first
    assert "Incidents marked routine, below: 1" in app.words and "Causes marked wrong, not told: 1" in app.words
    assert "New since the decision" in app.words
    assert "Marked routine on 20" in app.words.replace("\\", "") and "Led to by" not in app.words
    assert "why: every night" in app.words
    app.click("take_back_all")
    app.analyse("plant.log", daily_log(3))
    assert "Marked routine on" not in app.words and BEGINS in app.words


def test_the_page_speaks_japanese(app: App) -> None:
    app.page.session_state["language"] = "ja"
    first = app.run().analyse("plant.log", daily_log(1))
    about(app, first, LINK).click(f"routine_{key_of(app, first, LINK)}")
    assert "いつものこと：" in app.words
    app.analyse("plant.log", daily_log(2))
    assert app.log is not None and [one["routine"] for one in app.log["incidents"]].count(True) == 1
