"""The log page's script in Chromium: a log that waits for its verdict, and the verdict that takes its place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.log_site import Log, incident

pytestmark = [pytest.mark.browser, pytest.mark.deep]

# Whether this is the number of the first line in view.
_TOP = """(number) => {
    const grid = document.getElementById('host').shadowRoot.querySelector('.grid');
    const inView = (row) => row.getBoundingClientRect().bottom > grid.getBoundingClientRect().top + 1;
    return [...grid.querySelectorAll('.row:not(.probe)')].find(inView)?.querySelector('.number').textContent === number;
}"""


class Waiting(Log):
    """A log that is not judged yet."""

    def data(self, language: str = "en") -> dict[str, object]:
        title = {"verdict": "Not judged yet", "state": "", "tone": "", "file": "a.log", "model": "", "when": "", "why": []}
        return super().data(language) | {"waiting": "Not judged yet", "title": title, "methods": [], "flagged": 0}


def test_a_log_that_waits_shows_lines_and_what_was_flagged_and_asks_for_no_pairs(serve, open_log, faulty):
    site = serve(Waiting(faulty))
    page = open_log(site)
    expect(page.locator(".incidents")).to_have_text("IncidentsNot judged yet")
    expect(page.locator(".verdict .state")).to_have_count(0)
    page.locator(".row", has=page.locator(".number", has_text=re.compile("^3$"))).click()
    expect(page.locator(".card-line")).to_contain_text(faulty[2].split()[-1])
    expect(page.locator(".card-list")).to_have_text("")
    assert not [path for path in site.log.asked if path.startswith(("/line", "/why"))]
    page.get_by_label("Search", exact=True).fill("ERROR")
    expect(page.locator(".count")).to_contain_text("found")
    site = serve(Waiting(faulty, [incident(faulty, 200), incident(faulty, 90)]))
    page = open_log(site)
    expect(page.locator(".incidents h2")).to_contain_text("2")
    page.locator(".incident-button").first.click()
    expect(page.locator(".row.chosen .number")).to_have_text("201")


# The host writes the address as it knew it, and hands over the next log, on the same element or on a new one.
_JUDGED = """([id, change]) => {
    history.replaceState(null, "", "/");
    Object.assign(data, {waited: data.id, id, waiting: undefined}, change);
    draw();
}"""


@pytest.mark.parametrize("closed", [False, True])
def test_a_verdict_opens_where_the_log_that_waited_was_read(serve, open_log, faulty, closed):
    page = open_log(serve(Waiting(faulty)))
    page.locator(".grid").evaluate("(grid) => { grid.scrollTop = 1500 }")
    page.wait_for_function(_TOP, arg="76")
    # The first lines of a long file, and then all of them.
    page.evaluate("() => { data.entry = 'a'.repeat(64); window.close_log = draw() }")
    page.wait_for_function(_TOP, arg="76")
    page.get_by_label("Search", exact=True).fill("ERROR")
    expect(page.locator(".count")).to_contain_text("found")
    page.wait_for_function(_TOP, arg="76")
    if closed:
        page.evaluate("() => { close_log(); return new Promise((done) => setTimeout(done, 50)) }")
        expect(page.locator(".grid")).to_have_count(0)
    page.evaluate(_JUDGED, ["f" * 32, {}])
    expect(page.locator(".incidents")).not_to_contain_text("Not judged yet")
    expect(page.locator(".field")).to_have_value("ERROR")
    expect(page.locator(".count")).to_contain_text("found")
    page.wait_for_function(_TOP, arg="76")
    # Once: afterwards the verdict has a place of its own.
    page.evaluate(_JUDGED, ["e" * 32, {"waited": "0123456789abcdef" * 2}])
    page.wait_for_function(_TOP, arg="1")
    expect(page.locator(".field")).to_have_value("")


def test_a_verdict_opens_with_the_line_that_was_chosen_before_it(serve, open_log, faulty):
    page = open_log(serve(Waiting(faulty)))
    page.locator(".grid").evaluate("(grid) => { grid.scrollTop = 1500 }")
    page.locator(".row", has=page.locator(".number", has_text=re.compile("^80$"))).click()
    page.wait_for_url(re.compile("line=80"))
    page.evaluate(_JUDGED, ["f" * 32, {}])
    expect(page.locator(".incidents")).not_to_contain_text("Not judged yet")
    expect(page.locator(".row.chosen .number")).to_have_text("80")
    page.wait_for_url(re.compile("line=80"))
    page.wait_for_function(_TOP, arg="76")
