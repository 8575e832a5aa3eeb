"""The panel Explain: why, what if, changed logs, comparisons, and what it says when something is missing."""

from __future__ import annotations

import re
import threading

import pytest

from dashboard.features.analyse.explain import explain_line
from dashboard.features.analyse.explain.explain_what_if import WhatIf
from dashboard.shared import cache
from dashboard.shared.decision import decision_choice
from dashboard.views.decisions import recent
from sparsemix import ExplanationError
from sparsemix.explain.intervention import Pair
from tests.support.audit.forging import edit
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG, UNKNOWN, build_model


@pytest.fixture
def app(monkeypatch, tmp_path, weights) -> App:
    return App(monkeypatch, tmp_path, weights)


@pytest.fixture
def explained(app) -> App:
    """Return the page with the explanation of a decision's most probable line."""
    app.run().analyse("line.log", LOG)
    app.open("explain")
    return finish(app, "explain")


def finish(app: App, kind: str) -> App:
    """Wait for the last job of a kind."""
    jobs = [id for name, id in app.page.session_state["jobs"].items() if name.startswith(kind)]
    cache.worker().wait(jobs[-1], 6 * TIMEOUT)
    return app.run()


def plain(text: str) -> str:
    """Without the escapes of Markdown and with an ordinary minus."""
    return text.replace("\\", "").replace("−", "-")


def compared(explained: App) -> App:
    """Have the methods compared."""
    explained.click("explain_scores_compute")
    return finish(explained, "scores")


def section(app: App, name: str) -> App:
    app.page.segmented_control(key="explain_section").set_value(name)
    return app.run()


def explained_line(app: App) -> int:
    """Return the number of the line that the panel explains."""
    return int(re.search(r"\*\*Line (\d+):", app.words)[1])


def test_an_explanation_is_computed_at_once_and_its_methods_are_compared_when_asked_for(
    explained, monkeypatch, tmp_path, weights
):
    assert any(word in explained.words for word in ("mattered most", "No other line alone", "largest effect"))
    assert "Probability of a fault at line" in explained.words
    assert "does not know such logs" in explained.words
    section(explained, "methods")
    assert all("comprehensiveness" not in table.value.columns for table in explained.page.dataframe)
    compared(explained)
    (scores,) = (table.value for table in explained.page.dataframe)
    assert len(scores) == 6 + 4
    assert re.fullmatch("in [0-4] of 4", scores["beats"][0]) and not scores["beats"].iloc[-1]
    assert "Control: nearest lines" in scores["name"].tolist()
    other = App(monkeypatch, tmp_path, weights)
    other.page.query_params["decision"] = explained.page.session_state["decision_id"]
    other.run().open("explain")
    assert not other.has_button("explain_compute")


def test_the_effects_are_those_of_the_selection(explained):
    assert explained.has_download("explain_json")
    section(explained, "try")
    table = next(table.value for table in explained.page.dataframe if "direct" in table.value.columns)
    assert table["effect"].abs().is_monotonic_decreasing
    assert (table["query_line"] != table["key_line"]).all()
    offered = {button.key.rpartition("_")[2] for button in explained.page.download_button if "what_if_pairs" in button.key}
    assert offered == {"csv", "jsonl", "parquet"}


def test_the_pair_that_is_chosen_in_the_log_is_taken_apart(explained):
    section(explained, "pair")
    parts = [table.value for table in explained.page.dataframe if "part" in table.value.columns]
    assert len(parts) == 2
    assert any("Word" in part for part in parts[0]["part"])
    assert "threshold" in explained.words
    line = explained_line(explained)
    explained.page.query_params["line"], explained.page.query_params["with"] = str(line), str(line - 1)
    assert f"Why line {line} looked at line {line - 1}: “" in explained.run().words


def test_the_line_that_is_chosen_in_the_log_is_explained(app):
    app.run().analyse("line.log", LOG)
    app.page.query_params["line"] = "3"
    app.open("explain")
    finish(app, "explain")
    assert explained_line(app) == 3 and "Probability of a fault at line 3:" in app.words


@pytest.mark.parametrize(("named", "line"), [("2", 3), ("999999", None), ("-1", None), ("9" * 40, None)])
def test_a_link_of_before_names_its_event(app, named, line):
    app.run().analyse("line.log", LOG)
    app.page.query_params["event"] = named
    app.open("explain")
    assert ("line" in app.page.query_params) == (line is not None)
    assert line is None or explained_line(app) == line


def test_a_link_opens_its_section_and_what_is_none_the_first(explained, monkeypatch, tmp_path, weights):
    for named, shown in (("try", "what_if_undo"), ("causes", "")):
        other = App(monkeypatch, tmp_path, weights)
        other.page.query_params["decision"] = explained.page.session_state["decision_id"]
        other.page.query_params["section"] = named
        other.run().open("explain")
        assert other.has_button(shown) if shown else other.has_download("explain_json")


def test_what_if_moves_the_verdict_and_can_be_undone(explained, model):
    section(explained, "try")
    what_if = explained.page.session_state["explain_what_if"]
    assert isinstance(what_if, WhatIf)
    assert "0 removed, 0 forced in" in " ".join(m.delta for m in explained.page.metric)
    decision = explained.page.session_state["decision_id"]
    found = explain_line.explanations().get((decision, model.weights_sha256, explained_line(explained) - 1))
    what_if.toggle("removed", found.effects[0].edge.pairs)
    explained.run()
    effect = found.effects[0].effect.effect
    before, after = (float(v) for v in plain(explained.page.metric[4].delta).split()[1:4:2])
    assert before - after == pytest.approx(effect, abs=0.011)
    assert "The verdict on the log" in explained.words
    assert "This line" in explained.words
    explained.click("what_if_undo")
    assert not explained.page.session_state["explain_what_if"].steps
    assert explained.page.button(key="what_if_undo").disabled


def test_a_second_click_takes_the_first_one_back():
    what_if = WhatIf("d", 3)
    pair = (Pair(0, 0, 3, 1),)
    what_if.toggle("removed", pair)
    assert what_if.intervention.removed == {pair[0]}
    what_if.toggle("forced", pair)
    assert what_if.intervention.forced == {pair[0]}
    assert not what_if.intervention.removed
    what_if.toggle("removed", pair)
    what_if.toggle("forced", pair)
    assert not what_if.steps


def test_a_changed_log_is_run_again_and_compared(explained):
    section(explained, "edit")
    decision = explained.page.session_state["decision_id"]
    target = explained_line(explained) - 1
    explained.page.text_area(key=f"edit_text_{decision}_{target}").set_value("2026-03-02T10:00:07+09:00 INFO ST01 PLC all well")
    explained.click("edit_replace")
    assert f"Line {target + 1} replaced" in explained.words
    explained.click("edit_run")
    finish(explained, "counterfactual")
    assert "With the changes" in explained.words
    assert "The verdict" in explained.words
    assert len(recent(explained.access, 9)) == 1, "nothing of it is recorded"
    explained.click("edit_undo")
    assert explained.page.button(key="edit_run").disabled


def test_a_change_that_cannot_be_made_is_refused_in_words(explained):
    section(explained, "edit")
    decision = explained.page.session_state["decision_id"]
    target = explained_line(explained) - 1
    explained.page.text_area(key=f"edit_text_{decision}_{target}").set_value("   ")
    explained.click("edit_replace")
    assert "cannot be empty" in explained.words
    assert explained.page.button(key="edit_run").disabled


@pytest.mark.deep
def test_two_decisions_are_compared(app):
    first = app.run().analyse("line.log", LOG)
    second = app.open("analyse").analyse("other.log", LOG.replace(b"step 9", b"step 99"))
    app.open("explain")
    finish(app, "explain")
    section(app, "compare")
    app.page.selectbox(key=f"compare_decision_{second}").set_value(first)
    app.run().click("compare_run")
    finish(app, "compare")
    assert "23 of 24 lines of the other log are the same lines" in app.words and "another model" not in app.words
    assert "The other decision" in app.words


@pytest.mark.deep
def test_a_file_that_was_judged_by_itself_is_explained_and_compared_in_its_own_words(app, any_log):
    known = app.run().analyse("line.log", LOG)
    id = app.open("analyse").analyse("sshd.log", UNKNOWN)
    app.open("explain")
    finish(app, "explain")
    section(app, "try")
    app.page.session_state["explain_what_if"].toggle("removed", (Pair(0, 0, explained_line(app) - 1, 0),))
    assert re.search(r"The verdict on the log (stays|changes): [^.]*tands out", app.run().words)
    section(app, "compare")
    app.page.selectbox(key=f"compare_decision_{id}").set_value(known)
    app.run().click("compare_run")
    finish(app, "compare")
    assert "Judged by another model" in app.words
    here, there = (metric.value for metric in app.page.metric[4:6])
    assert "tands out" in here
    assert there.startswith(("Fault", "Normal"))


@pytest.mark.deep
def test_a_link_names_both_decisions_even_one_that_no_list_shows(app, monkeypatch, tmp_path, weights):
    first = app.run().analyse("line.log", LOG)
    second = app.open("analyse").analyse("other.log", LOG.replace(b"step 9", b"step 99"))
    monkeypatch.setattr(decision_choice, "RECENT", 1)
    other = App(monkeypatch, tmp_path, weights)
    for key, value in {"decision": second, "section": "compare", "other": first}.items():
        other.page.query_params[key] = value
    other.run().open("explain")
    finish(other, "explain")
    assert other.page.selectbox(key=f"compare_decision_{second}").value == first
    assert other.has_button("compare_run")
    other.page.query_params["other"] = "0" * 32
    other.page.selectbox(key=f"compare_decision_{second}").set_value(None)
    assert "other" not in other.run().page.query_params


def test_other_weights_are_compared(explained):
    section(explained, "compare")
    explained.page.segmented_control(key="compare_what").set_value("weights")
    explained.run()
    other = build_model(local_window=3).to_bytes()
    explained.page.file_uploader(key="compare_weights").set_value(("new.safetensors", other, "application/octet-stream"))
    explained.run().click("compare_run")
    finish(explained, "compare")
    assert "With the other weights" in explained.words
    explained.page.file_uploader(key="compare_weights").set_value(("new.safetensors", b"junk", "application/octet-stream"))
    explained.run().click("compare_run")
    finish(explained, "compare")
    assert "the file cannot be used" in explained.words
    assert "too short" in explained.words


def test_a_cancelled_explanation_leaves_nothing(app, monkeypatch):
    reached, go = threading.Event(), threading.Event()

    def slow(_rerun, _target, _methods, progress):
        reached.set()
        assert go.wait(TIMEOUT)
        progress(0.5, "pair effects")

    monkeypatch.setattr(explain_line, "explain", slow)
    app.run().analyse("line.log", LOG)
    app.open("explain")
    assert reached.wait(TIMEOUT)
    app.run().click("cancel_explain")
    go.set()
    finish(app, "explain")
    assert "Stopped. Nothing was stored." in app.words
    assert app.has_button("explain_compute")


def test_an_explanation_that_is_not_finite_is_refused_in_words(app, monkeypatch):
    def broken(*_args, **_options):
        raise ExplanationError("integrated_gradients gives values that are not finite; they are not shown")

    monkeypatch.setattr(explain_line, "explain", broken)
    app.run().analyse("line.log", LOG)
    app.open("explain")
    finish(app, "explain")
    assert "This cannot be explained" in app.words
    assert "not finite" in app.words


def test_a_decision_of_earlier_weights_is_explained_by_the_stored_ones(app, monkeypatch, tmp_path):
    decision = app.run().analyse("line.log", LOG)
    later = tmp_path / "later.safetensors"
    build_model(local_window=5).save(later)
    other = App(monkeypatch, tmp_path, later)
    other.page.query_params["decision"] = decision
    other.run().open("explain")
    finish(other, "explain")
    assert "Probability of a fault at line" in other.words


def test_a_decision_whose_weights_are_gone_says_so(monkeypatch, tmp_path):
    # Weights of this test alone: those of others may still be in memory.
    own = tmp_path / "own.safetensors"
    build_model(local_window=11).save(own)
    app = App(monkeypatch, tmp_path, own)
    decision = app.run().analyse("line.log", LOG)
    weights = app.store.decision(decision).weights_blob
    edit(str(app.db), f"DELETE FROM blobs WHERE sha256 = '{weights}'")  # noqa: S608 - a hash of this test's own
    later = tmp_path / "later.safetensors"
    build_model(local_window=7).save(later)
    other = App(monkeypatch, tmp_path, later)
    other.page.query_params["decision"] = decision
    other.run().open("explain")
    assert "cannot be run again" in other.words
    assert not other.has_button("explain_compute")


def test_the_page_speaks_japanese(app):
    app.page.query_params["lang"] = "ja"
    app.run().analyse("line.log", LOG)
    app.open("explain")
