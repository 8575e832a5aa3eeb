"""Pictures of every page, made anew, for README.md and the documentation::

    python -m tests.browser.screenshots [--out FOLDER]

A record with sample data is made for them, so they show what the app does now. Chromium draws them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import drifting_record, operating_record, sample_record
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.browser.walker import MAP, WAIT, Walker

WIDTH, HEIGHT = 1280, 800
COLOURS = 256


def main(arguments: list[str] | None = None) -> int:
    """Make all pictures; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description="Draw the pictures of the docs.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder (default: docs)")
    out = parser.parse_args(arguments).out
    found = chromium()
    if found is None:
        print("no Chromium found: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 2
    (out / "pages").mkdir(parents=True, exist_ok=True)
    weights = ROOT / "sample_data" / "weights.safetensors"
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright, found)
        db = Path(folder) / "audit.db"
        decision = sample_record.fill(db, weights)
        with _served(db, weights) as server:
            _draw(browser, server, decision, out)
        # Its figures need weeks of operation.
        operated = Path(folder) / "operation.db"
        operating_record.fill(operated)
        with _served(operated, weights) as server:
            walker = _visitor(browser, server, "en", "light")
            walker.open("monitor", lang="en")
            _save(walker, out / "pages" / "monitor.png")
            walker.close()
        # And of a change, a week before it.
        drifted = Path(folder) / "drift.db"
        drifting_record.fill(drifted, weights)
        with _served(drifted, weights) as server:
            walker = _visitor(browser, server, "en", "light")
            walker.open("monitor", lang="en")
            walker.page.get_by_role("radio", name="Drift").click()
            # The drawing's script comes later than the page.
            expect(walker.key("drift_level").locator(".main-svg").first).to_be_visible(timeout=WAIT)
            walker.settle()
            _save(walker, out / "pages" / "drift.png")
            walker.close()
    return 0


@contextmanager
def _served(db: Path, weights: Path) -> Iterator[Server]:
    server = Server(db, weights)
    try:
        yield server
    finally:
        server.stop()


def _draw(browser: Browser, server: Server, decision: str, out: Path) -> None:
    walker = _visitor(browser, server, "en", "light")
    for page, prepare in PICTURES.items():
        walker.open(page, decision=decision, lang="en")
        prepare(walker)
        _save(walker, out / "pages" / f"{page}.png")
    walker.close()
    walker = _visitor(browser, server, "ja", "dark")
    walker.open("selection", decision=decision, lang="ja")
    _look(walker)
    _save(walker, out / "pages" / "selection-ja-dark.png")
    walker.close()


def _visitor(browser: Browser, server: Server, language: str, theme: str) -> Walker:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        locale="ja-JP" if language == "ja" else "en-GB",
        reduced_motion="reduce",
    )
    walker = Walker(context, server.url)
    sample_record.sign_in(walker, language)
    return walker


def _read(walker: Walker) -> None:
    """The first incident, and the strongest of its pairs with its effect."""
    walker.choose_incident()
    walker.page.locator(".pair-row.read").first.click()
    expect(walker.page.locator(".card-pair dl")).to_contain_text("→", timeout=WAIT)
    walker.settle()


def _nothing(walker: Walker) -> None:
    walker.settle()


def _look(walker: Walker) -> None:
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()


def _explain(walker: Walker) -> None:
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    walker.settle()


def _take(walker: Walker) -> None:
    if walker.key("take_review").count():
        walker.press("take_review")
    expect(walker.key("review_actions")).to_be_visible()
    walker.settle()
    _read(walker)


def _sample(walker: Walker) -> None:
    walker.press("data_sample")
    expect(walker.key("data_set")).to_be_visible(timeout=WAIT)
    expect(walker.key("train")).to_be_visible(timeout=WAIT)
    walker.settle()


PICTURES: dict[str, Callable[[Walker], None]] = {
    "analyse": _read,
    "selection": _look,
    "explain": _explain,
    "review": _take,
    "record": _nothing,
    "data": _sample,
    "team": _nothing,
}


def _save(walker: Walker, path: Path) -> None:
    """In few colours, which text and maps need no more of, so that the repository stays small."""
    page = walker.page
    # What was pressed last would look different from what was not.
    page.mouse.move(WIDTH - 2, 2)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.fonts.ready")
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
