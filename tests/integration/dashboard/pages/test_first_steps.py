"""The three first steps: for newcomers and for all who ask, each ticked off by what was done."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Gate, ReviewPolicy, Role
from dashboard.service.decide import hold_policy
from dashboard.service.decide.pipeline import analyse, load
from dashboard.views import reasons
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG

DONE = ":green[:material/check_circle:]"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path, small_samples: None) -> App:
    return App(monkeypatch, tmp_path, weights).run()


def ticks(app: App) -> list[bool]:
    """Which steps are ticked off; empty where none are shown."""
    if not app.has_button("steps_close"):
        return []
    said = [element.value for element in app.page.markdown if element.value.startswith(DONE)]
    return [any(f" {number}. " in value for value in said) for number in (1, 2, 3)]


def sampled(app: App) -> str:
    """Take the first step by a sample, and return the decision's id."""
    app.click("sample_faulty").finish("analyse")
    return str(app.page.session_state["decision_id"])


def looked(app: App, decision: str) -> App:
    """Take the second step by the address of its link."""
    app.page.query_params["pair"] = carried_pair(app, decision)
    return app.open("selection")


def carried_pair(app: App, decision: str) -> str:
    pair = reasons.carrying_pair(load(app.store, decision))
    assert pair is not None
    return pair


def test_a_newcomer_is_led_from_the_sample_to_a_review(app: App) -> None:
    assert ticks(app) == [False, False, False]
    decision = sampled(app)
    assert app.store.decision(decision).input_name == "faulty.log"
    assert ticks(app) == [True, False, False]
    looked(app, decision)
    assert ticks(app) == [True, True, False]
    app.open("review")
    assert ticks(app) == [True, True, False]
    assert "Say below whether it is right" in app.words
    app.click("choose_approve").click("review_submit")
    app.open("analyse")
    assert ticks(app) == [True, True, True]
    assert "Done" in app.words
    app.click("steps_close")
    assert ticks(app) == []


def test_looking_at_the_page_without_a_pair_is_not_the_second_step(app: App) -> None:
    sampled(app)
    app.open("selection")
    app.page.query_params.pop("pair", None)
    assert ticks(app.run()) == [True, False, False]


@pytest.mark.deep
def test_they_can_be_closed_and_brought_back_and_begin_anew(app: App) -> None:
    app.click("steps_close")
    assert ticks(app) == []
    assert ticks(app.open("selection")) == []
    app.open("analyse")
    app.analyse("line.log", LOG)
    app.click("steps_begin")
    assert ticks(app) == [False, False, False]  # the decision before it does not count
    sampled(app)
    assert ticks(app)[0]


def test_a_file_of_ones_own_is_as_good_as_the_sample(app: App) -> None:
    own = app.analyse("line.log", LOG)
    assert ticks(app) == [True, False, False]
    looked(app, own)
    assert ticks(app) == [True, True, False]
    app.open("review").click("choose_approve").click("review_submit")
    assert ticks(app) == [True, True, True]


@pytest.mark.deep
def test_one_of_several_files_counts_once_it_is_opened(app: App) -> None:
    app.drop(("a.log", LOG), ("b.log", LOG * 2)).click("start_batch").finish("batch")
    assert ticks(app) == [False, False, False]
    app.page.query_params["decision"] = app.page.session_state["batch"].decided()[0].decision_id
    assert ticks(app.run()) == [True, False, False]


def test_a_decision_that_somebody_else_made_is_no_step(app: App, model: SparseMixModel) -> None:
    app.page.query_params["decision"] = analyse(LOG, "line.log", model=model, access=app.access)
    assert "How sure" in app.run().words
    assert ticks(app) == [False, False, False]


def test_where_no_pair_carried_the_verdict_looking_is_enough(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.analyse("line.log", LOG)
    monkeypatch.setattr(reasons, "carrying_pair", lambda *_: None)
    assert ticks(app.open("selection")) == [True, True, False]


def test_what_was_released_and_not_drawn_needs_no_review(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    released = hold_policy.Routing(Gate.RELEASED, (), hold_policy.NOT_SAMPLED, 0.05, 0, "a policy")
    monkeypatch.setattr(hold_policy, "route", lambda *_: released)
    app.analyse("line.log", LOG)
    assert "needs no review" in app.words
    assert ticks(app) == [True, False, True]


def test_a_person_who_has_decided_before_is_not_stopped_by_them(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path
) -> None:
    app.analyse("line.log", LOG)
    later = App(monkeypatch, tmp_path, weights).run()
    assert ticks(later) == []
    assert later.has_button("steps_begin")


def test_who_may_not_analyse_or_review_is_not_led(app: App) -> None:
    app.account("rin", Role.ADMIN)
    app.account("vera", Role.VIEWER)
    app.sign_in("vera")
    assert ticks(app) == []
    assert not app.has_button("steps_begin")


def test_a_blind_decision_gives_nothing_away(app: App) -> None:
    app.access.admin.set_policy(ReviewPolicy(blind=True))
    sampled(app)
    assert ticks(app) == [True, False, False]
    assert "reviewed blind" in app.words
    for hidden in ("How sure", "What it rests on", "What would change it", "judged from"):
        assert hidden not in app.words


def test_a_decision_that_is_gone_takes_its_step_back(app: App) -> None:
    app.page.query_params["decision"] = "0" * 32
    assert ticks(app.run()) == [False, False, False]
