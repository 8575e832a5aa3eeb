"""From an upload to a verified review, with a restart and a forged row in between."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from audit import PairVerdict, open_store
from sample_data import PlantConfig, generate
from tests.browser.server import Server
from tests.browser.walker import MAP, WAIT
from tests.support.audit.forging import edit

pytestmark = [pytest.mark.browser, pytest.mark.deep]

COMMENT = "The valve was open; the drift came from the gauge."
_SEEN = """() => { window.seenProgress = false; new MutationObserver(() => {
  if (document.querySelector('.st-key-progress_analyse [data-testid="stProgress"]')) window.seenProgress = true;
}).observe(document.body, {childList: true, subtree: true}); }"""


@pytest.fixture
def own(tmp_path, weights):
    """Servers of this walk alone, all on one record."""
    started = []

    def start():
        started.append(Server(tmp_path / "audit.db", weights))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_from_upload_to_a_review_that_outlives_a_restart_and_shows_a_forgery(own, visit, tmp_path):
    server = own()
    walker = visit(server)
    decision = _analyse(walker)
    _read(walker)
    _hand_on(visit(server), walker.page.url)
    _look(walker)
    _leads(walker)
    relevant = _review(walker, decision)
    marked = {relevant: PairVerdict.RELEVANT}
    _stored(tmp_path / "audit.db", decision, marked)
    # A page left open would report the server's end as an error.
    walker.close()
    server.stop()

    walker = visit(own())
    walker.open("review", decision=decision)
    walker.alert("Reviewed by Aiko Tanaka")
    expect(walker.page.get_by_text(COMMENT)).to_be_visible()
    walker.go("Record")
    walker.press("verify")
    walker.alert("Valid: 2 entries")
    _forge(tmp_path / "audit.db")
    walker.press("verify")
    walker.alert("First bad entry: 2.")


def _analyse(walker):
    log = "\n".join(generate(PlantConfig(events=600, fault_rate=0.5), 7).lines).encode()
    walker.open("analyse")
    walker.page.evaluate(_SEEN)
    decision = walker.analyse("line 4.log", log)
    assert walker.page.evaluate("window.seenProgress"), "no progress was shown"
    expect(walker.verdict()).to_contain_text(re.compile(r"(Fault|Normal).* 600 events"))
    return decision


def _read(walker):
    """Read the log by keys: the first incident, its cause and back, what is looked for, a pair."""
    page = walker.page
    chosen, count = page.locator(".row.chosen .number"), page.locator(".bar .count")
    _to_incident(page)
    incident = chosen.inner_text()
    page.keyboard.press("Enter")
    expect(chosen).not_to_have_text(incident)
    page.keyboard.press("Backspace")
    expect(chosen).to_have_text(incident)

    page.keyboard.press("/")
    page.keyboard.type("ST")
    expect(count).to_contain_text(re.compile(r"found|of"))
    everywhere = count.inner_text()
    page.get_by_role("combobox", name="Level").select_option("WARN")
    expect(count).not_to_have_text(everywhere)
    page.get_by_role("button", name="Show all lines").click()
    page.locator(".field").press("Escape")
    page.keyboard.press("Escape")
    expect(count).to_have_text("")

    _to_pair(page)


def _to_incident(page):
    page.locator(".grid").focus()
    page.keyboard.press("e")
    expect(page.locator(".incident-button[aria-current='true']")).to_be_visible()


def _to_pair(page):
    """By a key to the first pair of the chosen line; the events of both, which stand in the address."""
    expect(page.locator(".card-list > .read")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card-pair header.read")).to_be_visible()
    expect(page).to_have_url(re.compile(r"with=\d+"))
    asked = parse_qs(urlsplit(page.url).query)
    return tuple(int(asked[name][0]) - 1 for name in ("line", "with"))


def _hand_on(walker, address):
    """The address of a line and a pair opens there."""
    walker.page.goto(address)
    walker.settle()
    asked = parse_qs(urlsplit(address).query)
    expect(walker.page.locator(".row.chosen .number")).to_have_text(f"{int(asked['line'][0]):,}")
    expect(walker.page.locator(".card-pair header")).to_contain_text(f"{int(asked['with'][0]):,}")
    walker.close()


def _look(walker):
    """Look at the selection, and choose one of its pairs."""
    page = walker.page
    walker.panel("selection")
    expect(page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.settle()
    walker.drag_box(0.2, 0.3, 0.8, 0.9)
    expect(page).to_have_url(re.compile("region="))
    walker.settle()
    first, _, cause, _ = map(int, parse_qs(urlsplit(page.url).query)["region"][0].split("-"))
    assert 100 < first < 260 and 60 < cause < 200
    table = page.locator("[class*='st-key-selection_pairs_'] [data-testid='stDataFrame']")
    walker.choose_first_row(table, page.locator(".row.chosen"))
    expect(page).to_have_url(re.compile("pair="))
    walker.settle()
    walker.pick(walker.key("selection_rings").locator("input"), "Integrated gradients", exact=True)
    expect(page.get_by_text(re.compile("^Rings: pairs"))).to_be_visible(timeout=WAIT)
    walker.press("selection_back")
    expect(page).not_to_have_url(re.compile("region="))
    walker.settle()


def _leads(walker):
    """Count which kinds of lines lead to which, and come from a row to one of its pairs."""
    walker.go("Monitor")
    walker.page.get_by_role("radio", name="Which leads to which").click()
    walker.settle()
    walker.press("leads_count")
    table = walker.page.locator("[class*='st-key-leads_table_'] [data-testid='stDataFrame']")
    walker.choose_first_row(table, walker.page.get_by_text(re.compile(r"was selected together with an earlier")))
    walker.page.get_by_role("link", name=re.compile(r"^Line \d+ → line \d+ · line 4.log$")).first.click()
    expect(walker.page.locator(".row.chosen")).to_be_visible(timeout=WAIT)
    walker.settle()


def _review(walker, decision):
    """Judge, and mark one more pair in the log on the way; that pair."""
    page = walker.page
    walker.go("Review")
    _to_incident(page)
    relevant = _to_pair(page)
    page.keyboard.press("1")
    expect(page.locator(".pair-row", has_text="✓")).to_have_count(1)
    walker.settle()
    walker.press("marked_pairs")
    expect(page.get_by_text(re.compile("^Relevant: effect line"))).to_be_visible()
    page.keyboard.press("Escape")
    walker.press("choose_flag")
    walker.press("reason_is_wrong_cause")
    walker.key(f"comment_{decision}").locator("input").fill(COMMENT)
    walker.settle()
    # Who has no name yet says it beside the button, which hands it over when it is pressed.
    walker.key("name_at_review").locator("input").fill("Aiko Tanaka")
    walker.press("review_submit")
    expect(page.get_by_text("Review recorded as entry 2 of the log.")).to_be_visible()
    walker.settle()
    return relevant


def _stored(path, decision, marked):
    """The stored review names the marked pairs."""
    store = open_store(path)
    pairs = store.reviews(decision)[0].pairs
    store.close()
    assert {(pair.query, pair.key): pair.verdict for pair in pairs} == marked


def _forge(path):
    """What somebody with access to the file could do: switch the guard off, change a review, leave no other trace."""
    edit(str(path), "UPDATE reviews SET verdict = 'approve', reason = NULL")
