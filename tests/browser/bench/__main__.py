"""How fast the app answers, in a real Chromium: python -m tests.browser.bench --json FILE.

Rows of ``action``, ``events`` (of the decision looked at), ``users`` (at once), ``p50_ms`` and ``p95_ms`` (from the click to
the last change on the screen), ``server_p50_ms`` and ``server_p95_ms`` (until the server's last answer), ``bytes`` (most that
one action had sent). The record is made anew in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.bench import alone
from tests.browser.bench.large import EVENTS, LEAST_PAIRS, record_large
from tests.browser.bench.measure import WATCH, row
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.browser.walker import Walker

WEIGHTS = ROOT / "sample_data" / "weights.safetensors"


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the report, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.bench", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=20, help="times that each action is done; default: %(default)s")
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        db = Path(folder) / "audit.db"
        decision, pairs = record_large(db, WEIGHTS, options.events)
        print(f"{options.events:,} lines, {pairs:,} pairs", file=sys.stderr, flush=True)
        if options.events >= EVENTS and pairs < LEAST_PAIRS:
            print(f"only {pairs:,} pairs: nothing is reported", file=sys.stderr)
            return 1
        server = Server(db, WEIGHTS)
        browser = launch(playwright, chromium())
        try:
            context = browser.new_context(viewport={"width": 1440, "height": 1000})
            context.add_init_script(path=WATCH)
            walker = Walker(context, server.url)
            for action, found in alone.look(walker, decision, options.rounds).items():
                rows.append(row(action, options.events, 1, found))
                print(rows[-1], file=sys.stderr, flush=True)
        finally:
            browser.close()
            server.stop()
    options.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
