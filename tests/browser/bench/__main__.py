"""How fast the app answers, in a real Chromium: python -m tests.browser.bench --json FILE.

First the log page alone (``log``, as `log_page` measures it) and what tasks cost (``tasks``, ``heights``, as `tasks` counts).
Then rows of ``action``, ``events`` (of the decision looked at), ``users`` (at once), ``p50_ms`` and ``p95_ms`` (from the click
to the last change on the screen), ``server_p50_ms`` and ``server_p95_ms`` (until the server's last answer), ``bytes`` (most
that one action had sent). Beside the rows: errors, and the server's memory. The record is made anew in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.bench import alone, crowd, log_page, tasks
from tests.browser.bench.large import EVENTS, LEAST_PAIRS
from tests.browser.bench.measure import row
from tests.browser.bench.people import make_record, names, signed_in
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.browser.walker import WAIT
from tests.drills.common import machine

WEIGHTS = ROOT / "sample_data" / "weights.safetensors"


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the report, return the exit status."""
    options = _parser().parse_args(arguments)
    report: dict[str, object] = {"machine": machine()}
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        db = Path(folder) / "audit.db"
        decision, pairs = make_record(db, WEIGHTS, options.events, options.users, options.waiting)
        _tell(f"{options.events:,} lines, {pairs:,} pairs")
        if options.events >= EVENTS and pairs < LEAST_PAIRS:
            _tell(f"only {pairs:,} pairs: nothing is reported")
            return 1
        browser = launch(playwright, chromium())
        report["log"] = log_page.measure(browser, options.log_lines, options.rounds)
        report |= tasks.measure(browser)
        _tell(json.dumps(report))
        started = time.monotonic()
        server = Server(db, WEIGHTS)
        try:
            rows.append(_cold_start(browser, server, started))
            walker = signed_in(browser, server.url, names(1)[0])
            actions = alone.look(walker, decision, options.rounds) | alone.review(walker, options.rounds)
            walker.close()
            for action, found in actions.items():
                rows.append(row(action, options.events, 1, found))
                _tell(json.dumps(rows[-1]))
            many = crowd.gather(
                browser, server.url, decision, names(options.users), options.interactions, options.think, server.memory
            )
            for action, found in many.found.items():
                rows.append(row(action, options.events, options.users, found))
                _tell(json.dumps(rows[-1]))
            report |= {"errors": many.errors, "memory_mb": many.memory, "session_mb": round(many.session_mb, 1)}
            _tell(f"errors {many.errors}, memory in MB {many.memory}, {many.session_mb:.1f} a session")
        finally:
            browser.close()
            server.stop()
    options.json.write_text(json.dumps(report | {"rows": rows}, indent=2) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.bench", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--log-lines", type=int, default=100_000, help="lines of the log page's log; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=20, help="times that one person does each action; default: %(default)s")
    parser.add_argument("--users", type=int, default=20, help="people at once; default: %(default)s")
    parser.add_argument("--interactions", type=int, default=500, help="of all of them together; default: %(default)s")
    parser.add_argument(
        "--think", type=float, default=20.0, help="mean seconds between two of one person; default: %(default)s"
    )
    parser.add_argument("--waiting", type=int, default=300, help="decisions that wait for review; default: %(default)s")
    return parser


def _cold_start(browser: Browser, server: Server, started: float) -> dict[str, object]:
    """From the start of the process to a page that can be used."""
    page = browser.new_page()
    page.goto(server.url)
    expect(page.locator("[data-testid='stApp'][data-test-script-state='notRunning']")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button").first).to_be_visible(timeout=WAIT)
    took = round(1000 * (time.monotonic() - started))
    page.close()
    _tell(f"usable after {took} ms")
    return {"action": "cold start", "events": 0, "users": 1, "n": 1, "p50_ms": took, "p95_ms": took, "bytes": 0}


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
