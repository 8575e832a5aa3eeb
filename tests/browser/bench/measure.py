"""One action in a real browser, measured: milliseconds on the server, until all is on the screen, and bytes on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.browser.walker import WAIT, Walker

WATCH = Path(__file__).with_name("watch.js")
_QUIET = 300  # milliseconds without any change, after which an action counts as done; not part of what is measured


@dataclass(frozen=True, slots=True)
class Measured:
    """``server``: from the click's message to the last answer, ``screen``: from the click to the last change of the page
    (both milliseconds); ``bytes`` that the browser was sent."""

    server: float
    screen: float
    bytes: int


def measured(walker: Walker, act: Callable[[], object]) -> Measured:
    """Do something and wait until the page is quiet."""
    page = walker.page
    page.evaluate("bench.begin()")
    act()
    page.wait_for_function(f"bench.settled({_QUIET})", timeout=WAIT)
    walker.check()
    found = page.evaluate("bench.result()")
    return Measured(found["server"], found["screen"], int(found["bytes"]))


def row(action: str, events: int, users: int, found: list[Measured]) -> dict[str, object]:
    """A row of the report: ``p50_ms``, ``p95_ms`` on the screen, the same on the server, largest ``bytes``."""
    screen, server = ([getattr(one, name) for one in found] for name in ("screen", "server"))
    return {
        "action": action,
        "events": events,
        "users": users,
        "n": len(found),
        "p50_ms": round(float(np.percentile(screen, 50))),
        "p95_ms": round(float(np.percentile(screen, 95))),
        "server_p50_ms": round(float(np.percentile(server, 50))),
        "server_p95_ms": round(float(np.percentile(server, 95))),
        "bytes": max(one.bytes for one in found),
    }
