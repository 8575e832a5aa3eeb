"""A report in a real browser: offline, in either language, on screen and on paper, with the log to walk through above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from audit import open_store
from dashboard.log import offline
from dashboard.report.report import decision_report
from sparsemix import SparseMixModel
from sparsemix.explain.randomisation import randomisation_curve
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.reports import make
from tests.support.paths import ROOT

MOST_BYTES = 1_500_000  # of the report of a log of 2,000 lines


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    store, model = open_store(folder / "audit.db"), build_model()
    access = store.single_user("Ann")
    made = make(access, model, LOG)
    curve = randomisation_curve(model, made.loaded.sequence, made.explanation.target)
    path = folder / "report.html"
    path.write_bytes(decision_report(access, made.loaded, made.explanation, made.rerun, curve, language="ja"))
    store.close()
    return path


@pytest.fixture
def faulty(tmp_path: Path, weights: Path) -> Iterator[Callable[[], Path]]:
    """Writes the report of a sample, with what the pairs of the first lines change."""
    store, model = open_store(tmp_path / "audit.db"), SparseMixModel.load(weights)

    def written() -> Path:
        log = (ROOT / "sample_data" / "logs" / "faulty.log").read_bytes()
        made = make(store.single_user("Ann"), model, log, "faulty.log", 700)
        changes = offline.changes_of(made.loaded, made.rerun, 700)
        path = tmp_path / "report.html"
        path.write_bytes(decision_report(store.single_user("Ann"), made.loaded, made.explanation, made.rerun, changes=changes))
        return path

    yield written
    store.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    yield context.new_page()
    context.close()


def test_one_language_at_a_time_on_screen_and_on_paper(page: Page, file: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    english, japanese = page.locator("article.in-en"), page.locator("article.in-ja")
    for media in ("screen", "print"):
        page.emulate_media(media="screen")
        page.get_by_label("日本語").check()
        page.emulate_media(media=media)  # type: ignore[arg-type]
        expect(japanese).to_be_visible()
        expect(english).to_be_hidden()
        page.emulate_media(media="screen")
        page.get_by_label("English").check()
        page.emulate_media(media=media)  # type: ignore[arg-type]
        expect(english).to_be_visible()
        expect(japanese).to_be_hidden()
    expect(page.locator("#in-en")).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert not said
    assert asked == [file.as_uri()]


def test_an_incident_and_its_pairs_are_read_without_a_server(page: Page, faulty: Callable[[], Path]) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    file = faulty()
    assert file.stat().st_size < MOST_BYTES
    page.goto(file.as_uri())
    page.locator(".incident-button").first.click()
    expect(page.locator(".row.chosen")).to_be_visible()
    expect(page.locator(".card-list")).to_contain_text("It read:")
    page.locator(".pair-row.read").first.click()
    expect(page.locator(".card-pair dl")).to_contain_text("→")
    # What only a server could answer is not offered.
    for name in ("remove", "relevant"):
        expect(page.locator(f".card-pair [data-name={name}]")).to_have_count(0)
    page.locator(".field").fill("ST11")
    expect(page.locator(".count")).to_contain_text("found")
    page.get_by_label("日本語").check()
    expect(page.locator(".sparsemix-log")).to_have_attribute("lang", "ja")
    page.locator(".incident-button").first.click()
    expect(page.locator(".card-list")).to_contain_text("参照した行")
    page.emulate_media(media="print")
    expect(page.locator(".sparsemix-log")).to_be_hidden()
    assert not said
    assert asked == [file.as_uri()]


def test_what_a_file_does_not_carry_is_said_where_it_would_stand(
    page: Page, faulty: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "MOST_TEXT", 512)
    page.goto(faulty().as_uri())
    page.locator(".incident-button").first.click()
    expect(page.locator(".row.chosen .text")).to_contain_text("ST")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".card-line")).to_contain_text("The pairs of this line are not in this file.")
    page.locator(".field").fill("ST11")
    expect(page.locator(".count")).to_contain_text("found in this file")
    page.locator(".field").fill("")
    page.locator(".grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".notice")).to_contain_text("This file holds only the lines around incidents")
    expect(page.locator(".notice button")).to_have_count(0)


def test_the_page_does_not_run_what_somebody_writes_into_it(page: Page, file: Path, tmp_path: Path) -> None:
    written = tmp_path / "written.html"
    evil = b"<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\"></body>"
    written.write_bytes(file.read_bytes().replace(b"</body>", evil))
    page.goto(written.as_uri())
    page.wait_for_timeout(300)
    assert page.title() != "run"


def test_it_fits_a_narrow_screen(page: Page, file: Path) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
