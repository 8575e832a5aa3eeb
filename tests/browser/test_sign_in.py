"""Signing in and out in a real browser: by password, by set-up code, and by a real identity provider."""

import http.client
import re

import pytest
from playwright.sync_api import expect

from audit import Role, open_store
from tests.browser.provider import Provider
from tests.browser.server import Server, free_port
from tests.support.dashboard.app import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.deep]

DECISION = "a" * 32


@pytest.fixture
def serve(tmp_path, weights):
    """Servers of one test, all on one record."""
    started = []

    def start(*arguments, **options):
        started.append(Server(tmp_path / "audit.db", weights, *arguments, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def provider():
    started = Provider()
    yield started
    started.stop()


def test_a_reload_keeps_the_session_and_signing_out_ends_it_everywhere(serve, visit, tmp_path):
    store = open_store(tmp_path / "audit.db")
    store.accounts.set_up("aiko", "Aiko Tanaka", PASSWORD, roles=(Role.ADMIN, Role.REVIEWER))
    server = serve()
    walker = visit(server)
    walker.open("team", decision=DECISION)
    expect(_title(walker)).to_have_text("Sign in")
    expect(walker.page.get_by_test_id("stSidebarNav")).to_have_count(0)
    _sign_in(walker, "aiko", "a wrong password")
    walker.alert("Login name or password is wrong")
    _sign_in(walker, "aiko", PASSWORD)
    expect(_title(walker)).to_have_text("Team")
    expect(walker.page).to_have_url(re.compile(rf"/team\?.*decision={DECISION}"))
    cookie = _kept(walker, server)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert store.accounts.person(cookie["value"]).name == "Aiko Tanaka"
    assert cookie["value"] not in walker.page.content() + walker.page.url

    walker.page.reload()
    walker.settle()
    expect(_title(walker)).to_have_text("Team")
    other = walker.page.context.new_page()
    other.goto(f"{server.url}/record")
    expect(other.get_by_role("heading", level=1)).to_have_text("The record")
    _sign_out(walker)
    expect(_title(walker)).to_have_text("Sign in")
    walker.alert("You are signed out")
    _kept(walker, server, there=False)
    other.get_by_test_id("stSidebarNav").get_by_role("link", name="Review").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    walker.page.context.add_cookies([cookie])
    walker.page.reload()
    walker.settle()
    expect(_title(walker)).to_have_text("Sign in")
    _kept(walker, server, there=False)
    store.close()


def test_a_foreign_name_for_this_machine_does_not_reach_the_one_user_of_it(serve):
    server = serve()
    assert _handshake(server, "localhost") == 101
    assert _handshake(server, "rebound.example") == 403


def test_nobody_takes_a_fresh_server_over_without_the_code_on_its_console(serve, visit, tmp_path):
    server = serve("--auth", "password")
    code = re.search(r"Set-up code for the first administrator: (\S+)", server.output())[1]
    walker = visit(server)
    walker.open("analyse")
    expect(_title(walker)).to_have_text("Set up the first administrator")
    _set_up(walker, "AAAA-BBBB-CCCC-DDDD")
    walker.alert("This is not the set-up code")
    _fill(walker, "Set-up code", code.lower())
    walker.press("set_up_now")
    expect(_title(walker)).to_have_text("Analyse a log")
    walker.settle()
    store = open_store(tmp_path / "audit.db")
    root = store.access(store.accounts.sign_in("aiko", PASSWORD).token).keys.root()
    store.close()
    expect(walker.key("fresh_root_key_box").get_by_test_id("stCode")).to_have_text(root)
    walker.press("root_key_noted")
    expect(walker.key("fresh_root_key_box")).to_have_count(0)


def _go_to_the_organisation(walker):
    """Press the button, and again where the page stays: Streamlit can drop a click (see `test_clicks`)."""
    walker.settle()
    walker.press("provider_default")
    for _ in range(5):
        try:
            expect(walker.key("provider_default")).to_have_count(0, timeout=10_000)
            return
        except AssertionError:
            walker.page.evaluate("document.querySelector('.st-key-provider_default button')?.click()")


def test_an_organisations_sign_in_opens_one_session_and_leads_back_to_the_page(serve, visit, provider, tmp_path):
    server, code = _by_provider(serve, provider, tmp_path, "--oidc-roles", "reviewer")
    walker = visit(server)
    walker.open("review", decision=DECISION)
    expect(_title(walker)).to_have_text("Set up the first administrator")
    _go_to_the_organisation(walker)
    expect(walker.page.get_by_text("Your organisation says that you are Olga Organisation")).to_be_visible()
    walker.settle()
    _fill(walker, "Set-up code", code)
    walker.press("set_up_now")
    expect(_title(walker)).to_have_text("Review")
    expect(walker.page).to_have_url(re.compile(rf"/review\?.*decision={DECISION}"))
    walker.settle()
    store = open_store(tmp_path / "audit.db")
    person = store.accounts.person(_kept(walker, server)["value"])
    assert (person.name, set(person.roles)) == ("Olga Organisation", {Role.REVIEWER, Role.ADMIN})
    assert person.authentication == f"OpenID Connect ({provider.url})"
    walker.page.reload()
    walker.settle()
    expect(_title(walker)).to_have_text("Review")

    _sign_out(walker)
    expect(_title(walker)).to_have_text("Sign in")
    walker.settle()
    assert provider.asked[-1] == "/logout"
    walker.page.reload()
    walker.settle()
    expect(_title(walker)).to_have_text("Sign in")

    provider.person = {"sub": "9", "name": "Nils New"}
    walker.open("record")
    _go_to_the_organisation(walker)
    expect(_title(walker)).to_have_text("The record")
    walker.settle()
    newcomer = store.accounts.person(_kept(walker, server)["value"])
    assert (newcomer.name, newcomer.roles) == ("Nils New", (Role.REVIEWER,))
    # Streamlit's own cookie still says who this is: it must not open a session again once ours has ended.
    store.accounts.sign_out(_kept(walker, server)["value"])
    walker.page.reload()
    walker.settle()
    expect(_title(walker)).to_have_text("Sign in")
    store.close()


def test_an_old_word_of_the_provider_opens_nothing(serve, visit, provider, tmp_path):
    store = open_store(tmp_path / "audit.db")
    store.accounts.set_up("root", "Root", PASSWORD)
    store.close()
    provider.issued_ago = 1_800
    server, _ = _by_provider(serve, provider, tmp_path)
    walker = visit(server)
    walker.open("record")
    _go_to_the_organisation(walker)
    expect(walker.page).to_have_url(re.compile(rf"^{server.url}/\?"))
    walker.settle()
    expect(_title(walker)).to_have_text("Sign in")
    assert "_streamlit_user" in [cookie["name"] for cookie in walker.page.context.cookies()], "the provider was not asked"
    _kept(walker, server, there=False)


def _by_provider(serve, provider, tmp_path, *arguments):
    """A server that knows the provider, and its set-up code if it printed one."""
    port = free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(provider.secrets_file(f"http://localhost:{port}"), encoding="utf-8")
    server = serve("--auth", "oidc", "--oidc-config", str(secrets), *arguments, port=port)
    code = re.search(r"Set-up code for the first administrator: (\S+)", server.output())
    return server, code[1] if code else None


def _title(walker):
    return walker.page.get_by_test_id("stMain").get_by_role("heading", level=1)


def _sign_in(walker, login, password):
    _fill(walker, "Login name", login)
    _fill(walker, "Password", password)
    walker.press("sign_in_now")
    walker.settle()


def _fill(walker, label, value):
    walker.page.get_by_role("textbox", name=label, exact=True).fill(value)


def _sign_out(walker):
    walker.press("account_menu")
    walker.press("sign_out")


def _set_up(walker, code):
    for label, value in (("Set-up code", code), ("Your name", "Aiko Tanaka"), ("Login name", "aiko")):
        _fill(walker, label, value)
    for label in ("New password, 10 characters or more", "New password again"):
        _fill(walker, label, PASSWORD)
    walker.press("set_up_now")
    walker.settle()


def _kept(walker, server, *, there=True):
    """The session's cookie, once it is there; with ``there`` false, None, once it is gone."""
    name = f"sparsemix_{server.port}"
    for _ in range(100):
        found = next((cookie for cookie in walker.page.context.cookies() if cookie["name"] == name), None)
        if (found is not None) == there:
            return found
        walker.page.wait_for_timeout(100)
    raise AssertionError(f"after 10 s the cookie is {'not ' if there else 'still '}there")


def _handshake(server, host):
    """The status of a websocket's first answer, asked for under this name of the server."""
    headers = {
        "Host": f"{host}:{server.port}",
        "Origin": f"http://{host}:{server.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
