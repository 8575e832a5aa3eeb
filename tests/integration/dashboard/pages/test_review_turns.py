"""Review: whose turn it is: claims, skipping, amending, undoing, blind reviews, and evidence that was changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st

from audit import AuditStore, Gate, Reason, ReviewPolicy, Role, Verdict
from audit.records.payload import to_payload
from dashboard.features.review import review_queue
from dashboard.service.decide.pipeline import load
from dashboard.service.decide.review_record import ReviewAnswers, shown_sha256, submit_review
from dashboard.texts import Texts
from dashboard.views.verdict import headline, label, suspects
from sparsemix import SparseMixModel
from tests.support.audit.forging import edit, rewritten
from tests.support.dashboard import made_team
from tests.support.dashboard.app import App
from tests.support.dashboard.reviewing import choose, fill, filled_in, opened


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


@pytest.mark.deep
def test_skip_goes_round(app: App, model: SparseMixModel) -> None:
    first, second = fill(app, model, 2)
    opened(app).click("review_skip")
    assert app.page.session_state["decision_id"] == second
    app.click("review_skip")
    assert app.page.session_state["decision_id"] == first
    assert [entry.type for entry in app.store.entries()] == ["decision", "decision", "skip", "skip"]


@pytest.mark.deep
def test_a_decision_taken_again_is_opened_again(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    app.account("root")
    app.account("aiko", Role.REVIEWER)
    app.page.query_params["decision"] = id
    app.run().sign_in("aiko").open("review").click("take_review")
    app.click("review_release")
    app.page.query_params["decision"] = id
    app.run().click("take_review")
    choose(app, Verdict.APPROVE).sign("review_submit")
    (review,) = app.store.reviews(id)
    assert review.assigned_at is not None
    assert review.assigned_at <= review.opened_at <= review.submitted_at
    assert f"opened_{review.lease}" not in app.page.session_state


@pytest.mark.deep
def test_a_lead_answers_for_having_seen_the_opinions(app: App, model: SparseMixModel) -> None:
    app.access.admin.set_policy(ReviewPolicy(overlap=2))
    (id,) = fill(app, model)
    team = made_team.people(app.store)
    made_team.review(team["aiko"], id, Verdict.APPROVE)
    made_team.review(team["ben"], id, Verdict.FLAG)
    app.page.query_params["decision"] = id
    app.run().sign_in("lena").open("review").click("take_adjudication")
    choose(app, Verdict.APPROVE).click("review_submit")
    *others, word = app.store.reviews(id)
    loaded = load(app.store, id)
    events = suspects(loaded.summary.decision)
    assert word.shown_sha256 == shown_sha256(loaded, events, "en", others)
    assert word.shown_sha256 != shown_sha256(loaded, events, "en")


@pytest.mark.deep
@pytest.mark.parametrize(("lease", "every"), [(900, 60), (60, 20), (1, 1 / 3)])
def test_a_claim_is_renewed_well_before_it_runs_out(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch, lease: int, every: float
) -> None:
    team = made_team.people(store)
    team["lena"].admin.set_policy(ReviewPolicy(lease_seconds=lease))
    claim = team["aiko"].queue.claim_decision(made_team.decision(store))
    asked: list[float] = []

    def fragment(_draw: object, *, run_every: float) -> Callable[..., None]:
        asked.append(run_every)
        return lambda *_args: None

    monkeypatch.setattr(st, "fragment", fragment)
    review_queue.keep_claim(team["aiko"], claim)
    assert asked == [every]


def test_amend(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    app.page.query_params["decision"] = id
    app.run()
    assert "Reviewed by Sato" in app.words
    assert not app.has_button("review_submit")
    app.click("review_amend")
    choose(app, Verdict.FLAG)
    app.click("reason_is_other").click("review_submit")
    first, second = app.store.reviews(id)
    assert second.supersedes == first.id
    assert app.store.summary(id).gate is Gate.REJECTED
    assert "superseded by a later review" in app.words


def test_undo_closes_the_gate_again_and_gives_the_decision_back(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    assert app.store.summary(id).gate is Gate.RELEASED
    app.click("review_undo")
    assert "Taken back" in app.words
    assert app.store.summary(id).gate is Gate.HELD
    assert app.page.session_state["decision_id"] == id
    assert app.has_button("review_submit")
    assert not app.has_button("review_undo")
    choose(app, Verdict.FLAG)
    app.click("reason_is_other").click("review_submit")
    assert [r.verdict for r in app.store.reviews(id)] == [Verdict.APPROVE, Verdict.WITHDRAW, Verdict.FLAG]
    assert app.store.verify().ok


def test_a_claim_that_was_used_in_another_window_is_refused(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE)
    other = app.access
    entry_hash = other.case(id).entry_hash
    answers = ReviewAnswers(Verdict.FLAG, "2026-03-01T09:30:00.000Z", "0" * 64, entry_hash, reason=Reason.DATA_PROBLEM)
    submit_review(lambda: other, load(app.store, id), answers, claim=other.queue.claims()[0])
    app.click("review_submit")
    assert len(app.store.reviews(id)) == 1
    assert "Reviewed by" in app.words
    assert app.has_button("review_amend")


def test_an_entry_that_was_rewritten_is_neither_shown_nor_reviewed(app: App, model: SparseMixModel) -> None:
    """What was filled in stays, for when it is put back."""
    (id,) = fill(app, model)
    mark = filled_in(opened(app), id)
    with rewritten(str(app.db), id):
        app.run()
        assert "The stored data differ from what was recorded" in app.words
        assert not app.has_button("review_submit")
    app.run()
    assert app.page.text_input(key=f"comment_{id}").value == "弁 open"
    assert app.page.session_state["marked_pairs"] == {mark: "spurious"}
    app.click("review_submit")
    assert len(app.store.reviews(id)) == 1
    assert app.store.verify().ok


def test_one_more_review_can_be_asked_for_and_holds_the_decision(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    app.page.query_params["decision"] = id
    app.run()
    app.page.text_input(key=f"request_why_{id}").set_value("the shift log says otherwise")
    app.run().click("request_send")
    assert "Recorded (entry 3)" in app.words
    assert app.store.summary(id).gate is Gate.HELD


def test_a_settled_decision_becomes_a_control_item(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    app.page.query_params["decision"] = id
    app.run()
    assert app.page.button(key="control_send").disabled
    app.page.segmented_control(key=f"control_expected_{id}").set_value(Verdict.APPROVE)
    app.run().click("control_send")
    assert "must not be empty" in app.words
    app.page.text_input(key=f"control_why_{id}").set_value("measured again by hand")
    app.run().click("control_send")
    assert "Recorded (entry 3)" in app.words
    assert app.store.verify().ok


def test_a_blind_review_shows_the_log_and_not_the_verdict(app: App, model: SparseMixModel) -> None:
    app.access.admin.set_policy(ReviewPolicy(blind=True))
    (id,) = fill(app, model)
    opened(app)
    assert "Fault probability" not in app.words
    assert "You judge without knowing the model's verdict" in app.words
    decision = app.store.decision(id)
    app.page.segmented_control(key=f"seen_{id}").set_value("normal" if decision.label == "fault" else "fault")
    app.run().click("review_submit")
    (review,) = app.store.reviews(id)
    assert (review.verdict, review.reason, review.suggestion_visible) == (Verdict.FLAG, Reason.WRONG_VERDICT, False)
    app.page.query_params["decision"] = id
    assert app.run().log is not None


def test_decision_whose_evidence_was_changed_is_not_shown_as_good(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    edit(str(app.db), "UPDATE blobs SET data = zeroblob(9)")
    app.page.query_params["decision"] = id
    app.run().open("review")
    assert "The stored data differ from what was recorded" in app.words
    assert not app.has_button("review_submit")


def test_a_blind_decision_tells_a_reviewer_nothing_on_any_page(app: App, model: SparseMixModel) -> None:
    app.access.admin.set_policy(ReviewPolicy(blind=True))
    (id,) = fill(app, model)
    app.account("root", Role.ADMIN)
    app.account("aiko", Role.REVIEWER)
    app.sign_in("aiko")
    decision = app.store.decision(id)
    said = ("Fault probability", "What the model said", headline(decision, Texts("en")))
    cells = (100 * decision.score, f"{decision.sampling_route}, 1", label(decision, Texts("en")))
    places = [partial(app.open, page) for page in ("analyse", "selection", "explain", "review")]
    for place in (*places, partial(app.panel, "record")):
        app.page.query_params["decision"] = id
        place()
        assert not [word for word in said if word in app.words], place
        shown = [cell for frame in app.page.dataframe for cell in frame.value.to_numpy().ravel() if pd.notna(cell)]
        assert not [cell for cell in cells if cell in shown], place
        assert "reviewed blind" in app.words
    app.open("review").click("take_review")
    assert "You judge without knowing the model's verdict" in app.words
    app.open("selection")
    assert "reviewed blind" in app.words


@pytest.mark.deep
def test_a_refused_entry_is_shown_with_its_decision_alone(app: App, model: SparseMixModel) -> None:
    first, second = fill(app, model, 2)
    again = to_payload(app.store.decision(first)) | {"gate": "released", "required_reviews": 0}
    store = app.store
    with store.database.write() as connection:
        store.database.append(connection, actor="eve", type="decision", subject=first, payload=again)
    t = Texts("en")
    app.page.query_params["decision"] = first
    opened(app)
    why = app.store.summary(first).refused
    assert why is not None and t("gate.refused_why", text=why) in [box.value for box in app.page.error]
    app.page.query_params["decision"] = second
    app.run()
    assert not app.page.error
