"""Cookies by ticket: one use, within a minute, only for the server's own pages, and out of reach of scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.service.sign_in.tickets import PATH, ROUTES, TICKETS, Cookie, Tickets
from dashboard.service.web.guard import Guard
from dashboard.service.web.origins import Address
from dashboard.service.web.visitors import Visitors

ORIGIN = {"Origin": "http://testserver"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    routes = Starlette(routes=list(ROUTES))
    app = Guard(routes, Address(""), {}, port=1, streams=1, visitors=Visitors(), person=lambda _: None, kept=dict, parsed=bytes)
    with TestClient(app) as opened:
        yield opened


def test_a_ticket_is_good_once_and_for_a_minute() -> None:
    now = 0.0
    tickets = Tickets(lambda: now)
    cookie = Cookie("a", "secret", 60)
    first, second = tickets.issue(cookie), tickets.issue(cookie)
    assert first != second
    assert "secret" not in first
    assert tickets.redeem(first) == (cookie,)
    assert tickets.redeem(first) is None
    now = 61.0
    assert tickets.redeem(second) is None
    assert tickets.redeem("made up") is None


def test_the_browser_gets_a_cookie_that_no_script_reads(client: TestClient) -> None:
    answer = client.post(PATH, json={"ticket": TICKETS.issue(Cookie("sparsemix_1", "token", 100))}, headers=ORIGIN)
    assert answer.status_code == 204
    assert answer.headers["cache-control"] == "no-store"
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert parts == {"sparsemix_1=token", "httponly", "samesite=strict", "path=/", "max-age=100"}
    secure = client.post(PATH, json={"ticket": TICKETS.issue(Cookie("a", "b", 1))}, headers={"Origin": "https://testserver"})
    assert "secure" in secure.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": "http://testserver.evil.example"}, {"Origin": ""}],
)
def test_other_sites_are_refused_and_use_no_ticket_up(client: TestClient, headers: dict[str, str]) -> None:
    ticket = TICKETS.issue(Cookie("a", "b", 1))
    refused = client.post(PATH, json={"ticket": ticket}, headers=headers)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert client.post(PATH, json={"ticket": ticket}, headers=ORIGIN).status_code == 204
    assert client.post(PATH, json={"ticket": ticket}, headers=ORIGIN).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"ticket": 7}',
        b'{"ticket": "x"}',
        b"\xff",
        b" " * 2_000,
        b"[" * 1_000,
        b'{"ticket": "\\ud800"}',
        b"\xfe\xff",
    ],
)
def test_nonsense_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post(PATH, content=body, headers=ORIGIN).status_code == 403
    assert client.get(PATH).status_code == 405


def test_a_dead_cookie_is_removed_only_while_it_is_the_one_in_place(client: TestClient) -> None:
    for present, removed in (("dead", True), ("fresh", False)):
        client.cookies.set("sparsemix_1", present)
        ticket = TICKETS.issue(Cookie("sparsemix_1", "", only="dead"))
        answer = client.post(PATH, json={"ticket": ticket}, headers=ORIGIN)
        assert ("max-age=0" in answer.headers.get("set-cookie", "").lower()) is removed
        client.cookies.clear()
