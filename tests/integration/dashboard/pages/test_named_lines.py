"""What the verdict page shows of all flagged lines, and of a file that says the same in every line."""

from __future__ import annotations

import pytest

from dashboard.service.decide import marks
from dashboard.shared import cache
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import UNKNOWN


@pytest.fixture
def app(monkeypatch, tmp_path, weights, any_log) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_of_a_file_of_equal_lines_nothing_is_said(app):
    app.run().analyse("equal.log", b"pump running\n" * 80)
    assert "All 80 lines are alike" in app.words and "Stands out in all" not in app.words


def test_flagged_lines_beyond_those_that_the_record_lists_are_listed_when_asked_for(app, monkeypatch):
    monkeypatch.setattr(marks, "MAX_FLAGGED", 1)
    app.run().analyse("sshd.log", UNKNOWN)
    app.click("named_all")
    (job,) = (id for name, id in app.page.session_state["jobs"].items() if name.startswith("named"))
    cache.worker().wait(job, 6 * TIMEOUT)
    app.run()
    assert not app.has_button("named_all")
    assert max(len(table.value) for table in app.page.dataframe) == len(UNKNOWN.splitlines())
