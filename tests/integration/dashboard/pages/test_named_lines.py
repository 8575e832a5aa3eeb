"""What the verdict page shows of all flagged lines, and of a file that says the same in every line."""

from __future__ import annotations

import pytest

from dashboard.service.common.decision_details import details_of
from dashboard.shared import cache
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import UNKNOWN


@pytest.fixture
def app(monkeypatch, tmp_path, weights, any_log) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_of_a_file_of_equal_lines_nothing_is_said(app):
    app.run().analyse("equal.log", b"pump running\n" * 80)
    assert "All 80 lines are alike" in app.words and "Stands out in all" not in app.words
    assert "Tick the lines" not in app.words


def test_a_reviewer_reads_what_happened_and_no_pair_is_made_responsible(app):
    app.run().analyse("sshd.log", UNKNOWN)
    assert "Shown because" in app.words
    app.open("review")
    assert "Shown because" in app.words and "rest on" not in app.words
    app.open("selection")
    assert "not what led to what" in app.words


def test_explain_says_why_an_incident_is_shown_and_where_another_line_stands(app):
    decision = app.run().analyse("sshd.log", UNKNOWN)
    shown = {incident["lead"][0][1] for incident in details_of(app.store.decision(decision)).incidents}
    app.page.query_params["line"] = str(next(line for line in range(1, 60) if line not in shown))
    app.open("explain")
    explained(app)
    assert "No incident" in told(app) and "Shown because" not in told(app)
    app.page.query_params["line"] = str(min(shown))
    explained(app.run())
    assert "Shown because" in told(app) and "No incident" not in told(app)


def told(app):
    """Return what is said beside the log."""
    return "\n".join(part.value for part in (*app.page.markdown, *app.page.caption))


def explained(app):
    """Wait until the line is explained."""
    job = [id for name, id in app.page.session_state["jobs"].items() if name.startswith("explain")][-1]
    cache.worker().wait(job, 6 * TIMEOUT)
    app.run()
