"""`Streams`: the streams (WebSockets) that are open. Each costs the server files and a session, so their number is bounded, and
those of people who have not signed in keep nobody out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SILENT = 600.0  # seconds without a message, before a sign-in; the page connects again by itself


@dataclass(slots=True, eq=False)
class Stream:
    """A stream: whose it is, when its page was last ``heard``, and ``session``, the id of its session of Streamlit's.
    ``ended`` is done when it has to make room."""

    peer: str
    signed_in: bool
    session: str = ""
    heard: float = 0.0
    ended: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Streams:
    """At most ``most`` streams. Half of the places are for people who have signed in; of the others one address gets half."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._before = most, max(most // 2, 1)
        self._of_peer = max(self._before // 2, 1)
        self._clock = clock
        self._open: dict[Stream, None] = {}  # the one that was silent longest comes first

    def open(self, peer: str, *, signed_in: bool) -> Stream:
        """Open a stream. Where there is no place left, the one that has been silent longest ends: of those before a sign-in,
        if there is one."""
        before = [stream for stream in self._open if not stream.signed_in]
        own = [stream for stream in before if stream.peer == peer]
        if not signed_in and len(own) >= self._of_peer:
            self._end(own[0])
        elif not signed_in and len(before) >= self._before:
            self._end(before[0])
        elif len(self._open) >= self._most:
            self._end(before[0] if before else next(iter(self._open)))
        stream = Stream(peer, signed_in)
        self.hear(stream)
        return stream

    def hear(self, stream: Stream) -> None:
        """Note that a page has sent something."""
        stream.heard = self._clock()
        if not stream.ended.done():
            self._open.pop(stream, None)
            self._open[stream] = None

    def patience(self, stream: Stream) -> float:
        """Return for how many seconds a stream may stay silent yet; 0.0 when it was too long."""
        return SILENT if stream.signed_in else max(stream.heard + SILENT - self._clock(), 0.0)

    def close(self, stream: Stream) -> None:
        """Note that a stream has ended."""
        self._open.pop(stream, None)

    def _end(self, stream: Stream) -> None:
        self.close(stream)
        stream.ended.set_result(None)
