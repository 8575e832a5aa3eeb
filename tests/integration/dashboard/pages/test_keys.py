"""Keys on the pages: the root key at set-up and in an older record, one's own key, confirming and revoking."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from audit import Access
from dashboard.service.sign_in.identity import ClaimsRegister
from dashboard.shared import session_sign_in
from dashboard.views.team import TeamSection
from tests.integration.dashboard.pages.test_page_team import go, tables
from tests.integration.dashboard.pages.test_sign_in import enter, fill
from tests.support.dashboard import made_team
from tests.support.dashboard.app import PASSWORD, App

OWN = "nine quiet presses"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def access(app: App, login: str) -> Access:
    return app.store.access(app.store.accounts.sign_in(login, PASSWORD).token)


def codes(app: App) -> list[str]:
    return [str(code.value) for code in app.page.code]


def test_the_first_administrator_writes_the_root_key_down(app: App) -> None:
    app.run().open("team")
    go(app, TeamSection.ACCOUNTS)
    fill(app, set_up_name="Aiko Tanaka", set_up_login="aiko", set_up_password=PASSWORD, set_up_repeat=PASSWORD)
    app.click("set_up_now")
    root = access(app, "aiko").keys.root()
    assert "Write down the fingerprint of the root key" in app.words and root in codes(app)
    assert root in codes(app.open("record"))
    app.click("root_key_noted")
    assert root not in codes(app)
    go(app.open("team"), TeamSection.KEYS)
    assert root in codes(app) and "No key waits" in app.words
    assert f"Your key: {root}" in app.words and "you can sign with it" in app.words


def test_one_person_alone_has_no_key(app: App) -> None:
    app.run().open("team")
    go(app, TeamSection.KEYS)
    assert "create one under Accounts" in app.words


def test_an_older_record_begins_to_sign_and_keys_are_confirmed_and_revoked(app: App) -> None:
    team = made_team.people(app.store)
    app.run()
    app.sign_in("ada")
    assert "Your key" not in app.words
    go(app.open("team"), TeamSection.KEYS)
    assert "nothing unsigned counts from then on" in app.words
    app.click("begin_signing_now")
    assert "Type your password" in app.words
    fill(app, begin_password=OWN).click("begin_signing_now")
    assert "The password is wrong" in app.words and not team["ada"].keys.needed()
    fill(app, begin_password=PASSWORD).click("begin_signing_now")
    root = team["ada"].keys.root()
    assert "Write down the fingerprint" in app.words and root in codes(app)

    ben = access(app, "ben").keys.own()[0]
    app.run()  # the first sign-in that the program signs for ended all sessions
    app.sign_in("ada")
    go(app.open("team"), TeamSection.KEYS)
    assert ben is not None and ben.fingerprint in tables(app)
    app.page.selectbox(key="confirm_which").set_value(ben.public_key)
    app.run()
    assert ben.fingerprint in codes(app) and "I am responsible for which keys of this account" in app.words
    app.sign("confirm_key")
    assert access(app, "ben").keys.own() == (ben, True) or access(app, "ben").keys.own()[1]
    assert "Done." in app.words and ben.fingerprint not in tables(app)

    app.page.selectbox(key="revoke_whose").set_value(access(app, "ben").person.id)
    app.run().sign("revoke_keys")
    assert access(app, "ben").keys.own()[1] is False
    app.page.selectbox(key="revoke_whose").set_value(access(app, "ada").person.id)
    app.run().sign("revoke_keys")
    assert "another administrator with a key has to remain" in app.words
    assert app.store.verify().ok


def test_whose_key_waits_sees_the_fingerprint_and_why_nothing_is_signed(app: App) -> None:
    team = made_team.people(app.store)
    team["ada"].keys.begin(PASSWORD)
    app.run()
    enter(app, "lena", PASSWORD)
    lena = access(app, "lena").keys.own()[0]
    assert lena is not None
    assert "Your key waits" in app.words and lena.fingerprint not in app.words
    fill(app, read_out_password=OWN).click("read_out_now")
    assert "The password is wrong" in app.words
    fill(app, read_out_password=PASSWORD).click("read_out_now")
    assert f"Read this out: {lena.fingerprint}" in codes(app)
    go(app.open("team"), TeamSection.POLICY)
    next(field for field in app.page.number_input if (field.key or "").startswith("rule_overlap")).set_value(2.0)
    app.run().sign("set_policy")
    assert "Your key does not count yet" in app.words
    access(app, "ada").signing(PASSWORD).keys.confirm(lena.public_key)
    app.run()
    assert "you can sign with it" in app.words
    app.sign("set_policy")
    assert app.store.policy().overlap == 2


def test_a_person_removes_their_passkey_with_the_password(app: App) -> None:
    app.store.accounts.set_up("aiko", "Aiko Tanaka", PASSWORD)
    aiko, credential = access(app, "aiko"), {"id": "ab", "rp_id": "localhost"}
    aiko.signing(PASSWORD).keys.add_passkey(bytes(32), credential)
    app.run()
    enter(app, "aiko", PASSWORD)
    assert "Passkey for localhost" in app.words
    app.click("remove_passkey_now")
    assert aiko.keys.passkey() == credential
    fill(app, remove_passkey_password=OWN).click("remove_passkey_now")
    assert "The password is wrong" in app.words and aiko.keys.passkey() == credential
    fill(app, remove_passkey_password=PASSWORD).click("remove_passkey_now")
    assert "Done." in app.words
    assert not app.has_button("remove_passkey_now")
    assert aiko.keys.passkey() is None
    assert app.store.verify().ok


def test_a_person_of_an_organisation_chooses_a_password_for_signing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.account("root")
    claims = {"is_logged_in": True, "iss": "https://id.example", "sub": "4711", "name": "Olga", "nonce": "n", "iat": 1_000_000}
    words = ClaimsRegister(lambda: 1_000_000.0)
    monkeypatch.setenv("SPARSEMIX_AUTH", "oidc")
    monkeypatch.setenv("SPARSEMIX_OIDC_ROLES", "reviewer")
    monkeypatch.setattr(session_sign_in, "_claims_register", lambda: words)
    monkeypatch.setattr(st, "user", claims)
    monkeypatch.setattr("audit.people.accounts.shifted", lambda *_: "9999")
    app.run()
    assert "You have no key yet: choose a password for signing" in app.words
    short = OWN[:4]
    fill(app, signing_password=short, signing_repeat=short).click("make_key_now")
    assert "at least 10 characters" in app.words
    fill(app, signing_password=OWN, signing_repeat=OWN).click("make_key_now")
    olga = app.store.access(app.page.session_state["token"]).keys.own()[0]
    assert olga is not None and olga.fingerprint in app.words
    assert "Your key waits" in app.words
    access(app, "root").signing(PASSWORD).keys.confirm(olga.public_key)
    assert "you can sign with it" in app.run().words
    assert app.store.access(app.page.session_state["token"]).signing(OWN)
    assert app.store.verify().ok
