"""Many people at once, each in a browser profile of their own: some at the map of the large decision, some reviewing.

One thread drives them all: it starts an action in one page, goes on to the next, and asks each page again until it is quiet.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from playwright.sync_api import Browser, TimeoutError, expect

from tests.browser.bench.alone import choose_head
from tests.browser.bench.measure import QUIET, Measured, begin, result, settled
from tests.browser.bench.people import PASSWORD, signed_in
from tests.browser.walker import WAIT, Walker

_AGAIN = 5.0  # seconds after which something that could not be done is tried again
_LOST = 3 * WAIT / 1000  # seconds after which an action counts as an error


@dataclass(slots=True)
class Session:
    """One person: what they do next, when, and what is under way."""

    walker: Walker
    steps: list[tuple[str, Callable[[], object]]]
    due: float
    turn: int = 0
    running: str | None = None
    began: float = 0.0


@dataclass(slots=True)
class Crowd:
    """What came out: measurements by action, errors, the server's memory (MB) after every hundredth interaction, and by how
    much it had grown for each session when all had arrived."""

    session_mb: float
    found: dict[str, list[Measured]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def gather(
    browser: Browser, url: str, decision: str, people: list[str], interactions: int, think: float, memory: Callable[[], float]
) -> Crowd:
    """Sign everybody in, then let them work until ``interactions`` are done; ``think``: mean seconds between two of one
    person. Every second one reviews, the others look."""
    rng, before = np.random.default_rng(0), memory()
    sessions = [_arrive(browser, url, decision, login, review=bool(n % 2)) for n, login in enumerate(people)]
    crowd, done = Crowd((memory() - before) / len(people), memory=[memory()]), 0
    for session in sessions:
        session.due = time.monotonic() + rng.exponential(think)
    while done < interactions:
        for session in sessions:
            now = time.monotonic()
            if session.running is None:
                if now >= session.due:
                    _start(session, crowd)
                continue
            if settled(session.walker):
                crowd.found[session.running].append(result(session.walker))
            elif now - session.began < _LOST:
                continue
            else:
                crowd.errors.append(f"{session.running}: no end within {_LOST:.0f} s")
            crowd.errors += session.walker.problems
            session.walker.problems.clear()
            session.running, session.due = None, now + rng.exponential(think)
            done += 1
            if done % 100 == 0:
                crowd.memory.append(memory())
        time.sleep(0.01)
    for session in sessions:
        session.walker.close()
    return crowd


def _start(session: Session, crowd: Crowd) -> None:
    name, act = session.steps[session.turn % len(session.steps)]
    session.turn += 1
    begin(session.walker)
    session.running, session.began = name, time.monotonic()
    try:
        act()
    except TimeoutError as error:
        crowd.errors.append(f"{name}: {str(error).splitlines()[0]}")
        session.running, session.due = None, session.began + _AGAIN


def _arrive(browser: Browser, url: str, decision: str, login: str, *, review: bool) -> Session:
    walker = signed_in(browser, url, login)
    walker.open("review" if review else "analyse", **({} if review else {"decision": decision, "panel": "selection"}))
    walker.page.wait_for_timeout(QUIET)
    walker.page.set_default_timeout(1000 * _AGAIN)
    return Session(walker, _reviewing(walker) if review else _looking(walker), 0.0)


def _looking(walker: Walker) -> list[tuple[str, Callable[[], object]]]:
    box = (0.2, 0.2, 0.5, 0.5)
    return [
        ("switch head", partial(choose_head, walker, "1.4")),
        ("drill down", lambda: walker.drag_box(*box)),
        ("back", walker.key("selection_reset").get_by_role("button").click),
        ("switch head", partial(choose_head, walker, "1.2")),
        ("switch head", partial(choose_head, walker, "1.3")),
    ]


def _reviewing(walker: Walker) -> list[tuple[str, Callable[[], object]]]:
    walker.press("review_next")
    walker.settle()
    expect(walker.key("choose_approve")).to_be_visible(timeout=WAIT)
    return [
        ("approve", walker.key("choose_approve").get_by_role("button").click),
        ("review, next item", lambda: walker.sign("review_submit", PASSWORD)),
    ]
