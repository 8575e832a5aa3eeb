"""The Review page: approve, flag, skip, amend, and two reviewers at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from audit import UNNAMED, Gate, PairVerdict, Reason, Verdict
from dashboard.texts import Texts
from dashboard.views.decisions import table
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.reviewing import choose, fill, filled_in, opened


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_nothing_to_review(app: App) -> None:
    app.run().open("review")
    assert "Nothing waits for you" in app.words


def test_approve_records_and_opens_the_next(app: App, model: SparseMixModel) -> None:
    first, second = fill(app, model, 2)
    opened(app)
    assert app.page.session_state["decision_id"] == first
    choose(app, Verdict.APPROVE).click("review_submit")
    assert "Review recorded as entry 3" in app.words
    assert app.page.session_state["decision_id"] == second
    assert app.log is not None
    assert app.page.query_params["line"] == str(app.log["incidents"][0]["line"])
    review = app.store.reviews(first)[0]
    assert (review.reviewer_name, review.verdict) == ("Sato", Verdict.APPROVE)
    assert app.store.summary(first).gate is Gate.RELEASED


def test_links_to_the_panels_keep_the_chosen_line(app: App, model: SparseMixModel) -> None:
    fill(app, model)
    opened(app).page.query_params["line"] = "7"
    links = [parse_qs(one.proto.query_string) for one in app.run().page.get("page_link")]
    to_panels = [link for link in links if "panel" in link]
    assert to_panels and all(link["line"] == ["7"] for link in to_panels)


def test_the_next_decision_is_in_memory_before_it_is_opened_and_nobodys(app: App, model: SparseMixModel) -> None:
    _, second = fill(app, model, 2)
    opened(app)
    for ahead in threading.enumerate():  # it may have ended already
        if isinstance(ahead, threading.Timer) and second in ahead.args:
            ahead.join()
    assert app.access.queue.claims() == []
    with sqlite3.connect(app.db) as connection:
        connection.execute("DROP TABLE blobs")
    app.page.query_params["decision"] = second
    assert app.run().log is not None


def test_a_verdict_is_needed_and_a_second_click_takes_it_back(app: App, model: SparseMixModel) -> None:
    fill(app, model)
    choose(choose(opened(app), Verdict.APPROVE), Verdict.APPROVE).click("review_submit")
    assert "Choose Approve or Flag first" in app.words
    assert app.store.head().size == 1


def test_flag_needs_a_reason(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.FLAG).click("review_submit")
    assert "Choose a reason" in app.words
    assert app.store.head().size == 1
    app.click("reason_is_wrong_cause")
    app.page.segmented_control(key=f"label_{id}").set_value("normal")
    app.page.text_input(key=f"comment_{id}").set_value("<b>not this</b>")
    app.click("review_submit")
    review = app.store.reviews(id)[0]
    assert (review.verdict, review.reason, review.corrected_label) == (Verdict.FLAG, Reason.WRONG_CAUSE, "normal")
    assert app.store.summary(id).gate is Gate.REJECTED


def test_what_is_filled_in_outlives_a_reload(app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    (id,) = fill(app, model)
    mark = filled_in(opened(app), id)
    again = opened(App(monkeypatch, app.db.parent, Path(os.environ["SPARSEMIX_WEIGHTS"])))
    assert again.page.text_input(key=f"comment_{id}").value == "弁 open"
    assert again.page.session_state["marked_pairs"] == {mark: "spurious"}
    again.click("review_submit")
    review = again.store.reviews(id)[0]
    assert (review.verdict, review.reason, review.comment) == (Verdict.FLAG, Reason.WRONG_CAUSE, "弁 open")
    assert [pair.verdict for pair in review.pairs] == [PairVerdict.SPURIOUS]
    assert again.access.queue.draft(id) is None


@pytest.mark.deep
def test_what_is_filled_in_outlives_a_look_at_another_page(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    filled_in(opened(app), id)
    app.open("record").open("review")
    assert app.page.text_input(key=f"comment_{id}").value == "弁 open"
    app.click("review_submit")
    assert app.store.reviews(id)[0].comment == "弁 open"


@pytest.mark.parametrize(
    "draft",
    [
        {"verdict": "perhaps", "reason": 7, "comment": ["x"], "pairs": "none", "label": "broken"},
        {"pairs": [[0, 0, 1], [0, "a", 1, 0, "relevant"], [0, 0, 9_999, 1, "relevant"], [0, 0, 1, 0, "great"], None]},
    ],
)
def test_a_draft_that_makes_no_sense_is_left_alone(app: App, model: SparseMixModel, draft: dict[str, object]) -> None:
    (id,) = fill(app, model)
    app.access.queue.keep_draft(id, draft)
    opened(app)
    assert not app.page.text_input(key=f"comment_{id}").value
    assert app.page.session_state["marked_pairs"] == {}


def test_undo_and_amend_start_from_what_was_said(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    filled_in(opened(app), id)
    app.click("review_submit").click("review_undo")
    assert app.page.text_input(key=f"comment_{id}").value == "弁 open"
    app.click("review_submit")
    app.page.query_params["decision"] = id
    app.run().click("review_amend")
    assert app.page.text_input(key=f"comment_{id}").value == "弁 open"
    app.page.text_input(key=f"comment_{id}").set_value("gauge")
    app.run().click("review_submit")
    *_, given, amended = app.store.reviews(id)
    assert (amended.supersedes, amended.comment, amended.reason) == (given.id, "gauge", given.reason)
    assert amended.pairs == given.pairs


def test_what_was_said_last_time_is_said_again(app: App, model: SparseMixModel) -> None:
    first, second = fill(app, model, 2)
    opened(app)
    assert not app.has_button("choose_again")
    filled_in(app, first)
    app.click("review_submit").click("choose_again")
    assert app.page.selectbox(key=f"earlier_comment_{second}").options == ["弁 open"]
    app.click("review_submit")
    review = app.store.reviews(second)[0]
    assert (review.verdict, review.reason, review.comment, review.pairs) == (Verdict.FLAG, Reason.WRONG_CAUSE, "弁 open", ())


@pytest.mark.deep
def test_an_earlier_comment_is_used_again(app: App, model: SparseMixModel) -> None:
    first, second = fill(app, model, 2)
    filled_in(opened(app), first)
    app.click("review_submit")
    app.page.selectbox(key=f"earlier_comment_{second}").set_value("弁 open")
    choose(app.run(), Verdict.APPROVE).click("review_submit")
    assert app.store.reviews(second)[0].comment == "弁 open"


def test_a_reload_knows_who_reviewed_last_on_this_machine(
    app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, model, 2)
    choose(opened(app, "Sato"), Verdict.APPROVE).click("review_submit")
    again = App(monkeypatch, app.db.parent, Path(os.environ["SPARSEMIX_WEIGHTS"])).run().open("review")
    assert again.page.text_input(key="reviewer_name").value == "Sato"


def test_the_first_review_asks_for_a_name_which_then_stays(
    app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(app, model, 3)
    choose(app.run().open("review"), Verdict.APPROVE)
    app.page.text_input(key="name_at_review").set_value(" Aiko Tanaka ")
    app.click("review_submit")
    assert app.page.text_input(key="reviewer_name").value == "Aiko Tanaka"
    assert "name_at_review" not in [field.key for field in app.page.text_input]
    choose(app, Verdict.APPROVE).click("review_submit")
    assert [app.store.reviews(id)[0].reviewer_name for id in ids[:2]] == ["Aiko Tanaka"] * 2
    again = App(monkeypatch, app.db.parent, Path(os.environ["SPARSEMIX_WEIGHTS"])).run().open("review")
    assert again.page.text_input(key="reviewer_name").value == "Aiko Tanaka"


@pytest.mark.parametrize("act", ["choose_approve", "comment", "review_skip"])
def test_looking_claims_nothing_and_the_first_act_of_judging_does(app: App, model: SparseMixModel, act: str) -> None:
    first, second = fill(app, model, 2)
    app.page.query_params["decision"] = second
    opened(app)
    assert app.access.queue.claims() == []
    if act == "comment":
        app.page.text_input(key=f"comment_{second}").set_value("gauge")
        app.run()
    else:
        app.click(act)
    # Who skips a decision goes on with the next.
    assert [claim.decision_id for claim in app.access.queue.claims()] == [first if act == "review_skip" else second]
    if act == "choose_approve":
        app.run().click("review_submit")
        (review,) = app.store.reviews(second)
        assert review.opened_at < review.assigned_at < review.submitted_at


def test_a_review_taken_back_is_nobodys_word_in_the_list(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)

    def reviewers() -> list[str]:
        return table([app.store.summary(id)], Texts("en"))["Reviewed by"].tolist()

    choose(opened(app, "Sato"), Verdict.APPROVE).click("review_submit")
    assert reviewers() == ["Sato"]
    app.click("review_undo")
    assert reviewers() == [""]


def test_a_person_without_a_name_is_called_so_in_the_readers_language(app: App, model: SparseMixModel) -> None:
    fill(app, model)
    app.page.query_params["lang"] = "ja"
    choose(app.run().open("review"), Verdict.APPROVE)
    assert "記録名：この端末の利用者" in app.words
    app.click("review_submit")
    for page in ("analyse", "review", "record", "team"):
        app.open(page)
        shown = [str(cell) for frame in app.page.dataframe for cell in frame.value.to_numpy().ravel()]
        assert UNNAMED not in app.words + "".join(shown), page


def test_progress_of_today(app: App, model: SparseMixModel) -> None:
    fill(app, model, 3)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    assert "1 today, 1 in all" not in app.words
    app.page.session_state["queue_list"] = True
    assert "1 today, 1 in all" in app.run().words
