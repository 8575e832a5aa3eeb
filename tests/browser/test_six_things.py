"""What a person does here: takes in a log, reads the verdict, looks, decides, trusts, steers; in both languages and themes.

Found by keys and roles, so that a walk says the same in every language. Every walk fails on an exception and on an error in the
browser's console (``Walker``); the other walks go deeper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from audit import open_store
from dashboard.service.decide.pipeline import analyse
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel
from tests.browser.sample_record import sign_in
from tests.browser.server import Server
from tests.browser.walker import MAP, WAIT
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import random_head, trace

pytestmark = pytest.mark.browser

# Every language and every theme once. The first is the walk of `make test`.
LOOKS = [("en", "light"), ("ja", "dark")]
looks = pytest.mark.parametrize(("language", "theme"), [LOOKS[0], pytest.param(*LOOKS[1], marks=pytest.mark.deep)])


@dataclass(frozen=True)
class Desk:
    """One person's app; ``decision``: by the model; ``waiting``: to be reviewed, two for every look."""

    server: Server
    decision: str
    waiting: list[str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory, weights):
    db = tmp_path_factory.mktemp("six") / "audit.db"
    store = open_store(db)
    made = analyse(_log(300), "line 4.log", model=SparseMixModel.load(weights), access=store.single_user("Aiko Tanaka"))
    lines = [f"2026-03-02T10:{i // 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC step {i}" for i in range(120)]
    waiting = [record_made(store, lines, trace(random_head(120, 400, seed))) for seed in range(2 * len(LOOKS))]
    store.close()
    server = Server(db, weights)
    yield Desk(server, made, waiting)
    server.stop()


@looks
def test_1_a_file_is_read_decided_with_progress_and_can_be_stopped(desk, visit, language, theme):
    walker = visit(desk.server, color_scheme=theme, locale={"en": "en-GB", "ja": "ja-JP"}[language])
    walker.open("analyse")
    # The browser's language first; a choice in the app is kept for later visits.
    expect(walker.page.locator("html")).to_have_attribute("lang", language)
    other = "English" if language == "ja" else "日本語"
    walker.key("language").get_by_role("radio", name=other).click()
    expect(walker.page.locator("html")).not_to_have_attribute("lang", language)
    walker.settle()
    walker.open("analyse")
    expect(walker.page.locator("html")).not_to_have_attribute("lang", language)
    walker.open("analyse", lang=language)
    walker.upload("long.log", _log(20_000))
    expect(walker.key("start")).to_be_visible()
    walker.settle()
    walker.press("start")
    expect(walker.key("progress_analyse").get_by_test_id("stProgress")).to_be_visible(timeout=WAIT)
    walker.press("cancel_analyse")
    expect(walker.key("progress_analyse")).to_have_count(0, timeout=WAIT)
    expect(walker.key("verdict")).to_have_count(0)
    walker.settle()

    walker.open("analyse", lang=language)
    walker.upload("line 5.log", b"\n" + _log(200))
    expect(walker.key("parsed").get_by_test_id("stMetric")).to_have_count(4, timeout=WAIT)
    expect(walker.key("parsed")).to_contain_text("200")
    walker.start()
    assert walker.decision() != desk.decision


@looks
def test_2_the_verdict_says_what_and_how_sure_and_leads_on(desk, visit, language, theme):
    walker = visit(desk.server, color_scheme=theme)
    walker.open("analyse", lang=language, decision=desk.decision)
    expect(walker.page.locator(".sparsemix-log").get_by_role("heading", level=1)).to_contain_text(
        re.compile("Fault|Normal" if language == "en" else "異常|正常")
    )
    expect(walker.key("verdict")).to_contain_text(re.compile(r"\d+(\.\d+)?%"))
    expect(walker.key("file_line").locator("a[href*='review']")).to_be_visible()
    walker.panel("selection")
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()
    assert walker.decision() == desk.decision
    expect(walker.page.locator("html")).to_have_attribute("lang", language)


@looks
def test_3_from_all_heads_to_a_region_and_its_rings(desk, visit, language, theme):
    walker = visit(desk.server, color_scheme=theme)
    walker.open("selection", lang=language, decision=desk.decision)
    expect(walker.page.locator("[class*='st-key-overview_'] .js-plotly-plot")).to_be_visible(timeout=WAIT)
    expect(walker.page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()
    back = walker.key("selection_back").get_by_role("button")
    expect(back).to_be_disabled()
    walker.drag_box(0.2, 0.3, 0.8, 0.9)
    expect(back).to_be_enabled()
    walker.settle()
    back.click()
    expect(back).to_be_disabled()
    walker.settle()
    method = "Integrated gradients" if language == "en" else "積分勾配法"
    walker.pick(walker.key("selection_rings").locator("input"), method, exact=True)
    expect(walker.page.get_by_text(re.compile("^Rings: pairs|^輪："))).to_be_visible(timeout=WAIT)
    walker.settle()


@looks
def test_4_a_decision_is_flagged_by_keyboard_alone_and_the_next_one_comes(desk, visit, language, theme):
    here = desk.waiting[2 * LOOKS.index((language, theme))]
    walker = visit(desk.server, color_scheme=theme)
    walker.refused = True  # of decisions that no weights made nobody can tell what a pair changes
    keyboard = walker.page.keyboard
    walker.open("review", lang=language, decision=here)
    # The log begins at its first incident.
    expect(walker.page.locator(".row.chosen")).to_be_visible()
    # The judgement is in sight while one reads.
    expect(walker.key("review_submit").get_by_role("button")).to_be_in_viewport(ratio=1)
    walker.key("reviewer_name").locator("input").focus()
    # The person who reviewed last on this machine is named there.
    keyboard.press("Control+a")
    keyboard.type("Aiko Tanaka")
    keyboard.press("Enter")
    walker.settle()
    walker.page.evaluate("document.activeElement.blur()")
    keyboard.press("f")
    expect(walker.key("review_reasons")).to_be_visible()
    walker.settle()
    keyboard.press("1")
    chosen = walker.key("review_reasons").locator("button[kind='primary']")
    expect(chosen).to_have_count(1)
    walker.settle()
    # What has the focus is the mark that was just given: sending must not take it back.
    walker.choose_incident()
    expect(walker.verdict()).to_contain_text(
        re.compile(r"looked at 1 of \d+ incidents, \d\d" if language == "en" else r"行中 \d\d 行")
    )
    walker.page.locator(".pair-row").first.click()
    walker.page.locator("[data-name=relevant]").click()
    expect(walker.key("marked_pairs")).to_contain_text("1")
    walker.settle()
    keyboard.press("Control+Enter")
    expect(walker.page).not_to_have_url(re.compile(here), timeout=WAIT)
    walker.settle()
    store = open_store(desk.server.db)
    (review,) = store.reviews(here)
    store.close()
    assert (review.verdict.value, review.reviewer_name) == ("flag", "Aiko Tanaka")
    assert review.reason
    assert [pair.verdict.value for pair in review.pairs] == ["relevant"]
    assert review.seen is not None
    assert (review.seen.incidents, len(review.seen.pairs)) == (1, 1)
    assert 5 < review.seen.lines == sum(last + 1 - first for first, last in review.seen.ranges) <= 120
    expect(walker.key("review_actions")).to_be_visible()


@looks
def test_5_the_record_verifies_a_decision_replays_and_a_report_is_handed_out(desk, visit, language, theme):
    walker = visit(desk.server, color_scheme=theme)
    walker.open("record", lang=language, decision=desk.decision)
    expect(walker.page.get_by_test_id("stDataFrame").first).to_be_visible()
    walker.press("verify")
    good = walker.page.get_by_test_id("stAlertContentSuccess")
    expect(good).to_be_visible(timeout=WAIT)
    walker.page.get_by_role("link", name="Decision in view" if language == "en" else "表示中の判定").click()
    walker.press("replay")
    expect(good).to_be_visible(timeout=WAIT)
    walker.settle()
    walker.open("explain", lang=language, decision=desk.decision)
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    sections = walker.key("explain_section").get_by_role("radio")
    expect(sections.last).to_be_visible(timeout=WAIT)
    walker.settle()
    sections.last.click()
    walker.settle()
    walker.press("report_make")
    take = walker.key("report_take").get_by_role("button")
    expect(take).to_be_visible(timeout=2 * WAIT)
    walker.settle()
    with walker.page.expect_download() as taken:
        take.click()
    report = taken.value.path().read_text(encoding="utf-8")
    assert report.lower().startswith("<!doctype html")
    assert desk.decision in report


@looks
def test_6_the_team_page_shows_the_load_the_agreement_and_the_rules(sampled, visit, language, theme):
    server, _ = sampled
    walker = visit(server, color_scheme=theme)
    sign_in(walker, language)
    walker.open("team", lang=language)
    main = walker.page.get_by_test_id("stMain")
    expect(main.get_by_test_id("stMetric").first).to_be_visible()
    expect(main.get_by_test_id("stDataFrame").nth(1)).to_be_visible()
    sections = walker.key("team_section").get_by_role("radio")
    for place in range(sections.count()):
        sections.nth(place).click()
        expect(sections.nth(place)).to_be_checked()
        walker.settle()
        expect(main.locator("h1")).to_have_count(1)


def _log(events):
    return "\n".join(generate(PlantConfig(events=events, fault_rate=0.6), 11).lines).encode()
