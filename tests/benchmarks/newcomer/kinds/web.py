"""A web server's access log. Eight hundred requests after a release the orders begin to fail, until the release is undone.

Releases without any consequence, single failures, probes of strangers and crawlers belong to a usual day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tests.benchmarks.newcomer.files import PlantedFile, Record, log_file, side_by_side, stamp

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
)
_PAGES = ("/", "/spare-parts", "/spare-parts/bearings", "/spare-parts/seals", "/support", "/manuals", "/login", "/account")
_ASSETS = ("/static/app.3f9c.js", "/static/site.71aa.css", "/static/logo.svg", "/static/fonts/inter.woff2", "/favicon.ico")
_STRANGERS = ("/wp-login.php", "/.env", "/phpmyadmin/index.php", "/cgi-bin/luci", "/.git/config", "/boaform/admin/formLogin")
_BROKEN = "/api/v2/orders"
_DISTANCE, _LINES = 800, (1_800, 2_400)
_FAIL, _BURST = 0.8, (140, 220)


def make(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return an access log in the combined format."""
    records = side_by_side(rng, int(rng.integers(*_LINES)), 3.0, _visit)
    records = _released(rng, records, int(rng.integers(100, 300)), "") if rng.random() < 0.5 else records
    if faulty:
        at = int(rng.integers(350, 700))
        records = _released(rng, records, at, "cause")
        records = _failing(rng, records, at + _DISTANCE)
    return log_file(f"{name}.log", records, _line)


def _visit(rng: np.random.Generator, clock: float) -> Iterator[Record]:
    kind, client = rng.random(), f"198.51.{rng.integers(100, 104)}.{rng.integers(1, 255)}"
    agent = _AGENTS[rng.integers(len(_AGENTS))]
    if kind < 0.06:
        yield _request(clock, "10.20.0.4", "GET /healthz", 200, 2, "-", "kube-probe/1.31")
    elif kind < 0.09:
        page = _PAGES[rng.integers(len(_PAGES))]
        yield _request(clock, "66.249.66.1", f"GET {page}", 200, _size(rng), "-", "Mozilla/5.0 (compatible; Googlebot/2.1)")
    elif kind < 0.097:
        path = _STRANGERS[rng.integers(len(_STRANGERS))]
        yield _request(clock, client, f"GET {path}", 404, 153, "-", "Go-http-client/1.1")
    elif kind < 0.4:
        yield from _order(rng, clock, client, agent)
    else:
        yield from _browse(rng, clock, client, agent)


def _browse(rng: np.random.Generator, clock: float, client: str, agent: str) -> Iterator[Record]:
    before = "-"
    for _ in range(rng.integers(1, 5)):
        page = _PAGES[rng.integers(len(_PAGES))]
        yield _request(clock, client, f"GET {page}", 200, _size(rng), before, agent)
        before = f"https://parts.example.com{page}"
        for asset in _ASSETS[: rng.integers(0, len(_ASSETS) + 1)]:
            status = 304 if rng.random() < 0.5 else 200
            yield _request(
                clock + rng.uniform(0, 2), client, f"GET {asset}", status, 0 if status == 304 else 8_211, before, agent
            )
        if rng.random() < 0.012:
            yield _request(clock + 1, client, f"GET /img/part-{rng.integers(1_000, 9_999)}.webp", 404, 153, before, agent)
        clock += float(rng.exponential(15)) + 1


def _order(rng: np.random.Generator, clock: float, client: str, agent: str) -> Iterator[Record]:
    before = "https://parts.example.com/account"
    yield _request(clock, client, "POST /api/v2/session", 401 if rng.random() < 0.04 else 200, 412, before, agent)
    for _ in range(rng.integers(1, 4)):
        clock += float(rng.exponential(6)) + 0.5
        part = int(rng.integers(100_000, 999_999))
        yield _request(clock, client, f"GET /api/v2/stock/{part}?site=nagoya", 200, int(rng.integers(180, 260)), before, agent)
    clock += float(rng.exponential(10)) + 1
    status = 500 if rng.random() < 0.004 else 201
    yield _request(clock, client, f"POST {_BROKEN}", status, int(rng.integers(500, 700)), before, agent)
    yield _request(clock + 1.5, client, f"GET {_BROKEN}/{rng.integers(10**7, 10**8)}", 200, _size(rng), before, agent)


def _request(clock: float, client: str, asked: str, status: int, size: int, referer: str, agent: str) -> Record:
    return Record(clock, (client, "-", f'"{asked} HTTP/1.1" {status} {size} "{referer}" "{agent}"'))


def _size(rng: np.random.Generator) -> int:
    return int(rng.lognormal(9, 0.7))


def _released(rng: np.random.Generator, records: list[Record], at: int, role: str) -> list[Record]:
    """Return the records with a release before the record ``at``."""
    text = f'"POST /ops/release?version=2026.11.{rng.integers(1, 30)} HTTP/1.1" 202 71 "-" "ansible-httpget"'
    cells = ("10.20.0.9", "deploy", text)
    return [*records[:at], Record(records[at].time, cells, "cause" if role == "cause" else ""), *records[at:]]


def _failing(rng: np.random.Generator, records: list[Record], first: int) -> list[Record]:
    """Return the records in which most orders fail from the ``first`` one on."""
    changed, last = list(records), first + int(rng.integers(*_BURST))
    for place in range(first, min(last, len(records))):
        client, user, text = records[place].cells
        if _BROKEN in text and rng.random() < _FAIL:
            status = ("500", "502", "503", "504")[rng.integers(4)]
            asked, rest = text.split(' HTTP/1.1" ', 1)
            failed = f'{asked} HTTP/1.1" {status} 186 {rest.split(" ", 2)[2]}'
            changed[place] = replace(records[place], cells=(client, user, failed), role="fault")
    return changed


def _line(record: Record) -> str:
    client, user, text = record.cells
    return f"{client} - {user} [{stamp(record.time, '%d/%b/%Y:%H:%M:%S +0000')}] {text}"
