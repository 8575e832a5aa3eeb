"""The addresses themselves: whose rights count, what is said where nothing can be shown, and what a browser may keep."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from audit import AuditError, Denied, NotFound, SignInFailed, StoreUnavailable, Tampered
from dashboard.service.common.turns import LONG
from dashboard.service.log import routes
from dashboard.service.log.routes import CONNECTED, ROUTES, Opened, Refused

ID, ENTRY, KNOWN, OTHER = "a" * 32, "b" * 16, "c" * 16, "d" * 16
PATIENCE = 30.0
ADDRESS = f"/log/{ID}/{ENTRY}"


@dataclass
class _Opening:
    """Opens one decision for some tokens, each of another person."""

    error: AuditError | None = None
    begun: Callable[[], None] = lambda: None
    go: threading.Event = field(default_factory=threading.Event)
    lacks: list[str] = field(default_factory=list)
    wanted: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)

    def opened(self, token: str | None, decision_id: str) -> Opened:
        if token not in (KNOWN, OTHER):
            raise SignInFailed("sign in")
        if self.error is not None:
            raise self.error
        return Opened(decision_id, ENTRY + "0" * 48, token)

    def size(self, _decision: Any) -> int:
        return LONG

    def missing(self, _decision: Any, _what: str, _asked: Mapping[str, str]) -> list[str]:
        self.wanted.release()
        return list(self.lacks)

    def prepare(self, _decision: Any, part: str, _progress: Callable[[float, str], None]) -> None:
        self.begun()
        assert self.go.wait(PATIENCE)
        self.asked.append((part, -1, {}))
        self.lacks.clear()

    def answer(
        self, decision: Any, what: str, number: int, asked: Mapping[str, str], progress: Callable[[float, str], None]
    ) -> bytes | Mapping[str, object]:
        self.asked.append((what, number, dict(asked)))
        if asked.get("q") == "(":
            raise Refused(routes.HTTPStatus.UNPROCESSABLE_ENTITY, "bad", "why")
        if asked.get("q") == "slow":
            self.begun()
            assert self.go.wait(PATIENCE)
        if what == "overlay":
            self.begun()
            while True:
                progress(0.0, "")
        return b"\1\0\0\0" if what == "find" else {"of": decision, "what": what, "text": "<b>é</b>"}


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> _Opening:
    made = _Opening()
    for name, value in (
        ("opening", made),
        ("cookie", "session"),
        ("answers", type(CONNECTED)().answers),
        ("lanes", type(CONNECTED)().lanes),
    ):
        monkeypatch.setattr(CONNECTED, name, value)
    return made


@pytest.fixture
def client(opening: _Opening) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=list(ROUTES)), cookies={"session": KNOWN}) as made:
        yield made
    opening.go.set()


def test_what_is_asked_comes_compressed_and_once_computed(client: TestClient, opening: _Opening) -> None:
    first, second = client.get(f"{ADDRESS}/text/3"), client.get(f"{ADDRESS}/text/3")
    assert first.json() == second.json() == {"of": ID, "what": "text", "text": "<b>é</b>"}
    assert first.headers["content-encoding"] == "gzip" and first.headers["content-type"] == "application/json"
    assert opening.asked == [("text", 3, {})]
    assert client.get(f"{ADDRESS}/find?q=a").content == b"\1\0\0\0"


def test_no_browser_keeps_what_may_be_erased(client: TestClient, opening: _Opening) -> None:
    assert client.get(f"{ADDRESS}/overview").headers["cache-control"] == "private, no-store"
    opening.error = NotFound("erased")
    assert client.get(f"{ADDRESS}/overview").status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("x"), 404, "gone"),
        (Denied("x"), 403, "hidden"),
        (Tampered("x"), 409, "tampered"),
        (StoreUnavailable("x"), 503, "unavailable"),
        (SignInFailed("x"), 401, "signed_out"),
    ],
)
def test_what_cannot_be_shown_has_a_word_that_nobody_keeps(
    error: AuditError, status: int, code: str, client: TestClient, opening: _Opening
) -> None:
    opening.error = error
    answer = client.get(f"{ADDRESS}/line/4")
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert "no-store" in answer.headers["cache-control"] and not opening.asked


def test_nothing_is_given_without_a_session_or_before_the_app_has_run(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.cookies.clear()
    assert client.get(f"{ADDRESS}/overview").status_code == 401
    monkeypatch.setattr(CONNECTED, "opening", None)
    assert client.get(f"{ADDRESS}/overview").status_code == 503


@pytest.mark.parametrize("address", [f"/log/{ID}/{'c' * 16}/overview", f"/log/{ID}/{ENTRY[:-1]}/overview", "/log/x/y/overview"])
def test_the_address_of_another_entry_is_no_address(address: str, client: TestClient, opening: _Opening) -> None:
    assert client.get(address).status_code in (404, 409) and not opening.asked


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "1e3", "x"])
def test_a_number_that_is_none_is_none_of_anything(number: str, client: TestClient, opening: _Opening) -> None:
    client.get(f"{ADDRESS}/line/{number}")
    assert [place for _, place, _ in opening.asked] == [-1]


def test_the_word_for_a_bad_request_says_why(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}/find?q=(")
    assert (answer.status_code, answer.json()) == (422, {"error": "bad", "why": "why"})


def test_effects_are_computed_and_answered(client: TestClient, opening: _Opening) -> None:
    assert client.get(f"{ADDRESS}/why/9").json()["what"] == "why"
    assert client.get(f"{ADDRESS}/without?event=9&key=4").json()["what"] == "without"
    assert opening.asked == [("why", 9, {}), ("without", -1, {"event": "9", "key": "4"})]


@pytest.mark.parametrize(
    ("address", "status", "why"),
    [
        ("overview?x=1", 400, "unknown parameter 'x'; overview has no parameters"),
        ("without?event=9&key=4&keys=5", 400, "unknown parameter 'keys'; without may have event, key"),
        ("text/0?q=a", 400, "unknown parameter 'q'; text has no parameters"),
        ("overview/1", 404, "there is nothing under this address"),
        ("secrets", 404, "there is nothing under this address"),
    ],
)
def test_what_no_address_takes_is_refused(address: str, status: int, why: str, client: TestClient, opening: _Opening) -> None:
    answer = client.get(f"{ADDRESS}/{address}")
    assert (answer.status_code, answer.json()) == (status, {"error": "bad", "why": why}) and not opening.asked


def test_a_question_has_one_form(client: TestClient, opening: _Opening) -> None:
    for asked in ("q=a&level=INFO", "level=INFO&q=a", "q=a&source=&level=INFO", "q=b&q=a&level=INFO"):
        assert client.get(f"{ADDRESS}/find?{asked}").status_code == 200
    client.get(f"{ADDRESS}/text/3")
    client.get(f"{ADDRESS}/text/03")
    assert opening.asked == [("find", -1, {"q": "a", "level": "INFO"}), ("text", 3, {})]


def test_what_ten_ask_at_once_is_prepared_and_computed_once(client: TestClient, opening: _Opening) -> None:
    opening.lacks.append("index")
    browsers = ThreadPoolExecutor(10)
    answers = [browsers.submit(client.get, f"{ADDRESS}/overview") for _ in range(10)]
    for _ in range(10):
        assert opening.wanted.acquire(timeout=PATIENCE)
    assert client.portal is not None
    client.portal.call(asyncio.sleep, 0)  # the last of them waits by now, too
    opening.go.set()
    assert {answer.result().status_code for answer in answers} == {200}
    assert opening.asked == [("index", -1, {}), ("overview", -1, {})]


def test_a_line_of_another_does_not_wait_for_forty_searches(client: TestClient, opening: _Opening) -> None:
    begun = threading.Semaphore(0)
    opening.begun = begun.release
    searches = ThreadPoolExecutor(40)
    found = [searches.submit(client.get, f"{ADDRESS}/find?q=slow&kind={kind}") for kind in range(40)]
    for _ in range(2):
        assert begun.acquire(timeout=PATIENCE)
    line = client.get(f"{ADDRESS}/line/4", headers={"Cookie": f"session={OTHER}"})
    assert line.json()["what"] == "line" and not any(one.done() for one in found)
    assert not begun.acquire(blocking=False)
    opening.go.set()
    assert {one.result().status_code for one in found} == {200}


def test_work_ends_when_nobody_waits_for_it_any_more(opening: _Opening) -> None:
    async def asked() -> list[MutableMapping[str, Any]]:
        begun, sent = asyncio.Event(), list[MutableMapping[str, Any]]()
        loop = asyncio.get_running_loop()
        opening.begun = lambda: loop.call_soon_threadsafe(begun.set) and None

        async def receive() -> dict[str, str]:
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": f"{ADDRESS}/overlay/4", "query_string": b"", "root_path": ""}
        await Starlette(routes=list(ROUTES))(scope | {"headers": [(b"cookie", f"session={KNOWN}".encode())]}, receive, send)
        return sent

    assert asyncio.run(asked())[0]["status"] == 503
