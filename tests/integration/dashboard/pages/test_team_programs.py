"""Programs on the Team page: a token that is shown once, what it is good for, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Role, SignInFailed
from dashboard.views.team import TeamSection
from tests.integration.dashboard.pages.test_page_team import go, tables
from tests.support.dashboard import made_team
from tests.support.dashboard.app import App


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    made = App(monkeypatch, tmp_path, weights)
    made_team.people(made.store)
    made.run()
    made.sign_in("ada").open("team")
    return go(made, TeamSection.PROGRAMS)


def issue(app: App, name: str, number: int, role: Role = Role.SERVICE) -> str:
    app.page.text_input(key=f"token_name_{number}").set_value(name)
    app.page.radio(key=f"token_role_{number}").set_value(role)
    app.click("issue_token")
    return str(app.page.code[0].value) if app.page.code else ""


@pytest.mark.deep
def test_a_token_is_shown_once_and_revoked(app: App) -> None:
    assert "No program has a token yet" in app.words
    app.click("issue_token")
    assert "Fill in all fields" in app.words
    token = issue(app, "MES line 4", 0)
    assert app.store.service(token).person.roles == (Role.SERVICE,)
    assert "mes line 4" in tables(app).casefold() and "Valid" in tables(app)
    app.click("token_noted")
    assert not app.page.code and token not in app.words
    app.page.session_state["program_token"] = app.store.service(token)._service
    app.run().click("revoke_token")
    assert "Revoked" in tables(app) and not app.has_button("revoke_token")
    with pytest.raises(SignInFailed):
        app.store.service(token).head()


@pytest.mark.deep
def test_what_stands_against_a_token_is_said(app: App) -> None:
    assert app.store.service(issue(app, "screen", 0, Role.VIEWER)).person.roles == (Role.VIEWER,)
    app.click("token_noted")
    assert not issue(app, "screen", 1, Role.SERVICE)
    assert "Not possible" in app.words
    assert not issue(app, "aiko", 1)
    assert "person" in app.words


def test_one_person_alone_is_told_what_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> None:
    app = App(monkeypatch, tmp_path, weights)
    app.run()
    app.open("team")
    go(app, TeamSection.PROGRAMS)
    assert "create one under Accounts" in app.words
