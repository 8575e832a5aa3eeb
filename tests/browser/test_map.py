"""The map in a browser: what its cells show, other axes, pairs that are chosen in the log too, and the way back."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from audit import open_store
from tests.browser.walker import MAP, WAIT
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import random_head, trace

pytestmark = [pytest.mark.browser, pytest.mark.deep]

EVENTS = 2_000
WORDS = ("step", "torque", "alarm", "door", "ready")
LINES = [f"2026-03-02T10:{i // 60 % 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC {WORDS[i % 5]} {i}" for i in range(EVENTS)]
_DATA = "element => element._fullData.map(part => [part.type, part._length])"
_PLOT = "[class*='st-key-selection_map_'] .js-plotly-plot"


@pytest.fixture(scope="module")
def decision(server):
    store = open_store(server.db)
    made = record_made(store, LINES, trace(random_head(EVENTS, 40_000), random_head(EVENTS, 90, 1)))
    store.close()
    return made


def test_cells_show_the_number_of_pairs_and_the_address_keeps_it(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision, head="0-0")
    assert _bar(walker) == "Weight"
    _choose(walker, "Number of pairs", "Pairs")
    assert _asked(walker)["cells"] == ["count"]
    walker.page.reload()
    _shows(walker, "Pairs")
    assert _bar(walker) == "Pairs"


def test_an_address_of_the_page_that_this_was_leads_to_the_panel(server, visit, decision):
    walker = visit(server)
    walker.open("monitor", lang="ja")
    walker.page.goto(f"{server.url}/selection?decision={decision}&head=0-1&axes=distance&lang=ja")
    _shows(walker, "前 ← その行自身 → 後")
    asked = _asked(walker)
    assert (asked["panel"], asked["head"], asked["axes"]) == (["selection"], ["0-1"], ["distance"])
    assert "/selection" not in walker.page.url
    walker.page.go_back()
    expect(walker.page).to_have_url(re.compile("/monitor"))


def test_a_box_by_distance_leaves_these_lines_and_distances(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision, head="0-0")
    _choose(walker, "Distance", "before ← itself → after")
    with _redrawn(walker):
        walker.drag_box(0.02, 0.25, 0.45, 0.75)
    expect(walker.page).to_have_url(re.compile("region="))
    assert 400 < int(_asked(walker)["region"][0].split("-")[0]) < 600
    low, high = json.loads(_asked(walker)["filter"][0])["distances"]
    assert 0 < low < high
    # Back undoes both at once; then the axes.
    _back(walker)
    expect(walker.page).not_to_have_url(re.compile("region="))
    assert "region" not in _asked(walker) and "filter" not in _asked(walker) and _asked(walker)["axes"] == ["distance"]
    # A click on a cell opens its lines at its distance.
    with _redrawn(walker):
        _click_marker(walker, 1)
    expect(walker.key("filter_without_distances")).to_be_visible()
    low, high = json.loads(_asked(walker)["filter"][0])["distances"]
    assert low == high
    _back(walker)
    _back(walker)
    expect(walker.page).not_to_have_url(re.compile("axes="))


def test_a_click_on_two_kinds_of_lines_shows_their_pairs_line_by_line(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision, head="0-0", axes="templates")
    ((kind, _), (_, cells)) = _parts(walker)
    assert kind == "heatmap" and cells == 25
    _click_map(walker, 0.5, 0.5)
    expect(walker.key("filter_without_templates")).to_be_visible()
    walker.settle()
    effect, cause = json.loads(_asked(walker)["filter"][0])["templates"]
    assert "alarm" in effect and "alarm" in cause and "axes" not in _asked(walker)
    shown = int(_left(walker))
    assert 1_200 < shown < 2_000
    walker.press("filter_without_templates")
    expect(walker.key("filter_without_templates")).to_have_count(0)
    walker.settle()
    assert "filter" not in _asked(walker)


def test_a_chosen_pair_is_chosen_in_the_log(server, visit, decision):
    walker = visit(server)
    walker.refused = True  # the effects of a decision that was made without weights
    walker.open("selection", decision=decision, head="0-1")
    ((kind, pairs),) = _parts(walker)
    assert (kind, pairs) == ("scattergl", 90)
    table = walker.page.locator("[class*='st-key-selection_pairs_'] [data-testid='stDataFrame']")
    walker.choose_first_row(table, walker.page.locator(".row.chosen"))
    first = _asked(walker)
    _, _, query, key = map(int, first["pair"][0].split("-"))
    assert (first["line"], first["with"]) == ([str(query + 1)], [str(key + 1)])
    expect(walker.page.locator(".card-line header")).to_contain_text(f"{query + 1:,}")
    walker.settle()
    # A pair of the map, by a click.
    before = first["pair"][0]
    _click_marker(walker, 0)
    expect(walker.page).not_to_have_url(re.compile(f"pair={before}(&|$)"))
    walker.settle()
    _, _, query, key = map(int, _asked(walker)["pair"][0].split("-"))
    expect(walker.page.locator(".card-line header")).to_contain_text(f"{query + 1:,}")
    assert (_asked(walker)["line"], _asked(walker)["with"]) == ([str(query + 1)], [str(key + 1)])


def test_pairs_are_asked_for_by_lines_and_stations(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision, head="0-0")
    walker.page.get_by_test_id("stPopoverButton").filter(has_text="Lines and filter").click()
    walker.field("Effects from line").fill("1001")
    walker.pick(walker.field("Level or station of the effect"), "ST00")
    walker.pick(walker.field("Level or station of the cause"), "ST03")
    walker.field("Effects from line").click()  # closes the list, which covers the button
    walker.page.get_by_role("button", name="Show only these pairs").click()
    expect(walker.key("filter_without_all")).to_be_visible()
    walker.settle()
    asked = _asked(walker)
    assert asked["region"] == ["1000-2000-0-2000"]
    assert json.loads(asked["filter"][0]) == {"effects": ["ST00"], "causes": ["ST03"]}
    assert 500 < int(_left(walker)) < 2_500


def _choose(walker, name, words):
    """Choose axes or cells, and wait for the words that the map shows then."""
    walker.page.get_by_role("radio", name=name, exact=True).click()
    _shows(walker, words)


@contextmanager
def _redrawn(walker):
    """Do what draws the map anew, and wait until the new one stands and the one before is gone.

    Each new map has a name of its own. The address changes first: the old map still stands then, and goes while it is clicked.
    """
    names = walker.page.locator("[class*='st-key-selection_map_']").first.get_attribute("class")
    before = re.search(r"st-key-selection_map_\w+", names)[0]
    yield
    expect(walker.page.locator(f".{before}")).to_have_count(0)
    _plot(walker)
    walker.settle()


def _back(walker):
    with _redrawn(walker):
        walker.press("selection_back")


def _asked(walker):
    return parse_qs(urlsplit(walker.page.url).query)


def _left(walker):
    said = walker.page.get_by_test_id("stMain").inner_text()
    return re.search(r"The strongest [\d,]+ of ([\d,]+) pairs", said)[1].replace(",", "")


def _shows(walker, words):
    """Wait for a map with these words, and for the one that it replaces to be gone."""
    expect(walker.page.locator(_PLOT).filter(has_text=words)).to_be_visible(timeout=WAIT)
    walker.settle()


def _plot(walker):
    found = walker.page.locator(_PLOT)
    expect(found).to_have_count(1, timeout=WAIT)
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    return found


def _parts(walker):
    return _plot(walker).evaluate(_DATA)


def _bar(walker):
    return _plot(walker).evaluate("element => element.data[0].colorbar.title.text")


def _click_map(walker, x, y):
    area = walker.page.locator(MAP).first
    area.scroll_into_view_if_needed()
    walker.settle()
    box = walker.still(area)
    walker.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def _click_marker(walker, trace):
    """Click the first marker of a trace."""
    area = walker.page.locator(MAP).first
    area.scroll_into_view_if_needed()
    walker.settle()
    box = walker.still(area)
    x, y = _plot(walker).evaluate(
        """(element, trace) => {
          const { x, y } = element._fullData[trace], { xaxis, yaxis } = element._fullLayout;
          return [xaxis.d2p(x[0]), yaxis.d2p(y[0])];
        }""",
        trace,
    )
    walker.page.mouse.click(box["x"] + x, box["y"] + y)
