"""What a session knows of its person, and what the app shows when the record cannot say who anybody is."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit import Role
from tests.support.audit.forging import edit
from tests.support.dashboard.app import PASSWORD, TIMEOUT, App


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


ASKED = """
import streamlit as st
from audit import SignInFailed
from dashboard.shared import session

try:
    st.text(session.caller())
    st.text(session.access().person.id)
except SignInFailed as error:
    st.text(f"refused: {error}")
"""


def answers(**state: str) -> list[str]:
    """Return what a page says that asks for nothing but the person."""
    page = AppTest.from_string(ASKED, default_timeout=TIMEOUT)
    for name, value in state.items():
        page.session_state[name] = value
    return [text.value for text in page.run().text]


def test_one_user_of_this_machine_is_called_what_they_say(app: App) -> None:
    assert answers(reviewer_name=" Aiko Tanaka ") == ["Aiko Tanaka", "single-user"]
    assert answers() == ["the user of this machine", "single-user"]


@pytest.mark.deep
def test_with_accounts_the_token_says_who_it_is(app: App) -> None:
    id = app.account("aiko", Role.ADMIN, name="Aiko Tanaka")
    assert answers(reviewer_name="Somebody Else") == ["refused: nobody is signed in; sign in"]
    assert answers(token="made up") == ["refused: this token belongs to no session; sign in"]  # noqa: S106
    token = app.store.accounts.sign_in("aiko", PASSWORD).token
    assert answers(token=token) == ["Aiko Tanaka", id]
    app.store.accounts.sign_out(token)
    assert answers(token=token) == ["refused: this session was ended; sign in again"]


def test_a_record_that_cannot_be_opened_is_said_to_be_so(app: App) -> None:
    app.db.write_bytes(b"no database at all" * 1_000)
    app.run()
    assert "The record cannot be used" in app.words
    assert not app.page.title


def test_a_role_that_was_forged_lets_nobody_in(app: App) -> None:
    app.account("root")
    app.account("aiko", Role.VIEWER)
    app.run().sign_in("aiko")
    assert app.page.title[0].value == "Analyse a log"
    edit(str(app.db), """UPDATE payloads SET payload = replace(payload, '"viewer"', '"admin"')""")
    app.run()
    assert "The stored data differ from what was recorded" in app.words
    assert not app.page.title
