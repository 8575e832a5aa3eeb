"""Three people and an auditor: two disagree, a lead settles it, the decision is released, and an outsider proves all of it."""

import re
import subprocess
import sys
import zipfile

import pytest
from playwright.sync_api import expect

from audit import ReviewPolicy, Role, gate, open_store
from sample_data import PlantConfig, generate
from tests.browser.server import ROOT, Server
from tests.browser.walker import WAIT
from tests.support.dashboard.newcomers import newcomer

pytestmark = [pytest.mark.browser, pytest.mark.deep]

PASSWORD = "a good long password"  # noqa: S105 - of people who exist in this test only
PEOPLE = {"ann": Role.REVIEWER, "bob": Role.REVIEWER, "lea": Role.LEAD, "aki": Role.AUDITOR}


@pytest.fixture
def team(tmp_path, weights):
    """A server on a record with accounts, where two people review every held decision."""
    db = tmp_path / "audit.db"
    store = open_store(db)
    store.accounts.set_up("root", "Root", PASSWORD, roles=(Role.ADMIN, Role.LEAD))
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    for login, role in PEOPLE.items():
        newcomer(access, login, login.title(), (role,), PASSWORD)
    access.signing(PASSWORD).admin.set_policy(ReviewPolicy(overlap=2))
    store.close()
    server = Server(db, weights)
    yield server
    server.stop()


def test_two_disagree_a_lead_settles_it_and_an_outsider_verifies_the_bundle(team, visit, tmp_path):
    walker = _signed_in(team, visit, "ann")
    log = "\n".join(generate(PlantConfig(events=600, fault_rate=0.5), 7).lines).encode()
    walker.open("analyse")
    decision = walker.analyse("line 4.log", log)
    assert _gate(team, decision) == "held"
    _take(walker)
    _judge(walker, decision, "approve")
    assert _gate(team, decision) == "held"

    walker = _signed_in(team, visit, "bob")
    _take(walker)
    expect(walker.page.get_by_text("1 more, which you see after your own review")).to_be_visible()
    _judge(walker, decision, "flag")
    assert _gate(team, decision) == "held"

    walker = _signed_in(team, visit, "lea")
    walker.open("review")
    walker.press("review_next_dispute")
    walker.settle()
    for name in ("Ann", "Bob"):
        expect(walker.page.get_by_text(re.compile(rf"· {name} ·")).first).to_be_visible()
    _judge(walker, decision, "approve")
    assert _gate(team, decision) == "released"

    walker = _signed_in(team, visit, "aki")
    walker.open("record", decision=decision)
    walker.press("verify")
    walker.alert("Valid: ")
    _verify_elsewhere(_bundle(walker, tmp_path), tmp_path)


def _signed_in(server, visit, login):
    walker = visit(server)
    walker.open("review")
    walker.page.get_by_label("Login name").fill(login)
    walker.page.get_by_label("Password", exact=True).fill(PASSWORD)
    walker.press("sign_in_now")
    expect(walker.page.get_by_role("heading", level=1)).to_have_text("Review")
    walker.settle()
    walker.remembered()
    return walker


def _take(walker):
    walker.open("review")
    walker.press("review_next")
    walker.settle()
    expect(walker.key("review_actions")).to_be_visible()
    expect(walker.page.get_by_text(re.compile("Yours until"))).to_be_visible()


def _judge(walker, decision, verdict):
    walker.press(f"choose_{verdict}")
    walker.settle()
    if verdict == "flag":
        walker.press("reason_is_wrong_cause")
    walker.sign("review_submit", PASSWORD)
    expect(walker.page.get_by_text(re.compile(r"Review recorded as entry \d+ of the log"))).to_be_visible()
    walker.settle()


def _gate(server, decision):
    """What another program is told."""
    store = open_store(server.db, read_only=True)
    answer = gate(store, decision)
    store.close()
    return str(answer.gate)


def _bundle(walker, folder):
    walker.press("bundle")
    button = walker.key("export_bundle").get_by_role("button")
    expect(button).to_be_visible(timeout=WAIT)
    walker.settle()
    with walker.page.expect_download() as taken:
        button.click()
    path = folder / "taken.zip"
    taken.value.save_as(path)
    return path


def _verify_elsewhere(bundle, folder):
    """In a clean folder, by the bundle's own program, without this project on the path."""
    clean = folder / "clean"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(clean)
    command = [sys.executable, "-I", "verify.py"]
    done = subprocess.run(command, cwd=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 decisions, 3 reviews" in done.stdout
    assert str(ROOT) not in done.stdout
    log = clean / "log.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('verdict\\":\\"flag', 'verdict\\":\\"approve'), encoding="utf-8")
    assert subprocess.run(command, cwd=clean, capture_output=True, check=False).returncode == 1
