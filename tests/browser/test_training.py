"""From one's own data to a verdict by what was learned from them: upload, preview, train, keep, use, analyse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.server import Server
from tests.browser.walker import WAIT, Walker
from tests.integration.dashboard.pages.test_page_data import lots

pytestmark = [pytest.mark.browser, pytest.mark.deep]

LOG = "\n".join(f"INFO ST0{step % 3} step {step} pressure={step % 5}.5" for step in range(60)).encode()


@pytest.fixture
def own(tmp_path: Path, weights: Path) -> Iterator[Server]:
    """A server whose record holds nothing else."""
    started = Server(tmp_path / "audit.db", weights)
    yield started
    started.stop()


def test_learned_from_ones_own_data_kept_used_and_analysed_with(own: Server, visit: Callable[..., Walker]) -> None:
    walker = visit(own)
    page = walker.page
    walker.open("data")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "lots.jsonl", "mimeType": "text/plain", "buffer": lots(labels=False)}
    )
    expect(walker.key("data_set")).to_contain_text("No labels", timeout=WAIT)
    walker.settle()
    page.get_by_text("More settings").click()
    steps = walker.key("train_steps").locator("input")
    steps.fill("6")
    steps.press("Enter")
    walker.settle()
    # On a small screen the button is far below the place where the progress is shown.
    page.set_viewport_size({"width": 1280, "height": 600})
    walker.press("train")
    expect(walker.key("progress_train")).to_be_in_viewport(timeout=WAIT)
    # Somebody else at the same record, and this person after a reload, find the training where it is.
    page.reload()
    expect(page.get_by_role("heading", name="Training on lots.jsonl")).to_be_visible(timeout=WAIT)
    expect(walker.key("training_keep")).to_be_visible(timeout=2 * WAIT)
    walker.settle()
    expect(page.get_by_text("Too few normal sequences")).to_be_visible()
    walker.press("training_keep")
    expect(walker.key("weights_card")).to_contain_text("Lineage: Learned from lots.jsonl", timeout=WAIT)
    walker.settle()
    walker.press("use_weights")
    expect(page.get_by_test_id("stSidebar").get_by_role("link", name="Learned from lots.jsonl")).to_be_visible(timeout=WAIT)
    walker.settle()

    walker.go("Analyse")
    walker.analyse("monday.log", LOG)
    expect(walker.verdict()).to_contain_text(re.compile("Usual|Unusual"))
    expect(walker.verdict()).not_to_contain_text("Fault")
    expect(walker.key("verdict")).to_contain_text("Normal sequences as unusual")
    expect(walker.key("verdict")).not_to_contain_text("Fault")

    page.get_by_test_id("stSidebar").get_by_role("link", name="Learned from lots.jsonl").click()
    expect(walker.key("weights_card")).to_be_visible(timeout=WAIT)
    walker.settle()
    with page.expect_download() as taken:
        walker.press("take_weights")
    assert Path(taken.value.path()).stat().st_size > 10_000
    walker.press("use_program")
    expect(page.get_by_text("New analyses are made with: the program's own weights")).to_be_visible(timeout=WAIT)
    walker.settle()
    assert not walker.outside


def test_a_training_is_cancelled_and_bad_data_are_refused(own: Server, visit: Callable[..., Walker]) -> None:
    walker = visit(own, locale="ja-JP")
    page = walker.page
    walker.open("data", lang="ja")
    box = page.get_by_test_id("stFileUploaderDropzoneInput")
    box.set_input_files({"name": "bad.csv", "mimeType": "text/plain", "buffer": b"time,p,p\n1,2,3\n2,3,4\n"})
    walker.alert("p")
    expect(page.get_by_text("何も読み込まれていません")).to_be_visible()
    walker.press("data_sample")
    expect(walker.key("data_set")).to_contain_text("80", timeout=WAIT)
    walker.settle()
    walker.press("train")
    walker.press("cancel_train")
    walker.alert("中止しました")
    walker.press("training_put_away")
    walker.settle()
    expect(walker.key("train").get_by_role("button")).to_be_enabled(timeout=WAIT)
