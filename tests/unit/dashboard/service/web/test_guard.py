"""The guard in front of an app: what it lets through, and what it adds to and takes from the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.service.web import uploads
from dashboard.service.web.guard import Guard
from dashboard.service.web.origins import Address
from dashboard.service.web.visitors import Visitor, Visitors

PICTURE, TABLE = "/media/1.svg", "/media/2.csv"
OWN = {"Origin": "http://testserver"}


@dataclass
class Served:
    client: TestClient
    alive: set[str | None]
    visitors: Visitors


async def _file(request: Request) -> Response:
    attachment = {"Content-Disposition": "attachment"} if request.url.path == TABLE else {}
    return Response(b"content", headers=attachment | {"Access-Control-Allow-Origin": "*"})


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    message = ForwardMsg()
    message.logo.image, message.logo.icon_image = PICTURE, TABLE
    await socket.send_bytes(message.SerializeToString())
    await socket.receive_bytes()


async def _plain(_request: Request) -> Response:
    return Response(b"plain")


async def _taken(request: Request) -> Response:
    return Response(str(len(await request.body())))


@pytest.fixture
def served() -> Iterator[Served]:
    alive: set[str | None] = {"token"}
    visitors = Visitors()
    app = Starlette(
        routes=[
            Route("/media/{name}", _file),
            WebSocketRoute("/_stcore/stream", _stream),
            Route("/_stcore/health", _plain),
            Route("/_stcore/metrics", _plain),
            Route("/_stcore/upload_file/{session}/{file}", _taken, methods=["PUT", "POST", "DELETE"]),
            Route("/", _plain, methods=["GET", "POST"]),
        ]
    )
    guard = Guard(
        app,
        Address("testserver", "http://testserver"),
        {b"x-frame-options": b"DENY"},
        port=7,
        streams=8,
        visitors=visitors,
        person=lambda token: token if token in alive else None,
        kept=dict,
        parsed=ForwardMsg.FromString,
    )
    with TestClient(guard) as client:
        yield Served(client, alive, visitors)


def test_files_are_for_the_tab_and_for_as_long_as_the_session_lasts(served: Served) -> None:
    client = served.client
    assert client.get(PICTURE).status_code == 404
    cookie = client.get("/_stcore/health").headers["set-cookie"]
    assert cookie.startswith("sparsemix_visit_7=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "set-cookie" not in client.get("/_stcore/health").headers
    with client.websocket_connect("/_stcore/stream", headers=OWN) as socket:
        socket.receive_bytes()
        shown = client.get(PICTURE)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, no-store")
        assert "access-control-allow-origin" not in shown.headers
        assert client.get(TABLE).status_code == 403  # nobody is signed in
        client.cookies.set("sparsemix_7", "token")
        assert client.get(TABLE).content == b"content"
        served.alive.clear()
        ended = client.get(TABLE)
        assert ended.status_code == 403 and b"content" not in ended.content and ended.headers["x-frame-options"] == "DENY"
        visit = client.cookies["sparsemix_visit_7"]
        client.cookies.clear()
        assert client.get(PICTURE).status_code == 404
        client.cookies.set("sparsemix_visit_7", visit)
        assert client.get(PICTURE).status_code == 200
        socket.send_bytes(BackMsg(stop_script=True).SerializeToString())


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": "http://testserver:1"}]
)
def test_pages_of_others_get_no_stream_and_change_nothing(served: Served, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        served.client.websocket_connect("/_stcore/stream", headers=headers),
    ):
        pass
    assert served.client.post("/", headers=headers).status_code == 403
    assert served.client.post("/", headers=OWN).status_code == 200


def test_only_visits_come_from_pages_of_others(served: Served) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert served.client.get("/", headers=visit).status_code == 200
    for changed in (
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "same-site"},
    ):
        assert served.client.get("/", headers=visit | changed).status_code == 403


def test_other_names_and_closed_paths(served: Served) -> None:
    assert served.client.get("/", headers={"Host": "evil.example"}).status_code == 421
    for path in ("/_stcore/metrics", "/_stcore/", "/_stcore/stream/x", "/_stcore/agent/mcp", "/_stcore/healthy"):
        refused = served.client.get(path)
        assert refused.status_code == 404 and refused.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_files_come_from_people_who_have_signed_in(served: Served, method: str) -> None:
    def status(session: str) -> int:
        return served.client.request(method, f"/_stcore/upload_file/{session}/1", content=b"content", headers=OWN).status_code

    assert status("a") == 403
    # They have signed in over the stream, and the cookie is still on its way.
    served.visitors.put("a", Visitor(True, "token"))
    assert status("a") == 200 and status("b") == 403
    served.visitors.put("a", Visitor(True, "too old"))
    served.visitors.put("c", Visitor(False))
    assert status("a") == status("c") == 403
    served.client.cookies.set("sparsemix_7", "token")
    assert status("a") == status("b") == status("c") == 200


def test_files_come_only_as_long_as_there_is_room(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.client.cookies.set("sparsemix_7", "token")
    address = "/_stcore/upload_file/a/1"
    monkeypatch.setattr(uploads, "MOST", 100_000)
    assert served.client.put(address, content=b"x" * 90_000, headers=OWN).content == b"90000"
    full = served.client.put(address, content=b"x" * 110_000, headers=OWN)
    assert full.status_code == 507 and b"no room" in full.content and full.headers["x-frame-options"] == "DENY"
    monkeypatch.setattr(uploads, "MOST_OF_PERSON", 80_000)
    assert served.client.put(address, content=b"x" * 90_000, headers=OWN).status_code == 413
