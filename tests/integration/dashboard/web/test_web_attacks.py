"""Attacks over the network on the app, served as people serve it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.server import Server
from tests.support.dashboard import web_attacks
from tests.support.dashboard.stream_attacks import BEFORE_SIGN_IN, first_account
from tests.support.dashboard.web_attacks import APP, ask, websocket

PUBLIC = "https://audit.plant.example"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[int]:
    """Serve the app of one user; yield its port."""
    server = Server(tmp_path_factory.mktemp("attacked") / "audit.db", weights)
    yield server.port
    server.stop()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[int]:
    """Serve the app as behind a proxy."""
    db = tmp_path_factory.mktemp("proxied") / "audit.db"
    server = Server(db, weights, "--auth", "password", "--public-url", PUBLIC)
    yield server.port
    server.stop()


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[int]:
    """Serve the app of people with accounts."""
    db = tmp_path_factory.mktemp("team") / "audit.db"
    first_account(db)
    server = Server(db, weights)
    yield server.port
    server.stop()


@pytest.mark.parametrize("name", APP)
def test_no_attack_works(app: int, name: str) -> None:
    assert not APP[name](app)


@pytest.mark.parametrize("name", BEFORE_SIGN_IN)
def test_no_attack_by_somebody_without_an_account_works(team: int, name: str) -> None:
    assert not BEFORE_SIGN_IN[name](team)


def test_behind_a_proxy_its_origin_alone_counts(proxied: int) -> None:
    strangers = [
        f"http://localhost:{proxied}",
        "https://evil.example",
        "http://audit.plant.example",
        f"{PUBLIC}.evil.example",
        None,
    ]
    for host in ("audit.plant.example", f"localhost:{proxied}"):  # whether or not the proxy passes the name on
        assert websocket(proxied, origin=PUBLIC, host=host) == 101
        assert not any(websocket(proxied, origin=origin, host=host) == 101 for origin in strangers)
        assert ask(proxied, "/", headers={"Host": host})[0] == 200
    assert ask(proxied, "/", headers={"Host": "evil.example"})[0] == 421
    cookies = ask(proxied, "/_stcore/health", headers={"Host": "audit.plant.example"})[1]["set-cookie"]
    assert "Secure" in cookies and "HttpOnly" in cookies


def test_the_policy_of_the_page_allows_nothing_from_elsewhere(app: int) -> None:
    headers = ask(app, "/")[1]
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == rules["frame-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert not any(word in rule for rule in rules.values() for word in ("http", "*"))
    assert "'unsafe-inline'" not in rules["script-src"]
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_an_address_of_media_is_worth_nothing_by_itself(app: int) -> None:
    for cookie in ("", f"sparsemix_visit_{app}=" + "a" * 43, f"sparsemix_visit_{app}=x"):
        assert ask(app, f"/media/{'0' * 56}.svg", headers={"Cookie": cookie})[0] == 404


def test_attacks_notice_what_they_are_for(app: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        web_attacks, "ask", lambda *_, **__: (200, {"access-control-allow-origin": "*"}, b'{"allowedOrigins": ["x"]}')
    )
    monkeypatch.setattr(web_attacks, "websocket", lambda *_, **__: 101)
    for name in ("framing", "commands of foreign hosts", "foreign WebSocket", "DNS rebinding", "metrics", "odd bytes"):
        assert APP[name](app), name
