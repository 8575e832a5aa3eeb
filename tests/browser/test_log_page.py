"""The log of a page that is left open says in place when its session has ended, and when the decision has been erased."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from audit import open_store
from dashboard.service.decide.pipeline import analyse
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel
from tests.browser.sample_record import LEAD, PASSWORD, people, sign_in
from tests.browser.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.deep]

_TRIES = 30


@pytest.fixture
def record(tmp_path, weights):
    """A server on a record with accounts, its store, and a decision on a log of many screens."""
    store = open_store(tmp_path / "audit.db")
    lead, _ = people(store)
    log = "\n".join(generate(PlantConfig(events=3000, fault_rate=0.5), 7).lines).encode()
    decision = analyse(log, "line 4.log", model=SparseMixModel.load(weights), access=lead)
    server = Server(tmp_path / "audit.db", weights)
    yield server, store, decision
    server.stop()
    store.close()


def test_a_page_left_open_says_in_place_what_ended(record, visit):
    server, store, decision = record
    walker = _opened(visit(server), decision)
    walker.refused = True
    cookies = {cookie["name"]: cookie["value"] for cookie in walker.page.context.cookies()}
    store.accounts.sign_out(cookies[f"sparsemix_{server.port}"])
    _is_said(walker, "You are signed out. Sign in again.")

    walker = _opened(visit(server), decision)
    walker.refused = True
    lead = store.access(store.accounts.sign_in(LEAD, PASSWORD).token)
    lead.signing(PASSWORD).admin.erase(decision, "asked for", early=True)
    _is_said(walker, "It is no longer there.")


def _opened(walker, decision):
    sign_in(walker)
    walker.open("analyse", decision=decision)
    walker.choose_incident()
    walker.page.keyboard.press("Home")
    expect(walker.page.locator(".card-list > .read")).to_be_visible()
    return walker


def _is_said(walker, words):
    """Both of the line that is gone to and of the lines that are scrolled to. A right is remembered for a moment."""
    page, said = walker.page, walker.page.locator(".card-line .failed")
    for _ in range(_TRIES):
        page.keyboard.press("ArrowDown")
        expect(page.locator(".card-list > .read, .card-line .failed").first).to_be_visible()
        if said.count():
            break
    expect(said).to_contain_text(words)
    page.keyboard.press("End")
    expect(page.locator(".notice")).to_contain_text(words)
