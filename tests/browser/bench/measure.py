"""One action in a real browser, measured: milliseconds on the server, until all is on the screen, and bytes on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.browser.walker import WAIT, Walker

WATCH = Path(__file__).with_name("watch.js")
QUIET = 300
"""Milliseconds without any change, after which an action counts as done; not part of what is measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``server``: from the click's message to the last answer, ``screen``: from the click to the last change of the page
    (both milliseconds); ``bytes`` that the browser was sent."""

    server: float
    screen: float
    bytes: int


def begin(walker: Walker) -> None:
    """An action starts now."""
    walker.page.evaluate("bench.begin()")


def settled(walker: Walker) -> bool:
    """Whether everything that it set off is over."""
    return bool(walker.page.evaluate(f"bench.settled({QUIET})"))


def result(walker: Walker) -> Measured:
    """What was measured of it."""
    found = walker.page.evaluate("bench.result()")
    return Measured(found["server"], found["screen"], int(found["bytes"]))


def measured(walker: Walker, act: Callable[[], object]) -> Measured:
    """Do something and wait until the page is quiet."""
    begin(walker)
    act()
    walker.page.wait_for_function(f"bench.settled({QUIET})", timeout=WAIT)
    walker.check()
    return result(walker)


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
