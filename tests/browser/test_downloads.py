"""Tables and figures taken away: what a visitor clicks for arrives, and says the same as the page."""

import csv
import io
import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from audit import open_store
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import random_head, trace

pytestmark = [pytest.mark.browser, pytest.mark.deep]

FORMATS = {"csv": "CSV", "jsonl": "JSON", "parquet": "Parquet"}
LINES = [f"2026-03-02T10:{i // 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC step {i}" for i in range(300)]


@pytest.fixture(scope="module")
def decision(server):
    store = open_store(server.db)
    made = record_made(store, LINES, trace(random_head(len(LINES), 3_000)))
    store.close()
    return made


def test_a_table_comes_in_three_formats_that_say_the_same(server, visit, decision):
    walker = visit(server)
    walker.open("record", decision=decision)
    kept = {ending: _taken(walker, "Download entries", words) for ending, words in FORMATS.items()}
    header, *rows = csv.reader(io.StringIO(kept["csv"].decode("utf-8-sig"), newline=""))
    lines = [json.loads(line) for line in kept["jsonl"].splitlines()]
    assert rows and [list(line) for line in lines] == [header] * len(rows)
    assert [[str(value) for value in line.values()] for line in lines] == rows
    assert pq.read_table(io.BytesIO(kept["parquet"])).to_pylist() == lines
    assert any(decision in row for row in rows)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_figure_comes_as_a_picture_a_drawing_and_a_page_that_can_be_read_by_themselves(server, visit, decision, look):
    walker = visit(server, color_scheme=look)
    walker.open("selection", decision=decision)
    kept = {ending: _taken(walker, f"Download heads-{decision[:8]}", ending.upper()) for ending in ("png", "svg", "html")}
    assert kept["png"].startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", kept["png"][16:24])
    assert width > 600 and height > 200 and len(kept["png"]) > 5_000
    drawing = ElementTree.fromstring(kept["svg"])  # noqa: S314 - of our own page
    assert "1.1" in list(drawing.itertext())
    ground = next(element for element in drawing if element.tag.endswith("rect")).get("style")
    red = int(re.search(r"fill: rgb\((\d+)", ground)[1])
    assert "fill-opacity: 1" in ground and (red < 64 if look == "dark" else red > 192)
    page = kept["html"].decode()
    assert "Plotly.newPlot" in page and not re.search(r"<script[^>]+src=", page)
    assert not walker.outside


def test_the_page_in_japanese_says_in_japanese_that_a_picture_is_made(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision, lang="ja")
    assert _taken(walker, f"heads-{decision[:8]} をダウンロード", "PNG").startswith(b"\x89PNG")
    expect(walker.page.locator(".plotly-notifier")).to_contain_text("画像を作成しました")


def test_the_one_way_out_of_a_table_is_the_one_that_guards_formulas(server, visit, decision):
    walker = visit(server)
    walker.open("record", decision=decision)
    walker.key("table_log").hover()
    bar = walker.key("table_log").get_by_test_id("stElementToolbarButton")
    expect(bar.filter(has=walker.page.get_by_role("button", name="Fullscreen"))).to_be_visible()
    own = bar.filter(has=walker.page.locator("[aria-label='Download as CSV']"))
    expect(own).to_have_count(1)
    expect(own).to_be_hidden()


def _taken(walker, name, file):
    """Open the button's list and take one of its files."""
    body = walker.page.get_by_test_id("stPopoverBody")
    button = walker.page.get_by_role("button", name=name, exact=True)
    button.scroll_into_view_if_needed()
    # The list goes where its button goes: it could leave the window with one that something above still pushes down.
    walker.still(button)
    button.click()
    expect(body).to_be_visible()
    with walker.page.expect_download() as download:
        body.get_by_role("button", name=file).click()
    content = Path(download.value.path()).read_bytes()
    # A picture's download closes the list, another's does not.
    walker.page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    return content
