"""Signing in by an identity provider's word, without a browser: one session a word, and the first needs the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from audit import Role
from dashboard.service.sign_in import identity
from dashboard.service.sign_in.identity import ClaimsRegister
from dashboard.shared import session_sign_in
from tests.integration.dashboard.pages.test_sign_in import failures, fill, title
from tests.support.dashboard.app import PASSWORD, App

CLAIMS = {"is_logged_in": True, "iss": "https://id.example", "sub": "4711", "name": "Olga", "nonce": "n"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what the identity provider says; tests change it in place."""
    claims: dict[str, object] = {}
    words = ClaimsRegister(lambda: 1_000_000.0)
    monkeypatch.setenv("SPARSEMIX_AUTH", "oidc")
    monkeypatch.setattr(session_sign_in, "_claims_register", lambda: words)
    monkeypatch.setattr(st, "user", claims)
    monkeypatch.setattr("audit.people.accounts.shifted", lambda *_: "9999")
    return claims


def test_a_providers_word_becomes_a_session_once(app: App, said: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []
    monkeypatch.setattr(st, "logout", lambda: left.append(True))
    monkeypatch.setenv("SPARSEMIX_OIDC_ROLES", "reviewer")
    app.account("root")
    app.run()
    assert title(app) == "Sign in"
    assert "No identity provider" in app.words
    said.update(CLAIMS, iat=1_000_000)
    app.run()
    assert title(app) == "Analyse a log"
    person = app.store.accounts.person(app.page.session_state["token"])
    assert (person.name, person.roles) == ("Olga", (Role.REVIEWER,))
    assert person.authentication == "OpenID Connect (https://id.example)"
    assert not app.has_button("change_password_now")
    app.click("sign_out")
    assert left
    assert title(app) == "Sign in"
    assert title(app.run()) == "Sign in"
    said.update(nonce="another")
    assert title(app.run()) == "Analyse a log"


@pytest.mark.parametrize("changes", [{"iat": 1_000_000 - 1_000}, {"iat": "soon"}, {"sub": ""}])
def test_an_old_or_incomplete_word_opens_nothing(app: App, said: dict[str, object], changes: dict[str, object]) -> None:
    app.account("root")
    said.update(CLAIMS | {"iat": 1_000_000} | changes)
    app.run()
    assert title(app) == "Sign in"
    assert "token" not in app.page.session_state
    assert failures(app) == [], "nobody has just come back from the provider: it is an old cookie"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iat": 1_000_000 - 1_000}, "the identity provider's word was used or is too old"),
        ({"sub": ""}, "the identity provider did not say who this is (iss, sub)"),
    ],
)
def test_a_word_just_brought_that_opens_nothing_is_noted_once(
    app: App, said: dict[str, object], monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], why: str
) -> None:
    app.account("root")
    monkeypatch.setattr(session_sign_in, "cookie", lambda kind="": "cGFnZT8=" if kind else None)
    said.update(CLAIMS | {"iat": 1_000_000} | changes)
    app.run().run()
    assert failures(app) == [why]
    said.update(nonce="another")
    app.run().run()
    assert failures(app) == [why, why]


def test_a_word_that_is_spent_while_it_is_used_is_noted(
    app: App, said: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.account("root")
    said.update(CLAIMS, iat=1_000_000)
    session_sign_in._claims_register().use(identity.read_claims(said))
    monkeypatch.setattr(session_sign_in, "cookie", lambda kind="": "cGFnZT8=" if kind else None)
    monkeypatch.setattr(session_sign_in, "fresh_claims", lambda: CLAIMS | {"iat": 1_000_000})
    app.run()
    assert title(app) == "Sign in"
    (why,) = failures(app)
    assert "was used or is too long ago" in why


def test_the_first_person_of_a_provider_needs_the_code(app: App, said: dict[str, object]) -> None:
    said.update(CLAIMS, iat=1_000_000)
    app.run()
    assert title(app) == "Set up the first administrator"
    assert "Your organisation says that you are Olga" in app.words
    fill(app, set_up_code="AAAA-BBBB-CCCC-DDDD").click("set_up_now")
    assert "This is not the set-up code" in app.words
    assert failures(app.run()) == ["wrong set-up code"]
    assert not app.store.accounts.exist()
    fill(app, set_up_code=identity.set_up_code()).click("set_up_now")
    assert title(app) == "Analyse a log"
    assert app.store.accounts.person(app.page.session_state["token"]).roles == (Role.VIEWER, Role.ADMIN)


def test_a_deactivated_person_of_a_provider_stays_outside(app: App, said: dict[str, object]) -> None:
    app.account("root")
    said.update(CLAIMS, iat=1_000_000)
    app.run()
    root = app.store.access(app.store.accounts.sign_in("root", PASSWORD).token)
    olga = next(account for account in root.admin.accounts() if account.name == "Olga")
    root.signing(PASSWORD).admin.change_account(olga, active=False)
    said.update(nonce="another")
    app.run()
    assert title(app) == "Sign in"
    assert "not active" in app.words
