"""Signing in and out, without a browser: set-up, wrong passwords, lock-out, ended sessions, one's own password."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import streamlit as st

from audit import Role, SignInFailed
from audit.people.sessions import MAX_FAILURES
from audit.storage.schema import sessions
from dashboard.service.sign_in import identity
from dashboard.shared import cache, session_sign_in
from tests.support.dashboard.app import PASSWORD, TIMEOUT, App

NEW = "nine quiet presses"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def fill(app: App, **values: str) -> App:
    for key, value in values.items():
        app.page.text_input(key=key).set_value(value)
    return app


def enter(app: App, login: str, password: str) -> App:
    return fill(app, sign_in_login=login, sign_in_password=password).click("sign_in_now")


def title(app: App) -> str:
    return str(app.page.title[0].value)


def failures(app: App) -> list[str]:
    """Why people did not come in, as the log says it."""
    failed = [entry for entry in app.store.entries() if entry.type == "sign_in_failed"]
    assert {(entry.actor, entry.subject) for entry in failed} <= {("system", "unknown")}
    return [json.loads(app.store.sealed(entry.seq).payload)["how"] for entry in failed]


def run_out(app: App) -> App:
    """Let every session be over, and see the page that says so."""
    with app.store.database.write() as connection:
        connection.execute(sessions.update().values(seen_at="2026-01-01T00:00:00.000Z"))
    app.run()
    assert title(app) == "Sign in"
    return app


def test_one_user_of_this_machine_is_asked_for_nothing(app: App) -> None:
    app.run()
    assert title(app) == "Analyse a log"
    assert not app.has_button("sign_out")
    fill(app, reviewer_name="Aiko Tanaka").run()
    access = app.page.session_state["alone"][1]
    assert access.person.name == "Aiko Tanaka"
    app.run()
    assert app.page.session_state["alone"][1] is access
    fill(app, reviewer_name="Ben").run()
    assert app.page.session_state["alone"][1].person.name == "Ben"


def test_the_first_visitor_needs_the_code_to_become_the_administrator(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARSEMIX_AUTH", "password")
    app.run().open("record")
    assert title(app) == "Set up the first administrator"
    wanted = {"set_up_name": "Aiko Tanaka", "set_up_login": " Aiko ", "set_up_password": PASSWORD, "set_up_repeat": PASSWORD}
    fill(app, **wanted, set_up_code="AAAA-BBBB-CCCC-DDDD").click("set_up_now")
    assert "This is not the set-up code" in app.words
    assert not app.store.accounts.exist()
    app.run()
    assert failures(app) == ["wrong set-up code"], "one attempt, one entry"
    fill(app, set_up_code=identity.set_up_code())
    for repeat, said in (("another one", "The two passwords differ"), ("", "Fill in all fields")):
        fill(app, set_up_repeat=repeat).click("set_up_now")
        assert said in app.words
    for password, said in (("short", "at least 10 characters"), ("my aiko word", "must not contain the login name")):
        fill(app, set_up_password=password, set_up_repeat=password).click("set_up_now")
        assert said in app.words
    fill(app, set_up_password=PASSWORD, set_up_repeat=PASSWORD).click("set_up_now")
    assert title(app) == "The record"
    person = app.store.accounts.person(app.page.session_state["token"])
    assert (person.name, person.roles) == ("Aiko Tanaka", (Role.ADMIN,))
    assert app.store.accounts.sign_in("aiko", PASSWORD)


def test_the_code_is_worth_nothing_once_there_is_an_account(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARSEMIX_AUTH", "password")
    app.run()
    app.account("root")
    fill(app, set_up_name="Eve", set_up_login="eve", set_up_password=PASSWORD, set_up_repeat=PASSWORD)
    fill(app, set_up_code=identity.set_up_code()).page.button(key="set_up_now").click()
    app.run()
    assert title(app) == "Sign in"
    with pytest.raises(SignInFailed):
        app.store.accounts.sign_in("eve", PASSWORD)


def test_wrong_passwords_are_told_in_one_way_and_lock_the_account(app: App) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.run()
    assert title(app) == "Sign in"
    one = "Login name or password is wrong, or the account is locked"
    for login in ("nobody", "", "aiko"):
        assert one in enter(app, login, "wrong").words
    for _ in range(MAX_FAILURES):
        enter(app, "aiko", "wrong")
    assert one in enter(app, "aiko", PASSWORD).words
    assert title(app) == "Sign in"
    assert "token" not in app.page.session_state
    kinds = [entry.type for entry in app.store.entries()]
    assert kinds.count("locked_out") == 1
    assert kinds.count("signed_in") == 0


def test_the_page_asked_for_comes_up_and_nothing_of_it_before(app: App) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.page.query_params["decision"] = "a" * 32
    app.run().open("record")
    assert title(app) == "Sign in"
    assert not app.page.dataframe
    enter(app, "aiko", PASSWORD)
    assert title(app) == "The record"
    assert app.page.query_params["decision"] in ("a" * 32, ["a" * 32])
    assert "Aiko" in app.page.sidebar.get("popover")[0].proto.popover.label
    assert "Reviewer, Administrator" in app.words


def test_signing_out_ends_the_session_and_forgets_its_person(app: App) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.run()
    enter(app, "aiko", PASSWORD)
    token = app.page.session_state["token"]
    app.page.session_state["marked_pairs"] = {("x", 0, 0, 0, 0): "spurious"}
    app.page.segmented_control(key="language").set_value("ja")
    app.run().click("sign_out")
    assert title(app) == "サインイン"
    assert "サインアウトしました" in app.words
    for key in ("token", "marked_pairs", "person_id"):
        assert key not in app.page.session_state
    with pytest.raises(SignInFailed):
        app.store.accounts.person(token)
    app.page.session_state["token"] = token
    app.run()
    assert title(app) == "サインイン"


@pytest.mark.deep
def test_a_session_that_ran_out_leads_to_the_sign_in_and_back(app: App) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.account("ben", Role.REVIEWER)
    app.run()
    enter(app, "aiko", PASSWORD).open("review")
    app.page.session_state["marked_pairs"] = {("x", 0, 0, 0, 0): "spurious"}
    for login, kept in (("aiko", True), ("ben", False)):
        run_out(app)
        assert "Your session has ended" in app.words
        enter(app, login, PASSWORD)
        assert title(app) == "Review"
        assert ("marked_pairs" in app.page.session_state) is kept, "what one person has begun is not for the next"


def test_a_cookie_of_the_browser_is_enough_and_a_dead_one_is_not(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    token = app.store.accounts.sign_in("aiko", PASSWORD).token
    monkeypatch.setattr(session_sign_in, "cookie", lambda kind="": token if not kind else None)
    app.run()
    assert title(app) == "Analyse a log"
    assert "ticket" not in app.page.session_state
    app.store.accounts.sign_out(token)
    app.run()
    assert title(app) == "Sign in"
    (removed,) = session_sign_in.TICKETS.redeem(app.page.session_state["ticket"]) or ()
    assert (removed.value, removed.only) == ("", token)


@pytest.mark.parametrize(("login", "kept"), [("aiko", True), ("ben", False)])
def test_who_came_by_cookie_leaves_nothing_to_the_next(
    app: App, monkeypatch: pytest.MonkeyPatch, login: str, kept: bool
) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.account("ben", Role.REVIEWER)
    token = app.store.accounts.sign_in("aiko", PASSWORD).token
    monkeypatch.setattr(session_sign_in, "cookie", lambda kind="": token if not kind else None)
    app.run()
    app.page.session_state["marked_pairs"] = {("x", 0, 0, 0, 0): "spurious"}
    enter(run_out(app), login, PASSWORD)
    assert title(app) == "Analyse a log"
    assert ("marked_pairs" in app.page.session_state) is kept


def test_another_persons_cookie_in_the_same_tab_finds_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {"aiko": app.account("aiko", Role.REVIEWER, Role.ADMIN), "ben": app.account("ben", Role.REVIEWER)}
    tokens = {login: app.store.accounts.sign_in(login, PASSWORD).token for login in ids}
    browser = ["aiko"]
    monkeypatch.setattr(session_sign_in, "cookie", lambda kind="": tokens[browser[0]] if not kind else None)
    app.run()
    app.page.session_state["marked_pairs"] = {("x", 0, 0, 0, 0): "spurious"}
    assert "marked_pairs" in app.run().page.session_state
    browser[0] = "ben"
    app.run()
    assert title(app) == "Analyse a log"
    assert app.page.session_state["person_id"] == ids["ben"]
    assert "marked_pairs" not in app.page.session_state


def test_the_next_person_and_nobody_else_forgets_the_jobs(app: App, gate: threading.Event) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    app.account("ben", Role.REVIEWER)
    worker = cache.worker()
    app.run()
    enter(app, "aiko", PASSWORD)
    done, running = worker.submit(lambda progress: "a copy of the record"), worker.submit(lambda progress: gate.wait(TIMEOUT))
    worker.wait(done.id, TIMEOUT)
    app.page.session_state["jobs"] = {"bundle": done.id, "verify": running.id}
    enter(run_out(app), "aiko", PASSWORD)
    assert worker.get(done.id) is not None
    enter(run_out(app), "ben", PASSWORD)
    assert [worker.get(job.id) for job in (done, running)] == [None, None]
    assert "jobs" not in app.page.session_state
    other = worker.submit(lambda progress: 1)
    app.page.session_state["jobs"] = {"verify": other.id}
    app.run().click("sign_out")
    assert worker.get(other.id) is None


def test_the_token_stands_in_no_address_and_on_no_page(app: App) -> None:
    app.account("aiko", *Role)
    app.run()
    enter(app, "aiko", PASSWORD)
    token = app.page.session_state["token"]
    for name in ("record", "team", "review"):
        app.open(name)
        assert token not in repr(app.page.main) + repr(app.page.sidebar) + repr(app.page.query_params)
    ticket = app.page.session_state["ticket"]
    (cookie,) = session_sign_in.TICKETS.redeem(ticket) or ()
    assert cookie.value == token
    assert ticket != token


def test_ones_own_password(app: App) -> None:
    app.account("aiko", Role.REVIEWER, Role.ADMIN)
    other = app.store.accounts.sign_in("aiko", PASSWORD).token
    app.run()
    enter(app, "aiko", PASSWORD)
    before = app.page.session_state["token"]
    fields = ("old_password", "account_password", "account_repeat")
    for values, said in (
        (("wrong", NEW, NEW), "The current password is wrong"),
        ((PASSWORD, "my aiko word", "my aiko word"), "must not contain the login name"),
        (("", NEW, NEW), "Fill in all fields"),
        ((PASSWORD, NEW, ""), "Fill in all fields"),
    ):
        fill(app, **dict(zip(fields, values, strict=True))).click("change_password_now")
        assert said in app.words
    fill(app, account_password=NEW, account_repeat=NEW).click("change_password_now")
    assert "Password changed" in app.words
    assert app.store.accounts.person(app.page.session_state["token"]).name == "Aiko"
    for old in (before, other):
        with pytest.raises(SignInFailed):
            app.store.accounts.person(old)


def test_an_account_that_appears_closes_the_single_user_mode(app: App) -> None:
    app.run()
    assert title(app) == "Analyse a log"
    app.account("root")
    app.run()
    assert title(app) == "Sign in"
    monkey = pytest.MonkeyPatch()
    with monkey.context() as changed:
        changed.setenv("SPARSEMIX_AUTH", "single")
        app.run()
        assert title(app) == "Sign in"


def test_on_an_address_that_others_reach_nobody_comes_in_unasked(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    known = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else known(name))  # noqa: S104
    app.run()
    assert title(app) == "Set up the first administrator"


def test_somebody_without_a_role_is_told_so(app: App) -> None:
    app.account("root")
    app.account("nina")
    app.run()
    enter(app, "nina", PASSWORD)
    assert "without a role yet" in app.words
    assert not app.page.title
