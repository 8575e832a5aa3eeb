"""All pages in both languages, light and dark, and a map of many pairs."""

import re

import pytest
from playwright.sync_api import expect

from audit import open_store
from tests.browser.sample_record import sign_in
from tests.browser.walker import MAP, PAGES, WAIT
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import random_head, trace

pytestmark = pytest.mark.browser

EVENTS = 5_000
LINES = [f"2026-03-02T10:{i // 60 % 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC step {i}" for i in range(EVENTS)]
TITLES = {
    "analyse": "異常：5,000 件中 1 件に異常の疑い",
    "selection": "異常：5,000 件中 1 件に異常の疑い",
    "explain": "異常：5,000 件中 1 件に異常の疑い",
    "review": "異常：5,000 件中 1 件に異常の疑い",
    "record": "記録",
    "data": "データと学習",
    "monitor": "モニター",
    "team": "チーム",
}
# A text's key in place of the text.
KEY = re.compile(
    r"\b(selection|review|record|analyse|verdict|failure|shell|team|progress|rule|account|explain|trial|edit|compare|usual|report"
    r"|monitor|kpi|rollout|data|training|model|card)\.[a-z_]+"
)

SIZES = {"laptop": (1280, 800), "wide": (1920, 1080), "tablet": (820, 1180), "small tablet": (768, 1024)}
FINGER, PRIMARY = 24, 40  # CSS pixels: WCAG 2.2's least size of a target, and ours of what one presses most
# What a page shows beside its own edge, and buttons that are too small for a finger: [words, width, height, primary].
_MEASURE = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const over = [document.documentElement, main].map(at => at.scrollWidth - at.clientWidth);
    const edge = main.getBoundingClientRect().right + 1;
    const cut = [...main.querySelectorAll('button, input, textarea, a, h1, h2, h3, p, label')].filter(at => {
        const box = at.getBoundingClientRect(), shown = at.checkVisibility({visibilityProperty: true, opacityProperty: true});
        return shown && box.width > 1 && box.right > edge && !at.closest('table, [style*="overflow"]');
    }).map(at => at.outerHTML.slice(0, 120));
    const targets = [...document.querySelectorAll('button, [role="radio"], a[href], summary')].filter(at => {
        const box = at.getBoundingClientRect();
        return at.checkVisibility({visibilityProperty: true, opacityProperty: true}) && box.width > 1 && box.right > 0;
    }).map(at => {
        const box = at.getBoundingClientRect();
        return [at.innerText || at.ariaLabel || at.outerHTML.slice(0, 160), box.width, box.height,
                (at.getAttribute('kind') || '').startsWith('primary')];
    });
    return {over, cut, targets};
}"""
# What comes from people and their files.
DATA = "[data-testid='stDataFrame'], [data-testid='stCode'], .hoverlayer"
# Every text that is drawn: what style.css shows in place of Streamlit's words, and not those.
_SEEN = """data => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const at = walk.currentNode.parentElement, style = getComputedStyle(at);
        if (at.closest(data) || at.closest('[translate="no"], style, script') || parseFloat(style.fontSize) === 0) continue;
        const seen = at.checkVisibility({visibilityProperty: true, opacityProperty: true}) && (at.offsetWidth ?? 2) > 1;
        if (seen && walk.currentNode.textContent.trim()) found.push(walk.currentNode.textContent);
    }
    document.querySelectorAll('[placeholder]:placeholder-shown').forEach(at => found.push(at.placeholder));
    return found;
}"""
BROUGHT = set("SparseMix English UTF JSON CSV JSONL UTC HTML KPI EUR Ctrl Enter Krippendorff faulty log Lena Ito".split())  # noqa: SIM905 - reads better
# What a sentence quotes of a log, and paths.
QUOTED = re.compile(r"「[^」]*」|/[\w./-]+")
WORD = re.compile(r"\b[A-Za-z]{3,}\b")


@pytest.fixture(scope="module")
def decision(server):
    store = open_store(server.db)
    made = record_made(store, LINES, trace(random_head(EVENTS, 60_000), random_head(EVENTS, 200, 1)))
    store.close()
    return made


def test_every_page_speaks_japanese_in_the_dark_and_asks_nobody_outside(server, visit, decision):
    walker = visit(server, color_scheme="dark", locale="ja-JP")
    walker.refused = True  # the effects of a decision that was made without weights
    for name in PAGES:
        walker.open(name, lang="ja", decision=decision)
        main = walker.page.get_by_test_id("stMain")
        expect(main.get_by_role("heading", level=1)).to_contain_text(TITLES[name])
        words = main.inner_text()
        assert not KEY.search(words)
        expect(walker.page.get_by_test_id("stAlert").filter(has_text="エラー番号")).to_have_count(0)
        background = walker.page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
        assert max(map(int, re.findall(r"\d+", background)[:3])) < 64, background
        assert len(walker.page.screenshot()) > 20_000
    assert not walker.outside


@pytest.mark.deep
def test_a_map_of_many_pairs_is_binned_until_a_click_or_a_box_has_come_close(server, visit, decision):
    walker = visit(server)
    walker.open("selection", decision=decision)
    assert _shown(walker) == ["heatmap", "scatter"]
    walker.drag_box(0.4, 0.4, 0.6, 0.6)
    expect(walker.page).to_have_url(re.compile("region="))
    walker.settle()
    first, _, cause, _ = map(int, re.search(r"region=(\d+)-(\d+)-(\d+)-(\d+)", walker.page.url).groups())
    assert abs(first - 2000) < 150 and abs(cause - 2000) < 150
    assert _shown(walker) == ["scattergl"]
    walker.page.get_by_role("button", name="Whole log").first.click()
    expect(walker.page).not_to_have_url(re.compile("region="))
    walker.settle()


@pytest.mark.deep
def test_an_address_that_names_no_decision_gives_a_message(server, visit):
    walker = visit(server)
    walker.open("selection", decision="f" * 32)
    walker.alert("The record has no such decision")
    # What is no address of a decision at all leads to all of them.
    walker.open("selection", decision="<b>nothing</b>")
    expect(walker.page.get_by_test_id("stFileUploaderDropzone")).to_be_visible(timeout=WAIT)


@pytest.mark.deep
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_fits(sampled, visit, size):
    server, decision = sampled
    width, height = SIZES[size]
    tablet = width < 1000
    walker = visit(server, viewport={"width": width, "height": height}, has_touch=tablet)
    sign_in(walker)
    found = []
    for name in PAGES:
        walker.open(name, decision=decision)
        if name == "selection":
            expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
            walker.settle()
        seen = walker.page.evaluate(_MEASURE)
        if max(seen["over"]) > 0:
            found.append(f"{name} scrolls sideways by {seen['over']}")
        found += [f"{name} cuts {html}" for html in seen["cut"]]
        for words, wide, high, primary in seen["targets"]:
            if min(wide, high) < (PRIMARY if primary and tablet else FINGER):
                found.append(f"{name}: {words!r} is {wide:.0f} x {high:.0f}")
    assert not found, "\n".join(found)


@pytest.mark.deep
@pytest.mark.parametrize("size", ["tablet", "small tablet"])
def test_a_tablet_in_portrait_can_review(sampled, visit, size):
    """By taps; the decision lies within the first screen, not below an endless list."""
    server, decision = sampled
    width, height = SIZES[size]
    walker = visit(server, viewport={"width": width, "height": height}, has_touch=True)
    sign_in(walker)
    walker.open("review", decision=decision)
    if walker.key("take_review").count():
        walker.key("take_review").get_by_role("button").tap()
    expect(walker.key("review_actions")).to_be_visible()
    walker.settle()
    heading = walker.page.get_by_test_id("stMain").get_by_role("heading", level=2).first
    assert heading.bounding_box()["y"] < height
    walker.key("choose_approve").get_by_role("button").tap()
    submit = walker.key("review_submit").get_by_role("button")
    submit.scroll_into_view_if_needed()
    expect(submit).to_be_in_viewport(ratio=1)
    expect(submit).to_be_enabled()
    walker.settle()


@pytest.mark.deep
def test_no_english_is_seen_on_japanese_pages(sampled, visit):
    """Outside what people and files bring: data, names, and formats that go by these letters."""
    server, decision = sampled
    walker = visit(server, locale="ja-JP")
    sign_in(walker, "ja")
    strange = {}
    for name in PAGES:
        walker.open(name, lang="ja", decision=decision)
        expect(walker.page.locator("html")).to_have_attribute("lang", "ja")
        words = walker.page.evaluate(_SEEN, DATA)
        assert words
        if left := {word for text in words for word in WORD.findall(QUOTED.sub("", text))} - BROUGHT:
            strange[name] = left
    assert not strange


def _shown(walker):
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    return walker.page.locator("[class*='st-key-selection_map_'] .js-plotly-plot").evaluate(
        "element => element.data.map(part => part.type)"
    )
