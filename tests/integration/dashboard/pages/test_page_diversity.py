"""How one-sided data are: on Data & training before anything is learned, on Monitor of what was decided."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.reading.diversity import Aspect
from dashboard.texts import Texts
from dashboard.views import diversity as views
from dashboard.views.new_kinds import NewKind
from sparsemix.monitoring.drift import SelectionProfile
from tests.support.audit.builders import decision
from tests.support.dashboard.app import App
from tests.support.dashboard.made_drift import NEW, WEIGHTS, decide, place, profile

EN = Texts("en")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def go(app: App) -> App:
    app.open("monitor")
    app.page.segmented_control(key="monitor_section").set_value(MonitorSection.DIVERSITY)
    return app.run()


def tables(app: App) -> str:
    return "\n".join(found.value.to_string() for found in app.page.dataframe)


def test_without_decisions_it_says_so(app: App) -> None:
    app.run()
    assert "No decision yet" in go(app).words


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


MONDAY_LATE = 1_772_485_200.0  # 2 March 2026, 21:00 UTC: Tuesday, 06:00 in Tokyo


@pytest.mark.parametrize(
    ("details", "warnings", "shift", "weekday", "said"),
    [
        ({"time_span": [MONDAY_LATE, MONDAY_LATE + 9e4]}, (), "late", "mon", "(0 logs)"),
        ({"time_span": [MONDAY_LATE, 9e9], "reading": {"time_zone": "Asia/Tokyo"}}, (), "early", "tue", "zones: Asia"),
        ({"time_span": [MONDAY_LATE, MONDAY_LATE]}, ("year_unknown",), "late", None, "(0 logs)"),
        ({"time_span": [3.0, 90.0]}, ("relative_time",), "night", "wed", "(1 log)"),
        ({"time_span": None, "reading": {"time_zone": "Asia/Tokyo"}}, (), "early", "thu", "(1 log)"),
        ({"time_span": "broken", "reading": {"time_zone": "Moon"}}, (), "night", "wed", "(1 log)"),
    ],
)
def test_when_decisions_were_is_told_by_their_logs_where_these_have_times(
    details: dict[str, object], warnings: tuple[str, ...], shift: str, weekday: str | None, said: str
) -> None:
    one = decision(
        started_at="2026-03-04T22:30:00.000Z", ended_at="2026-03-04T22:31:00.000Z", details=details, warnings=warnings
    )
    found = {aspect.name: aspect for aspect in views.of_decisions([one])}
    assert found["shift"].counts == {shift: 1}
    assert (found["weekday"].counts if "weekday" in found else None) == (None if weekday is None else {weekday: 1})
    assert said in views.times_sentence([one], EN)


def test_logs_with_and_without_times_are_told_apart() -> None:
    timed, bare = decision(details={"time_span": [MONDAY_LATE, MONDAY_LATE]}), decision(details={})
    assert "(2 logs)" in views.times_sentence([timed, bare, bare], EN)


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
    assert "in which others have some: 9 (" in whole
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
    table = views.unpractised_table([NewKind("a", "b", 3, 0.125)], 40, EN)
    assert table.to_numpy().tolist() == [["a", "b", "3 / 40", 12.5]]
