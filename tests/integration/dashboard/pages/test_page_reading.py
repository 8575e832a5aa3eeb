"""Analyse: how a file is read is shown, corrected, remembered for its source and forgotten; archives; a file met before."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from audit import Role
from dashboard.service.decide.pipeline import load
from dashboard.service.decide.replay import replay_bits
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG

TABLE = "日時,ロット,温度[℃],圧力,判定\n" + "".join(
    f"2026/03/02 08:00:{i:02d},L{i // 6},{20 + i},{'' if i % 4 else '1.5'},OK\n" for i in range(12)
)
CP932 = TABLE.encode("cp932")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def choose(app: App, label: str, value: str) -> App:
    (field,) = [box for box in app.page.selectbox if box.label.startswith(label)]
    field.set_value(value)
    return app.run()


def value_of(app: App, label: str) -> str:
    (field,) = [box for box in app.page.selectbox if box.label.startswith(label)]
    return str(field.value)


def said(app: App) -> str:
    """Return what the page says, as a reader sees it."""
    return app.words.replace("\\", "")


def columns(app: App) -> pd.DataFrame:
    (found,) = [table.value for table in app.page.dataframe if "Read as" in table.value.columns]
    return found.set_index("Column")


def test_the_guess_is_shown(app: App) -> None:
    app.upload("press-2026-03-02.csv", CP932)
    assert "12 events" in said(app)
    found = columns(app)
    assert found["Read as"].to_dict() == {
        "日時": "Time",
        "ロット": "Sequence",
        "温度[℃]": "feature",
        "圧力": "feature",
        "判定": "Label",
    }
    assert "A step every 1.0 s" in said(app)
    assert "holds 2 sequences" in said(app) and "holds labels" in said(app)
    assert "Empty cells of feature columns, not passed to the model: 9" in said(app)
    assert app.page.text_input(key=next(f.key for f in app.page.text_input if f.label.startswith("Source"))).value == "press"


def test_a_log_has_no_usual_step(app: App) -> None:
    app.upload("line4.log", b"".join(b"2026-03-02T09:41:%02d INFO ST03 PLC started\n" % second for second in range(12)))
    assert "12 events" in said(app) and "A step every" not in said(app)


def test_a_correction_is_followed_at_once_and_kept_with_the_decision(app: App) -> None:
    app.upload("press.csv", CP932)
    assert "2026-03-02 08:00:00 – 2026-03-02 08:00:11 UTC" in said(app)
    choose(app, "Time zone", "Asia/Tokyo")
    assert "2026-03-01 23:00:00 – 2026-03-01 23:00:11 UTC" in said(app)
    choose(app, "Label", "圧力")
    assert columns(app).loc["圧力", "Read as"] == "Label"
    app.click("start").finish("analyse")
    store = app.store
    loaded = load(store, app.page.session_state["decision_id"])
    assert loaded.summary.decision.details["source"] == "press"
    assert loaded.summary.decision.details["reading"]["time_zone"] == "Asia/Tokyo"
    assert loaded.sequence.events[0].message == "温度[℃]=20 判定=OK"
    assert replay_bits(store, loaded.summary.decision.id).identical
    assert "Asia/Tokyo" in said(app)
    assert not [box for box in app.page.selectbox if box.label.startswith("Time zone")]


def test_the_sources_of_a_file_are_named_and_can_be_corrected(app: App) -> None:
    said_of = ("job started", "job done", "cache hit", "retrying")
    lines = [
        f"2026-03-02 09:{at // 2:02d}:{at % 2 * 30:02d} {host} {said_of[at % 4]}" for host in ("a1", "b2") for at in range(60)
    ]
    app.upload("joined.log", "\n".join(lines).encode())
    assert "they begin at lines 1, 61" in said(app) and "time goes backwards" not in said(app)
    choose(app, "Sources in the file", "one")
    assert "they begin at lines" not in said(app) and "time goes backwards: 1" in said(app)
    app.click("start").finish("analyse")
    loaded = load(app.store, app.page.session_state["decision_id"])
    assert loaded.summary.decision.details["reading"]["sources"] == "one" and not loaded.sequence.starts
    assert replay_bits(app.store, loaded.summary.decision.id).identical
    assert "one source" in said(app)


def test_what_was_corrected_is_remembered_for_the_source_and_forgotten(app: App) -> None:
    app.upload("press-2026-03-02.csv", CP932)
    assert app.page.button(key="remember_reading").disabled
    choose(app, "Time zone", "Asia/Tokyo").click("remember_reading")
    assert "Recorded (entry" in said(app)
    assert app.page.button(key="remember_reading").disabled
    app.upload("press-2026-03-03.csv", CP932.replace(b"L0", b"L7"))
    assert "settings remembered for press" in said(app)
    assert "2026-03-01 23:00:00" in said(app)
    assert value_of(app, "Time zone") == "Asia/Tokyo"
    app.click("guess_reading")
    assert "2026-03-02 08:00:00" in said(app)
    app.click("forget_reading")
    assert "Recorded (entry" in said(app)
    assert not app.has_button("forget_reading")
    app.upload("press-2026-03-04.csv", CP932.replace(b"L0", b"L8"))
    assert "2026-03-02 08:00:00" in said(app)
    assert [entry.type for entry in app.store.entries()] == ["reading", "reading"]


def test_settings_that_do_not_fit_say_so_and_can_be_corrected(app: App) -> None:
    app.access.readings.remember("press", {"columns": {"label": "quality"}})
    app.upload("press.csv", CP932)
    assert "do not fit this file" in said(app)
    assert "There is no column quality" in said(app)
    assert not app.has_button("start")
    choose(app, "Label", "判定")
    assert "12 events" in said(app)
    assert app.has_button("start")


def test_settings_of_a_newer_version_can_be_forgotten(app: App) -> None:
    app.access.readings.remember("press", {"rules": 9})
    app.upload("press.csv", CP932)
    assert "rules of a newer version" in said(app)
    app.click("forget_reading")
    assert "rules of a newer version" not in said(app)
    assert "12 events" in said(app)


def test_another_source_brings_its_own_settings(app: App) -> None:
    app.access.readings.remember("line 4", {"time_zone": "Asia/Tokyo"})
    app.upload("press.csv", CP932)
    (field,) = [one for one in app.page.text_input if one.label.startswith("Source")]
    field.set_value("line 4")
    app.run()
    assert "settings remembered for line 4" in said(app)
    assert "2026-03-01 23:00:00" in said(app)
    app.click("start").finish("analyse")
    assert app.store.decision(app.page.session_state["decision_id"]).details["source"] == "line 4"


def test_an_encoding_that_is_not_recognised_can_be_named(app: App) -> None:
    app.upload("four.log", "2026-03-02 08:00:00 INFO température élevée à 25 °C, dépassé\n".encode("cp1252") * 5)
    assert not app.has_button("start")
    choose(app, "Encoding", "cp1252")
    assert "5 events" in said(app) and app.has_button("start")


def test_only_those_who_analyse_remember(app: App) -> None:
    app.account("vic", Role.VIEWER)
    app.account("ann", Role.REVIEWER)
    app.sign_in("ann").upload("press.csv", CP932)
    assert app.has_button("remember_reading")


def parquet() -> bytes:
    file = io.BytesIO()
    pd.read_csv(io.StringIO(TABLE)).to_parquet(file)
    return file.getvalue()


def excel() -> bytes:
    file = io.BytesIO()
    pd.read_csv(io.StringIO(TABLE)).to_excel(file, index=False)
    return file.getvalue()


@pytest.mark.parametrize(("name", "made"), [("press.parquet", parquet), ("press.xlsx", excel)])
def test_parquet_and_excel_are_analysed(app: App, name: str, made: Callable[[], bytes]) -> None:
    app.upload(name, made())
    assert columns(app).loc["温度[℃]", "Holds"] == "numbers"
    assert not [box for box in app.page.selectbox if box.label.startswith("Encoding")]
    app.click("start").finish("analyse")
    assert load(app.store, app.page.session_state["decision_id"]).sequence.events[0].message.startswith("温度[℃]=20")


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return packed.getvalue()


def test_an_archive_is_the_files_in_it_each_read_as_its_source_is(app: App) -> None:
    app.access.readings.remember("press", {"time_zone": "Asia/Tokyo"})
    app.upload("monday.zip", archive({"a/line.log": LOG, "b/press.csv": CP932, "c/picture.png": b"\x89PNG\r\n"}))
    assert "3 files together" in said(app)
    assert "1 of 3 files was left out" in said(app)
    app.click("start_batch").finish("batch")
    found = {one.decision.input_name: one.decision for one in app.store.decisions()}
    assert set(found) == {"line.log", "press.csv"}
    assert found["press.csv"].details["reading"]["time_zone"] == "Asia/Tokyo"
    assert found["line.log"].details["reading"]["time_zone"] == "UTC"


def test_a_damaged_archive_is_said(app: App) -> None:
    app.upload("monday.zip", archive({"line.log": LOG})[:60])
    assert "monday.zip is damaged" in said(app)


def test_a_file_that_was_decided_before_says_when_and_where(app: App) -> None:
    app.analyse("line.log", LOG)
    app.upload("renamed.log", LOG)
    assert "Already decided" in said(app)
    assert app.has_button("start")
    app.drop(("again.log", LOG), ("other.log", LOG * 2))
    assert any("Already decided" in " ".join(table.value.get("Remarks", [])) for table in app.page.dataframe)
