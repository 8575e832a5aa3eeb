"""What other systems do, as people see it: a log that is watched, and a program that gets a token, asks, and loses it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import pytest
from playwright.sync_api import expect

from audit import Role, open_store
from sample_data import PlantConfig, generate
from tests.browser.server import ROOT, Server
from tests.browser.walker import WAIT
from tests.integration.dashboard.service.test_gate_command import started

pytestmark = [pytest.mark.browser, pytest.mark.deep]

PASSWORD = "a good long password"  # noqa: S105 - of somebody who exists in this test only
LOG = generate(PlantConfig(events=400, fault_rate=0.5), 7).lines


@contextmanager
def watched(path, db, weights):
    """The command at work; ended as a service manager does."""
    command = [sys.executable, "-m", "dashboard", "watch", str(path), "--db", str(db), "--weights", str(weights)]
    command += ["--context", "100", "--every", "50", "--seconds", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def alone(tmp_path, weights):
    """A server on a record of its own."""
    server = Server(tmp_path / "audit.db", weights)
    yield server
    server.stop()


@pytest.fixture
def governed(tmp_path, weights):
    """The same, with an administrator."""
    store = open_store(tmp_path / "audit.db")
    store.accounts.set_up("root", "Root", PASSWORD, roles=(Role.ADMIN,))
    store.close()
    server = Server(tmp_path / "audit.db", weights)
    yield server
    server.stop()


def test_a_watched_log_is_seen_growing_until_its_watcher_stops(alone, tmp_path, weights, visit):
    path = tmp_path / "line4.log"
    path.write_text("\n".join(LOG[:200]) + "\n", encoding="utf-8")
    with watched(path, alone.db, weights) as watcher:
        walker = visit(alone)
        walker.open("monitor", lang="en")
        walker.page.get_by_role("radio", name="Live").click()
        walker.alert(re.compile("line4.* is watched: 200 lines"))
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(LOG[200:]) + "\n")
        walker.alert(re.compile("line4.* is watched: 400 lines"))
        expect(walker.key("live_lag").locator(".main-svg").first).to_be_visible(timeout=WAIT)
        # while the view runs again, its old tiles stand below the new ones: one is left when the run has ended
        expect(walker.page.get_by_test_id("stMetric").filter(has_text="Lag, 95 of 100 lines")).to_have_count(1)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(60) == 0
        walker.alert(re.compile("line4.* is not watched: stopped"))
        walker.page.get_by_role("link", name="Go to the review queue").click()
        expect(walker.page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"of \d+ events"))
        walker.settle()


def test_a_program_gets_a_token_asks_the_gate_and_loses_it(governed, weights, visit):
    walker = visit(governed)
    walker.open("team", lang="en")
    walker.page.get_by_label("Login name").fill("root")
    walker.page.get_by_label("Password", exact=True).fill(PASSWORD)
    walker.press("sign_in_now")
    walker.settle()
    walker.page.get_by_role("radio", name="Programs").click()
    walker.settle()
    walker.page.get_by_text("New token").click()
    walker.field("Name of the program").fill("mes")
    walker.sign("issue_token", PASSWORD)
    expect(walker.key("fresh_token_box")).to_be_visible(timeout=WAIT)
    token = walker.key("fresh_token_box").get_by_test_id("stCode").inner_text().strip()
    walker.press("token_noted")
    expect(walker.key("fresh_token_box")).to_have_count(0)
    walker.settle()
    with started(governed.db, weights, token) as (_process, client):
        answer = client.post("/v1/sequences", params={"name": "lot-17", "wait": 60}, content="\n".join(LOG).encode())
        assert answer.status_code == httpx2.codes.OK, answer.text
        walker.choose_first_row(walker.page.get_by_test_id("stDataFrame"), walker.key("token"))
        walker.sign("revoke_token", PASSWORD)
        expect(walker.key("token")).to_have_count(0, timeout=WAIT)
        walker.settle()
        assert client.get("/v1/lots", params={"name": "lot-17"}).status_code == httpx2.codes.UNAUTHORIZED
