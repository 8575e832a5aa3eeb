"""Accounts on the Team page: from a new one to its erasure, the last administrator, and the step from one user to a team."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import NotFound, Role, SignInFailed
from dashboard.views.team import TeamSection
from tests.integration.dashboard.pages.test_page_team import go, tables
from tests.support.audit.team import change_account
from tests.support.dashboard import made_team
from tests.support.dashboard.app import PASSWORD, App


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def accounts(app: App, login: str = "ada"):  # type: ignore[no-untyped-def]
    store = app.store
    admin = store.access(store.accounts.sign_in(login, PASSWORD).token).admin
    return {account.login: account for account in admin.accounts()}


def choose(app: App, login: str) -> App:
    """Choose a row, as a click on its row would."""
    app.page.session_state["account_id"] = accounts(app)[login].id
    return app.run()


@pytest.mark.deep
def test_a_new_account_can_sign_in_with_the_password_that_is_shown_once(app: App) -> None:
    made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    app.click("create_account")
    assert "Fill in all fields" in app.words
    app.page.text_input(key="new_name_0").set_value("Chie Mori")
    app.page.text_input(key="new_login_0").set_value("ada")
    app.click("create_account")
    assert "This login name is taken" in app.words
    assert not app.has_button("password_noted")
    app.page.text_input(key="new_login_0").set_value(" Chie ")
    app.click("create_account")
    password = app.page.code[0].value
    assert len(password) >= 20
    assert app.store.access(app.store.accounts.sign_in("chie", password).token).person.roles == (Role.REVIEWER,)
    assert app.page.text_input(key="new_name_1").value == ""
    app.click("password_noted")
    assert not app.page.code
    assert password not in app.words


def test_an_account_from_its_roles_to_its_erasure(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    assert "Choose a row" in app.words
    choose(app, "ben")
    ben = accounts(app)["ben"]
    app.page.text_input(key=f"name_{ben.id}").set_value("Ben Ito")
    next(pills for pills in app.page.pills if pills.key == f"roles_{ben.id}").set_value([Role.REVIEWER, Role.LEAD])
    app.run().click("save_account")
    changed = accounts(app)["ben"]
    assert (changed.name, changed.roles) == ("Ben Ito", (Role.REVIEWER, Role.LEAD))
    with pytest.raises(SignInFailed):
        _ = team["ben"].person
    app.click("reset_password")
    fresh = app.page.code[0].value
    assert app.store.accounts.sign_in("ben", fresh)
    with pytest.raises(SignInFailed):
        app.store.accounts.sign_in("ben", PASSWORD)
    app.click("toggle_account")
    assert "Not active" in tables(app)
    assert not app.has_button("reset_password")
    with pytest.raises(SignInFailed):
        app.store.accounts.sign_in("ben", fresh)
    app.click("erase_account")
    assert "Give a reason" in app.words
    app.page.text_input(key=f"why_{ben.id}").set_value("left the company")
    app.click("erase_account")
    assert "Done." in app.words
    assert "ben" not in accounts(app)
    assert app.store.verify().ok


def test_what_another_administrator_changed_meanwhile_is_not_overwritten(app: App) -> None:
    """Neither does a name come back nor an account that was just deactivated, and no password is made."""
    team = made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    choose(app, "lena")
    lena = accounts(app)["lena"]
    for number, button in enumerate(("save_account", "toggle_account", "reset_password")):
        app.page.text_input(key=f"name_{lena.id}").set_value("Lena Mori")
        app.run()
        before = accounts(app)["lena"]
        now = team["ada"].admin.change_account(before, name=f"Lena {number}", active=number < 2)
        app.click(button)
        assert "Not stored" in app.words
        assert accounts(app)["lena"] == now
        assert not app.has_button("password_noted")
        assert app.page.text_input(key=f"name_{lena.id}").value == f"Lena {number}"
    app.click("toggle_account")
    assert "Not stored" not in app.words and accounts(app)["lena"].active
    assert app.store.verify().ok


@pytest.mark.deep
def test_the_last_administrator_stays(app: App) -> None:
    made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    choose(app, "ada")
    assert "A change ends the account's sessions" in app.words
    app.click("toggle_account")
    assert "An active administrator has to remain" in app.words
    assert accounts(app)["ada"].active


@pytest.mark.deep
def test_an_account_that_is_gone_is_said_to_be_gone(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("ada").open("team")
    choose(app, "vic")
    vic = accounts(app)["vic"]
    change_account(team["ada"], vic.id, active=False)
    team["ada"].admin.erase_account(vic.id, "left")
    with pytest.raises(NotFound):
        change_account(team["ada"], vic.id, active=True)
    app.run()
    assert "Choose a row" in app.words
    assert "vic" not in tables(app)


def test_from_one_user_to_a_team(app: App) -> None:
    app.run().open("team")
    go(app, TeamSection.ACCOUNTS)
    for key, value in (("set_up_name", "Aiko Tanaka"), ("set_up_login", "aiko"), ("set_up_password", PASSWORD)):
        app.page.text_input(key=key).set_value(value)
    app.page.text_input(key="set_up_repeat").set_value(PASSWORD)
    app.click("set_up_now")
    assert app.page.title[0].value == "Team"
    assert "aiko" in tables(app)
    assert app.store.accounts.person(app.page.session_state["token"]).roles == (Role.ADMIN,)
    with pytest.raises(SignInFailed):
        _ = app.access.person
