"""`BoundedStream`: uvicorn's WebSocket connection, with an end to messages that never end, and to clients that do not read.

uvicorn keeps what has come of a message for as long as the connection lasts, and closes a connection only after its client has
read what was sent.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.service.web.connections import READING_SECONDS

ALLOW = "sparsemix.allow"  # the extension of a stream's scope that sets how many bytes a message may have
MESSAGE_SECONDS = 60.0  # for a message to arrive
MOST_UNFINISHED = 64 * 1024 * 1024  # bytes of all messages that are on their way
_MOST_FRAMES = 1_024  # of one message
_MOST_WAITING = 1_000  # messages of one client that the app has not taken yet
_CLOSING_SECONDS = 15.0


class BoundedStream(WebSocketsSansIOProtocol):
    """A connection whose messages arrive in time, and which ends when its client reads nothing. Of all that has come of
    unfinished messages at most ``MOST_UNFINISHED`` bytes are kept: the connection with most of them ends."""

    _unfinished: dict[BoundedStream, int] = {}  # noqa: RUF012 - of all connections
    _late: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _unread = 0

    def handle_connect(self, event: Any) -> None:
        """Begin, and let the app say how large a message may be."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast("dict[str, Any]", self.scope["extensions"])[ALLOW] = self.allow

    def allow(self, size: int) -> None:
        """Take messages of at most ``size`` bytes from now on."""
        self.conn.max_message_size = size

    def data_received(self, data: bytes) -> None:
        """Take bytes, and count what is there of a message that goes on."""
        super().data_received(data)
        size = len(self.conn.reader.buffer) + (self.conn.current_size or 0)
        if not size or self.disconnected:
            self._message_ended()
            return
        self._unfinished[self] = size
        if self._late is None:
            self._late = self.loop.call_later(MESSAGE_SECONDS, self._give_up)
        if sum(self._unfinished.values()) > MOST_UNFINISHED:
            max(self._unfinished, key=self._unfinished.__getitem__).transport.abort()

    def handle_cont(self, event: Any) -> None:
        """Take a part of a message."""
        super().handle_cont(event)
        if len(self.frames) > _MOST_FRAMES:
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on."""
        self._message_ended()
        super().send_receive_event_to_app()
        if self.queue.qsize() > _MOST_WAITING:
            self.transport.abort()

    def handle_ping(self) -> None:
        """Answer, but not somebody who does not read the answers."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        if self._stalled is None:
            self._stalled = self.loop.call_later(READING_SECONDS, self._look_at_reader)

    def resume_writing(self) -> None:
        """Go on: the client reads again."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def keepalive_timeout(self) -> None:
        """End a connection whose client does not answer."""
        super().keepalive_timeout()
        self._end_soon()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """End a connection that the app has left."""
        super().on_task_complete(task)
        self._end_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._message_ended()
        self.resume_writing()
        super().connection_lost(exc)

    def _message_ended(self) -> None:
        self._unfinished.pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self.read_paused:  # it is the app that lets it wait
            self._late = self.loop.call_later(MESSAGE_SECONDS, self._give_up)
        else:
            self.transport.abort()

    def _look_at_reader(self) -> None:
        self._stalled = None
        left = self.transport.get_write_buffer_size()
        if left >= self._unread:
            self.transport.abort()
            return
        self._unread = left
        self._stalled = self.loop.call_later(READING_SECONDS, self._look_at_reader)

    def _end_soon(self) -> None:
        if not self.disconnected:
            self.loop.call_later(_CLOSING_SECONDS, self.transport.abort)
