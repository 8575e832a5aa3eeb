"""What a newcomer sees at 1280 x 800 without scrolling: the two ways to begin, and after an upload the verdict."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from sample_data import PlantConfig, generate
from tests.browser.server import Server
from tests.browser.test_inputs import SYSLOG
from tests.browser.walker import WAIT

pytestmark = pytest.mark.browser

SCREEN = {"width": 1280, "height": 800}
PLANT = "\n".join(generate(PlantConfig(events=300, fault_rate=0.6), 11).lines).encode()
FILES = {"plant": ("line 4.log", PLANT), "unfamiliar": ("syslog.log", SYSLOG)}


@pytest.fixture
def own(tmp_path, weights):
    """A server on a record of its own, or there would be no newcomer."""
    started = Server(tmp_path / "audit.db", weights)
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("language", "theme", "file"),
    [("en", "light", "plant"), *(pytest.param("ja", "dark", name, marks=pytest.mark.deep) for name in FILES)],
)
def test_the_verdict_stands_on_the_first_screen_after_an_upload(own, visit, language, theme, file):
    walker = visit(own, viewport=SCREEN, color_scheme=theme)
    walker.open("analyse", lang=language)
    for way in ("own_file", "samples"):
        assert _bottom(walker.key(way)) <= SCREEN["height"]
    name, data = FILES[file]
    walker.upload(name, data)
    start = walker.key("start").get_by_role("button")
    expect(start).to_be_visible(timeout=WAIT)
    walker.settle()
    assert _bottom(start) <= SCREEN["height"]
    walker.press("start")
    verdict = walker.verdict()
    expect(verdict).to_be_visible(timeout=WAIT)
    walker.settle()
    assert _bottom(verdict.get_by_role("heading", level=1)) <= SCREEN["height"] / 2
    # The first incidents and the log itself, too.
    assert _bottom(walker.page.locator(".sparsemix-log .incidents li").first) <= SCREEN["height"]
    assert _bottom(walker.page.locator(".sparsemix-log [role=row]").nth(5)) <= SCREEN["height"]
    # The file's facts and the next file are one click away.
    line = walker.key("file_line")
    expect(line.get_by_test_id("stMetric").first).not_to_be_visible()
    line.get_by_text(name).first.click()
    expect(line.get_by_test_id("stMetric")).to_have_count(4)
    expect(line.get_by_test_id("stMetric").last).to_be_visible()
    walker.another_file().click()
    box = walker.page.get_by_test_id("stFileUploaderDropzone")
    expect(box).to_be_visible()
    # Out of the way once something was chosen.
    walker.press("sample_healthy")
    expect(verdict).to_contain_text("2,000", timeout=WAIT)
    walker.settle()
    expect(box).to_have_count(0)


def _bottom(part):
    box = part.bounding_box()
    return box["y"] + box["height"]
