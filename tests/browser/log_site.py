"""A small site with the log page's script and its routes over any lines, without the app: pairs are made up."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np

from dashboard.log.source import module, style
from dashboard.texts import Texts

BLOCK = 256
_LEVEL = re.compile(r"\b(FATAL|ERROR|WARN(?:ING)?|INFO|DEBUG)\b")
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d+)?")
# What the app's themes set (`dashboard/.streamlit/config.toml`).
_THEMES = {
    "light": "--st-background-color: #ffffff; --st-secondary-background-color: #f4f6f7; --st-text-color: #1d2730;"
    "--st-primary-color: #1b6670; --st-border-color: #dde3e6; color-scheme: light; background: #ffffff",
    "dark": "--st-background-color: #14191d; --st-secondary-background-color: #1e252a; --st-text-color: #e3e8eb;"
    "--st-primary-color: #4fb3bd; --st-border-color: #313b42; color-scheme: dark; background: #14191d",
}
_PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Log</title>
<style>html {{ {theme} }} body {{ margin: 0; --st-button-radius: 6px; --st-base-radius: 6px }}</style><div id="host"></div>
<script type="module">
import render from "/log.js";
const root = document.getElementById("host").attachShadow({{mode: "open"}});
const sheet = document.createElement("link");
Object.assign(sheet, {{rel: "stylesheet", href: "/log.css"}});
const styled = new Promise((done) => sheet.onload = done);
root.append(sheet);
await styled;
window.pressed = [];
for (const type of ["keydown", "keyup"]) window.addEventListener(type, (event) => window.pressed.push(event.key));
window.triggers = [];
const data = await (await fetch("/data" + location.search)).json();
const draw = () => render({{data, parentElement: root, setStateValue() {{}},
    setTriggerValue: (name, value) => window.triggers.push([name, value])}});
window.data = data;
window.draw = draw;
window.close_log = draw();
</script></html>"""


class Log:
    """Lines, and what the routes say of them. ``failing``: paths that answer 503 at present, by how they begin."""

    def __init__(
        self, lines: list[str], incidents: list[dict[str, object]] | None = None, prefix: tuple[int, str] = (0, "")
    ) -> None:
        self.lines, self.prefix = lines, prefix
        self.levels = [found[0] if (found := _LEVEL.search(line[:200])) else "" for line in lines]
        self.times = [found[0] if (found := _TIME.search(line[:80])) else "" for line in lines]
        self.incidents = incidents or []
        self.failing: dict[str, int] = {}
        self.asked: list[str] = []
        self.ticket = ""  # what the browser still has to exchange for its cookie

    def data(self, language: str = "en") -> dict[str, object]:
        """What the host hands to the script."""
        title = {
            "verdict": "3 incidents; one must be seen",
            "state": "Held",
            "tone": "held",
            "file": "a.log",
            "model": "abcd1234",
            "when": "2026-11-30 16:00",
            "why": ["No weights know this log."],
        }
        return {
            "id": "0123456789abcdef" * 2,
            "entry": "e" * 64,
            "base": "/log/0/e",
            "n": len(self.lines),
            "prefix": self.prefix,
            "block": BLOCK,
            "title": title,
            "incidents": self.incidents,
            "flagged": int(np.isin(self.levels, ("ERROR", "FATAL")).sum()),
            "heads": 8,
            "layers": 2,
            "words": Texts(language).of("log"),
            "language": language,
            "methods": [
                {"id": "gradient", "name": "Gradient", "slow": False},
                {"id": "shapley", "name": "Shapley", "slow": True},
            ],
            "labels": {"fault": "fault", "normal": "normal"},
            "marks": {},
            "mayMark": True,
            "ticket": self.ticket,
            "offline": None,
        }

    def block(self, index: int) -> dict[str, object]:
        """A block of lines."""
        part = slice(index * BLOCK, (index + 1) * BLOCK)
        return {
            "first": index * BLOCK,
            "line": None,
            "time": self.times[part],
            "level": self.levels[part],
            "text": self.lines[part],
            "source": None,
            "kind": [len(line) % 50 for line in self.lines[part]],
        }

    def overview(self) -> dict[str, object]:
        """What the minimap shows."""
        bins = min(512, len(self.lines))
        grades = np.array([{"ERROR": 2, "FATAL": 3, "WARN": 1}.get(level, 0) for level in self.levels])
        edges = np.arange(bins) * len(self.lines) // max(1, bins)
        return {
            "severe": np.maximum.reduceat(grades, edges).tolist() if bins else [],
            "flagged": [[int(event), 0.9] for event in np.flatnonzero(grades >= 2)[:200]],
            "density": np.abs(np.sin(np.arange(128) / 9) * 100).astype(int).tolist(),
            "gaps": [[len(self.lines) // 3, 60.0]],
            "starts": [],
            "sources": [],
            "levels": sorted(set(self.levels) - {""}),
        }

    def line(self, event: int) -> dict[str, object]:
        """A line with its pairs."""
        known = next((one for one in self.incidents if one["event"] == event), None)
        told = [cause["event"] for cause in known["causes"]] if known else []
        earlier = [*told, *(event - gap for gap in (2, 9, 31, 400) if event - gap >= 0)]
        later = [event + gap for gap in (3, 12, 700) if event + gap < len(self.lines)]
        return {
            "event": event,
            "line": event + 1,
            "time": f"2026-11-30 {self.times[event]}",
            "level": self.levels[event],
            "text": self.lines[event],
            "kind": len(self.lines[event]) % 50,
            "times": 3,
            "itself": 0.21,
            "anchor": 0.12,
            "reads": [self._pair(event, other, rank) for rank, other in enumerate(earlier)]
            + [self._pair(event, other, 5) | {"later": True} for other in later[:1]],
            "readBy": [self._pair(event, other, rank) for rank, other in enumerate(later)],
            "near": [
                {"event": other, "line": other + 1, "text": self.lines[other], "margin": -0.1, "layer": 0, "head": 1}
                for other in (event - 5,)
                if other >= 0
            ],
        }

    def _pair(self, event: int, other: int, rank: int) -> dict[str, object]:
        own, others = (set(re.findall(r"\w*\d\w*", self.lines[one][:400])) for one in (event, other))
        return {
            "event": other,
            "line": other + 1,
            "text": self.lines[other][:400],
            "weight": 2.4 / (1 + rank),
            "heads": max(1, 6 - rank),
            "strongest": {
                "layer": 1,
                "head": 3,
                "weight": 0.8 / (1 + rank),
                "margin": 0.42,
                "logit": 1.7,
                "certified": True,
                "route": "near",
            },
            "lines": abs(event - other),
            "seconds": 3.25 * rank,
            "shared": sorted(own & others, key=len)[-1:],
            "later": False,
            "effect": None,
        }

    def why(self, event: int) -> dict[str, object]:
        """The effects of what a line read."""
        reads = self.line(event)["reads"]
        changes = [0.41, 0.04, -0.03, 0.0, 0.0, 0.0]
        effects = {
            str(pair["event"]): {"before": 0.97, "after": 0.97 - change, "logits": 8 * change}
            for pair, change in zip(reads, changes, strict=False)
        }
        return {"effects": effects, "probability": 0.97}

    def find(self, asked: dict[str, list[str]]) -> bytes:
        """The events that fit."""
        wanted, level = asked.get("q", [""])[0], asked.get("level", [""])[0]
        pattern = re.compile(wanted if asked.get("regex") == ["1"] else re.escape(wanted), re.IGNORECASE)
        found = [
            event
            for event, line in enumerate(self.lines)
            if pattern.search(line) and (not level or self.levels[event] == level)
        ]
        return np.array(found, "<u4").tobytes()

    def answer(self, path: str) -> bytes:
        """What a route gives. Raises `KeyError`."""
        name, _, number = path.removeprefix("/").partition("/")
        given: dict[str, Callable[[], object]] = {
            "text": lambda: self.block(int(number)),
            "overview": self.overview,
            "flagged": lambda: {"flagged": self.overview()["flagged"]},
            "line": lambda: self.line(int(number)),
            "why": lambda: self.why(int(number)),
            "overlay": lambda: {
                "method": "gradient",
                "events": [[int(number) - gap, 1 / (1 + gap) * (-1) ** gap] for gap in range(min(6, int(number)))],
                "share": False,
                "delta": 0.001,
                "beats": 3,
                "unit": "logit",
            },
            "without": lambda: {
                "before": {"label": "fault", "score": 3.1, "probability": 0.97},
                "after": {"label": "normal", "score": -0.2, "probability": 0.44},
            },
        }
        return json.dumps(given[name]()).encode()


def incident(lines: list[str], event: int, *causes: int, must: bool = False) -> dict[str, object]:
    """An incident at an event, as the host tells it."""
    told = [{"event": cause, "line": cause + 1, "said": f"Led to by line {cause + 1}"} for cause in causes]
    return {
        "event": event,
        "line": event + 1,
        "count": 1,
        "must": must,
        "isNew": False,
        "text": lines[event],
        "why": "Shown because its kind comes only once.",
        "remark": "",
        "routine": False,
        "causes": told,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of answers that a browser gave up while they were sent."""


class Site:
    """The server; ``url`` is where it listens."""

    def __init__(self, log: Log) -> None:
        site = self
        self.log = log

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = site.get(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, type and body of an answer."""
        parts = urlsplit(path)
        asked = parse_qs(parts.query)
        language, theme = asked.get("lang", ["en"])[0], asked.get("theme", ["light"])[0]
        files = {
            "/log.js": ("text/javascript", module()),
            "/log.css": ("text/css", style()),
            "/favicon.ico": ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "/": ("text/html; charset=utf-8", _PAGE.format(language=language, theme=_THEMES[theme])),
        }
        if parts.path in files:
            kind, text = files[parts.path]
            return 200, kind, text.encode()
        if parts.path == "/data":
            return 200, "application/json", json.dumps(self.log.data(language)).encode()
        return self._route(parts.path.removeprefix("/log/0/e"), asked)

    def _route(self, route: str, asked: dict[str, list[str]]) -> tuple[int, str, bytes]:
        self.log.asked.append(route)
        status = next((status for begin, status in self.log.failing.items() if route.startswith(begin)), 200)
        try:
            if status != 200:
                return (
                    status,
                    "application/json",
                    json.dumps({"error": {503: "unavailable", 401: "signed_out"}[status]}).encode(),
                )
            if route == "/find":
                return 200, "application/octet-stream", self.log.find(asked)
            return 200, "application/json", self.log.answer(route)
        except re.error:
            return 422, "application/json", b'{"error": "bad"}'

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
