"""A sensor table from a machine: the guess is looked at, corrected with the preview following, remembered, and met again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import Server
from tests.browser.walker import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

ROWS = [f"2026/03/02,08:00:{i:02d},{20 + i}.5,{'' if i % 5 else '1.2'},{'NG' if i == 7 else 'OK'}" for i in range(30)]
TABLE = "\r\n".join(["日付,時刻,温度[℃],pressure_bar,判定", *ROWS]).encode("shift_jis")


@pytest.fixture
def own(tmp_path, weights):
    """A server whose record holds nothing else."""
    started = Server(tmp_path / "audit.db", weights)
    yield started
    started.stop()


def test_a_guess_is_corrected_and_remembered_for_the_files_that_follow(own, visit):
    walker = visit(own)
    page, parsed = walker.page, walker.key("parsed")
    walker.open("analyse")
    walker.upload("press-2026-03-02.csv", TABLE)
    expect(parsed).to_contain_text("2026-03-02 08:00:00 – 2026-03-02 08:00:29 UTC", timeout=WAIT)
    page.get_by_text("How the file is read").click()
    walker.settle()
    walker.pick(page.get_by_role("combobox", name=re.compile("Time zone")), "Asia/Tokyo", exact=True)
    expect(parsed).to_contain_text("2026-03-01 23:00:00 – 2026-03-01 23:00:29 UTC", timeout=WAIT)
    walker.press("remember_reading")
    expect(parsed).to_contain_text("settings remembered for press", timeout=WAIT)
    walker.open("analyse")
    walker.upload("press-2026-03-03.csv", TABLE.replace(b"20.5", b"19.5"))
    expect(parsed).to_contain_text("2026-03-01 23:00:00", timeout=WAIT)
    walker.start()
    expect(walker.key("file_line")).to_contain_text("Asia/Tokyo")
