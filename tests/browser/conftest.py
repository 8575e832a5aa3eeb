"""A real Chromium and a real server for the walks."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser import sample_record
from tests.browser.log_site import Log, Site
from tests.browser.server import ROOT, Server
from tests.browser.walker import Walker
from tests.support.dashboard.untrained import save_untrained

_SAMPLES = ROOT / "sample_data" / "logs"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    # A name of an attacker's that leads to this machine (`tests.browser.web_attacks`).
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    # Newer browsers ask before a site may reach this machine. The app has to hold in those that do not.
    "--disable-features=LocalNetworkAccessChecks",
]


def chromium() -> str | None:
    """The system's browser."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright, path: str | None) -> Browser:
    """Start it."""
    return playwright.chromium.launch(executable_path=path, args=_FLAGS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = chromium()
    if found is None:
        message = "no Chromium found: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LD_PRELOAD", raising=False)  # under a moved clock (`make moved-clock`) Chromium would not start
        playwright = sync_playwright().start()
    opened = launch(playwright, found)
    yield opened
    opened.close()
    playwright.stop()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights that come with the app; where there are none yet, a model that has learned nothing."""
    named = os.environ.get("SPARSEMIX_WEIGHTS")
    if named:
        return Path(named)
    shipped = ROOT / "sample_data" / "weights.safetensors"
    if shipped.is_file():
        return shipped
    made = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_untrained(made)
    return made


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Server]:
    """One app for all walks that leave it running."""
    started = Server(tmp_path_factory.mktemp("record") / "audit.db", weights)
    yield started
    started.stop()


@pytest.fixture(scope="package")
def sampled(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[tuple[Server, str]]:
    """An app with accounts and a record at work, for walks that look at it; and a decision that waits for its reviews."""
    db = tmp_path_factory.mktemp("sampled") / "audit.db"
    decision = sample_record.fill(db, weights)
    started = Server(db, weights)
    yield started, decision
    started.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Walker]]:
    """Open a fresh browser profile on a server; every visitor is checked for problems at the end."""
    walkers: list[Walker] = []

    def enter(server: Server, **options: object) -> Walker:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}} | options)
        walkers.append(Walker(context, server.url))
        return walkers[-1]

    yield enter
    for walker in walkers:
        walker.close()
        walker.check()


@pytest.fixture(scope="package")
def faulty() -> list[str]:
    return (_SAMPLES / "faulty.log").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="package")
def long() -> list[str]:
    """A hundred thousand real lines, each with its number."""
    lines = gzip.decompress((_SAMPLES / "long.log.gz").read_bytes()).decode().splitlines()
    return [f"{lines[event % len(lines)]} #{event + 1}" for event in range(100_000)]


@pytest.fixture
def serve() -> Iterator[Callable[[Log], Site]]:
    sites: list[Site] = []

    def start(log: Log) -> Site:
        sites.append(Site(log))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def open_log(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open the page of a site; nothing may be thrown, nor be said in the console but of answers that failed."""
    problems: list[str] = []
    contexts = []

    def visit(site: Site, query: str = "", **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1030, "height": 640}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda said: said.type == "error" and "the server responded" not in said.text and problems.append(said.text),
        )
        page.goto(f"{site.url}/?{query}")
        expect(page.locator(".row .number").first).not_to_be_empty()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not problems


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add what the server printed and what the browser showed to a failure."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Server):
                report.sections.append(("server output", value.output()[-4000:]))
    return report
