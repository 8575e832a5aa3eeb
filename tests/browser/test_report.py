"""A report in a real browser: offline, without a single script, in either language, on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from audit import open_store
from dashboard.report.report import decision_report
from sparsemix.explain.randomisation import randomisation_curve
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.reports import make


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
