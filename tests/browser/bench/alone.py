"""One person: at the map of a large decision (open it, switch heads, go into a region, look at a pair), then reviewing."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

import numpy as np
from playwright.sync_api import expect

from tests.browser.bench.measure import Measured, measured
from tests.browser.walker import PANELS, WAIT, Walker

_TABLE = "[class*='st-key-selection_pairs_'] [data-testid='stDataFrame']"
_ROW = 33  # pixels of a row of the table


def look(walker: Walker, decision: str, rounds: int, seed: int = 0) -> dict[str, list[Measured]]:
    """Measurements by action. The first visit comes first and once: nothing is in memory yet."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Measured]] = defaultdict(list)
    page = walker.page
    walker.open("analyse", decision=decision)

    def open_panel(name: str) -> Measured:
        return measured(walker, walker.key("panel").get_by_role("radio").nth(PANELS.index(name)).click)

    found["first open"].append(open_panel("selection"))
    for turn in range(rounds):
        open_panel("about")
        found["open"].append(open_panel("selection"))
        layer, head = 1 + turn % 2, 2 + turn % 3  # never the one that is shown at first
        found["switch head"].append(measured(walker, partial(choose_head, walker, f"{layer}.{head}")))
        # On the diagonal, where every head has pairs.
        edge = rng.uniform(0.1, 0.6)
        found["drill down"].append(measured(walker, partial(walker.drag_box, edge, edge, edge + 0.3, edge + 0.3)))
        table = page.locator(_TABLE)
        expect(table).to_be_visible()
        position = {"x": 18, "y": 1.5 * _ROW + _ROW * int(rng.integers(5))}
        found["pair detail"].append(measured(walker, partial(table.click, position=position)))
        found["back"].append(measured(walker, walker.key("selection_reset").get_by_role("button").click))
    return found


def choose_head(walker: Walker, head: str) -> None:
    """Choose a head by its number."""
    walker.key("selection_head").locator("input").click()
    walker.page.get_by_role("option", name=f"{head} ·").click()


def review(walker: Walker, rounds: int) -> dict[str, list[Measured]]:
    """Measurements of approving, one decision after the other, by keyboard."""
    found: dict[str, list[Measured]] = defaultdict(list)
    walker.open("review")
    walker.press("review_next")
    walker.settle()
    expect(walker.key("choose_approve")).to_be_visible(timeout=WAIT)
    for _ in range(rounds):
        found["approve"].append(measured(walker, partial(walker.page.keyboard.press, "a")))
        found["review, next item"].append(measured(walker, partial(walker.page.keyboard.press, "Control+Enter")))
    return found
