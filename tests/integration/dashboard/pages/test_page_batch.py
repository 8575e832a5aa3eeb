"""Several files dropped on Analyse: a bad one and a double, one run over the rest, cancel, another page meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.service.decide import judging, several_files
from dashboard.shared import cache
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG

GOOD = ("a.log", LOG)
OTHER = ("b.log", LOG + LOG)
DOUBLE = ("copy of a.log", LOG)
BINARY = ("photo.log", b"\x89PNG\r\n\x1a\n\x00\x00")
EMPTY = ("empty.log", b"")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


class Held:
    """Holds the analysis of one file until it is let go."""

    def __init__(self) -> None:
        self.name, self.reached, self.go = "", threading.Event(), threading.Event()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made, original = Held(), judging.read_file

    def slow(data: bytes, name: str, *how: Any, **look: Any) -> object:
        if name == made.name:
            made.reached.set()
            assert made.go.wait(TIMEOUT)
        return original(data, name, *how, **look)

    monkeypatch.setattr(judging, "read_file", slow)
    yield made
    made.go.set()


def table(app: App) -> pd.DataFrame:
    """Return the table of the batch's files."""
    (found,) = (shown.value for shown in app.page.dataframe if "Size" in shown.value.columns)
    return found


def recorded(app: App) -> list[str]:
    return [found.decision.input_name for found in app.store.decisions()]


def test_a_bad_file_and_a_double_do_not_stop_the_others(app: App) -> None:
    app.drop(GOOD, BINARY, DOUBLE, EMPTY, OTHER)
    assert "**5 files together**" in app.words
    assert "2 of 5 files were left out" in app.words
    assert "This is not a text file" in app.words
    assert "The file is empty" in app.words
    assert "copy of a.log" in app.words.replace("\\", "")
    assert table(app)["Events"].fillna(0).tolist() == [24, 0, 0, 0, 48]
    assert app.store.head().size == 0
    assert "Analyse 2 of 5 files, 72 events" in app.page.button(key="start_batch").label
    app.click("start_batch").finish("batch")
    assert recorded(app) == ["a.log", "b.log"]
    found = table(app)
    assert found["Verdict"].isna().tolist() == [False, True, True, True, False]
    assert found["Probability"].between(0, 100).tolist() == [True, False, False, False, True]
    assert "2 of 5 files were decided and recorded" in app.words
    assert not app.has_button("start_batch")


def test_one_file_is_looked_at_as_ever(app: App) -> None:
    app.drop(GOOD)
    assert app.has_button("start")
    assert not app.has_button("start_batch")


def test_cancel_keeps_what_was_decided_and_the_rest_can_go_on(app: App, held: Held) -> None:
    held.name = "b.log"
    app.drop(GOOD, OTHER, ("c.log", LOG * 3)).click("start_batch")
    assert held.reached.wait(TIMEOUT)
    app.run()
    assert app.has_button("cancel_batch")
    assert app.page.file_uploader[0].proto.disabled
    app.click("cancel_batch")
    held.go.set()
    app.finish("batch")
    assert recorded(app) == ["a.log"]
    assert "Decided and recorded: 1. Left: 2." in app.words
    app.click("start_batch").finish("batch")
    assert recorded(app) == ["a.log", "b.log", "c.log"]


def test_a_failing_file_is_said_and_can_be_tried_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    original = judging.code_revision
    calls = iter([1])

    def once() -> str:
        return original() if next(calls, None) is None else str(1 / 0)

    app.drop(GOOD, OTHER)
    monkeypatch.setattr(judging, "code_revision", once)
    app.page.button(key="start_batch").click()
    app.page.run()
    cache.worker().wait(app.job("batch"), TIMEOUT)
    app.page.run()
    assert not app.page.exception
    assert recorded(app) == ["b.log"]
    assert "report error" in app.words
    assert "division" not in app.words
    assert "Analyse 1 of 2 files" in app.page.button(key="start_batch").label
    app.page.button(key="start_batch").click()
    app.page.run()
    app.finish("batch")
    assert sorted(recorded(app)) == ["a.log", "b.log"]


def test_another_page_meanwhile_loses_nothing(app: App, held: Held) -> None:
    held.name = "b.log"
    app.drop(GOOD, OTHER).click("start_batch")
    assert held.reached.wait(TIMEOUT)
    app.open("record").open("analyse")
    assert app.has_button("cancel_batch")
    assert len(table(app)) == 2
    held.go.set()
    app.finish("batch")
    assert "2 of 2 files were decided and recorded" in app.words


def test_a_second_click_starts_nothing(app: App) -> None:
    app.drop(GOOD, OTHER)
    button = app.page.button(key="start_batch")
    app.click("start_batch")
    cache.worker().wait(app.job("batch"), TIMEOUT)
    button.click()
    app.run()
    assert recorded(app) == ["a.log", "b.log"]


def test_more_files_join_those_that_wait(app: App) -> None:
    app.drop(GOOD, OTHER)
    app.open("record").open("analyse")
    app.drop(("c.log", LOG * 3))
    assert table(app)["File"].tolist() == ["a.log", "b.log", "c.log"]


def test_decided_bytes_are_let_go(app: App) -> None:
    app.drop(GOOD, OTHER).click("start_batch").finish("batch")
    assert [file.data for file in app.page.session_state["batch"].files] == [None, None]
    assert app.page.session_state["boxes"] == 1
    app.click("batch_put_away")
    assert "files together" not in app.words
    app.analyse("c.log", LOG * 3)
    assert app.page.session_state["source"].data == b""
    assert "72 events" in app.words, "what was read is still shown"


def test_limits_are_said(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several_files, "MAX_FILES", 2)
    app.drop(*[(f"{i}.log", LOG * (i + 1)) for i in range(3)])
    assert "1 of 3 files was left out" in app.words
    assert "Analyse 2 of 3 files" in app.page.button(key="start_batch").label


def test_hostile_names_show_literally(app: App) -> None:
    app.drop(("<img src=x> **b** $x$ :smile:.log", b"\0"), ("**b** $x$.log", LOG), ("[x](javascript:1).log", LOG))
    for said in (*app.page.markdown, *app.page.warning, *app.page.info):
        plain = said.value.replace("\\<", "").replace("\\*", "").replace("\\$", "").replace("\\[", "").replace("\\:", "")
        assert "<img" not in plain
        assert "$x$" not in plain
        assert "[x](" not in plain


def test_japanese(app: App) -> None:
    app.page.segmented_control(key="language").set_value("ja")
    app.drop(GOOD, BINARY, OTHER)
    assert "3 個中 2 個のファイル、72 件のイベントを解析" in app.page.button(key="start_batch").label
    app.click("start_batch").finish("batch")
    assert "3 個のうち 2 個を判定し" in app.words
