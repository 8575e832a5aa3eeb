"""What people marked becomes weights, is put to use and taken back; and what could not be judged stands on Record."""

import re

import pytest
from playwright.sync_api import expect

from audit import open_store
from sparsemix import SparseMixModel
from tests.browser.server import Server
from tests.browser.walker import WAIT
from tests.support.dashboard.reviewed import review, some_of_each

pytestmark = [pytest.mark.browser, pytest.mark.deep]


@pytest.fixture
def reviewed(tmp_path, weights):
    """A server whose record holds reviews with marks on pairs, and a file that was no text."""
    store, model = open_store(tmp_path / "audit.db"), SparseMixModel.load(weights)
    access = store.single_user("test")
    review(access, model, some_of_each, events=60)
    access.failures.note("7" * 64, model.weights_sha256, name="<b>torn.log", code="not_text", why="byte 3 is no text")
    store.close()
    server = Server(tmp_path / "audit.db", weights)
    yield server
    server.stop()


def test_reviews_are_learned_from_put_to_use_and_taken_back(reviewed, visit):
    walker = visit(reviewed)
    page = walker.page
    walker.open("data", lang="en")
    page.get_by_role("radio", name="From reviews").click()
    expect(walker.key("feedback_said")).to_contain_text("Marked spurious", timeout=WAIT)
    walker.settle()
    steps = walker.key("feedback_steps").locator("input")
    steps.fill("40")
    steps.press("Enter")
    walker.settle()
    walker.press("learn_reviews")
    expect(walker.key("training_keep")).to_be_visible(timeout=2 * WAIT)
    walker.settle()
    expect(page.get_by_text("Too few marks")).to_be_visible()
    page.get_by_text("The loss over the steps").click()
    expect(walker.key("training_curve").locator(".main-svg").first).to_be_visible(timeout=WAIT)
    walker.press("training_keep")
    expect(walker.key("weights_card")).to_contain_text("Learned from reviews", timeout=WAIT)
    walker.settle()
    walker.press("use_weights")
    learned = page.get_by_test_id("stSidebar").get_by_role("link", name="Learned from reviews")
    expect(learned).to_be_visible(timeout=WAIT)
    walker.settle()
    walker.press("use_program")
    expect(learned).to_have_count(0, timeout=WAIT)
    walker.settle()
    walker.go("Record")
    expect(page.get_by_role("heading", name="Files without a decision")).to_be_visible(timeout=WAIT)
    walker.press("verify")
    walker.alert(re.compile("Valid: "))
    walker.settle()
    assert not walker.outside
