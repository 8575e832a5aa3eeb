"""The Monitor page in a real browser, on six weeks of operation: figures, a decision of a lead, and costs that follow."""

import pytest
from playwright.sync_api import expect

from audit import StepKind, open_store
from audit.operation.rollout import steps
from tests.browser.operating_record import fill
from tests.browser.sample_record import PASSWORD, sign_in
from tests.browser.server import Server
from tests.browser.walker import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]


@pytest.fixture(scope="module")
def operated(tmp_path_factory, weights):
    db = tmp_path_factory.mktemp("operated") / "audit.db"
    fill(db)
    server = Server(db, weights)
    yield server
    server.stop()


def test_a_lead_reads_the_figures_decides_and_sees_it_in_the_history(operated, visit):
    walker = visit(operated)
    sign_in(walker)
    walker.open("monitor", lang="en")
    main = walker.page.get_by_test_id("stMain")
    expect(main.get_by_test_id("stMetric")).to_have_count(12)
    expect(main.locator(".js-plotly-plot")).to_be_visible(timeout=WAIT)
    expect(main.get_by_text("not sure: ≥ 95.0%")).to_be_visible()
    _section(walker, 1)
    expect(main.get_by_text("cannot be judged yet")).to_be_visible()
    main.get_by_text("Go on to Full").click()
    walker.settle()
    walker.page.locator("[class*='st-key-rollout_why_'] textarea").fill("Too early, but asked for")
    walker.page.keyboard.press("Control+Enter")
    walker.settle()
    walker.sign("rollout_record", PASSWORD)
    expect(main.get_by_text("tick that you decide against them")).to_be_visible()
    main.get_by_text("Stay in Partial").click()
    walker.settle()
    walker.sign("rollout_record", PASSWORD)
    expect(walker.page.get_by_text("Recorded (entry")).to_be_visible()
    walker.settle()
    with open_store(operated.db, read_only=True).database.read() as connection:
        last = steps(connection)[-1]
    assert (last.kind, last.why, last.against) == (StepKind.STAY, "Too early, but asked for", False)


def test_costs_follow_an_assumption_at_once(operated, visit):
    walker = visit(operated, locale="ja-JP")
    sign_in(walker, "ja")
    walker.open("monitor", lang="ja")
    _section(walker, 2)
    main = walker.page.get_by_test_id("stMain")
    saved = main.get_by_test_id("stMetricValue").nth(1)
    before = saved.inner_text()
    field = walker.page.locator("[class*='st-key-cost_engineer_hour_'] input")
    field.fill("200")
    field.press("Enter")
    expect(saved).not_to_have_text(before, timeout=WAIT)


def _section(walker, place):
    walker.key("monitor_section").get_by_role("radio").nth(place).click()
    walker.settle()
