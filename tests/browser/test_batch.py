"""Three files dropped at once: progress over all, one opened, two compared; and the list of all decisions by a link."""

import re

import pytest
from playwright.sync_api import expect

from sample_data import PlantConfig, generate
from tests.browser.server import Server
from tests.browser.walker import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

ROW, FIRST, BOX = 33, 50, 16  # pixels of a table: height of a row, middle of the first one, middle of the boxes to its left


@pytest.fixture
def own(tmp_path, weights):
    """A server whose record holds nothing else."""
    started = Server(tmp_path / "audit.db", weights)
    yield started
    started.stop()


def log(events, seed):
    return "\n".join(generate(PlantConfig(events=events, fault_rate=0.5), seed).lines).encode()


def tick(walker, table, row, shown):
    """Choose a row of a table, which is a canvas: a click before it has drawn its rows hits nothing."""
    for _ in range(5):
        table.click(position={"x": BOX, "y": FIRST + ROW * row})
        try:
            expect(shown).to_be_visible(timeout=5_000)
            break
        except AssertionError:
            walker.settle()
    expect(shown).to_be_visible()
    walker.settle()


def test_three_files_one_run_and_two_of_them_compared(own, visit):
    walker = visit(own)
    page = walker.page
    walker.open("analyse")
    files = {"monday.log": log(600, 7), "photo.log": b"\x89PNG\r\n\x1a\n\0", "tuesday.log": log(6000, 8)}
    payload = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files.items()]
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(payload)
    walker.alert("photo.log: This is not a text file")
    walker.press("start_batch")
    expect(walker.key("progress_batch")).to_contain_text(re.compile(r"File [12] of 2"), timeout=WAIT)
    walker.go("Record")
    walker.go("Analyse")
    walker.alert("2 of 3 files were decided and recorded")
    walker.settle()

    table = page.locator("[class*='st-key-batch_'] [data-testid='stDataFrame']")
    tick(walker, table, 0, walker.key("verdict"))
    expect(walker.verdict()).to_contain_text("600 events")
    compare = page.get_by_role("link", name="Compare monday.log with tuesday.log")
    tick(walker, table, 2, compare)
    compare.click()
    walker.settle()
    expect(walker.key("compare_run")).to_be_visible(timeout=WAIT)
    walker.settle()
    walker.press("compare_run")
    expect(page.get_by_text("The other decision").first).to_be_visible(timeout=WAIT)
    walker.settle()

    walker.open("analyse", find="TUES", sort="probable")
    expect(page.get_by_text("1 to 1 of 1")).to_be_visible(timeout=WAIT)
    assert "find=TUES" in page.url
    page.get_by_label("Find by file name").fill("no such file")
    page.get_by_label("Find by file name").press("Enter")
    walker.press("list_clear")
    expect(page.get_by_text("1 to 2 of 2")).to_be_visible(timeout=WAIT)
    walker.settle()
