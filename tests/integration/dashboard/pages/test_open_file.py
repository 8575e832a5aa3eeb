"""After learning, the file that was open is shown before and after, and can be analysed with the new weights."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from audit import ReviewPolicy
from dashboard.features.training import learn_form
from dashboard.service.training.training import NewWeights
from dashboard.shared import cache
from sparsemix import SparseMixModel
from tests.integration.dashboard.pages.test_page_data import drop, lots, train
from tests.support.dashboard.app import App

pytestmark = pytest.mark.usefixtures("nobody_else_learns")

MINE = "\n".join(json.loads(lots().decode().splitlines()[-1])["events"]).encode()
"""A log of the kind that is learned from, a faulty one."""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def other_weights(**config: float) -> bytes:
    """Return the program's weights under another policy; the program's own stay as they are."""
    return SparseMixModel.from_bytes(cache.program_model().to_bytes()).with_config(**config).to_bytes()


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every training gives weights that know all words, at once."""

    def train_at_once(*_: object) -> NewWeights:
        content = other_weights(familiarity_floor=0.0)
        return NewWeights(content, sha256(content).hexdigest(), {"task": "label"})

    monkeypatch.setattr(learn_form, "train", train_at_once)


def judged(app: App) -> App:
    """Wait until the new weights have said what they say of the open file."""
    (slot,) = (name for name in app.page.session_state["jobs"] if name.startswith("again_"))
    return app.finish(slot)


def test_what_got_better_is_shown_on_the_file_that_was_open(app: App, learned: None) -> None:
    before = app.analyse("mine.log", MINE)
    drop(app.open("data"), ("lots.jsonl", lots()))
    judged(train(app))
    assert "Your file mine\\.log, before and after" in app.words
    assert "The file was unfamiliar and is familiar now" in app.words
    assert "Before · the log itself" in app.words.replace("\\", "")
    assert [metric.label for metric in app.page.metric].count("Known words") == 2
    assert not app.has_button("again_analyse")
    assert app.store.count_decisions() == 1
    app.click("training_keep")
    (kept,) = app.store.weights()
    # What was found before they were kept is still there.
    assert "The file was unfamiliar and is familiar now" in app.words
    app.click("again_analyse")
    (slot,) = (name for name in app.page.session_state["jobs"] if name.startswith("analyse_") and before in name)
    app.finish(slot)
    assert app.log is not None and app.log["language"] == "en"
    after = app.store.decision(app.page.session_state["decision_id"])
    assert (after.weights_sha256, after.input_name) == (kept.sha256, "mine.log")
    assert after.input_sha256 == app.store.decision(before).input_sha256
    assert app.store.weights_in_use() is None
    # Of its own weights' verdict there is no before and after.
    assert "before and after" not in app.open("data").words


def test_the_verdict_that_follows_is_shown_in_the_same_language(app: App) -> None:
    app.page.segmented_control(key="language").set_value("ja")
    app.run().analyse("mine.log", MINE)
    app.access.weights.register(other_weights(event_threshold=0.01), "line 4", {})
    app.page.query_params["section"] = "weights"
    app.open("data").click("again_analyse")
    (slot,) = (name for name in app.page.session_state["jobs"] if name.startswith("analyse_") and len(name) > 50)
    app.finish(slot)
    assert app.log is not None and app.log["language"] == "ja"
    assert app.store.count_decisions() == 2


def test_registered_weights_are_compared_on_request(app: App) -> None:
    app.analyse("mine.log", MINE)
    app.access.weights.register(other_weights(event_threshold=0.01), "line 4", {"task": "label"})
    app.page.query_params["section"] = "weights"
    app.open("data")
    assert not [name for name in app.page.session_state["jobs"] if name.startswith("again_")]
    judged(app.click("again_compare"))
    assert "still" not in app.words
    assert "The file is unfamiliar to these weights" in app.words
    (lines,) = (frame.value for frame in app.page.dataframe if "With these weights" in frame.value)
    assert lines["With these weights"].notna().sum() == 20
    assert lines["Line"].is_monotonic_increasing
    assert lines[["Before", "With these weights"]].notna().any(axis=1).all()


def test_without_an_open_file_or_under_blind_review_nothing_is_shown(app: App) -> None:
    app.access.weights.register(other_weights(event_threshold=0.01), "line 4", {})
    app.page.query_params["section"] = "weights"
    assert "before and after" not in app.open("data").words
    app.access.admin.set_policy(ReviewPolicy(blind=True))
    app.open("analyse").analyse("mine.log", MINE)
    assert "before and after" not in app.open("data").words
