"""All pages in both languages, light and dark, and a map of many pairs."""

import re

import pytest
from playwright.sync_api import expect

from audit import open_store
from tests.browser.walker import MAP, PAGES, WAIT
from tests.dashboard.made_decisions import record_made
from tests.dashboard.traces import random_head, trace

pytestmark = pytest.mark.browser

EVENTS = 5_000
LINES = [f"2026-03-02T10:{i // 60 % 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC step {i}" for i in range(EVENTS)]
TITLES = {
    "analyse": "ログを解析",
    "selection": "選択",
    "explain": "説明",
    "review": "判定をレビュー",
    "record": "記録",
    "team": "チーム",
}
# A text's key in place of the text.
KEY = re.compile(
    r"\b(selection|review|record|analyse|verdict|failure|shell|team|progress|rule|account|explain|trial|edit|compare|usual|report)"
    r"\.[a-z_]+"
)


@pytest.fixture(scope="module")
def decision(server):
    store = open_store(server.db)
    made = record_made(store, LINES, trace(random_head(EVENTS, 60_000), random_head(EVENTS, 200, 1)))
    store.close()
    return made


def test_every_page_speaks_japanese_in_the_dark_and_asks_nobody_outside(server, visit, decision):
    walker = visit(server, color_scheme="dark", locale="ja-JP")
    for name in PAGES:
        walker.open(name, lang="ja", decision=decision)
        main = walker.page.get_by_test_id("stMain")
        expect(main.get_by_role("heading", level=1)).to_have_text(TITLES[name])
        words = main.inner_text()
        assert not KEY.search(words)
        expect(walker.page.get_by_test_id("stAlert").filter(has_text="エラー番号")).to_have_count(0)
        background = walker.page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
        assert max(map(int, re.findall(r"\d+", background)[:3])) < 64, background
        assert len(walker.page.screenshot()) > 20_000
    assert not walker.outside


def test_a_map_of_many_pairs_is_binned_until_a_click_or_a_box_has_come_close(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision)
    assert _shown(walker) == ["heatmap", "scatter"]
    walker.drag_box(0.4, 0.4, 0.6, 0.6)
    expect(walker.field("Effects from line")).not_to_have_value("1")
    walker.settle()
    first, last = (int(walker.field(label).input_value()) for label in ("Effects from line", "Causes from line"))
    assert abs(first - 2000) < 150 and abs(last - 2000) < 150
    assert _shown(walker) == ["scattergl"]
    walker.page.get_by_role("button", name="Whole log").first.click()
    expect(walker.field("Effects from line")).to_have_value("1")
    walker.settle()


def test_an_address_that_names_no_decision_gives_a_message(server, visit):
    walker = visit(server)
    for wrong in ("f" * 32, "<b>nothing</b>"):
        walker.open("selection", decision=wrong)
        walker.alert("The record holds no decision")


def _shown(walker):
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    return walker.page.locator("[class*='st-key-selection_map_'] .js-plotly-plot").evaluate(
        "element => element.data.map(part => part.type)"
    )
