"""The Analyse page: good and bad files, cancelled and failed runs, links that work later."""

from __future__ import annotations

import gzip
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from dashboard.features.analyse.file_choice import SAMPLES
from dashboard.service.decide import judging
from dashboard.shared import cache
from dashboard.texts import Texts
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace

MADE_LINES = [f"2026-03-02T10:00:0{i}Z INFO ST01 PLC step {i}" for i in range(4)]
HOSTILE = "<img src=x onerror=alert(1)> **b** $x$ :smile: =1+1"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def test_empty_state(app: App) -> None:
    assert app.page.title[0].value == "Analyse a log"
    assert "No decision yet" in app.words
    assert not app.has_button("start")


def test_upload_is_parsed_then_decided_then_recorded(app: App) -> None:
    app.upload("line.log", LOG)
    assert "24 events" in app.words
    assert "UTF-8" in app.words
    assert app.store.head().size == 0
    app.click("start").finish("analyse")
    decision = app.store.decision(app.page.session_state["decision_id"])
    assert decision.event_count == 24
    assert decision.caller == "the user of this machine"
    assert "Held" in app.words
    assert "Do not rely on this verdict" in app.words
    assert not app.has_button("start")
    assert app.page.query_params["decision"] == decision.id


def test_the_verdict_says_how_sure_what_happened_and_what_would_change_it(app: App) -> None:
    app.analyse("line.log", LOG)
    said = app.words
    assert said.index("How sure") < said.index("What would change it")
    assert "The calibration does not hold" in said  # of a log of unknown words
    assert "Shown because the weights give it a probability of" in said
    assert "ithout the pair of lines" in said or "No single" in said


def test_a_decision_recorded_before_changes_were_measured_is_shown_with_all_the_rest(app: App) -> None:
    app.page.query_params["decision"] = record_made(app.store, MADE_LINES, trace(head(4, {(3, 0): 0.5})))
    app.run()
    assert app.log is not None and [one["line"] for one in app.log["incidents"]] == [4]
    assert "Shown because the weights give it a probability of 90.0%" in app.words
    assert "Not measured for this decision; Explain measures it" in app.words
    assert "Not counted for these weights" in app.words  # made with other weights than those loaded


def test_a_file_is_not_queued_behind_too_many_of_ones_own(app: App, gate: threading.Event) -> None:
    app.keep_busy(gate)
    app.upload("line.log", LOG).click("start")
    assert "you have too many runs waiting" in app.words
    assert app.has_button("start")


def test_reviewer_name_is_recorded_as_caller(app: App) -> None:
    app.page.text_input(key="reviewer_name").set_value("Sato")
    app.run()
    id = app.analyse("line.log", LOG)
    assert app.store.decision(id).caller == "Sato"


def test_a_sample_is_analysed_at_once(small_samples: None, app: App) -> None:
    app.click("sample_healthy").finish("analyse")
    assert "120 events" in app.words
    assert app.store.decision(app.page.session_state["decision_id"]).input_name == "healthy.log"


@pytest.mark.parametrize("name", ["web", "sensors"])
def test_samples_of_other_kinds_are_offered_with_what_was_planted(small_samples: None, app: App, name: str) -> None:
    assert Texts("en")(f"sample.{name}_planted") in app.words
    app.click(f"sample_{name}").finish("analyse")
    assert app.store.decision(app.page.session_state["decision_id"]).input_name == SAMPLES[name]
    assert "judged by itself" in app.words


def test_what_was_read_of_a_decided_file_stays_one_click_away(app: App) -> None:
    lines = LOG.replace(b"\n", b"\r\n", 5) + b"\x01\n"
    app.upload("line.log", lines)
    facts = {metric.label: metric.value for metric in app.page.metric}
    said = {line for element in app.page.caption for line in element.value.splitlines() if "Times:" in line or "mixes" in line}
    assert len(said) == 2
    app.click("start").finish("analyse")
    assert f"line\\.log · {' · '.join(facts.values())}" in app.page.expander[0].label
    assert facts.items() <= {metric.label: metric.value for metric in app.page.metric}.items()
    assert all(line in app.words for line in said)


def test_an_earlier_decision_shows_its_file_and_lets_another_be_chosen(app: App) -> None:
    id = app.analyse("line.log", LOG)
    app.upload("second.log", LOG + LOG).click("start").finish("analyse")
    app.page.session_state["decision_id"] = id
    app.page.query_params["decision"] = id
    app.run()
    assert "line\\.log · 24 events" in app.page.expander[0].label
    app.upload("third.log", LOG + LOG + LOG)
    assert app.has_button("start")
    assert "How sure" not in app.words


def test_link_works_in_a_new_session(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> None:
    id = app.analyse("line.log", LOG)
    other = App(monkeypatch, tmp_path, weights)
    other.page.query_params["decision"] = id
    other.page.query_params["lang"] = "ja"
    other.run()
    assert "line.log" in other.words
    assert "保留" in other.words
    assert other.log is not None and other.log["language"] == "ja"


@pytest.mark.parametrize("id", ["0" * 32, "nonsense", "<script>", "../../x"])
def test_link_to_nothing_is_said_or_ignored(app: App, id: str) -> None:
    app.page.query_params["decision"] = id
    app.run()
    assert ("The record has no such decision" in app.words) == (id == "0" * 32)


BAD = {
    "empty": ("a.log", b"", "input.empty"),
    "blank": ("a.log", b" \n\n", "input.empty"),
    "one line": ("a.log", b"2026-01-01 10:00:00 INFO only one\n", "input.too_few_events"),
    "binary": ("a.log", b"\x89PNG\r\n\x1a\n\x00\x00", "input.binary"),
    "zero bytes": ("a.log", b"abc\0def\n" * 9, "input.binary"),
    "latin-1": ("a.log", "température élevée à 25 °C, dépassé\n".encode("latin-1") * 5, "input.encoding"),
    "no header": ("a.csv", b"1,2\n3,4\n5,6\n", "input.csv_no_header"),
    "json scalars": ("a.jsonl", b"1\n2\n3\n", "input.jsonl_no_objects"),
    "broken array": ("a.json", b'[{"a":1},{"a":2},{"a"', "input.invalid_json"),
    "bomb": ("a.log.gz", gzip.compress(b"\n" * 8_000_000), "input.gzip_ratio"),
    "truncated gzip": ("a.log.gz", gzip.compress(LOG)[:-20], "input.gzip_truncated"),
    "damaged gzip": ("a.log.gz", gzip.compress(LOG)[:-8] + b"\0" * 8, "input.gzip_damaged"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_refused_with_advice_and_nothing_is_stored(app: App, name: str, language: str) -> None:
    file, data, key = BAD[name]
    app.page.query_params["lang"] = language
    app.page.segmented_control(key="language").set_value(language)
    app.upload(file, data)
    start = Texts(language)._texts[key].split("{")[0]
    assert [error.value for error in app.page.error if error.value.startswith(start)], app.words
    assert not app.has_button("start")
    assert app.store.head().size == 0


ODD = {
    "mixed line endings": ("a.log", LOG.replace(b"\n", b"\r\n", 5), "mixes line endings"),
    "ragged rows": ("a.csv", b"time,value\n" + b"2026-01-01 10:00:00,1\n" * 4 + b"x\n", "other number of cells"),
    "not an object": ("a.jsonl", b'{"a": 1}\n' * 4 + b"[1]\n", "not a JSON object"),
    "very long line": ("a.log", LOG + b"2026-03-02T11:00:00 INFO " + b"x" * 1_000_000 + b"\n", "cut at 10,000"),
    "events of Windows, newest first": (
        "a.csv",
        b"Level,Date and Time,Source,Event ID,Task Category\n"
        b"Error,11/13/2026 5:54:10 AM,Disk,7,None,it has a bad block\nError,11/13/2026 5:53:29 AM,Disk,7,None,it is slow\n",
        "written newest first",
    ),
    "shift-jis": ("a.log", "2026-01-01 10:00:00 INFO 温度が上昇しました\n".encode("cp932") * 4, "CP932"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_used_and_what_was_odd_is_said(app: App, name: str) -> None:
    file, data, said = ODD[name]
    app.upload(file, data)
    assert said in app.words
    id = app.page.session_state["decision_id"]
    assert id is None
    app.click("start").finish("analyse")
    assert app.store.head().size == 1


def test_hostile_names_and_lines_show_literally(app: App) -> None:
    lines = LOG + f"2026-03-02T10:01:00 ERROR ST01 {HOSTILE}\n".encode()
    id = app.analyse(f"{HOSTILE.replace('/', '')}.log", lines)
    assert app.store.decision(id).input_name.startswith("<img")
    for said in (*app.page.markdown, *app.page.caption):
        plain = said.value.replace("\\<", "").replace("\\*", "").replace("\\$", "").replace("\\=", "")
        assert "<img" not in plain
        assert "$x$" not in plain
        assert ":smile:" not in said.value.replace("\\", "")


def test_a_new_file_puts_the_earlier_verdict_away(app: App) -> None:
    app.analyse("line.log", LOG)
    app.upload("second.log", LOG + LOG)
    assert app.page.session_state["decision_id"] is None
    assert app.has_button("start")
    assert "48 events" in app.words


def test_cancel_stores_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = threading.Event(), threading.Event()
    original = judging.run_or_fall_back

    def slow(*given: Any, **how: Any) -> object:
        reached.set()
        assert go.wait(TIMEOUT)
        return original(*given, **how)

    app.upload("line.log", LOG)
    monkeypatch.setattr(judging, "run_or_fall_back", slow)
    app.click("start")
    assert reached.wait(TIMEOUT)
    assert app.has_button("cancel_analyse")
    app.click("cancel_analyse")
    go.set()
    app.finish("analyse")
    assert "Nothing was stored" in app.words
    assert app.has_button("start")
    assert app.store.head().size == 0


def test_unknown_failure_is_logged_and_said_with_an_id(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app.upload("line.log", LOG)
    monkeypatch.setattr(judging, "code_revision", lambda: 1 / 0)
    # Not through ``click``, which takes such an error for the program's own: it may be there in the same run.
    app.page.button(key="start").click()
    app.page.run()
    job = app.job("analyse")
    cache.worker().wait(job, TIMEOUT)
    app.page.run()
    assert not app.page.exception
    assert job in app.words
    assert job in caplog.text
    assert "division" not in app.words
    assert app.store.head().size == 0


def test_without_weights_the_page_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = App(monkeypatch, tmp_path, tmp_path / "none.safetensors").run()
    assert "No model loaded" in app.words
    app.upload("line.log", LOG).click("start")
    assert "There is no usable model" in app.words
    assert app.store.head().size == 0


def test_record_that_cannot_be_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit.db").write_bytes(b"this is no database, whatever its name says" * 50)
    app = App(monkeypatch, tmp_path, weights).run()
    assert "The record cannot be used" in app.words
    found = re.search(r"number ([0-9a-f]{8})", app.words)
    assert found is not None and found[1] in caplog.text  # the operator finds it in the server's log
    assert found[1] in app.run().words  # and the same problem keeps its number
