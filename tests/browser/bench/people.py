"""The people of the benchmark and the record that they work on."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from audit import Role, open_store
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.browser.bench.large import broad_model, large_log
from tests.browser.bench.measure import WATCH
from tests.browser.walker import WAIT, Walker
from tests.support.dashboard.newcomers import newcomer

PASSWORD = "a good long password"  # noqa: S105 - of people who exist in a benchmark only
_SMALL = 400  # lines of a decision that waits for review


def names(users: int) -> list[str]:
    """Logins of the people."""
    return [f"person{number}" for number in range(users)]


def make_record(db: Path, weights: Path, events: int, users: int, waiting: int) -> tuple[str, int]:
    """A record with accounts, one large decision, and ``waiting`` small ones that are held; the large one's id and pairs."""
    store = open_store(str(db))
    store.accounts.set_up("root", "Root", PASSWORD, roles=(Role.ADMIN, Role.LEAD))
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    for login in names(users):
        newcomer(access, login, login.title(), (Role.REVIEWER,), PASSWORD)
    id = analyse(large_log(events), "large.log", model=broad_model(weights), access=access)
    model = SparseMixModel.load(weights)
    for seed in range(waiting):
        analyse(large_log(_SMALL, seed + 1, fault_rate=0.9), f"line {seed}.log", model=model, access=access)
    pairs = sum(selection.pair_count for selection in store.decision(id).selections)
    store.close()
    return id, pairs


def signed_in(browser: Browser, url: str, login: str) -> Walker:
    """A fresh browser profile in which somebody has signed in, watched from the start."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.add_init_script(path=WATCH)
    walker = Walker(context, url)
    walker.open("analyse")
    for key, value in (("sign_in_login", login), ("sign_in_password", PASSWORD)):
        walker.key(key).locator("input").fill(value)
    walker.press("sign_in_now")
    expect(walker.page.get_by_test_id("stSidebarNav")).to_be_visible(timeout=WAIT)
    walker.settle()
    walker.remembered()
    return walker
