"""Cookies that no script can read: a page has one set over a route of its own beside streamlit's. No streamlit here.

    ticket = TICKETS.issue(Cookie("sparsemix_8501", token, 43_200))    # in the page's run, on the server
    POST /session {"ticket": ...}                                      # by the page in the browser: sets the cookie

A run of a page answers no HTTP request of its own, so it cannot set a cookie. The browser gets a ticket instead: random, valid
for one use within a minute. The cookie itself is HttpOnly and SameSite=Strict. A session's token never appears in an address or
in a page.
"""

from __future__ import annotations

import json
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/session"
_GOOD_FOR = 60.0  # seconds
_MOST_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set for ``seconds``. An empty value removes it; with ``only``, only while it still has that value."""

    name: str
    value: str
    seconds: int = 0
    only: str = ""


class Tickets:
    """The tickets that were issued and not used yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._open: TTLCache[str, tuple[Cookie, ...]] = TTLCache(math.inf, _GOOD_FOR, clock)

    def issue(self, *cookies: Cookie) -> str:
        """Issue a ticket for these cookies."""
        ticket = secrets.token_hex(32)
        with self._lock:
            self._open[ticket] = cookies
        return ticket

    def is_open(self, ticket: str) -> bool:
        """Return whether a ticket can still be used."""
        with self._lock:
            return ticket in self._open

    def redeem(self, ticket: str) -> tuple[Cookie, ...] | None:
        """Return the cookies of a ticket, once; None for a ticket that was never issued, was used, or is too old."""
        with self._lock:
            return self._open.pop(ticket, None)


TICKETS = Tickets()


async def exchange(request: Request) -> Response:
    """Set the cookies of a ticket in the browser. `dashboard.service.web.guard` has checked the request's origin."""
    refused = Response(status_code=403, headers={"Cache-Control": "no-store"})
    try:
        if int(request.headers.get("content-length") or _MOST_BYTES + 1) > _MOST_BYTES:
            return refused
        ticket = json.loads(await request.body())["ticket"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return refused
    cookies = TICKETS.redeem(ticket) if isinstance(ticket, str) else None
    if cookies is None:
        return refused
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    for cookie in cookies:
        # Another tab may have signed in anew meanwhile.
        if cookie.only and request.cookies.get(cookie.name) != cookie.only:
            continue
        answer.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.seconds,
            path="/",
            httponly=True,
            samesite="strict",
            # The scheme that the browser uses, also when a proxy in front of this server ends TLS.
            secure=request.headers["origin"].startswith("https:"),
        )
    return answer


ROUTES = (Route(PATH, exchange, methods=["POST"]),)
