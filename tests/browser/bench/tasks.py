"""What a task costs a person at 1280 x 800: clicks, keys, and pixels scrolled outside the log; and how high the pages are.

A task that does not end with what was wanted on the screen stops the benchmark: nothing is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from audit import AuditStore
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.browser.server import ROOT, Server
from tests.browser.walker import PANELS, WAIT, Walker

_LOG = ROOT / "sample_data" / "logs" / "faulty.log"
_STILL = 4_000  # milliseconds
_SIZE: ViewportSize = {"width": 1280, "height": 800}
_SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"
_HEIGHT = "() => document.querySelector('[data-testid=stMain]').scrollHeight"


@dataclass
class Hand:
    """A visitor whose clicks, keys and scrolling are counted."""

    walker: Walker
    decision: str
    counts: dict[str, int] = field(default_factory=lambda: {"clicks": 0, "keys": 0, "pixels": 0})

    @property
    def page(self) -> Page:
        """The page in front of it."""
        return self.walker.page

    def click(self, target: Locator) -> None:
        """Click, and count how far the page had to be scrolled for it."""
        expect(target).to_be_visible()
        before = self.page.evaluate(_SCROLLED)
        target.scroll_into_view_if_needed()
        self.counts["pixels"] += round(abs(self.page.evaluate(_SCROLLED) - before))
        self.counts["clicks"] += 1
        target.click()

    def choose(self, field: Locator, option: str) -> None:
        """Open a list and choose from it: two clicks."""
        self.counts["clicks"] += 2
        field.select_option(option)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.counts["keys"] += 1
            self.page.keyboard.press(key)

    def line(self) -> str:
        """The chosen line, as the card names it."""
        return str(self.page.locator(".card-line header b").inner_text())

    def menu(self, name: str) -> None:
        """Open a menu above the log."""
        self.click(self.page.locator(".bar .menu", has_text=name).locator("summary"))


def _opened(hand: Hand, page: str = "analyse", **query: str) -> None:
    hand.walker.open(page, decision=hand.decision, lang="en", **query)
    expect(hand.page.locator(".row .number").first).not_to_be_empty()


def _first_broke(hand: Hand) -> None:
    _opened(hand)
    hand.click(hand.page.get_by_role("button", name="In order of lines"))
    first = hand.page.locator(".incident-button").first
    hand.click(first)
    expect(hand.page.locator(".card-list .pair-row").first).to_be_visible()
    expect(first.locator("xpath=following-sibling::p[contains(@class, 'why')]")).to_be_in_viewport()


def _strange(hand: Hand) -> None:
    _opened(hand)
    for part in (".incident-button", ".incidents .why", ".row .text"):
        expect(hand.page.locator(part).first).to_be_in_viewport()


def _judged(hand: Hand) -> None:
    _opened(hand, "review")
    if not hand.page.locator(".row.chosen").count():
        hand.click(hand.page.locator(".incident-button").first)
    expect(hand.page.locator(".card-list .pair-row").nth(1)).to_be_visible()
    hand.press("1", "1", "1", "a")
    hand.walker.settle()
    hand.press("Control+Enter")
    expect(hand.page).not_to_have_url(re.compile(hand.decision), timeout=WAIT)


def _between_stations(hand: Hand) -> None:
    _opened(hand)
    hand.choose(hand.page.get_by_label("Source", exact=True), "ST05")
    expect(hand.page.locator(".count")).to_contain_text("found")
    hand.menu("Filter")
    hand.choose(hand.page.get_by_label("That read lines of"), "ST11")
    expect(hand.page.locator(".row", has_text="ST11").first).to_be_visible()


def _cause_of_cause(hand: Hand) -> None:
    _opened(hand)
    hand.click(hand.page.locator(".incident-button", has=hand.page.locator("xpath=..//*[contains(@class, 'cause')]")).first)
    expect(hand.page.locator(".card-list .pair-row").first).to_be_visible()
    seen = [hand.line()]
    for _ in range(2):
        hand.press("Enter")
        expect(hand.page.locator(".card-line header b")).not_to_have_text(seen[-1])
        expect(hand.page.locator(".card-list h2").first).to_be_visible()
        seen.append(hand.line())
    if len(set(seen)) != len(seen):
        raise ValueError(f"the chain came back: {seen}")


def _handed_over(hand: Hand) -> None:
    _opened(hand, line="1742", **{"with": "1624"})
    expect(hand.page.locator(".row.chosen .number")).to_be_in_viewport()
    expect(hand.page.locator(".card-pair")).to_contain_text("It read line 1,624")
    hand.counts["pixels"] += round(hand.page.evaluate(_SCROLLED))


def _picture(hand: Hand) -> None:
    _opened(hand, line="1742")
    hand.page.locator(".grid").focus()
    with hand.page.expect_download():
        hand.press("s")


TASKS: dict[str, Callable[[Hand], None]] = {
    "which line first broke, and why": _first_broke,
    "what is strange in a log": _strange,
    "lines of a station that read lines of another": _between_stations,
    "effect, its cause, the cause of that": _cause_of_cause,
    "hand the view to a colleague": _handed_over,
    "take the picture home": _picture,
    "judge three pairs, approve, next": _judged,
}


def measure(browser: Browser) -> dict[str, object]:
    """Do every task on a decision of the sample log; return what each took, and the heights of the pages in pixels."""
    weights = ROOT / "sample_data" / "weights.safetensors"
    with TemporaryDirectory() as folder:
        db = Path(folder) / "audit.db"
        store = AuditStore(db)
        text, model, access = _LOG.read_bytes(), SparseMixModel.load(weights), store.single_user("bench")
        # The one that is judged leaves the queue, so another one has to wait.
        analyse(text, "next.log", model=model, access=access)
        decision = analyse(text, _LOG.name, model=model, access=access)
        store.close()
        server = Server(db, weights)
        try:
            heights = _heights(browser, server.url, decision)
            return {"tasks": _done(browser, server.url, decision), "heights": heights}
        finally:
            server.stop()


def _done(browser: Browser, url: str, decision: str) -> dict[str, dict[str, int]]:
    done = {}
    for name, task in TASKS.items():
        hand = Hand(Walker(browser.new_context(viewport=_SIZE, accept_downloads=True), url), decision)
        task(hand)
        hand.walker.close()
        done[name] = hand.counts
    return done


def _heights(browser: Browser, url: str, decision: str) -> dict[str, int]:
    walker = Walker(browser.new_context(viewport=_SIZE), url)
    heights = {}
    for panel in PANELS:
        walker.open("analyse", decision=decision, panel=panel)
        heights[f"panel {panel}"] = _height(walker)
    for page in ("review", "record", "data", "monitor", "team"):
        walker.open(page)
        heights[page] = _height(walker)
    walker.close()
    return heights


def _height(walker: Walker) -> int:
    """Return how high a page is once it no longer grows: explanations are computed in the background."""
    height, seen = 0, -1
    while height != seen:
        seen = height
        walker.page.wait_for_timeout(_STILL)
        walker.settle()
        height = round(walker.page.evaluate(_HEIGHT))
    return height
