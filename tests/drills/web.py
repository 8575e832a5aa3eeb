"""Attacks on a served app and a served gate: over the network, and by pages of other sites in a real browser.

    python -m tests.drills web --json

The app is started as people start it, once for one user and once with accounts, and so is the gate. The attacks are those of
the suite (`tests.support.dashboard.web_attacks` and `.stream_attacks`, `tests.browser.web_attacks`). The drill fails when one
works. ``flood``: refused requests with a viewer's token, and the entries that they left.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Callable
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from audit import Role
from audit.records.canonical import parse
from tests.browser import sample_record, web_attacks
from tests.browser.conftest import chromium, launch
from tests.browser.server import ROOT, Server
from tests.drills.common import Json, Place, admit, each, opened, say
from tests.drills.gate import served_gate
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.stream_attacks import BEFORE_SIGN_IN, first_account
from tests.support.dashboard.web_attacks import APP, ask, half_open, huge_headers, refusals, slow_uploads

NO_BROWSER = "no Chromium: apt-get install chromium"
_ENTRIES = 40  # of a flood of refusals at most
_WEIGHTS = ROOT / "sample_data" / "weights.safetensors"


def drill(arguments: Namespace) -> Json:
    """Attack the app once, and a gate on every store."""
    found = _app(arguments.every)
    gate = each(arguments, lambda place: _gate(place, arguments), durable=False)
    not_tried = found.pop("not_tried") | gate["not_tried"]
    return {"ok": not found["worked"] and gate["ok"], **found, "stores": gate["stores"], "not_tried": not_tried}


def _app(every: int) -> Json:
    tried: dict[str, bool] = {}
    numbers = count(1)
    not_tried: Json = {}

    def attack(name: str, do: Callable[[], bool]) -> None:
        if next(numbers) % every:
            return
        tried[name] = do()
        say(f"app, {name}: {'IT WORKED' if tried[name] else 'refused'}")

    with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder, sync_playwright() as playwright:
        program = chromium()
        if program is None:
            not_tried["browser"] = NO_BROWSER
        browser = launch(playwright, program) if program else None
        alone = Server(Path(folder) / "alone.db", _WEIGHTS)
        try:
            for name, over_the_network in APP.items():
                attack(name, lambda do=over_the_network: do(alone.port))  # type: ignore[misc]
            for name, in_a_browser in web_attacks.ALONE.items() if browser else ():
                attack(name, lambda do=in_a_browser: do(browser, alone.url))  # type: ignore[misc]
        finally:
            alone.stop()
        first_account(Path(folder) / "accounts.db")
        team = Server(Path(folder) / "accounts.db", _WEIGHTS)
        try:
            for name, without_account in BEFORE_SIGN_IN.items():
                attack(name, lambda do=without_account: do(team.port))  # type: ignore[misc]
        finally:
            team.stop()
        if browser:
            attack("media of somebody else, and after the session", lambda: _media(browser, Path(folder)))
            browser.close()
    return {"attacks": len(tried), "worked": [name for name, worked in tried.items() if worked], "not_tried": not_tried}


def _media(browser: Browser, folder: Path) -> bool:
    db = folder / "team.db"
    decision = sample_record.fill(db, _WEIGHTS)
    server = Server(db, _WEIGHTS)
    try:
        return web_attacks.media(browser, server.url, sample_record.sign_in, decision)
    finally:
        server.stop()


def _gate(place: Place, arguments: Namespace) -> Json:
    url = place.copy()
    with opened(url) as store:
        root = store.access(admit(store, "root", Role.ADMIN))
        slow, other = ({"Authorization": f"Bearer {root.tokens.issue(n, (Role.SERVICE,), days=1).token}"} for n in ("a", "b"))
        screen = {"Authorization": f"Bearer {root.tokens.issue('screen', (Role.VIEWER,), days=1).token}"}
        before = store.head().size
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as state, served_gate(url, state, 64, 1) as base:
        port = int(base.rpartition(":")[2])
        refused = refusals(port, "/v1/sequences?name=x", screen, arguments.refusals)
        attacks = {
            "huge headers": lambda: huge_headers(port),
            "slow bodies": lambda: slow_uploads(
                port,
                "/v1/sequences?name=a",
                slow,
                lambda: ask(port, "/v1/sequences?name=b", "POST", headers=other, body=LOG)[0],
            ),
            "half-open headers": lambda: half_open(port),
        }
        chosen = list(attacks.items())[:: arguments.every]
        worked = {name: attack() for name, attack in chosen}
    with opened(url) as store:
        denied = [entry for entry in store.entries(after=before) if entry.type == "denied"]
        told = sum(int(str(parse(store.sealed(entry.seq).payload).get("times", 1))) for entry in denied)
        verified = store.verify().ok
    place.drop(url)
    flood = {"refused": refused, "entries": len(denied), "told": told}
    held = refused == arguments.refusals == told and len(denied) <= _ENTRIES
    say(f"{place.kind}: {worked}, {flood}")
    return {
        "ok": not any(worked.values()) and held and verified,
        "attacks": len(worked) + 1,
        "worked": [name for name, done in worked.items() if done] + ([] if held else ["flood of refusals"]),
        "flood": flood,
        "verified": verified,
    }
