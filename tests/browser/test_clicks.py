"""Clicks as people make them: twice, with another one right behind, and on downloads; and pages opened by their address."""

import csv
import io
import json

import pytest
from playwright.sync_api import expect

from audit import open_checkpoint, open_store
from tests.browser.server import Server
from tests.browser.walker import PAGES, WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

LOG = "\n".join(f"2026-03-02T10:{i // 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} PLC step {i}" for i in range(60)).encode()
# Looked up when they are clicked: on a busy machine the page may draw them anew in between.
_CLICKS = """([name, wait]) => {
    const start = () => document.querySelector('.st-key-start button');
    const radio = () => [...document.querySelectorAll('[role=radio]')].find(one => one.textContent.includes(name));
    if (name && !radio()) throw new Error(`no radio ${name}`);
    start().click();
    setTimeout(() => (name ? radio() : start())?.click(), wait);
}"""


@pytest.fixture(scope="module")
def own(tmp_path_factory, weights):
    """A server whose record holds what this file puts there."""
    started = Server(tmp_path_factory.mktemp("clicks") / "audit.db", weights)
    yield started
    started.stop()


def test_one_decision_whatever_is_clicked_right_after(own, visit):
    walker = visit(own)
    page = walker.page
    for wait, other in ((0, None), (150, None), (0, "日本語"), (30, "English")):
        before = len(_entries(own))
        walker.open("analyse", lang="ja" if other == "English" else "en")
        walker.upload("line.log", LOG)
        expect(walker.key("start").get_by_role("button")).to_be_visible()
        walker.settle()
        page.evaluate(_CLICKS, [other, wait])
        _verdict(walker)
        walker.settle()
        assert [entry.type for entry in _entries(own)[before:]] == ["decision"]


def _verdict(walker):
    """Wait for the verdict.

    Streamlit (1.67, ``SafeSessionState.on_script_will_rerun``) drops a click when the next message comes between taking it
    from the queue and calling its callback. Nothing was begun then, the button is still there, and one presses it again.
    """
    for _ in range(6):
        try:
            expect(walker.key("verdict")).to_be_visible(timeout=WAIT / 6)
            return
        except AssertionError:
            walker.page.evaluate("document.querySelector('.st-key-start button')?.click()")
    expect(walker.key("verdict")).to_be_visible()


def test_coming_back_to_a_decided_file_starts_nothing(own, visit):
    walker = visit(own)
    walker.open("analyse")
    decision = walker.analyse("line.log", LOG)
    before = _entries(own)
    walker.go("Record")
    walker.go("Analyse")
    expect(walker.key("verdict")).to_be_visible()
    expect(walker.key("start")).to_have_count(0)
    assert walker.decision() == decision
    assert _entries(own) == before


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_download_leaves_one_entry_with_what_it_covers(own, visit, language):
    walker = visit(own)
    walker.open("record", lang=language)
    walker.press("checkpoint")
    expect(walker.key("export_note")).to_be_visible(timeout=WAIT)
    walker.settle()
    signed = len(_entries(own))
    files = [_download(walker, name) for name in ("export_jsonl", "export_csv", "export_note")]
    added = _entries(own)[signed:]
    assert [(entry.type, entry.subject) for entry in added] == [("export", name) for name in ("jsonl", "csv", "checkpoint")]
    assert [json.loads(line)["seq"] for line in files[0].splitlines()] == list(range(1, signed + 1))
    rows = list(csv.DictReader(io.StringIO(files[1].decode("utf-8-sig"), newline="")))
    assert [int(row["seq"]) for row in rows] == list(range(1, signed + 2))
    key = _download(walker, "export_public_key").decode()
    assert open_checkpoint(files[2].decode(), key).size == signed
    store = open_store(own.db)
    assert [json.loads(store.sealed(entry.seq).payload)["entries"] for entry in added] == [signed, signed + 1, signed]
    assert store.head().size == signed + 3
    store.close()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_opened_by_its_address_misses_only_what_streamlit_looks_for(own, visit, name):
    walker = visit(own)
    missed = []
    walker.page.on("response", lambda response: missed.append(response.url) if response.status >= 400 else None)
    walker.open(name, lang="ja")
    probes = {f"{own.url}/{name}/_stcore/{part}" for part in ("health", "host-config")} if PAGES[name] else set()
    assert set(missed) <= probes


def _download(walker, key):
    with walker.page.expect_download() as found:
        walker.press(key)
    return found.value.path().read_bytes()


def _entries(server):
    store = open_store(server.db)
    found = store.entries()
    store.close()
    return found
