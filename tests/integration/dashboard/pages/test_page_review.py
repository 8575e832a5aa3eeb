"""The Review page: approve, flag, skip, amend, and two reviewers at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st

from audit import UNNAMED, AuditStore, Gate, PairVerdict, Reason, ReviewPolicy, Role, Verdict
from dashboard.features.review import review_queue
from dashboard.service.decide.pipeline import analyse, load
from dashboard.service.decide.review_record import ReviewAnswers, shown_sha256, submit_review
from dashboard.texts import Texts
from dashboard.views.decisions import table
from dashboard.views.pairs import region_pairs
from dashboard.views.verdict import carrying_pairs, headline, label, suspects
from sparsemix import SparseMixModel
from tests.support.audit.forging import rewritten
from tests.support.dashboard import made_team
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def fill(app: App, model: SparseMixModel, count: int = 1) -> list[str]:
    return [analyse(LOG + b"x\n" * i, f"{i}.log", model=model, access=app.access) for i in range(count)]


def opened(app: App, name: str = "Sato") -> App:
    app.run().open("review")
    app.page.text_input(key="reviewer_name").set_value(name)
    return app.run()


def choose(app: App, verdict: Verdict) -> App:
    return app.click(f"choose_{verdict.value}")


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
    review = app.store.reviews(first)[0]
    assert (review.reviewer_name, review.verdict) == ("Sato", Verdict.APPROVE)
    assert app.store.summary(first).gate is Gate.RELEASED


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


def filled_in(app: App, id: str) -> str:
    """Fill in a flag with a comment and a mark on a pair without sending it; return the key of the mark."""
    choose(app, Verdict.FLAG).click("reason_is_wrong_cause")
    app.page.text_input(key=f"comment_{id}").set_value("弁 open")
    mark = next(c for c in app.page.segmented_control if c.key and c.key.startswith("opinion_"))
    mark.set_value(PairVerdict.SPURIOUS)
    app.run()
    assert mark.key is not None
    return mark.key


def test_what_is_filled_in_outlives_a_reload(app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    (id,) = fill(app, model)
    mark = filled_in(opened(app), id)
    again = opened(App(monkeypatch, app.db.parent, Path(os.environ["SPARSEMIX_WEIGHTS"])))
    assert again.page.text_input(key=f"comment_{id}").value == "弁 open"
    assert again.page.segmented_control(key=mark).value == PairVerdict.SPURIOUS
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
    assert not [c for c in app.page.segmented_control if c.key and c.key.startswith("opinion_") and c.value]


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
    assert "1 today, 1 in all" in app.words


def test_opinions_on_pairs_and_a_missing_pair(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    opened(app)
    controls = [c for c in app.page.segmented_control if c.key and c.key.startswith("opinion_")]
    assert controls
    controls[0].set_value(PairVerdict.SPURIOUS)
    app.run()
    trace = load(app.store, id).trace
    effect, cause = next(
        (q, k)
        for q in range(24)
        for k in range(24)
        if q != k and not any(k in head.key_index[head.pairs_of(q)] for _, _, head in trace)
    )
    app.page.number_input(key=f"effect_{id}").set_value(effect + 1)
    app.page.number_input(key=f"cause_{id}").set_value(effect + 1)
    app.click("missing_add")
    assert "same event" in app.words
    app.page.number_input(key=f"cause_{id}").set_value(cause + 1)
    app.click("missing_add").click("missing_add")
    assert "in your list already" in app.words
    choose(app, Verdict.APPROVE).click("review_submit")
    pairs = app.store.reviews(id)[0].pairs
    assert [p.verdict for p in pairs] == [PairVerdict.SPURIOUS, PairVerdict.MISSING]
    assert (pairs[1].layer, pairs[1].head, pairs[1].query, pairs[1].key) == (None, None, effect, cause)
    app.page.query_params["decision"] = id
    assert f"Missing: effect line {effect + 1} ← cause line {cause + 1}\n" in f"{app.run().words}\n"
    assert controls[0].key == f"opinion_{id}_{pairs[0].layer}_{pairs[0].head}_{pairs[0].query}_{pairs[0].key}"


def selected(app: App, id: str, *, suspect: bool) -> tuple[int, int, int, int]:
    """Return the weakest selected pair of an event that Review shows, or of an event that it does not show."""
    loaded = load(app.store, id)
    listed = {event.index for event in suspects(loaded.summary.decision, 5)}
    found = region_pairs(loaded.sequence, loaded.trace, 1, 1, (0, 24), (0, 24), 1_000, own=False)
    row = found[found["query"].isin(listed) == suspect].iloc[-1]
    return 1, 1, int(row["query"]), int(row["key"])


@pytest.mark.parametrize("suspect", [True, False])
def test_a_mark_from_the_selection_page_is_stored_and_then_cleared(app: App, model: SparseMixModel, suspect: bool) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=suspect)
    other = ("0" * 32, 0, 0, 1, 0)
    app.page.session_state["marked_pairs"] = {(id, *pair): "spurious", other: "relevant"}
    opened(app)
    assert ("Other pairs that you marked" in app.words) is not suspect
    control = app.page.segmented_control(key="opinion_" + "_".join(map(str, (id, *pair))))
    assert control.value == PairVerdict.SPURIOUS
    control.set_value(PairVerdict.RELEVANT)
    app.run()
    choose(app, Verdict.APPROVE).click("review_submit")
    (stored,) = app.store.reviews(id)[0].pairs
    assert (stored.layer, stored.head, stored.query, stored.key, stored.verdict) == (*pair, PairVerdict.RELEVANT)
    assert app.page.session_state["marked_pairs"] == {other: "relevant"}


def test_a_mark_can_be_removed_on_review(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=False)
    app.page.session_state["marked_pairs"] = {(id, *pair): "relevant"}
    opened(app)
    key = "opinion_" + "_".join(map(str, (id, *pair)))
    app.page.segmented_control(key=key).set_value(None)
    app.run()
    assert key not in [control.key for control in app.page.segmented_control]
    choose(app, Verdict.APPROVE).click("review_submit")
    assert app.store.reviews(id)[0].pairs == ()


def test_a_refused_review_keeps_the_marks(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=True)
    app.page.session_state["marked_pairs"] = {(id, *pair): "relevant"}
    opened(app).click("review_submit")
    assert app.page.session_state["marked_pairs"] == {(id, *pair): "relevant"}


def test_a_missing_pair_can_be_taken_back(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    opened(app)
    app.click("missing_add")
    assert "Give both line numbers" in app.words
    app.page.number_input(key=f"effect_{id}").set_value(999)
    app.page.number_input(key=f"cause_{id}").set_value(1)
    app.click("missing_add")
    assert "Line 999 holds no event" in app.words


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
    events = suspects(loaded.summary.decision, 5)
    pairs = carrying_pairs(loaded, events, 2)
    assert word.shown_sha256 == shown_sha256(loaded, events, pairs, "en", others)
    assert word.shown_sha256 != shown_sha256(loaded, events, pairs, "en")


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


@pytest.mark.parametrize("shown", ["first", "later"])
def test_an_entry_that_was_rewritten_while_it_was_shown_is_not_reviewed(
    app: App, model: SparseMixModel, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = fill(app, model)
    if shown == "later":
        opened(app)
    with rewritten(str(app.db), id):
        opened(app)
    mark = filled_in(app, id)
    app.click("review_submit")
    assert "was changed in the log while you were shown it" in app.words
    assert app.page.text_input(key=f"comment_{id}").value == "弁 open"
    assert app.page.segmented_control(key=mark).value == PairVerdict.SPURIOUS
    assert app.store.reviews(id) == []
    again = opened(App(monkeypatch, app.db.parent, Path(os.environ["SPARSEMIX_WEIGHTS"])))
    assert again.page.text_input(key=f"comment_{id}").value == "弁 open"
    again.click("review_submit")
    assert len(app.store.reviews(id)) == 1
    assert app.store.verify().ok


def test_one_more_review_can_be_asked_for_and_holds_the_decision(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    choose(opened(app), Verdict.APPROVE).click("review_submit")
    app.page.query_params["decision"] = id
    app.run()
    app.page.text_input(key=f"request_why_{id}").set_value("the shift log says otherwise")
    app.run().click("request_send")
    assert "Requested as entry 3" in app.words
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
    assert "Control item, recorded as entry 3" in app.words
    assert app.store.verify().ok


def test_a_blind_review_shows_the_log_and_not_the_verdict(app: App, model: SparseMixModel) -> None:
    app.access.admin.set_policy(ReviewPolicy(blind=True))
    (id,) = fill(app, model)
    opened(app)
    assert "What the model said" not in app.words
    assert "Fault probability" not in app.words
    assert "You judge without knowing the model's verdict" in app.words
    decision = app.store.decision(id)
    app.page.segmented_control(key=f"seen_{id}").set_value("normal" if decision.label == "fault" else "fault")
    app.run().click("review_submit")
    (review,) = app.store.reviews(id)
    assert (review.verdict, review.reason, review.suggestion_visible) == (Verdict.FLAG, Reason.WRONG_VERDICT, False)
    app.page.query_params["decision"] = id
    assert "Fault probability" in app.run().words


def test_decision_whose_evidence_was_changed_is_not_shown_as_good(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    with sqlite3.connect(app.db) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE blobs SET data = zeroblob(9)")
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
