"""A passkey in a real browser, which Chromium's own authenticator in software holds: added, used, refused, not available."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from audit import Role, open_store
from audit.log.entries import KEY, SIGNATURE
from sample_data import PlantConfig, generate
from tests.browser.server import Server
from tests.support.dashboard.app import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.deep]


@pytest.fixture
def served(tmp_path, weights):
    """A record in which people sign, its administrator, and a server on it."""
    store = open_store(tmp_path / "audit.db")
    store.accounts.set_up("aiko", "Aiko Tanaka", PASSWORD, roles=(Role.ADMIN, Role.REVIEWER, Role.AUDITOR))
    access = store.access(store.accounts.sign_in("aiko", PASSWORD).token)
    server = Server(tmp_path / "audit.db", weights)
    yield store, access, server
    server.stop()
    store.close()


@pytest.fixture
def signed_in(served, visit):
    store, access, server = served
    return store, access, visit(server)


def _authenticator(walker, *, prf=True, verified=True):
    """Give the browser an authenticator; return what counts its uses."""
    developer = walker.page.context.new_cdp_session(walker.page)
    developer.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verified, "hasPrf": prf, "automaticPresenceSimulation": True}
    id = developer.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return lambda: developer.send("WebAuthn.getCredentials", {"authenticatorId": id})["credentials"]


def _sign_in(walker):
    walker.open("team")
    for label, value in (("Login name", "aiko"), ("Password", PASSWORD)):
        walker.page.get_by_role("textbox", name=label, exact=True).fill(value)
    walker.press("sign_in_now")
    walker.settle()


def _password(walker):
    return walker.page.get_by_label("Your password")


def _add(walker, password=PASSWORD):
    """Type the password into the form under the name, and press its button."""
    walker.press("account_menu")
    walker.page.get_by_text("Passkey", exact=True).click()
    _password(walker).fill(password)
    walker.page.get_by_role("button", name="Add a passkey").click()


def _new_program(walker, name):
    """Ask for a program's token; where the field for the password stays empty, the browser asks for the passkey."""
    walker.page.get_by_role("button", name="New token").or_(walker.page.get_by_text("New token")).first.click()
    walker.field("Name of the program").fill(name)
    walker.press("issue_token")


def _signers(access):
    """The kinds of the keys that signed, in order."""
    kinds, signed = {}, []
    for entry in access.entries():
        content = access.document(entry.seq).content
        if entry.type == KEY:
            kinds[content["public_key"]] = content["kind"]
        elif entry.type == SIGNATURE:
            signed.append(kinds[content["key"]])
    return signed


def test_a_passkey_signs_in_place_of_the_password(signed_in):
    store, access, walker = signed_in
    held = _authenticator(walker)
    _sign_in(walker)
    _add(walker)
    expect(walker.page.get_by_text("Passkey added")).to_be_visible()
    walker.settle()
    (credential,) = held()
    assert access.keys.passkey()["rp_id"] == "localhost"
    assert access.keys.passkey()["sign_count"] == credential["signCount"]
    assert set(_signers(access)) == {"password", "program"}

    walker.open("team")
    walker.page.get_by_test_id("stButtonGroup").get_by_text("Programs").click()
    walker.settle()
    _new_program(walker, "Gate of line 4")
    expect(walker.page.get_by_text("Gate of line 4").first).to_be_visible()
    walker.settle()
    assert len(access.tokens.all()) == 1
    assert _signers(access)[-1] == "passkey"
    (credential,) = held()
    assert access.keys.passkey()["sign_count"] == credential["signCount"]
    report = store.verify()
    assert report.ok, report


def test_a_review_is_signed_with_the_passkey(signed_in):
    store, access, walker = signed_in
    _authenticator(walker)
    _sign_in(walker)
    _add(walker)
    expect(walker.page.get_by_text("Passkey added")).to_be_visible()
    walker.open("analyse")
    log = "\n".join(generate(PlantConfig(events=600, fault_rate=0.5), 7).lines).encode()
    walker.analyse("line 4.log", log)
    walker.open("review")
    walker.press("review_next")
    walker.settle()
    walker.press("choose_approve")
    walker.settle()
    decision = parse_qs(urlsplit(walker.page.url).query)["decision"][0]
    walker.press("review_submit")
    expect(walker.page.get_by_text(re.compile(r"Review recorded as entry \d+ of the log"))).to_be_visible()
    walker.settle()
    assert _signers(access)[-1] == "passkey"
    (review,) = store.reviews(decision)
    assert review.seen is not None and review.seen.lines
    assert store.verify().ok


def test_nothing_is_added_with_a_wrong_password(signed_in):
    store, access, walker = signed_in
    _authenticator(walker)
    _sign_in(walker)
    _add(walker, "a wrong password")
    walker.alert("Not signed")
    assert access.keys.passkey() is None
    _password(walker).fill(PASSWORD)
    walker.page.get_by_role("button", name="Add a passkey").click()
    expect(walker.page.get_by_text("Passkey added")).to_be_visible()
    assert store.verify().ok


def test_nothing_is_added_for_somebody_whom_the_device_does_not_recognise(signed_in):
    _, access, walker = signed_in
    held = _authenticator(walker, verified=False)
    _sign_in(walker)
    _add(walker)
    expect(walker.page.get_by_text("Nothing happened")).to_be_visible()
    assert held() == []
    assert access.keys.passkey() is None


def test_what_the_passkey_or_the_address_lacks_is_said(signed_in):
    _, access, walker = signed_in
    _authenticator(walker, prf=False)
    _sign_in(walker)
    _add(walker)
    expect(walker.page.get_by_text("extension prf")).to_be_visible()
    assert access.keys.passkey() is None
    walker.url = walker.url.replace("localhost", "127.0.0.1")
    _sign_in(walker)
    walker.press("account_menu")
    walker.page.get_by_text("Passkey", exact=True).click()
    expect(walker.page.get_by_text("by its host's name")).to_be_visible()
    expect(walker.page.get_by_role("button", name="Add a passkey")).to_be_disabled()
