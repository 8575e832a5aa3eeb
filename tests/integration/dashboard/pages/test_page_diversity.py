"""How one-sided data are, on Data & training before anything is learned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from dashboard.features.training.views import diversity as views
from dashboard.service.reading.diversity import Aspect
from dashboard.texts import Texts
from tests.support.dashboard.app import App

EN = Texts("en")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def aspect(name: str, unit: str, counts: Mapping[str, int]) -> Aspect:
    return Aspect(name, unit, counts, sum(counts.values()))


def test_data_are_looked_at_before_anything_is_learned(app: App) -> None:
    app.run()
    app.open("data")
    lots = [
        {"id": f"lot-{i}", "label": "normal", "events": [f"2026-03-02T07:00:{k:02}Z INFO ST01 PLC step {k}" for k in range(8)]}
        for i in range(6)
    ]
    app.drop(("lots.jsonl", "\n".join(json.dumps(lot) for lot in lots).encode()))
    assert "All sequences have the label" in app.words
    assert EN("diversity.only_one", aspect="station", unit="events", value="ST01") in app.words
    assert any(found.label.startswith("How one-sided the data are (remarks: ") for found in app.page.expander)


def test_a_data_set_is_counted_on_the_clocks_that_it_is_read_by(app: App) -> None:
    app.run()
    app.open("data")
    lots = [{"id": f"lot-{i}", "events": [f"2026-03-02 07:00:{k:02} INFO ST0{k} PLC step" for k in range(8)]} for i in range(9)]
    app.drop(("lots.jsonl", "\n".join(json.dumps(lot) for lot in lots).encode()))
    assert EN("diversity.times_events", zone="UTC") in app.words
    own = app.page.session_state["own_data"].id
    app.page.selectbox(key=f"{own}_0_time_zone").set_value("Asia/Tokyo")
    app.run()
    assert EN("diversity.times_events", zone="Asia/Tokyo") in app.words
    # Seven o'clock there, whatever it is in UTC.
    assert EN("diversity.only_one", aspect="shift", unit="events", value="early, 06 to 14") in app.words


def test_every_kind_of_one_sidedness_has_a_sentence_with_advice() -> None:
    aspects = [
        aspect("station", "events", {"ST01": 91, "ST02": 9}),
        aspect("recipe", "events", {"R07": 3}),
        aspect("shift", "events", {"early": 5, "late": 5}),
        aspect("weekday", "events", {"week": 4}),
        aspect("length", "sequences", {"256-511": 9, "512-1023": 1}),
        aspect("label", "sequences", {"normal": 40, "torn belt": 2}),
    ]
    said = views.sentences(aspects, [("ST02", "night")] * 9, EN)
    whole = "\n".join(said)
    assert "**91%** of the events are of one station, ST02" not in whole
    assert "**91%** of the events are of one station, ST01" in whole
    assert "All events are of one recipe, R07" in whole
    assert "night, 22 to 06" in whole
    assert "of one part of the week, Monday to Friday" in whole
    assert "Only 2 faulty sequences" in whole
    assert "in which others have some: 9 (" in whole
    assert len(said) == 7
    balanced = [aspect("station", "events", {"ST01": 5, "ST02": 5}), aspect("label", "sequences", {"ok": 30, "fault": 30})]
    assert views.sentences(balanced, [], EN) == []


def test_values_of_the_data_stay_as_they_are_and_cannot_format_anything() -> None:
    assert views.value_name("weekend", EN) == "weekend"
    assert views.value_name("recipe", EN) == "recipe"
    said = views.sentences([aspect("station", "events", {"**ST01** [x](http://y)": 5})], [], EN)
    assert "\\*\\*ST01\\*\\*" in said[0]


def test_the_table_holds_the_most_frequent_values() -> None:
    stations = aspect("station", "events", {f"ST{i}": 10 - i for i in range(9)})
    week = aspect("weekday", "events", {"week": 3, "weekend": 1})
    shown = views.aspects_table([stations, week], EN).to_numpy().tolist()
    assert shown[0][1].startswith("ST0 19%, ST1 17%") and shown[0][1].endswith("…") and "ST7" not in shown[0][1]
    assert shown[1] == ["part of the week", "Monday to Friday 75%, weekend 25%", 0]
