"""Media addresses: who may fetch them, and for how long.

A file's address is a hash of its content, and Streamlit serves the file to everybody who knows the address. This module serves
it only to browsers that were sent the address, and only while their tabs are open. A cookie that no script can read tells which
browser asks.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import splitext
from typing import Any

MEDIA = "/media/"
KEPT = 120  # seconds that Streamlit keeps the session of a tab without a connection
GRACE = KEPT + 60.0
_MOST = 5_000  # addresses of one tab
_MOST_CLOSED = 1_000  # tabs that were closed just now
# The fields of Streamlit's messages that hold an address. A text that a person typed is in none of them.
_FIELDS = {"url", "image", "icon_image", "favicon"}
_VISIT = re.compile(r"[A-Za-z0-9_-]{43}")


def new_visit() -> str:
    """Return a cookie for a browser that has none."""
    return secrets.token_urlsafe(32)


def is_visit(cookie: str | None) -> bool:
    """Return whether this can be such a cookie."""
    return cookie is not None and _VISIT.fullmatch(cookie) is not None


def media_name(path: str) -> str:
    """Return the name of the file that a media address means, without its ending, as Streamlit finds it."""
    return splitext(path.removeprefix(MEDIA))[0]


def addresses(message: Any) -> Iterator[str]:
    """Yield the media addresses in a message of protobuf's."""
    for about, value in message.ListFields():
        for one in _values(value):
            if isinstance(one, str):
                if about.name in _FIELDS and one.startswith(MEDIA):
                    yield one
            elif hasattr(one, "ListFields"):
                yield from addresses(one)


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        yield value
    else:
        yield from value.values() if hasattr(value, "values") else value


@dataclass(slots=True, eq=False)
class Tab:
    """The connection of a tab, and the media addresses that went over it. ``visit``: the browser's cookie."""

    visit: str | None
    names: dict[str, None] = field(default_factory=dict)
    closed_at: float | None = None

    def show(self, path: str) -> None:
        """Note an address that is sent to the tab."""
        self.names[media_name(path)] = None
        if len(self.names) > _MOST:
            del self.names[next(iter(self.names))]


class MediaAccess:
    """The tabs that are open, or were until just now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tabs: dict[Tab, None] = {}

    def open(self, visit: str | None, *, again: bool = False) -> Tab:
        """Note a tab of this browser; ``again``: it had lost its connection, and Streamlit does not repeat all that it has
        sent."""
        self._forget()
        tab = Tab(visit if is_visit(visit) else None)
        if again and tab.visit is not None:
            for closed in self._tabs:
                if closed.visit == tab.visit and closed.closed_at is not None:
                    tab.names |= closed.names
        self._tabs[tab] = None
        return tab

    def close(self, tab: Tab) -> None:
        """Note that a tab's connection has ended."""
        del self._tabs[tab]
        tab.closed_at = self._clock()
        self._tabs[tab] = None  # closed tabs in the order of their closing
        self._forget()

    def may_fetch(self, visit: str | None, path: str) -> bool:
        """Return whether a browser may fetch a media address."""
        if not is_visit(visit):
            return False
        self._forget()
        name = media_name(path)
        return any(tab.visit == visit and name in tab.names for tab in self._tabs)

    def _forget(self) -> None:
        closed = [tab for tab in self._tabs if tab.closed_at is not None]
        now = self._clock()
        for place, tab in enumerate(closed):
            if now - (tab.closed_at or 0.0) > GRACE or len(closed) - place > _MOST_CLOSED:
                del self._tabs[tab]
