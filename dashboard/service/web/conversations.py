"""`Conversations`: what a page and Streamlit say over a stream: what the one may ask, and what the other shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.service.web.frames import ALLOW
from dashboard.service.web.media import MEDIA, MediaAccess, Tab, addresses
from dashboard.service.web.messages import MOST_BYTES, MOST_BYTES_BEFORE, admitted
from dashboard.service.web.streams import Stream, Streams
from dashboard.service.web.visitors import Visitors

_AGAIN_LATER, _BYTES_ONLY, _TOO_LARGE = 1013, 1003, 1009
_CLOSING_SECONDS = 5.0


class Conversations:
    """The streams of the app. ``person``: whose session has this token, None for nobody's; ``parsed``: reads a message that
    Streamlit sends to a page."""

    def __init__(
        self,
        app: ASGIApp,
        streams: Streams,
        visitors: Visitors,
        media: MediaAccess,
        *,
        person: Callable[[str | None], str | None],
        parsed: Callable[[bytes], Any],
    ) -> None:
        self._app, self._streams, self._visitors, self._media = app, streams, visitors, media
        self._person, self._parsed = person, parsed

    async def hold(
        self, scope: Scope, receive: Receive, send: Send, *, visit: str | None, token: str | None, session: str
    ) -> None:
        """Serve a stream to its end. ``visit``, ``token``: of the browser's cookies; ``session``: Streamlit's, to which the
        page comes back, or empty."""
        # Its cookie may be older than what a run of the app has told of this session.
        known = self._visitors.get(session)
        signed_in = known.signed_in if known else await run_in_threadpool(self._person, token) is not None
        stream = self._streams.open((scope.get("client") or ("", 0))[0], signed_in=signed_in)
        tab = self._media.open(visit, again=bool(session))
        _allow(scope, stream)
        try:
            await self._app(scope, self._asked(receive, send, stream), self._told(scope, send, stream, tab))
        finally:
            self._media.close(tab)
            self._streams.close(stream)

    def _asked(self, receive: Receive, send: Send, stream: Stream) -> Receive:
        """Return what Streamlit hears from a page."""
        begun = False

        async def ended(code: int) -> Message:
            if not stream.ended.done():
                stream.ended.set_result(None)
            with suppress(TimeoutError):  # a client that does not read
                await asyncio.wait_for(send({"type": "websocket.close", "code": code}), _CLOSING_SECONDS)
            return {"type": "websocket.disconnect", "code": code}

        async def asked() -> Message:
            nonlocal begun
            if not begun:
                begun = True
                return await receive()
            while True:
                message = await self._next(receive, stream)
                if message is None:
                    return await ended(_AGAIN_LATER)
                if message["type"] != "websocket.receive":
                    return message
                self._streams.hear(stream)
                data = message.get("bytes")
                if data is None:
                    return await ended(_BYTES_ONLY)
                if len(data) > _most(stream):
                    return await ended(_TOO_LARGE)
                taken = admitted(data, signed_in=stream.signed_in)
                if taken is not None:
                    return {"type": "websocket.receive", "bytes": taken}

        return asked

    async def _next(self, receive: Receive, stream: Stream) -> Message | None:
        """Wait for a page's next message; None when its stream has to end."""
        waiting: asyncio.Future[Message] = asyncio.ensure_future(receive())
        try:
            while not waiting.done():
                patience = self._streams.patience(stream)
                if stream.ended.done() or patience <= 0.0:
                    return None
                futures: set[asyncio.Future[Any]] = {waiting, stream.ended}
                await asyncio.wait(futures, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result()
        finally:
            waiting.cancel()

    def _told(self, scope: Scope, send: Send, stream: Stream, tab: Tab) -> Send:
        """Return the way of what Streamlit says to a page."""
        found = False

        async def told(message: Message) -> None:
            nonlocal found
            data = message.get("bytes")
            if data is not None and (not found or MEDIA.encode() in data):
                read = self._parsed(data)
                session = read.new_session.initialize.session_id
                stream.session, found = session or stream.session, found or bool(session)
                for path in addresses(read):
                    tab.show(path)
            visitor = self._visitors.get(stream.session)
            if visitor is not None and visitor.signed_in is not stream.signed_in:
                stream.signed_in = visitor.signed_in
                _allow(scope, stream)
            if not stream.ended.done():
                await send(message)

        return told


def _most(stream: Stream) -> int:
    return MOST_BYTES if stream.signed_in else MOST_BYTES_BEFORE


def _allow(scope: Scope, stream: Stream) -> None:
    """Tell the connection how large a message may be."""
    allow = scope.get("extensions", {}).get(ALLOW)
    if allow is not None:
        allow(_most(stream))
