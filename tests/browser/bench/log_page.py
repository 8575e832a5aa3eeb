"""The log page: what a person waits for, with 100,000 lines in it: python -m tests.browser.bench.log_page --json FILE.

Rows of ``action``, ``n``, ``p50_ms`` and ``p95_ms``: opening a decision until verdict and lines are there, a frame while the
log is scrolled, Enter until the cause and its card are there, a chosen line until its pairs are there and until their effects
are, a text block for twenty people at once. Beside the rows: how often the script ran meanwhile, and the bytes of a first view.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Response, sync_playwright

from audit import AuditStore
from dashboard.service.decide.pipeline import analyse, load
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.drills.common import machine

WEIGHTS = ROOT / "sample_data" / "weights.safetensors"
_PEOPLE, _EACH = 20, 15
# Dispatches one wheel step a frame, and measures every frame.
_SCROLL = """async (frames) => {
  const grid = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean)
    .map((root) => root.querySelector("[role=grid]")).find(Boolean);
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < frames; frame++) {
    grid.dispatchEvent(new WheelEvent("wheel", { deltaY: 360, bubbles: true, cancelable: true, composed: true }));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""
_RUNS = """() => {
  window.runs = 0;
  const sent = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...given) { window.runs += 1; return sent.apply(this, given); };
}"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the report, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.bench.log_page", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium())
        report = measure(browser, options.events, options.rounds)
        browser.close()
    for row in report["rows"]:
        print(json.dumps(row), file=sys.stderr)
    options.json.write_text(json.dumps({"machine": machine(), "events": options.events} | report, indent=2) + "\n")
    return 0


def measure(browser: Browser, events: int, rounds: int) -> dict[str, Any]:
    """Return the rows, how often the script ran while they were measured, and the bytes of a first view."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "audit.db"
        decision, address, lines = _made(db, events)
        server = Server(db, WEIGHTS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            report = _alone(page, server.url, decision, lines, rounds)
            page.close()
            report["rows"].append(_row("text block, twenty people", _crowd(server.url + address, events)))
        finally:
            server.stop()
    return report


def _made(db: Path, events: int) -> tuple[str, str, list[int]]:
    """Record a decision; return its id, the beginning of its addresses, and lines of incidents that have a cause."""
    store = AuditStore(db)
    try:
        access, model = store.single_user("bench"), SparseMixModel.load(WEIGHTS)
        text = "\n".join(generate(PlantConfig(events=events, fault_rate=0.5), 5).lines)
        id = analyse(text.encode(), "long.log", model=model, access=access)
        case = access.case(id)
        told = load(store, id).summary.decision.details["incidents"]
        return id, f"/log/{id}/{case.entry_hash[:16]}", [one["lead"][0][1] for one in told if one["causes"]]
    finally:
        store.close()


def _alone(page: Page, url: str, decision: str, lines: list[int], rounds: int) -> dict[str, Any]:
    opened, sent = [], []
    for _ in range(rounds):
        bytes_of: list[int] = []

        def note(response: Response, into: list[int] = bytes_of) -> None:
            if "/log/" in response.url:
                into.append(int(response.headers.get("content-length", 0)))

        page.once("websocket", lambda socket, into=bytes_of: socket.on("framereceived", lambda data: into.append(len(data))))
        page.goto(url)
        page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")
        bytes_of.clear()
        page.on("response", note)
        begun = time.perf_counter()
        page.evaluate(f"history.replaceState(null, '', '/?decision={decision}')")
        page.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))")
        page.locator(".sparsemix-log .verdict h1").wait_for()
        page.locator(".sparsemix-log [role=row] >> text=INFO").first.wait_for()
        opened.append(1000 * (time.perf_counter() - begun))
        page.remove_listener("response", note)
        sent.append(sum(bytes_of))
    page.evaluate(_RUNS)
    frames = page.evaluate(_SCROLL, 300)[1:]
    cause, pairs, why = [], [], []
    for place in range(rounds):
        line = lines[place % len(lines)]
        begun = time.perf_counter()
        page.locator(f".sparsemix-log .incident-button:has-text('Line {line:,}')").first.click()
        page.locator(f".sparsemix-log .card-line b:has-text('{line:,}')").wait_for()
        page.locator(".sparsemix-log .card-list .pair-row").first.wait_for()
        pairs.append(1000 * (time.perf_counter() - begun))
        page.locator(".sparsemix-log .card-list :is(.raise, .lower)").first.wait_for()
        why.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        page.keyboard.press("Enter")
        page.locator(f".sparsemix-log .card-line b:not(:has-text('{line:,}'))").wait_for()
        page.locator(".sparsemix-log .card-list h2").first.wait_for()
        cause.append(1000 * (time.perf_counter() - begun))
    rows = [
        _row("decision opened until verdict and lines", opened),
        _row("frame while the log is scrolled", frames),
        _row("Enter until the cause and its card", cause),
        _row("line chosen until its pairs", pairs),
        _row("line chosen until their effects", why),
    ]
    return {"rows": rows, "runs_of_the_script": page.evaluate("window.runs"), "bytes_of_a_first_view": max(sent)}


def _crowd(base: str, events: int) -> list[float]:
    """Fetch blocks as twenty people do who scroll; return the milliseconds of each."""

    def one(person: int) -> list[float]:
        took = []
        for step in range(_EACH):
            begun = time.perf_counter()
            with urllib.request.urlopen(f"{base}/text/{(person * 17 + step * 5) % (events // 256)}") as answer:  # noqa: S310
                answer.read()
            took.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.2)
        return took

    with ThreadPoolExecutor(_PEOPLE) as pool:
        return [each for found in pool.map(one, range(_PEOPLE)) for each in found]


def _row(action: str, found: list[float]) -> dict[str, object]:
    p50, p95 = (round(float(np.percentile(found, share)), 1) for share in (50, 95))
    return {"action": action, "n": len(found), "p50_ms": p50, "p95_ms": p95}


if __name__ == "__main__":
    sys.exit(main())
