"""The button that prepares a report: for whom, of what, and that nothing leaves before it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit import Access, Action, ReviewPolicy
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG

SCRIPT = """
from dashboard.shared import cache, session
from dashboard.features.analyse.explain.report_download import report
from sparsemix import Rerun
from sparsemix.explain.explanation import explain

loaded = cache.loaded(session.access(), session.decision_id())
rerun = Rerun(cache.model(), loaded.sequence, loaded.trace)
report(session.texts(), loaded, explain(rerun, 20), rerun)
"""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    made = App(monkeypatch, tmp_path, weights)
    made.page = AppTest.from_string(SCRIPT, default_timeout=120)
    return made


def test_the_button_prepares_the_report_and_offers_it(app: App, model: SparseMixModel) -> None:
    id = analyse(LOG, "a.log", model=model, access=app.access)
    app.page.session_state["decision_id"] = id
    app.run()
    assert not app.has_download("report_take")
    app.click("report_make").finish(f"report_{id}_20")
    assert app.has_download("report_take")
    assert "recorded as an export" in app.words
    # Nothing left the house yet.
    assert [entry.type for entry in app.store.entries()] == ["decision"]


def test_a_person_who_may_not_export_is_told_so(app: App, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    app.page.session_state["decision_id"] = analyse(LOG, "a.log", model=model, access=app.access)
    monkeypatch.setattr(Access, "can", lambda _self, action: action is not Action.EXPORT)
    app.run()
    assert not app.has_button("report_make")
    assert "Only auditors" in app.words


def test_a_blind_decision_gets_no_report_from_the_button(app: App, model: SparseMixModel) -> None:
    app.access.admin.set_policy(ReviewPolicy(sampling_share=1.0, blind=True))
    id = analyse(LOG, "a.log", model=model, access=app.access)
    app.page.session_state["decision_id"] = id
    app.run().click("report_make")
    assert "Reviewed blind" in app.words
    assert not app.has_download("report_take")
