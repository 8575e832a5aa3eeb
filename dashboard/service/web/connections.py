"""`BoundedConnection`: uvicorn's HTTP connection, with an end to everything that a client can do slowly.

uvicorn waits for ever for the rest of a header, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
READING_SECONDS = 60.0  # for a client to go on reading its answer
MOST_HEADER_BYTES = 16 * 1024
MOST_CHUNKS = 1 / 32  # for each byte of a body: each chunk costs the event loop some 20 microseconds
MOST_CONNECTIONS = 800  # below the usual limit of 1,024 files, of which the record needs some

_SHORT = 1024  # bytes that arrive together
_CHUNK = re.compile(rb"\r\n0*[0-9A-Fa-f]{1,2}(?:;[^\r\n]*)?(?=\r\n)")


class BoundedConnection(H11Protocol):
    """A connection whose request has to arrive within ``HEADER_SECONDS``. Of more than ``most_waiting`` that have none, the
    oldest is closed, so that a flood of them keeps nobody else out."""

    most_waiting = 256
    _waiting: dict[BoundedConnection, asyncio.TimerHandle] = {}  # noqa: RUF012 - of all connections, in the order of their coming
    _stalled: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._served, self.app = self.app, self._serve

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and stop waiting once they make a request."""
        if self._is_in_drops(data):
            self._give_up()
            return
        super().data_received(data)
        upgraded = self.transport.get_protocol() is not self  # it is a WebSocket's now
        if upgraded or (self.cycle is not None and not self.cycle.response_complete):
            self._stop_waiting()
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for a client that does not read its answer, but not for ever."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client reads again."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, unless its header is too long: h11 bounds a header only as long as its end has not come."""
        if _header_bytes(scope) > MOST_HEADER_BYTES:
            answer = PlainTextResponse(f"The header has more than {MOST_HEADER_BYTES} bytes.", 431, {"Connection": "close"})
            await answer(scope, receive, send)
        else:
            await self._served(scope, receive, send)

    def _should_upgrade(self) -> bool:
        return _header_bytes(self.scope) <= MOST_HEADER_BYTES and super()._should_upgrade()

    def _is_in_drops(self, data: bytes) -> bool:
        """Return whether these bytes are of a body in chunks of a few bytes: they are made to keep the event loop busy."""
        if len(data) < _SHORT:
            return False
        headers = self.scope["headers"] if self.scope is not None else []
        chunked = any(name == b"transfer-encoding" for name, _ in headers) or b"chunked" in data[:MOST_HEADER_BYTES].lower()
        return chunked and len(_CHUNK.findall(data)) > MOST_CHUNKS * len(data)

    def _await_request(self) -> None:
        if self in self._waiting or self.transport.is_closing():
            return
        self._waiting[self] = self.loop.call_later(HEADER_SECONDS, self._give_up)
        if len(self._waiting) > self.most_waiting:
            next(iter(self._waiting))._give_up()

    def _give_up(self) -> None:
        # Without a word: browsers open connections ahead of need, and take what comes for an answer.
        self._stop_waiting()
        self.transport.close()

    def _stop_waiting(self) -> None:
        timer = self._waiting.pop(self, None)
        if timer is not None:
            timer.cancel()


def _header_bytes(scope: Mapping[str, Any]) -> int:
    """Return the bytes of a request before its body, as they are usually written."""
    lines = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
    return len(f"{scope['method']}  HTTP/1.1\r\n\r\n") + len(scope["raw_path"]) + len(scope["query_string"]) + lines


LIMITS: dict[str, Any] = {
    "http": BoundedConnection,
    "h11_max_incomplete_event_size": MOST_HEADER_BYTES,
    "limit_concurrency": MOST_CONNECTIONS,
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": 10,
    "server_header": False,
    # A header of a client must not name another address of it.
    "proxy_headers": False,
    "access_log": False,
    "log_level": "warning",
}
"""The settings of uvicorn that the app and the gate API share."""
