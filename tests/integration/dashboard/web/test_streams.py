"""Streams on a real connection: messages that do not arrive, and clients that do not read."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from dashboard.service.web import frames
from dashboard.service.web.connections import LIMITS
from dashboard.service.web.frames import ALLOW, BoundedStream

Opened = Callable[[], ClientConnection]


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Repeat what comes; "big" is answered with 20 MB; "more" lets messages have a megabyte."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        data = message["bytes"]
        if data == b"more":
            scope["extensions"][ALLOW](2**20)
        await send({"type": "websocket.send", "bytes": b"x" * 20_000_000 if data == b"big" else data})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[uvicorn.Server]:
    """Serve the app."""
    monkeypatch.setattr(frames, "MESSAGE_SECONDS", 1.2)
    monkeypatch.setattr(frames, "READING_SECONDS", 0.5)
    settings: dict[str, Any] = LIMITS | {"ws": BoundedStream, "ws_max_size": 1_000, "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(_echo, host="127.0.0.1", port=0, ws_per_message_deflate=False, **settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield server
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def opened(server: uvicorn.Server) -> Iterator[Opened]:
    """Open streams."""
    port = server.servers[0].sockets[0].getsockname()[1]
    with ExitStack() as stack:

        def open_one() -> ClientConnection:
            client = connect(f"ws://127.0.0.1:{port}", max_size=None, compression=None, ping_interval=None, close_timeout=0.1)
            return stack.enter_context(client)

        yield open_one


def closed(stream: ClientConnection, seconds: float = 5.0) -> bool:
    """Whether the server ends a stream in time."""
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            stream.recv(timeout=max(end - time.monotonic(), 0.01))
    except TimeoutError:
        return False
    except ConnectionClosed:
        return True
    return False


def begin(stream: ClientConnection, size: int, sent: int) -> None:
    """Send a part of a message."""
    stream.socket.sendall(b"\x82\xff" + struct.pack(">Q", size) + bytes(4) + b"x" * sent)


def test_messages_may_be_as_large_as_the_app_allows(opened: Opened) -> None:
    stream = opened()
    for message in (b"x" * 1_000, b"more", b"x" * 2**20):
        stream.send(message)
        assert stream.recv() == message
    begin(stream, 2**20 + 1, 100)
    assert closed(stream)
    before = opened()
    begin(before, 1_001, 10)
    assert closed(before)


def test_a_message_that_does_not_arrive_is_not_waited_for(opened: Opened) -> None:
    slow, steady = opened(), opened()
    begin(slow, 900, 10)
    for _ in range(16):  # one after another: each is whole in time
        begin(steady, 100, 50)
        time.sleep(0.1)
        steady.socket.sendall(b"x" * 50)
        assert steady.recv() == b"x" * 100
    assert closed(slow) and not closed(steady, 1.5)


def test_all_that_is_on_its_way_has_a_bound(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_UNFINISHED", 1_500)
    first, second = opened(), opened()
    begin(first, 1_000, 900)
    begin(second, 1_000, 800)
    assert closed(first, 0.4) and not closed(second, 0.05)


@pytest.mark.parametrize("frame", [b"\x00\x80\0\0\0\0", b"\x00\x81\0\0\0\0x"])
def test_a_message_in_crumbs_ends_the_stream(opened: Opened, frame: bytes) -> None:
    stream = opened()
    stream.socket.sendall(b"\x02\x80\0\0\0\0" + frame * 1_100)
    assert closed(stream, 0.4)


def test_a_client_that_does_not_read_is_left_and_one_that_reads_gets_it_all(server: uvicorn.Server, opened: Opened) -> None:
    reads = opened()
    reads.send(b"big")
    assert len(reads.recv()) == 20_000_000
    port = server.servers[0].sockets[0].getsockname()[1]
    request = (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", port))) as wire:
        wire.sendall(request.encode())
        wire.recv(4_096)
        wire.sendall(b"\x82\x83\0\0\0\0big")
        wire.settimeout(0.1)
        end = time.monotonic() + 5
        with pytest.raises(ConnectionError):
            while time.monotonic() < end:
                wire.sendall(b"\x89\xfd\0\0\0\0" + b"x" * 125)  # whose answers are not read either
                time.sleep(0.02)
    reads.send(b"after")
    assert reads.recv() == b"after"
