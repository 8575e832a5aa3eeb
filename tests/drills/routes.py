"""The addresses of the log page under one person's hands: what a line of somebody else waits meanwhile, over HTTP.

    python -m tests.drills routes --json

The app serves a long log to people with sessions of their own. Ten ask at once for its overview, which nobody has asked for
before; then one looks for many times of day at once, and leaves many more behind; another asks for lines all the while. The
drill fails where a line waits longer than `TARGET`, an answer is wrong, or an unknown parameter is taken.
"""

from __future__ import annotations

import gzip
import http.client
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from audit import AuditStore, Role
from tests.browser.server import ROOT, Server
from tests.drills.common import Json, admit, figures, say
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import random_head, trace

TARGET = 1.0
_WEIGHTS = ROOT / "sample_data" / "weights.safetensors"
_DAY = 86_400  # lines, one a second
_HEADS, _PAIRS = 4, 4  # of the selection, and pairs of a line in each
_PATIENCE = 600.0
_BEGUN = 0.5  # seconds after which what was asked is under way
# A page tells the addresses how decisions are opened; here none is shown.
_SERVED = """
import sys
from dashboard import serving
from dashboard.service.log.routes import CONNECTED
from dashboard.shared import log_connection
CONNECTED.opening, CONNECTED.cookie = log_connection._opening(), f"sparsemix_{sys.argv[2]}"
serving.main(sys.argv[1:])
"""


class _Addresses:
    """The addresses of one decision at a served app."""

    def __init__(self, port: int, base: str) -> None:
        self._port, self._base = port, base

    def asked(self, token: str, what: str) -> http.client.HTTPConnection:
        """Ask, and do not wait for the answer."""
        connection = http.client.HTTPConnection("localhost", self._port, timeout=_PATIENCE)
        connection.request("GET", f"{self._base}/{what}", headers={"Cookie": f"sparsemix_{self._port}={token}"})
        return connection

    def answer(self, token: str, what: str) -> tuple[int, bytes, float]:
        """Return status and content of an answer, and how long it took."""
        begun = time.monotonic()
        connection = self.asked(token, what)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        whole = gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body
        return response.status, whole, time.monotonic() - begun


def drill(arguments: Namespace) -> Json:
    """Serve a long log, and let one person take what they can get."""
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder:
        db = Path(folder) / "audit.db"
        lines = [_line(number) for number in range(arguments.lines)]
        store = AuditStore(db)
        made = trace(*(random_head(len(lines), _PAIRS * len(lines), seed) for seed in range(_HEADS)))
        id = record_made(store, lines, made)
        tokens = [admit(store, f"person{number}", Role.VIEWER) for number in range(arguments.people)]
        entry = store.access(tokens[0]).case(id).entry_hash[:16]
        store.close()
        say(f"{len(lines):,} lines are recorded")
        server = Server(db, _WEIGHTS, command=(sys.executable, "-c", _SERVED))
        try:
            return _measured(_Addresses(server.port, f"/log/{id}/{entry}"), server, tokens, lines, arguments)
        finally:
            server.stop()


def _measured(at: _Addresses, server: Server, tokens: list[str], lines: list[str], arguments: Namespace) -> Json:
    one, another = tokens[:2]
    before = server.seconds()
    overviews = _together([lambda token=token: at.answer(token, "overview") for token in tokens])  # type: ignore[misc]
    worked = server.seconds() - before
    say(f"overview: {max(seconds for _, _, seconds in overviews):.1f} s, {worked:.1f} s of the processor")
    line, faults = _Lines(at, another, lines), list[str]()
    times = [f"find?from={_time(60 * n)}&to={_time(60 * n + 9)}" for n in range(arguments.finds)]
    found = line.asked_while(lambda: _together([lambda what=what: at.answer(one, what) for what in times]))  # type: ignore[misc]
    for number, (status, body, _) in enumerate(found):
        expected = [event for event in range(len(lines)) if 0 <= event % _DAY - 60 * number < 10]
        if (status, list(memoryview(body).cast("I"))) != (200, expected):
            faults.append(f"{times[number]}: {status}")
    say(f"{len(found)} searches: {max(seconds for _, _, seconds in found):.1f} s, others' lines {max(line.waits):.2f} s")
    left = [at.asked(one, f"find?q=left+{n}&regex=1&from=00:00:01") for n in range(arguments.left)]
    time.sleep(_BEGUN)
    for connection in left:
        connection.close()
    behind = _Lines(at, another, lines)
    behind.ask()
    after = at.answer(another, "find?q=step+77x")[2]
    say(f"after {len(left)} searches that were left: a line {max(behind.waits):.2f} s, a search {after:.2f} s")
    unknown = at.answer(one, "overview?unknown=1")[0]
    same = len({(status, body) for status, body, _ in overviews}) == 1 and overviews[0][0] == 200
    in_time = max(line.waits + behind.waits) <= TARGET and after <= TARGET
    right = same and not faults and not line.faults and not behind.faults and unknown == http.HTTPStatus.BAD_REQUEST
    return {
        "ok": right and (in_time or arguments.no_targets),
        "overview": figures([seconds for _, _, seconds in overviews]),
        "overview_processor_s": round(worked, 1),
        "finds": figures([seconds for _, _, seconds in found]),
        "lines_meanwhile": figures(line.waits),
        "line_after_left": figures(behind.waits),
        "find_after_left_ms": round(1000 * after),
        "unknown_parameter": unknown,
        "faults": faults + line.faults + behind.faults,
    }


class _Lines:
    """Lines that somebody asks for, one after the other, and how long they waited."""

    def __init__(self, at: _Addresses, token: str, lines: list[str]) -> None:
        self._at, self._token, self._lines = at, token, lines
        self.waits, self.faults = list[float](), list[str]()

    def ask(self) -> None:
        """Ask for one more."""
        number = (101 * len(self.waits) + 7) % len(self._lines)
        status, body, seconds = self._at.answer(self._token, f"line/{number}")
        self.waits.append(seconds)
        if status != http.HTTPStatus.OK or self._lines[number].encode() not in body:
            self.faults.append(f"line/{number}: {status}")

    def asked_while(self, work: Callable[[], list[tuple[int, bytes, float]]]) -> list[tuple[int, bytes, float]]:
        """Ask until some work has ended, and return what it gave."""
        given: list[list[tuple[int, bytes, float]]] = []
        thread = threading.Thread(target=lambda: given.append(work()))
        thread.start()
        thread.join(_BEGUN)
        self.ask()
        while thread.is_alive():
            self.ask()
        return given[0]


def _together(asks: list[Callable[[], tuple[int, bytes, float]]]) -> list[tuple[int, bytes, float]]:
    given: dict[int, tuple[int, bytes, float]] = {}
    start = threading.Barrier(len(asks))

    def run(place: int, ask: Callable[[], tuple[int, bytes, float]]) -> None:
        start.wait()
        given[place] = ask()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [given[place] for place in range(len(asks))]


def _line(number: int) -> str:
    level = "ERROR" if number % 50 == 7 else "INFO"
    return f"2026-03-{1 + number // _DAY:02d} {_time(number)} {level} host{number % 9} app: step {number % 977} of {number}"


def _time(second: int) -> str:
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
