"""The three first steps of a newcomer, by their buttons alone, in both languages."""

import re

import pytest
from playwright.sync_api import expect

from audit import open_store
from tests.browser.server import Server
from tests.browser.walker import MAP, WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

WORDS = {
    "en": {"how": "How sure", "change": "What would change it", "review": "Review recorded"},
    "ja": {"how": "確からしさ", "change": "結論が変わる条件", "review": "として記録"},
}
DONE = "check_circle"


@pytest.fixture
def own(tmp_path, weights):
    """A server on a record of its own, or there would be no newcomer."""
    started = Server(tmp_path / "audit.db", weights)
    yield started
    started.stop()


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ja", "dark")])
def test_a_newcomer_takes_three_steps_by_three_buttons(own, visit, tmp_path, language, scheme):
    walker = visit(own, color_scheme=scheme)
    page, said = walker.page, WORDS[language]
    page.set_viewport_size({"width": 1280, "height": 800})
    walker.open("analyse", lang=language)
    _ticked(walker, 0)

    walker.press("sample_faulty")
    expect(walker.key("verdict")).to_be_visible(timeout=WAIT)
    walker.settle()
    _ticked(walker, 1)
    for name in ("how", "change"):
        expect(walker.key("verdict")).to_contain_text(said[name])
    decision = walker.decision()

    walker.key("first_steps").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"(?=.*panel=selection)(?=.*pair=\d+-\d+-\d+-\d+)"))
    expect(page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()
    # The pair is chosen in the log, at the top of the page.
    expect(page.locator(".row.chosen")).to_be_in_viewport()
    _ticked(walker, 2)

    walker.key("first_steps").get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/review\?.*decision={decision}"))
    walker.settle()
    walker.press("choose_approve")
    walker.settle()
    walker.press("review_submit")
    expect(page.get_by_text(said["review"]).first).to_be_visible(timeout=WAIT)
    walker.settle()
    _ticked(walker, 3)
    store = open_store(tmp_path / "audit.db")
    assert len(store.reviews(decision)) == 1
    store.close()

    walker.press("steps_close")
    expect(walker.key("first_steps")).to_have_count(0)
    walker.check()


def _ticked(walker, count):
    """So many steps are ticked off."""
    expect(walker.key("first_steps").get_by_text(DONE)).to_have_count(count)
