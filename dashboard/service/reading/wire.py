"""Frames between the app and the process that reads: JSON values, bytes, the share of the work done, an error, the end.

A frame is a letter, a length of four bytes and its content. Nothing is unpickled or executed, whatever a process sends that a
hostile file has taken over; anything but a frame raises `WireError`.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

VALUE, BYTES, SHARE, ERROR, END = b"V", b"B", b"S", b"E", b"Z"
MOST_IN_FRAME = 4 * 1024 * 1024
_HEAD = struct.Struct("<cI")
_CHUNK = 256 * 1024
_LOOKED = 0.3  # seconds
_KINDS = (VALUE, BYTES, SHARE, ERROR, END)
Look = Callable[[float], None]
"""Is told the share of the work done again and again, and may raise to end it."""


class WireError(Exception):
    """The other end sent something other than a complete answer."""


class FrameTooLarge(Exception):  # noqa: N818 - what is said of the value
    """A value is larger than a frame."""


class Wire:
    """One end of a connection. ``until``: the time by the monotonic clock after which nothing is waited for; None: for ever.
    Raises `TimeoutError` at that time, and `WireError` where the other end sends no frame or has gone."""

    def __init__(self, end: socket.socket, until: float | None = None, look: Look = lambda _share: None) -> None:
        self._end, self._until, self._look, self._share = end, until, look, 0.0

    def send(self, value: object, kind: bytes = VALUE) -> None:
        """Send a value that JSON has. Raises `FrameTooLarge`."""
        # Names may hold what is no text in any encoding.
        self._send(kind, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes of any number; the other end has to know how many."""
        view = memoryview(data)
        for start in range(0, len(view), MOST_IN_FRAME):
            self._send(BYTES, view[start : start + MOST_IN_FRAME])

    def end(self) -> None:
        """Send that this was all."""
        self._send(END, b"")

    def receive(self) -> tuple[bytes, Any]:
        """Return the kind of the next frame and its value."""
        kind, content = self._frame()
        if kind == BYTES:
            return kind, content
        try:
            return kind, None if kind == END else json.loads(content.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise WireError("the frame does not hold JSON") from error

    def receive_bytes(self, size: int) -> bytes:
        """Return so many bytes from the next frames."""
        parts = BytesIO()
        while parts.tell() < size:
            kind, content = self._frame()
            if kind != BYTES or not content or parts.tell() + len(content) > size:
                raise WireError("bytes are missing")
            parts.write(content)
        return parts.getvalue()

    def values(self) -> Iterator[Any]:
        """Yield the values until the end. Raises `ErrorAnswer` for an error."""
        while (found := self.receive())[0] != END:
            if found[0] == ERROR:
                raise ErrorAnswer(found[1])
            if found[0] == SHARE and isinstance(found[1], float) and 0.0 <= found[1] <= 1.0:
                self._share = found[1]
            elif found[0] == VALUE:
                yield found[1]
            else:
                raise WireError("something else stands where a value should")

    def finish(self, values: Iterator[Any]) -> None:
        """Raise `WireError` unless ``values`` are at their end."""
        for _ in values:
            raise WireError("more values than were asked for")

    def _send(self, kind: bytes, content: bytes | memoryview) -> None:
        if len(content) > MOST_IN_FRAME:
            raise FrameTooLarge
        self._wait()
        try:
            self._end.sendall(_HEAD.pack(kind, len(content)))
            self._end.sendall(content)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise WireError("the other end has gone") from error

    def _frame(self) -> tuple[bytes, bytes]:
        kind, size = _HEAD.unpack(self._exactly(_HEAD.size))
        if kind not in _KINDS or size > MOST_IN_FRAME:
            raise WireError("what came is not a frame")
        return kind, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            self._wait(_LOOKED)
            try:
                part = self._end.recv(min(size - len(content), _CHUNK))
            except TimeoutError:
                continue
            except ConnectionResetError as error:
                raise WireError("the other end has gone") from error
            if not part:
                raise WireError("the other end has gone")
            content += part
        return bytes(content)

    def _wait(self, most: float | None = None) -> None:
        self._look(self._share)
        if self._until is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._end.settimeout(left if most is None else min(left, most))


class ErrorAnswer(Exception):  # noqa: N818 - what became of the request
    """The other end answered with an error; ``said`` holds it."""

    def __init__(self, said: Any) -> None:
        super().__init__("refused")
        self.said = said
