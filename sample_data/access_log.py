"""A web server's access log, in the combined format of Apache and nginx: a release breaks an API some hundred lines later.

Shoppers load pages with their scripts, put things into a cart and pay; a load balancer asks for the server's health, crawlers
and scanners come by, and now and then a single request fails. Two releases are deployed, each by one request. The first does no
harm. Some hundred requests after the second, most requests to the API end with a server error, until the release before it is
deployed again. Those errors are the effects, and the second deployment is their cause. A single error elsewhere is no fault.

Addresses are those that are reserved for documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from sample_data.planted import PlantedFile

ERROR_BURST = "error_burst"
LEAST_REQUESTS = 200
_ZONE = timezone(timedelta(hours=9))
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
_PROBE, _CRAWLER, _SCANNER, _DEPLOYER = (
    "lb-probe/2.1",
    "ExampleBot/1.4 (+https://example.org/bot)",
    "curl/8.5.0",
    "deploy-agent/3.2",
)
_HOST = "https://shop.example.com"
_RELEASES = ("2026.8.3", "2026.9.0", "2026.9.1")
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
# What somebody asks for: kind and weight.
_VISITS = (
    ("page", 30),
    ("script", 18),
    ("image", 22),
    ("search", 7),
    ("cart", 9),
    ("pay", 4),
    ("health", 6),
    ("crawl", 3),
    ("scan", 1),
)
# Where in the log, in shares of its length: the harmless release, and the one that does harm.
_FIRST, _SECOND = 0.2, 0.5
_SINGLE_ERRORS, _BROKEN = 0.002, 0.8


@dataclass(frozen=True, slots=True)
class AccessLogConfig:
    """Settings of a generated access log: ``requests`` lines; ``delay``: requests from the release that does harm until its
    errors begin; ``burst``: requests until it is taken back; ``faulty``: without it both releases do no harm."""

    requests: int = 1500
    delay: int = 300
    burst: int = 240
    faulty: bool = True

    def __post_init__(self) -> None:
        if self.requests < LEAST_REQUESTS:
            raise ValueError(f"requests must be at least {LEAST_REQUESTS}")
        if self.delay < 1 or self.burst < 1 or int(_SECOND * self.requests) + self.delay + self.burst >= self.requests:
            raise ValueError("delay and burst must be at least 1, and together less than half of the requests")


class _Server:
    """A web server at work; ``write`` adds a line."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.clock = datetime(2026, 3, 2, 9, 0, tzinfo=_ZONE) + timedelta(seconds=int(self.rng.integers(0, 3_600)))
        self.visitors = [
            (f"{self._of(_NETWORKS)}.{self.rng.integers(1, 255)}", self._of(_BROWSERS))
            for _ in range(int(self.rng.integers(40, 60)))
        ]
        self.release = _RELEASES[0]
        self.lines: list[str] = []
        weights = np.array([weight for _, weight in _VISITS], float)
        self.cumulative = np.cumsum(weights / weights.sum())

    def _of(self, values: tuple[str, ...]) -> str:
        return values[int(self.rng.integers(len(values)))]

    def write(self, client: str, request: str, status: int, size: int, referrer: str, agent: str, user: str = "-") -> int:
        """Add a line; return its number."""
        self.clock += timedelta(seconds=float(self.rng.exponential(0.8)))
        time = self.clock.strftime("%d/%b/%Y:%H:%M:%S %z")
        self.lines.append(f'{client} - {user} [{time}] "{request} HTTP/1.1" {status} {size} "{referrer}" "{agent}"')
        return len(self.lines)

    def deploy(self, release: str) -> int:
        """Deploy a release by one request; return its line number."""
        self.release = release
        request = f"POST /internal/deploy?release={release}"
        return self.write("10.0.0.12", request, 202, int(self.rng.integers(80, 95)), "-", _DEPLOYER, "deploy")

    def serve(self, *, broken: bool) -> bool:
        """Serve one request; return whether it failed because the release is broken."""
        rng = self.rng
        kind = _VISITS[int(np.searchsorted(self.cumulative, rng.random()))][0]
        client, agent = self.visitors[int(rng.integers(len(self.visitors)))]
        if kind in ("health", "crawl", "scan"):
            self._machine(kind)
            return False
        request, status, size, referrer = self._asked(kind)
        failed = broken and kind in ("cart", "pay") and rng.random() < _BROKEN
        if failed or rng.random() < _SINGLE_ERRORS:
            status, size = int(rng.choice([500, 502, 503])), int(rng.integers(160, 600))
        self.write(client, request, status, size, referrer, agent)
        return failed

    def _asked(self, kind: str) -> tuple[str, int, int, str]:
        """Return request, status, bytes and referrer of what a shopper's browser asks for."""
        rng, item = self.rng, int(self.rng.integers(100, 180))
        cached = rng.random() < 0.35
        if kind == "page":
            path = "/" if rng.random() < 0.3 else f"/products/{item}"
            return f"GET {path}", 200, int(rng.integers(8_000, 24_000)), "-" if rng.random() < 0.3 else f"{_HOST}/"
        if kind == "script":
            path = f"/static/app-{self.release}.js" if rng.random() < 0.6 else f"/static/style-{self.release}.css"
            return f"GET {path}", 304 if cached else 200, 0 if cached else int(rng.integers(20_000, 90_000)), f"{_HOST}/"
        if kind == "image":
            size = 0 if cached else int(rng.integers(15_000, 120_000))
            return f"GET /images/{item}.webp", 304 if cached else 200, size, f"{_HOST}/products/{item}"
        if kind == "search":
            return f"GET /search?q=part+{item}&page=1", 200, int(rng.integers(3_000, 9_000)), f"{_HOST}/"
        if kind == "cart":
            return "POST /api/cart", 201, int(rng.integers(120, 400)), f"{_HOST}/products/{item}"
        return "POST /api/checkout", 200, int(rng.integers(200, 500)), f"{_HOST}/cart"

    def _machine(self, kind: str) -> None:
        rng = self.rng
        if kind == "health":
            self.write("10.0.0.5", "GET /healthz", 200, 2, "-", _PROBE)
        elif kind == "crawl":
            self.write(
                "198.51.100.201",
                f"GET /products/{rng.integers(100, 180)}",
                200,
                int(rng.integers(8_000, 24_000)),
                "-",
                _CRAWLER,
            )
        else:
            path = self._of(("/wp-login.php", "/.env", "/admin/", "/phpmyadmin/"))
            self.write("203.0.113.77", f"GET {path}", 404, 153, "-", _SCANNER)


def generate_access_log(config: AccessLogConfig, seed: int) -> PlantedFile:
    """Generate an access log; the same settings and seed give the same lines."""
    server, failed = _Server(seed), []
    first, second = (int(share * config.requests) for share in (_FIRST, _SECOND))
    begins, ends, cause = second + config.delay, second + config.delay + config.burst, 0
    for place in range(config.requests):
        if place == first:
            server.deploy(_RELEASES[1])
        elif place == second:
            cause = server.deploy(_RELEASES[2])
        elif place == ends and config.faulty:
            server.deploy(_RELEASES[1])
        elif server.serve(broken=config.faulty and begins <= place < ends):
            failed.append(len(server.lines))
    return PlantedFile(
        tuple(server.lines),
        len(server.lines),
        dict.fromkeys(failed, ERROR_BURST),
        tuple((effect, cause) for effect in failed),
        seed,
    )
