"""The Record page: entries, verification of a good and of a changed record, checkpoint, pages."""

from __future__ import annotations

import gc
import threading
import weakref
from hashlib import sha256
from pathlib import Path

import pytest

from dashboard.report.exports import export_log
from dashboard.service.decide.pipeline import analyse
from dashboard.shared import cache
from dashboard.texts import Texts
from sparsemix import SparseMixModel
from tests.support.audit.forging import edit
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_empty_record_is_valid(app: App) -> None:
    app.run().open("record")
    assert "The log has no entries yet" in app.words
    app.click("verify").finish("verify")
    assert "Valid: 0 entries" in app.words


def test_files_without_a_decision_are_listed_until_somebody_decides(app: App, model: SparseMixModel) -> None:
    app.run().open("record")
    assert "Files without a decision" not in app.words
    bad, log = sha256(b"bad").hexdigest(), sha256(LOG).hexdigest()
    for digest, name in ((bad, "<b>bad.log"), (log, "line.log")):
        app.access.failures.note(digest, model.weights_sha256, name=name, code="not_text", why=f"{name} is no text")
    app.run()
    assert "Files without a decision" in app.words
    (listed,) = [frame.value for frame in app.page.dataframe if "Why" in frame.value]
    assert listed[["File", "Why", "SHA-256"]].values.tolist() == [
        ["line.log", "line.log is no text", log],
        ["<b>bad.log", "<b>bad.log is no text", bad],
    ]
    assert "Not judged" in app.page.dataframe[-1].value.to_string()
    app.access.failures.note(
        "3" * 64,
        model.weights_sha256,
        name="line4-1-9.log",
        code="crashed",
        why="It died.",
        place="line4.log: 1-9",
        window=True,
    )
    app.run()
    files, windows = (frame.value["File"].tolist() for frame in app.page.dataframe if "Why" in frame.value)
    assert (files, windows) == (["line.log", "<b>bad.log"], ["line4.log: 1-9"]) and "in the last seven days" in app.words
    why = {"code": "too_few_events", "why": "Found 1 events.", "place": "logs/may/short.log"}
    app.access.failures.note(
        "1" * 64, model.weights_sha256, name="short.log", values={"found": 1, "skipped": 0, "needed": 2}, **why
    )
    app.access.failures.note("2" * 64, model.weights_sha256, name="old.log", code="too_few_events", why="Found 1 events.")
    app.page.segmented_control(key="language").set_value("ja")
    app.run()
    listed = next(frame.value for frame in app.page.dataframe if "理由" in frame.value)
    assert listed["ファイル"].tolist()[:2] == ["old.log", "logs/may/short.log"]
    assert listed["理由"].tolist()[0] == "Found 1 events." and "1 件" in listed["理由"].tolist()[1]
    app.page.segmented_control(key="language").set_value("en")
    analyse(LOG, "line.log", model=model, access=app.access)
    app.run()
    listed = next(frame.value for frame in app.page.dataframe if "Why" in frame.value)
    assert listed["File"].tolist() == ["old.log", "logs/may/short.log", "<b>bad.log"]


def test_verify_and_the_way_to_the_decision_in_view(app: App, model: SparseMixModel) -> None:
    id = analyse(LOG, "line.log", model=model, access=app.access)
    app.page.query_params["decision"] = id
    app.run().open("record")
    assert "Entries 1" in app.words
    (link,) = [link.proto.query_string for link in app.page.get("page_link")]
    assert f"decision={id}" in link and "panel=record" in link
    app.click("verify").finish("verify")
    assert "Valid: 1 entry, 1 decision, 0 reviews, 4 stored files" in app.words


def test_a_changed_record_is_red_and_names_the_entry(app: App, model: SparseMixModel) -> None:
    for name in ("a.log", "b.log"):
        analyse(LOG, name, model=model, access=app.access)
    edit(str(app.db), "UPDATE decisions SET label = 'normal <b>' WHERE input_name = 'b.log'")
    app.run().open("record").click("verify").finish("verify")
    assert "Tampered" in app.page.error[0].value
    assert "First bad entry: 2" in app.page.error[0].value
    assert "<b>" not in app.page.error[0].value.replace("\\<b", "")
    assert app.has_button("show_problem")
    app.click("checkpoint").finish("checkpoint")
    assert any("nothing was signed" in error.value for error in app.page.error)
    assert not app.has_download("export_note")


def test_checkpoint_is_signed_by_a_key_beside_the_record(app: App, model: SparseMixModel) -> None:
    analyse(LOG, "line.log", model=model, access=app.access)
    app.run().open("record").click("checkpoint").finish("checkpoint")
    assert "Signed: 1 entry" in app.words
    key = Path(f"{app.db}.key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_long_log_has_pages(app: App) -> None:
    for number in range(120):
        app.store.record_event("test", "note", str(number), {})
    app.run().open("record")
    newest = app.page.dataframe[0].value
    assert newest["Entry"].tolist() == list(range(120, 70, -1))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_showing_the_downloads_records_nothing_and_taking_one_does(app: App, language: str) -> None:
    app.page.query_params["lang"] = language
    app.store.record_event("test", "note", "x", {})
    app.run().open("record").click("checkpoint").finish("checkpoint").run()
    assert {button.key for button in app.page.download_button} >= {"export_jsonl", "export_csv", "export_note"}
    assert app.store.head().size == 1
    export_log(app.access, "csv")
    shown = app.run().page.dataframe[0].value
    assert shown.iloc[0][["Kind", "Subject"] if language == "en" else ["種類", "対象"]].tolist() == [
        Texts(language).plain("entry.export"),
        "csv",
    ]


def test_the_first_bad_entry_is_one_click_away(app: App) -> None:
    for number in range(120):
        app.store.record_event("test", "note", str(number), {})
    app.run().open("record")  # an app that meets a changed content at its start grants nothing, this page included
    edit(str(app.db), "UPDATE payloads SET payload = '{}' || ' ' WHERE seq = 30")
    app.click("verify").finish("verify").click("show_problem")
    assert 30 in app.page.dataframe[0].value["Entry"].tolist()


def test_a_bundle_is_made_and_recorded(app: App, model: SparseMixModel) -> None:
    analyse(LOG, "line.log", model=model, access=app.access)
    app.run().open("record").click("bundle").finish("bundle")
    assert "The bundle of 2 entries is ready" in app.words
    assert [entry.type for entry in app.store.entries()] == ["decision", "export"]


def test_a_second_bundle_lets_go_of_the_first(app: App) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run().open("record").click("bundle").finish("bundle")
    first = app.job("bundle")
    made = cache.worker().get(first)
    assert made is not None
    file = weakref.ref(made.result.file)
    del made
    app.click("bundle").finish("bundle")
    assert app.job("bundle") != first
    assert cache.worker().get(first) is None
    gc.collect()
    assert file() is None  # and with it the bundle's content, whose file has no name


def test_one_visitor_cannot_queue_any_number_of_jobs(app: App, gate: threading.Event) -> None:
    app.run().open("record")
    worker = cache.worker()
    waiting = app.keep_busy(gate)
    for slot in ("verify", "bundle", "checkpoint"):
        app.click(slot)
        assert "you have too many runs waiting" in app.words
        assert slot not in app.page.session_state["jobs"]
    worker.cancel(waiting[-1].id)
    app.click("verify")
    assert "too many runs" not in app.words
    gate.set()
    app.finish("verify")
    assert "Valid" in app.words
