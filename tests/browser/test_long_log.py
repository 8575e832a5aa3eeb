"""The log page's script in Chromium: logs of many lines, scrolled, wrapped and dragged, and let down by a route."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.log_site import Log

pytestmark = [pytest.mark.browser, pytest.mark.deep]

# Scrolls by steps and says how long each frame took.
_SCROLL = """async ([steps, pixels]) => {
    const grid = document.getElementById('host').shadowRoot.querySelector('.grid');
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    for (let step = 0; step < steps; step++) {
        grid.scrollTop += pixels;
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    return times.sort((one, other) => one - other);
}"""


def test_a_hundred_thousand_lines_scroll_to_the_end_and_few_are_kept(serve, open_log, long):
    site = serve(Log(long))
    page = open_log(site)
    times = page.evaluate(_SCROLL, [100, 137])
    assert times[94] < 100, f"95 of 100 frames took at most {times[94]:.0f} ms"  # the aim is 33; machines of tests are busy
    page.locator(".grid").evaluate("grid => grid.scrollTop = grid.scrollHeight")
    expect(page.locator(".row").last).to_contain_text("#100000")
    expect(page.locator(".row").last).to_have_attribute("aria-rowindex", "100000")
    assert page.locator(".row").count() < 60
    asked = [route for route in site.log.asked if route.startswith("/text/")]
    assert len(asked) < 20, "blocks that were passed by are not fetched"


def test_a_million_lines_scroll_in_exact_steps_to_the_end(serve, open_log, long):
    page = open_log(serve(Log([line for _ in range(10) for line in long])))
    page.locator(".grid").hover()
    page.mouse.wheel(0, 200)
    expect(page.locator(".row", has_text="#11").first).to_be_visible()
    top = "() => document.getElementById('host').shadowRoot.querySelector('.layer').style.transform"
    page.wait_for_function(f"({top})() !== 'translateY(0px)'")
    page.mouse.wheel(0, 20)
    page.locator(".grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".row.chosen .number")).to_have_text("1,000,000")
    page.keyboard.press("Home")
    expect(page.locator(".row.chosen .number")).to_have_text("1")
    page.locator(".grid").evaluate("grid => grid.scrollTop = grid.scrollHeight")
    expect(page.locator(".row").last).to_have_attribute("aria-rowindex", "1000000")


def test_a_route_that_fails_says_so_in_place_and_recovers(serve, open_log, long):
    site = serve(Log(long[:2000]))
    page = open_log(site)
    site.log.failing = {"/text/7": 503, "/line/": 401}
    page.locator(".grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".notice")).to_contain_text("Lines from 1,793 on are missing here. The server is busy.")
    expect(page.locator(".card .failed")).to_contain_text("You are signed out.")
    site.log.failing = {}
    expect(page.locator(".row").last).to_contain_text("#2000")  # by itself
    expect(page.locator(".notice")).to_be_hidden()
    page.locator(".card").get_by_role("button", name="Try again").click()
    expect(page.locator(".card-list")).to_contain_text("It read: 4")


def test_wrapped_lines_scroll_to_the_end_and_keep_the_chosen_one_in_view(serve, open_log, faulty):
    page = open_log(serve(Log([f"{line} {line * (event % 5)}" for event, line in enumerate(faulty)])))
    page.locator(".grid").focus()
    page.keyboard.press("w")
    page.keyboard.press("End")
    expect(page.locator(".row.chosen .number")).to_have_text(f"{len(faulty):,}")
    expect(page.locator(".row.chosen")).to_be_in_viewport()
    for _ in range(5):
        page.keyboard.press("PageUp")
    expect(page.locator(".row.chosen")).to_be_in_viewport()


def test_a_finger_drags_the_map_and_taps_a_line(serve, open_log, long):
    page = open_log(serve(Log(long)), viewport={"width": 390, "height": 844}, has_touch=True)
    box = page.locator(".minimap").bounding_box()
    page.touchscreen.tap(box["x"] + 20, box["y"] + box["height"] / 2)
    expect(page.locator(".row", has_text="#499").first).to_be_attached()
    page.locator(".row .text").nth(10).tap()
    expect(page.locator(".row.chosen")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
