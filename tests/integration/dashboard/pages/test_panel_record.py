"""The panel Record of a decision: what it is tied to, replay, retention and erasing."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Judgement, Retention, Seen, Verdict, utc_now
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.support.audit.forging import edit
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def opened(app: App, model: SparseMixModel) -> str:
    """Open the panel on a new decision, and return the decision's id."""
    id = analyse(LOG, "line.log", model=model, access=app.access)
    app.page.query_params["decision"] = id
    app.run().panel("record")
    return id


def test_it_says_what_the_decision_is_tied_to(app: App, model: SparseMixModel) -> None:
    id = opened(app, model)
    shown = app.page.dataframe[0].value.to_string()
    assert id in shown and model.weights_sha256 in shown


def test_it_says_what_of_the_log_was_in_view_of_a_reviewer(app: App, model: SparseMixModel) -> None:
    id = analyse(LOG, "line.log", model=model, access=app.access)
    seen = Seen(((0, 9),), 10, 0, 1)
    judgement = Judgement(Verdict.APPROVE, utc_now(), "0" * 64, app.access.case(id).entry_hash, seen=seen)
    app.access.queue.submit(app.access.queue.claim_decision(id), judgement)
    app.page.query_params["decision"] = id
    app.run().panel("record")
    assert "UTC · Looked at 0 of 1 incident, 10 of 24 lines (1–10)" in app.words


def test_a_decision_whose_log_cannot_be_shown_still_has_it(app: App, model: SparseMixModel) -> None:
    id = analyse(LOG, "line.log", model=model, access=app.access)
    edit(str(app.db), "UPDATE blobs SET data = zeroblob(9)")
    app.page.query_params["decision"] = id
    app.run().panel("record")
    assert "The stored data differ from what was recorded" in app.words and app.log is None
    assert id in app.page.dataframe[0].value.to_string() and app.has_button("erase")


def test_replay(app: App, model: SparseMixModel) -> None:
    id = opened(app, model)
    app.click("replay").finish(f"replay_{id}")
    assert "Bit-identical" in app.words


def test_erasing_takes_a_reason_and_keeps_the_proof(app: App, model: SparseMixModel) -> None:
    id = opened(app, model)
    assert app.page.button(key="erase").disabled
    app.page.checkbox(key=f"keeping_sure_{id}").check()
    app.run().click("erase")
    assert "must not be empty" in app.words
    app.page.text_input(key=f"keeping_why_{id}").set_value("asked for by the customer")
    app.run().click("erase")
    assert "must be kept until" in app.words
    app.page.checkbox(key=f"keeping_early_{id}").check()
    app.run().click("erase")
    assert "Recorded (entry 2" in app.words
    assert app.store.count_decisions() == 0
    assert app.store.verify().ok


def test_a_legal_hold_forbids_erasing(app: App, model: SparseMixModel) -> None:
    id = opened(app, model)
    app.page.text_input(key=f"keeping_why_{id}").set_value("case 7")
    app.page.selectbox(key=f"class_{id}").set_value(Retention.LEGAL_HOLD)
    app.run().click("set_retention")
    assert "Recorded (entry 2" in app.words
    app.page.checkbox(key=f"keeping_sure_{id}").check()
    app.page.checkbox(key=f"keeping_early_{id}").check()
    app.run().click("erase")
    assert "legal hold" in app.words
    assert app.store.count_decisions() == 1
