"""Learning from reviews on Data & training: what there is, what changed, kept with its reviews, promoted and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Role
from dashboard.features.training import feedback_form
from dashboard.shared import cache
from dashboard.texts import Texts
from sparsemix import SparseMixModel
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import FORECASTING, build_model
from tests.support.dashboard.reviewed import Say, by_chance, review, some_of_each

pytestmark = pytest.mark.usefixtures("nobody_else_learns")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights).run().open("data")


def section(app: App, name: str) -> App:
    app.page.segmented_control(key="data_section").set_value(name)
    return app.run()


def reviewed(app: App, model: SparseMixModel, say: Say = some_of_each, decisions: int = 2) -> App:
    review(app.access, model, say, decisions=decisions)
    return section(app, "reviews")


def learn(app: App, steps: int = 3) -> App:
    app.page.number_input(key="feedback_steps").set_value(steps)
    app.run().click("learn_reviews")
    cache.trainer().wait(app.job("train"), TIMEOUT)
    return app.run()


def table(app: App, column: str) -> dict[str, list[object]]:
    """Return the table on the page that has this column."""
    found = next(shown.value for shown in app.page.dataframe if column in shown.value.columns)
    return {str(name): found[name].tolist() for name in found.columns}


def test_nothing_to_learn_from_leads_to_review(app: App, model: SparseMixModel) -> None:
    section(app, "reviews")
    assert "No decision has been reviewed yet" in app.words
    assert not app.has_button("learn_reviews")
    reviewed(app, model, lambda _number: None, decisions=1)
    assert "Reviews: 1, without marked pairs" in app.words
    assert not app.has_button("learn_reviews")
    assert app.store.entries()[-1].type != "feedback"


@pytest.mark.deep
def test_from_reviews_to_weights_in_use_and_back(app: App, model: SparseMixModel) -> None:
    reviewed(app, model)
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert metrics == {
        "Reviewed decisions": "2",
        "Reviewers": "1",
        "Marked relevant": "2",
        "Marked spurious": "2",
        "Marked missing": "0",
    }
    learn(app)
    assert "Too few marks" in app.words
    assert "No decision was held out" in app.words
    changes = table(app, "Learned: before")
    assert changes["Learned: total"][:2] == [2, 2]
    assert changes["Learned: before"][:2] == [2, 2]
    assert app.has_download("feedback_pairs")
    assert app.page.button(key="learn_reviews").disabled
    assert app.store.weights() == []
    app.click("training_keep")
    (kept,) = app.store.weights()
    assert (kept.name, kept.started_from) == ("Learned from reviews", model.weights_sha256)
    taken = [entry.subject for entry in app.store.entries(limit=1000) if entry.type == "feedback"]
    assert taken == [kept.card["feedback_sha256"]]
    assert f"({kept.sha256[:12]}) ← the program's own weights ({model.weights_sha256[:12]})" in app.words.replace("\\", "")
    facts = table(app, "Value")
    said = dict(zip(facts["What"], facts["Value"], strict=True))
    assert said["SHA-256 of the feedback set"] == kept.card["feedback_sha256"]
    assert (said["Reviewed decisions"], said["Marked pairs"], said["Reviewers"]) == ("2", "4", "1")
    assert table(app, "Learned: before") == changes

    app.access.weights.register(cache.program_model().to_bytes(), "line 4", {"task": "label"})
    line4 = next(one for one in app.store.weights() if one.name == "line 4")
    app.access.weights.use(line4.sha256)
    app.run()
    app.page.selectbox(key="weights_chosen").set_value(kept.sha256)
    app.run().click("use_weights")
    assert cache.model().weights_sha256 == kept.sha256
    assert app.page.button(key="use_before").label == "Back to the weights used before: line 4"
    app.click("use_before")
    assert cache.model().weights_sha256 == line4.sha256
    app.click("use_program")
    assert app.store.weights_in_use().sha256 is None  # type: ignore[union-attr]
    assert app.store.verify().ok


def test_more_reviews_than_can_be_learned_from_at_once_are_said_to_be(
    app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(app, model)
    assert "those reviewed last" not in app.words
    monkeypatch.setattr(feedback_form, "MOST_DECISIONS", 1)
    assert "At most 1 decision is used" in app.run().words


def test_what_waits_for_another_independent_word_is_not_learned_from_yet(app: App, model: SparseMixModel) -> None:
    first, second = review(app.access, model, some_of_each)
    app.access.queue.request_review(first, "who was it?")
    section(app, "reviews")
    assert "reviews are needed: 1" in app.words
    assert app.has_button("learn_reviews")
    app.access.queue.request_review(second, "and here?")
    assert "reviews are needed: 2" in app.run().words
    assert not app.has_button("learn_reviews")


@pytest.mark.deep
def test_a_discarded_result_leaves_only_the_note_that_reviews_were_taken(app: App, model: SparseMixModel) -> None:
    learn(reviewed(app, model)).click("training_discard")
    assert app.store.weights() == []
    assert app.store.entries(limit=1000)[-1].type == "feedback"
    assert not app.page.button(key="learn_reviews").disabled


@pytest.mark.deep
def test_it_is_found_again_after_a_reload_and_can_be_cancelled(
    app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path
) -> None:
    reviewed(app, model)
    app.page.number_input(key="feedback_steps").set_value(100_000)
    app.run().click("learn_reviews")
    again = section(App(monkeypatch, tmp_path, weights).run().open("data"), "reviews")
    assert "Learning from reviews" in again.words
    again.click("cancel_train")
    cache.trainer().wait(again.job("train"), TIMEOUT)
    assert "Stopped. Nothing was stored" in again.run().words
    again.click("training_put_away")
    assert not again.page.button(key="learn_reviews").disabled


@pytest.mark.deep
def test_chance_is_refused_in_words(app: App, model: SparseMixModel) -> None:
    app.page.segmented_control(key="language").set_value("ja")
    app.run()
    learn(reviewed(app, model, by_chance(1), decisions=6))
    (said,) = [error.value for error in app.page.error]
    assert Texts("ja")("feedback.refused_chance", text="")[:20] in said
    assert not app.has_button("training_keep")
    assert app.store.weights() == []


def test_weights_that_learned_what_is_normal_are_not_offered_and_refused_where_no_card_says_so(
    app: App, model: SparseMixModel
) -> None:
    content = build_model(judge=FORECASTING).to_bytes()
    app.access.weights.register(content, "usual", {"task": "novelty"})
    dense = build_model(attention="softmax").to_bytes()
    app.access.weights.register(dense, "dense", {})
    reviewed(app, model)
    box = app.page.selectbox(key="feedback_initial")
    assert [option.partition(" (")[0] for option in box.options] == ["the program's own weights", "dense"]
    box.set_value(app.store.weights()[1].sha256)
    app.run().click("learn_reviews")
    (said,) = [error.value for error in app.page.error]
    assert "A dense model selects every pair" in said
    assert [entry.type for entry in app.store.entries(limit=1000)].count("feedback") == 0


def test_who_may_not_take_what_people_said_is_not_offered_it(app: App) -> None:
    app.account("root", Role.ADMIN)
    app.account("rita", Role.REVIEWER)
    app.account("lena", Role.LEAD)
    app.sign_in("rita").open("data")
    assert "From reviews" not in app.page.segmented_control(key="data_section").options
    app.sign_in("lena").open("data")
    assert "From reviews" in app.page.segmented_control(key="data_section").options
