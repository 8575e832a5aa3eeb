"""How long a foreign log takes to a verdict: python -m tests.browser.bench.first_verdict --json FILE.

A log of a system that no weights know is dropped into the running app, in a real Chromium on the same cores, the button is
pressed as soon as it is there, and the clock stops when the verdict stands on the page. Rows of ``lines``, ``n``, ``p50_s`` and
``largest_s``. A verdict without named lines or without incidents ends the command without a report.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from audit import open_store
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.browser.walker import WAIT, Walker
from tests.drills.common import machine

WEIGHTS = ROOT / "sample_data" / "weights.safetensors"
_USERS = ("root", "admin", "oracle", "kato", "moreau", "test")
_ODD = "fatal: Write failed: Broken pipe [preauth]"


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the report, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.bench.first_verdict", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    parser.add_argument("--lines", default="200,2000,10000,50000", help="default: %(default)s")
    parser.add_argument("--times", type=int, default=5, help="files of each length; default: %(default)s")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        db = Path(folder) / "audit.db"
        browser, server = launch(playwright, chromium()), Server(db, WEIGHTS)
        try:
            walker = Walker(browser.new_context(viewport={"width": 1280, "height": 800}, locale="en"), server.url)
            for lines in map(int, options.lines.split(",")):
                took = []
                for number in range(options.times):
                    path = Path(folder) / f"sshd-{lines}-{number}.log"
                    path.write_text("".join(sshd_log(lines, number)), encoding="utf-8")
                    walker.open("analyse", lang="en")
                    took.append(_seconds(walker, path))
                    if not _has_incidents(db, walker.decision()):
                        print("a verdict without named lines or pairs: nothing is reported", file=sys.stderr)
                        return 1
                took.sort()
                rows.append(
                    {"lines": lines, "n": len(took), "p50_s": round(took[len(took) // 2], 1), "largest_s": round(took[-1], 1)}
                )
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
            walker.close()
        finally:
            browser.close()
            server.stop()
    options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n", encoding="utf-8")
    return 0


def _seconds(walker: Walker, path: Path) -> float:
    if walker.another_file().count():
        walker.another_file().click()
    box = walker.page.get_by_test_id("stFileUploaderDropzoneInput")
    expect(box).to_be_attached()
    started = time.monotonic()
    box.set_input_files(path)
    walker.press("start")
    expect(walker.key("verdict")).to_be_visible(timeout=WAIT)
    took = time.monotonic() - started
    walker.settle()
    return took


def _has_incidents(db: Path, decision: str) -> bool:
    store = open_store(db)
    try:
        details = store.decision(decision).details
        return bool(details["flagged"]) and bool(details["incidents"])
    finally:
        store.close()


def sshd_log(lines: int, seed: int) -> Iterator[str]:
    """Return a log of an SSH server: sessions of a few lines each, and three lines of a kind of their own near the end."""
    rng, now, pid = random.Random(seed), datetime(2026, 3, 2, 6, 0, 0), 2_000  # noqa: S311 - a made-up log
    odd = {lines * 9 // 10 + step * max(1, lines // 40) for step in range(3)}
    written = 0
    while written < lines:
        pid += rng.randint(1, 4)
        user, address = rng.choice(_USERS), f"10.{rng.randint(0, 9)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
        port = rng.randint(32_000, 61_000)
        if rng.random() < 0.4:
            said = [f"Accepted publickey for {user} from {address} port {port} ssh2", f"session opened for user {user}"]
            said += [f"session closed for user {user}"]
        else:
            said = [f"Invalid user {user} from {address}", f"Failed password for {user} from {address} port {port} ssh2"]
            said += [f"Received disconnect from {address}: 11: Bye Bye [preauth]"]
        for message in said[: lines - written]:
            now += timedelta(seconds=rng.choice((0, 0, 1, 1, 2, 5)))
            text = _ODD if written in odd else message
            yield f"{now:%b} {now.day:2} {now:%H:%M:%S} gate sshd[{pid}]: {text}\n"
            written += 1


if __name__ == "__main__":
    sys.exit(main())
