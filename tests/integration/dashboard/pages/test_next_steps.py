"""A verdict on a file that was judged by itself is no dead end: lines are named fine, others judge, one learns from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.service.decide.replay import replay_bits
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG, UNKNOWN


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path, any_log: SparseMixModel) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def tick(app: App, word: str) -> App:
    (box,) = [box for box in app.page.checkbox if word in box.label]
    box.check()
    return app.run()


def details(app: App) -> dict[str, object]:
    return dict(app.store.decision(app.page.session_state["decision_id"]).details)


def test_lines_are_named_fine_and_the_file_judged_again_with_a_click(app: App) -> None:
    first = app.analyse("sshd.log", UNKNOWN)
    assert "What you can do now" in app.words
    assert app.page.button(key="name_fine").disabled
    assert any("and 14 more of this kind" in box.label for box in app.page.checkbox)
    tick(app, "Invalid user")
    app.page.text_input(key=f"fine_why_{first}").set_value("a scanner")
    app.run().click("name_fine")
    assert "Named fine for sshd" in app.words
    assert "Kinds named fine since: 1" in app.words
    assert not [box for box in app.page.checkbox if "Invalid user" in box.label]
    assert app.access.marks.of("sshd")[0].decision == first
    app.click("judge_again").finish("analyse")
    assert app.page.session_state["decision_id"] != first
    assert details(app)["fine"]["left_out"] == 15  # type: ignore[index]
    assert details(app)["reading"] == app.store.decision(first).details["reading"]
    assert "15 more lines are of kinds that people named fine" in app.words
    app.click("take_back_all")
    assert "Taken back for sshd" in app.words
    app.click("judge_again").finish("analyse")
    assert "fine" not in details(app)


def test_one_kind_is_taken_back(app: App) -> None:
    app.analyse("sshd.log", UNKNOWN)
    tick(app, "Invalid user")
    tick(app, "Server listening").click("name_fine")
    (field,) = app.page.multiselect
    assert app.page.button(key="take_back").disabled
    field.select(app.access.marks.of("sshd")[0].kind)
    app.run()
    assert "why: –" in app.words
    app.click("take_back")
    assert len(app.access.marks.of("sshd")) == 1


def test_the_weights_in_use_judge_all_the_same(app: App, model: SparseMixModel) -> None:
    first = app.analyse("sshd.log", UNKNOWN)
    app.click("judge_anyway").finish("analyse")
    decision = app.store.decision(app.page.session_state["decision_id"])
    assert decision.id != first
    assert decision.weights_sha256 == model.weights_sha256
    assert "Do not rely on this verdict" in app.words
    assert "What you can do now" not in app.words
    assert replay_bits(app.store, decision.id).identical


def test_a_file_that_the_weights_know_or_a_short_one_has_no_such_steps(app: App) -> None:
    app.analyse("line.log", LOG)
    assert "What you can do now" not in app.words


def test_the_page_speaks_japanese(app: App) -> None:
    app.page.session_state["language"] = "ja"
    app.run().analyse("sshd.log", UNKNOWN)
    assert "次にできること" in app.words
    assert any("同じ種類が他 14 行" in box.label for box in app.page.checkbox)


def test_learning_begins_with_the_file_and_others_are_added(app: App) -> None:
    id = app.analyse("sshd.log", UNKNOWN * 10)
    app.page.query_params["learn_from"] = id
    app.open("data")
    assert "learn_from" not in app.page.query_params
    assert "comes from a decision and is learned from" in app.words
    assert "cut into 12 pieces" in app.words
    own = app.page.session_state["own_data"]
    assert (own.files, own.origin) == ((("sshd.log", UNKNOWN * 10),), "sshd")
    assert own.options.payload() == app.store.decision(id).details["reading"]
    app.page.file_uploader(key="data_files").set_value([("more.log", UNKNOWN, "text/plain")])
    assert [name for name, _ in app.run().page.session_state["own_data"].files] == ["sshd.log", "more.log"]
    assert app.page.session_state["decision_id"] == id
    app.click("data_give_back")
    assert [name for name, _ in app.page.session_state["own_data"].files] == ["more.log"]


def test_a_link_to_learn_from_no_decision_says_so(app: App) -> None:
    app.page.query_params["learn_from"] = "0" * 32
    app.open("data")
    assert [error.value for error in app.page.error]
    assert "learn_from" not in app.page.query_params


@pytest.mark.parametrize(("language", "word"), [("en", r"\bfault(y|s)?\b"), ("ja", "異常の(確率|疑い)")])
def test_no_page_speaks_of_faults_where_none_is_known(app: App, language: str, word: str) -> None:
    app.page.session_state["language"] = language
    app.run().analyse("sshd.log", UNKNOWN)
    places = (
        (app.open, "analyse"),
        (app.open, "review"),
        (app.panel, "selection"),
        (app.panel, "explain"),
        (app.panel, "record"),
    )
    for go, name in places:
        lines = go(name).words.splitlines()
        if name in ("selection", "explain"):
            lines += [option for box in app.page.selectbox for option in box.options]
        assert not [line for line in lines if re.search(word, line) and "23 faults" not in line], name
