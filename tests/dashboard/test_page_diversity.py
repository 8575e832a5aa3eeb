"""How one-sided data are: on Data & training before anything is learned, on Monitor of what was decided."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.texts import Texts
from dashboard.views import diversity as views
from dashboard.views.monitor import Section
from sparsemix.diversity import Aspect
from sparsemix.drift import SelectionProfile
from sparsemix.drift.practice import Unpractised
from tests.dashboard.app import App
from tests.dashboard.made_drift import NEW, WEIGHTS, decide, place, profile

EN = Texts("en")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def go(app: App) -> App:
    app.open("monitor")
    app.page.segmented_control(key="monitor_section").set_value(Section.DIVERSITY)
    return app.run()


def tables(app: App) -> str:
    return "\n".join(found.value.to_string() for found in app.page.dataframe)


def test_without_decisions_it_says_so(app: App) -> None:
    app.run()
    assert "No decision yet." in go(app).words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_decisions_of_one_source_and_what_was_never_practised(app: App, language: str) -> None:
    place(app.db)
    app.page.query_params["lang"] = language
    app.run()
    go(app)
    t = Texts(language)
    assert t("diversity.only_one", aspect=t("diversity.source"), unit=t("diversity.unit.decisions"), value="line4") in app.words
    # No card: compared with the source's first decisions.
    assert t("diversity.practice_reference", n=20) in app.words
    assert "phase 3 complete" in tables(app)
    assert "step 3 done" not in tables(app)


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
    assert EN("diversity.practice_card", sequences=1, events=400) in app.words
    assert "step 3 done" in tables(app)


def test_data_are_looked_at_before_anything_is_learned(app: App) -> None:
    app.run()
    app.open("data")
    lots = [
        {"id": f"lot-{i}", "label": "normal", "events": [f"2026-03-02T07:00:{k:02}Z INFO ST01 PLC step {k}" for k in range(8)]}
        for i in range(6)
    ]
    app.drop(("lots.jsonl", "\n".join(json.dumps(lot) for lot in lots).encode()))
    assert "All sequences have the same label" in app.words
    assert EN("diversity.only_one", aspect="station", unit="events", value="ST01") in app.words
    assert any(found.label.startswith("How one-sided the data are: ") for found in app.page.expander)


def test_every_kind_of_one_sidedness_has_a_sentence_with_advice() -> None:
    aspects = [
        Aspect("station", "events", {"ST01": 91, "ST02": 9}),
        Aspect("recipe", "events", {"R07": 3}),
        Aspect("shift", "events", {"early": 5, "late": 5}),
        Aspect("weekday", "events", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 4)),
        Aspect("length", "sequences", {"256-511": 9, "512-1023": 1}),
        Aspect("label", "sequences", {"normal": 40, "torn belt": 2}),
    ]
    said = views.sentences(aspects, [("ST02", "night")] * 9, EN)
    whole = "\n".join(said)
    assert "**91%** of the events are of one station, ST02" not in whole
    assert "**91%** of the events are of one station, ST01" in whole
    assert "All events are of one recipe, R07" in whole
    assert "night, 22 to 06" in whole
    assert "Saturday, Sunday" in whole
    assert "Only 2 faulty sequences" in whole
    assert "9 times a station never occurs" in whole
    assert len(said) == 7
    balanced = [Aspect("station", "events", {"ST01": 5, "ST02": 5}), Aspect("label", "sequences", {"ok": 30, "fault": 30})]
    assert views.sentences(balanced, [], EN) == []


def test_values_of_the_data_stay_as_they_are_and_cannot_format_anything() -> None:
    assert views.value_name("mon", EN) == "Monday"
    assert views.value_name("recipe", EN) == "recipe"
    said = views.sentences([Aspect("station", "events", {"**ST01** [x](http://y)": 5})], [], EN)
    assert "\\*\\*ST01\\*\\*" in said[0]


def test_shares_are_drawn_in_the_order_that_says_most() -> None:
    week = views.share_figure(Aspect("weekday", "events", {"tue": 9, "mon": 1}), EN)
    assert list(week.data[0].y) == ["Monday", "Tuesday"]
    many = views.share_figure(Aspect("station", "events", {f"ST{i:02}": 100 - i for i in range(30)}), EN)
    assert many.data[0].y[0] == "ST00"
    assert many.data[0].y[-1] == "others"
    assert sum(many.data[0].x) == pytest.approx(1.0)


def test_kinds_that_were_never_practised_say_how_often_they_came() -> None:
    table = views.unpractised_table([Unpractised("a", "b", 3, 0.125)], 40, EN)
    assert table.to_numpy().tolist() == [["a", "b", "3 / 40", 12.5]]
