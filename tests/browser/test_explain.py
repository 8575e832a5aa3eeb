"""The panel Explain in a real browser: explain a line, take a pair out by a click, see the score move, change the log."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import ROOT
from tests.browser.walker import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

FAULTY = ROOT / "sample_data" / "logs" / "faulty.log"


def test_a_pair_is_taken_out_by_a_click_and_the_score_moves(server, visit):
    walker = visit(server)
    page = walker.page
    walker.open("analyse")
    walker.analyse("faulty.log", FAULTY.read_bytes())
    walker.panel("explain")
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    walker.settle()

    walker.key("explain_section").get_by_role("radio", name="Remove and force").click()
    walker.settle()
    score = walker.page.get_by_text(re.compile(r"^score .+ logits$")).first
    before, after = _numbers(score.inner_text())
    assert before == after
    table = page.locator("[class*='st-key-what_if_pairs_'] [data-testid='stDataFrame']")
    removed = page.get_by_text(re.compile(r"^[1-9]\d* removed, 0 forced in$"))
    # The table is a canvas: a click before it has drawn its rows hits nothing, and nothing in the page tells when it has.
    for _ in range(5):
        table.click(position={"x": 18, "y": 52})
        try:
            expect(removed).to_be_visible(timeout=5_000)
            break
        except AssertionError:
            continue
    walker.settle()
    expect(removed).to_be_visible()
    before, after = _numbers(score.inner_text())
    assert before - after > 0.5
    walker.press("what_if_undo")
    expect(page.get_by_text("0 removed, 0 forced in")).to_be_visible()
    walker.settle()


def test_a_log_is_changed_and_run_again(server, visit):
    walker = visit(server)
    page = walker.page
    walker.open("analyse")
    walker.analyse("faulty.log", FAULTY.read_bytes())
    walker.panel("explain")
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    walker.settle()
    walker.key("explain_section").get_by_role("radio", name="Change the log").click()
    walker.settle()
    walker.press("edit_delete")
    expect(page.get_by_text(re.compile(r"Line [\d,]+ deleted"))).to_be_visible()
    walker.settle()
    walker.press("edit_run")
    expect(page.get_by_text("With the changes")).to_be_visible(timeout=2 * WAIT)
    walker.settle()
    expect(page.get_by_text("Lines whose probability changed most")).to_be_visible()


def test_the_panel_follows_the_line_that_is_chosen_in_the_log(server, visit):
    walker = visit(server)
    page = walker.page
    walker.open("analyse")
    walker.analyse("faulty.log", FAULTY.read_bytes())
    walker.panel("explain")
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    page.locator(".incident-button").nth(1).click()
    chosen = page.locator(".row.chosen .number")
    expect(chosen).to_have_text(re.compile(r"\d"))
    said = page.get_by_test_id("stMarkdown").filter(has_text=re.compile(f"^Line {chosen.inner_text()}:"))
    expect(said).to_be_visible(timeout=2 * WAIT)
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    walker.settle()


def _numbers(words):
    """The two numbers of "score +1.00 → +2.00 logits"."""
    return [float(number.replace("−", "-")) for number in re.findall(r"[+−-]\d+\.\d+", words)]
