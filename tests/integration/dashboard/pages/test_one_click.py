"""One click on Analyse gives one decision, whatever else happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.service.common.worker import Job, Work, Worker
from dashboard.service.decide import judging
from dashboard.shared import cache, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.shared.session import ChosenFile
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path, small_samples: None) -> App:
    return App(monkeypatch, tmp_path, weights).run()


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold every analysis until the event is set."""
    go, original = threading.Event(), judging.read_file

    def slow(data: bytes, name: str, *how: Any, **look: Any) -> object:
        assert go.wait(TIMEOUT)
        return original(data, name, *how, **look)

    monkeypatch.setattr(judging, "read_file", slow)
    yield go
    go.set()


def started(app: App) -> str:
    """Take a sample, which is analysed at once; the job's id."""
    app.click("sample_healthy")
    assert not app.has_button("start")
    return app.job("analyse")


def finished(app: App, go: threading.Event, job: str) -> None:
    """Let everything end; the one job has become the one decision, which is shown."""
    go.set()
    cache.worker().wait(job, TIMEOUT)
    app.run()
    assert app.store.count_decisions() == 1
    assert not app.has_button("start")
    assert app.page.session_state["decision_id"] == app.store.decisions()[0].decision.id


def test_another_language_while_it_runs(app: App, go: threading.Event) -> None:
    job = started(app)
    app.page.segmented_control(key="language").set_value("ja")
    app.run()
    assert app.job("analyse") == job
    assert not app.has_button("start")
    finished(app, go, job)
    assert app.log is not None and app.log["language"] == "ja"


def test_the_same_sample_again_while_it_runs(app: App, go: threading.Event) -> None:
    job = started(app)
    app.click("sample_healthy")
    assert app.job("analyse") == job
    assert not app.has_button("start")
    finished(app, go, job)


def test_other_pages_while_it_runs(app: App, go: threading.Event) -> None:
    job = started(app)
    app.open("record").open("analyse")
    assert app.job("analyse") == job
    assert not app.has_button("start")
    finished(app, go, job)


def test_a_second_tab_shows_the_decision_and_starts_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path
) -> None:
    id = app.analyse("line.log", LOG)
    other = App(monkeypatch, tmp_path, weights)
    other.page.query_params["decision"] = id
    other.run()
    assert "line\\.log" in other.words
    assert not other.has_button("start")
    assert app.run().open("record").open("analyse").store.count_decisions() == 1


def test_a_click_that_comes_after_the_work_is_done_starts_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.upload("line.log", LOG)
    button = app.page.button(key="start")
    app.click("start")
    cache.worker().wait(app.job("analyse"), TIMEOUT)
    button.click()
    app.run()
    assert cache.worker().active() == []
    assert app.store.count_decisions() == 1


def test_another_file_does_not_get_the_earlier_ones_decision(app: App, go: threading.Event) -> None:
    job = started(app)
    app.upload("line.log", LOG)
    assert app.has_button("start")
    go.set()
    cache.worker().wait(job, TIMEOUT)
    app.run()
    assert app.has_button("start")
    assert app.page.session_state["decision_id"] is None
    assert app.store.count_decisions() == 1
    app.click("start").finish("analyse")
    assert [found.decision.input_name for found in app.store.decisions()] == ["healthy.log", "line.log"]


class Interrupted(BaseException):
    """What a run meets that is cut short for the next one."""


class Session(dict[str, object]):
    """A session that cuts the run short at its next use, once told so."""

    cut = False

    def setdefault(self, key: str, default: object = None) -> object:
        self._use()
        return super().setdefault(key, default)

    def get(self, key: str, default: object = None) -> object:
        self._use()
        return super().get(key, default)

    def __setitem__(self, key: str, value: object) -> None:
        self._use()
        super().__setitem__(key, value)

    def _use(self) -> None:
        if self.cut:
            raise Interrupted


def test_a_job_that_was_handed_over_is_known_however_short_the_run_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, worker, slot = Session(), Worker(), Slot("analyse", "x")
    submit = worker.submit

    def then_cut(work: Work, kind: str, **of: Any) -> Job:
        kept.cut = True
        return submit(work, kind, **of)

    monkeypatch.setattr(session.st, "session_state", kept)
    monkeypatch.setattr(cache, "worker", lambda: worker)
    monkeypatch.setattr(worker, "submit", then_cut)
    jobs.start(slot, lambda progress: 1)
    kept.cut = False
    assert jobs.job(slot) is not None
    worker.close()


def test_two_runs_at_once_start_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit answers a second click in a thread of its own while the first one's is still on its way out."""
    worker, slot, handed = Worker(), Slot("analyse", "x"), []
    submit = worker.submit
    second = threading.Thread(target=lambda: jobs.start(slot, lambda progress: 2, once=True))

    def with_the_second_right_behind(work: Work, kind: str, **of: Any) -> Job:
        handed.append(work)
        if len(handed) == 1:
            second.start()
            second.join(0.5)
        return submit(work, kind, **of)

    monkeypatch.setattr(session.st, "session_state", {})
    monkeypatch.setattr(cache, "worker", lambda: worker)
    monkeypatch.setattr(worker, "submit", with_the_second_right_behind)
    jobs.start(slot, lambda progress: 1, once=True)
    second.join(TIMEOUT)
    assert len(handed) == 1
    worker.close()


def test_a_run_cut_short_when_the_decision_is_there_does_not_put_the_file_away(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, file = Session(), ChosenFile("line.log", LOG)
    monkeypatch.setattr(session.st, "session_state", kept)
    kept.cut = True
    with pytest.raises(Interrupted):
        session.decided(file, "0" * 32)
    assert file.decision_id is None
