"""The log page's script in Chromium, without the app: walked by keys, searched, saved and read aloud."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from dashboard.log.source import FOLDER
from tests.browser.log_site import Log, incident
from tests.support.paths import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(rule => ['serious', 'critical'].includes(rule.impact) || rule.id == 'heading-order').flatMap(rule => rule.nodes.map(
    node => `${rule.id} (${rule.impact}) at ${node.target.join(' ')}: ${node.failureSummary}`)))"""
_WRITTEN = """async ([source, cells]) => {
  const { csvCell } = await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
  return cells.map(csvCell);
}"""


def chosen(page: Page) -> str:
    """The number of the chosen line, as it is shown."""
    return page.locator(".row.chosen .number").inner_text()


def test_cells_of_csv_are_written_as_the_app_writes_them(browser):
    source = (FOLDER / "csv.js").read_text(encoding="utf-8")
    cells = json.loads((ROOT / "tests/support/dashboard/csv_cells.json").read_text(encoding="utf-8"))
    page = browser.new_page()
    written = page.evaluate(_WRITTEN, [source, [cell for cell, _ in cells] + [-1.5]])
    assert written == [written for _, written in cells] + ["-1.5"]
    page.close()


def test_keys_lead_from_an_incident_to_its_cause_and_back(serve, open_log, faulty):
    site = serve(Log(faulty, [incident(faulty, 200, 40, must=True), incident(faulty, 90)]))
    page = open_log(site)
    page.locator(".grid").focus()
    page.keyboard.press("e")
    expect(page.locator(".row.chosen .number")).to_have_text("91")
    # What must be seen and was not looked at: the host shows it where one judges.
    unseen = "() => document.documentElement.style.getPropertyValue('--unseen')"
    assert page.evaluate(unseen) == '"Incidents that must be seen, and that you have not looked at: 1"'
    page.keyboard.press("e")
    page.wait_for_function(f"!({unseen})()")
    expect(page.locator(".row.chosen .number")).to_have_text("201")
    expect(page.locator(".incident-button[aria-current]")).to_contain_text("Line 201")
    expect(page.locator(".card-list")).to_contain_text("It read: 4")
    page.keyboard.press("Enter")
    expect(page.locator(".row.chosen .number")).to_have_text("41")
    page.keyboard.press("Enter")  # no incident: what it read most
    expect(page.locator(".row.chosen .number")).to_have_text("39")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    expect(page.locator(".row.chosen .number")).to_have_text("201")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".row.chosen .number")).to_have_text("202")
    page.keyboard.press("End")
    expect(page.locator(".row.chosen .number")).to_have_text(f"{len(faulty):,}")


def test_after_a_sign_in_nothing_is_asked_before_the_cookie_is_there(serve, browser, faulty):
    site = serve(Log(faulty))
    site.log.ticket = "a1b2c3d4"
    page = browser.new_page()
    page.goto(site.url)
    expect(page.locator(".grid")).to_be_visible()
    assert not [route for route in site.log.asked if route.startswith(("/text", "/overview"))]
    page.evaluate("window.dispatchEvent(new Event('sparsemix-exchanged'))")
    expect(page.locator(".row .number").first).not_to_be_empty()
    page.close()


def test_keys_of_the_component_and_of_the_host_do_not_reach_the_other(serve, open_log, faulty):
    page = open_log(serve(Log(faulty)))
    page.locator(".grid").focus()
    for key in ("r", "c", "j", "ArrowDown", "?", "Escape"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".grid")).to_be_focused()  # which the help gives back when it has closed, a moment later
    page.locator(".field").focus()
    page.keyboard.type("rca")
    expect(page.locator(".field")).to_have_value("rca")
    assert page.evaluate("window.pressed") == []
    # The page's own keys, such as those of a judgement, are pressed where one reads.
    page.locator(".grid").focus()
    page.keyboard.press("a")
    assert page.evaluate("window.pressed") == ["a", "a"]
    page.evaluate("document.getElementById('host').shadowRoot.activeElement.blur()")
    page.keyboard.press("r")
    assert page.evaluate("window.pressed") == ["a", "a", "r", "r"]


def test_pairs_are_walked_judged_and_removed(serve, open_log, faulty):
    page = open_log(serve(Log(faulty, [incident(faulty, 200, 40)])))
    page.locator(".incident-button").click()
    expect(page.locator(".pair-row").first).to_contain_text("+3.3")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card-pair")).to_contain_text("It read line 41")
    page.keyboard.press("1")
    expect(page.locator(".pair-row").first).to_contain_text("✓ 41")
    expect(page.locator(".pair-row").nth(1)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Relevant")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Relevant")).to_have_attribute("aria-pressed", "false")
    told = page.evaluate("window.triggers")
    assert [value["mark"] for _, value in told] == ["relevant", None]
    assert told[0][1] | {"mark": ""} == {"layer": 1, "head": 3, "query": 200, "key": 40, "mark": ""}
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".outcome")).to_have_text("Verdict: fault 97.0% → normal 44.0%")
    before = page.locator(".pair-row").count()
    page.keyboard.press("l")
    expect(page.locator(".pair-row")).to_have_count(before + 1)


def test_a_pause_is_drawn_where_it_lies(serve, open_log, faulty):
    page = open_log(serve(Log(faulty[:30])))  # the site tells one after a third of the lines
    expect(page.locator(".row.pause .number")).to_have_text("11")
    expect(page.locator(".row.pause .number")).to_have_attribute("title", "1.0 min without a line before it")


def test_search_and_filters_show_and_step_through_what_fits(serve, open_log, faulty):
    page = open_log(serve(Log(faulty)))
    wanted = [event for event, line in enumerate(faulty) if "ST11" in line]
    page.keyboard.press("Tab")
    page.locator(".grid").focus()
    page.keyboard.press("/")
    page.keyboard.type("st11")
    expect(page.locator(".count")).to_have_text(f"{len(wanted):,} found")
    page.keyboard.press("Enter")
    expect(page.locator(".row.chosen .number")).to_have_text(f"{wanted[0] + 1:,}")
    expect(page.locator(".row.chosen mark")).to_have_text("ST11")
    page.keyboard.press("F3")
    expect(page.locator(".count")).to_have_text(f"2 of {len(wanted):,}")
    page.get_by_role("button", name="Only hits").click()
    expect(page.locator(".grid")).to_have_attribute("aria-rowcount", str(len(wanted)))
    page.locator(".field").fill("ST(")
    expect(page.locator(".count")).to_have_text("0 found")
    page.get_by_role("button", name="As a pattern").click()
    expect(page.locator(".count")).to_have_text("Not a pattern.")
    page.locator(".field").fill("")
    page.get_by_label("Level").select_option("ERROR")
    errors = [event for event, line in enumerate(faulty) if re.search(r"\bERROR\b", line)]
    expect(page.locator(".count")).to_have_text(f"{len(errors):,} found")
    around = {near for event in errors for near in range(event - 3, event + 4) if 0 <= near < len(faulty)}
    page.locator(".bar .menu", has_text="Filter").locator("summary").click()
    page.get_by_role("button", name="3 lines around").click()
    expect(page.locator(".grid")).to_have_attribute("aria-rowcount", str(len(around)))
    expect(page.locator(".count")).to_have_text(f"{len(errors):,} found")
    page.wait_for_url(re.compile(r"around=1&level=ERROR"))
    page.get_by_role("button", name="3 lines around").click()
    page.get_by_label("Level").select_option("")
    page.get_by_role("button", name="Only flagged lines").click()
    expect(page.locator(".count")).to_have_text(f"{len(errors):,} found")
    page.get_by_role("button", name="Show all lines").click()
    expect(page.locator(".grid")).to_have_attribute("aria-rowcount", str(len(faulty)))


def test_enter_right_behind_the_last_letter_goes_to_a_hit(serve, open_log, faulty):
    page = open_log(serve(Log(faulty, [incident(faulty, 100)])))
    wanted = next(event for event, line in enumerate(faulty) if "ST11" in line)
    page.locator(".field").focus()
    page.keyboard.type("st11")
    page.keyboard.press("Enter")
    expect(page.locator(".row.chosen .number")).to_have_text(f"{wanted + 1:,}")


def test_only_what_a_line_has_is_folded_away(serve, open_log):
    lines = ["09:30:00 INFO cycle finished part=1"] * 3 + ["09:30:01 ERROR motor overcurrent", "Traceback of a program"]
    page = open_log(serve(Log(lines, [incident(lines, 3)], (9, "INFO cycle finished "))))
    shown = page.locator(".row .text")
    for number, text in ((0, "INFO part=1"), (3, "ERROR motor overcurrent"), (4, "Traceback of a program")):
        expect(shown.nth(number)).to_have_text(text)
    expect(page.locator(".incident-text")).to_have_text("ERROR motor overcurrent")
    page.get_by_role("button", name="Short").click()
    expect(shown.first).to_have_text(lines[0])


def test_a_slow_method_colours_the_lines_when_it_is_asked_to(serve, open_log, faulty):
    site = serve(Log(faulty))
    page = open_log(site, "line=41&method=shapley")
    page.get_by_role("button", name="Colour by: Shapley").click()
    expect(page.locator(".card-line")).to_contain_text("The sum is off by 0.001")
    expect(page.locator(".row.chosen")).to_have_attribute("style", re.compile("color-mix"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Colour by: Shapley")).to_be_visible()
    assert [path for path in site.log.asked if path.startswith("/overlay")] == ["/overlay/40"]
    page.locator(".bar .menu", has_text="Filter").locator("summary").click()
    page.get_by_label("Colour by").select_option("Gradient")
    expect(page.locator(".card-line")).to_contain_text("beats all controls in 3 of 4")
    page.wait_for_url(re.compile(r"line=42&method=gradient"))


def test_the_address_says_what_is_chosen_and_is_honoured(serve, open_log, faulty):
    site = serve(Log(faulty, [incident(faulty, 200, 40)]))
    page = open_log(site, "other=kept&line=190&with=188&search=ST11&level=INFO")
    expect(page.locator(".row.chosen .number")).to_have_text("190")
    expect(page.locator(".card-pair")).to_contain_text("It read line 188")
    expect(page.locator(".field")).to_have_value("ST11")
    page.locator(".incident-button").click()
    expect(page.locator(".card-list h2").first).to_have_text("It read: 4")
    expect(page.locator(".row.chosen .number")).to_have_text("201")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"line=201&with=41\b"))
    assert parse_qs(urlsplit(page.url).query) == {
        "other": ["kept"],
        "line": ["201"],
        "with": ["41"],
        "search": ["ST11"],
        "level": ["INFO"],
    }
    # A host that puts an address of its own there takes nothing away, and in another language one goes on at the same line.
    page.evaluate("() => { history.pushState({}, '', '/?other=new'); window.draw(); }")
    page.wait_for_url(re.compile(r"other=new.*line=201&with=41\b"))
    page.evaluate("() => { window.data.language = 'ja'; window.close_log = window.draw(); }")
    expect(page.locator(".sparsemix-log")).to_have_attribute("lang", "ja")
    expect(page.locator(".row.chosen .number")).to_have_text("201")


def test_the_address_keeps_a_pair_while_its_line_is_on_the_way(serve, browser, faulty):
    site = serve(Log(faulty))
    page = browser.new_page()
    page.add_init_script("""window.written = []; const write = history.replaceState.bind(history);
        history.replaceState = (...given) => { write(...given); window.written.push(location.search); }""")
    held = []
    page.route("**/line/*", lambda route: held.append(route))  # noqa: PLW0108 - playwright wraps functions only
    page.goto(f"{site.url}/?line=190&with=188")
    expect(page.locator(".row.chosen .number")).to_have_text("190")
    page.wait_for_timeout(600)  # longer than the log waits before it writes the address
    for route in held:
        route.continue_()
    expect(page.locator(".card-pair")).to_contain_text("It read line 188")
    assert all("with=188" in address for address in page.evaluate("window.written"))
    page.close()


def test_markup_in_a_line_is_text_and_a_line_of_a_megabyte_is_cut(serve, open_log):
    evil = '<script>window.evil = 1</script><img src=x onerror="window.evil = 2">'
    named = "INFO [RMCommunicator Allocator thread] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: created"
    page = open_log(serve(Log([evil, "x" * 1_000_000, named, *(f"line {number}" for number in range(50))], [])))
    expect(page.locator(".row .text").nth(2)).to_have_text("INFO [RMCommunicator A…] o.a.h.m.v.a.MRAppMaster: created")
    expect(page.locator(".row .text").first).to_have_text(evil)
    page.locator(".row .text").first.click()
    expect(page.locator(".card .whole").first).to_have_text(evil)
    page.locator(".grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("w")
    expect(page.locator(".row.chosen .text")).to_contain_text("…")
    assert len(page.locator(".row.chosen .text").inner_text()) < 5000
    assert page.evaluate("window.evil") is None


def test_new_data_keeps_place_and_choice_and_closing_leaves_nothing(serve, open_log, faulty):
    page = open_log(serve(Log(faulty, [incident(faulty, 200, 40)])))
    page.locator(".incident-button").click()
    expect(page.locator(".card-list")).to_contain_text("It read: 4")
    page.evaluate("() => { window.close_log(); window.data.title.state = 'Released'; window.close_log = window.draw(); }")
    expect(page.locator(".verdict .state")).to_have_text("Released")
    expect(page.locator(".row.chosen .number")).to_have_text("201")
    page.evaluate("() => window.close_log()")
    expect(page.locator(".sparsemix-log")).to_have_count(0)
    page.keyboard.press("r")
    assert "r" in page.evaluate("window.pressed")


def test_pictures_and_tables_are_taken_away(serve, open_log, faulty, tmp_path):
    lines = [*faulty[:38], "=1+1 <b>&", *faulty[39:300]]
    page = open_log(serve(Log(lines, [incident(lines, 40, 30)])))
    page.locator(".incident-button").click()
    expect(page.locator(".card-list")).to_contain_text("It read: 4")
    for name, begins in (
        ("Picture (PNG)", b"\x89PNG"),
        ("Picture (SVG)", b"<svg"),
        ("Lines in view (CSV)", b"\xef\xbb\xbfline,"),
        ("Incidents (CSV)", b"\xef\xbb\xbfincident,line,"),
    ):
        page.locator(".bar .menu", has_text="Save").locator("summary").click()
        with page.expect_download() as saved:
            page.get_by_role("button", name=name).click()
        saved.value.save_as(tmp_path / "file")
        content = (tmp_path / "file").read_bytes()
        assert content.startswith(begins)
        assert saved.value.suggested_filename.startswith("a.log-01234567-41")
        if begins == b"<svg":
            assert b"=1+1 &lt;b&gt;&amp;" in content
            assert b"model abcd1234" in content and b"<path" in content and b"It read: 4" in content
        if begins == b"\xef\xbb\xbfline,":
            assert b"'=1+1 <b>&" in content


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ja", "dark")])
def test_a_screen_reader_gets_a_grid_and_axe_finds_nothing(serve, open_log, faulty, language, theme):
    page = open_log(serve(Log(faulty, [incident(faulty, 200, 40, must=True)])), f"lang={language}&theme={theme}&search=ST11")
    page.locator(".incident-button").click()
    expect(page.locator(".pair-row").first).to_contain_text("+3.3")
    page.keyboard.press("ArrowRight")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(len(faulty)))
    active = grid.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-rowindex", "201")
    expect(page.locator(".live")).to_contain_text("41")
    page.evaluate(AXE_SCRIPT)
    assert not page.evaluate(_AXE)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not page.evaluate(_AXE)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
