"""What people really upload: empty, hostile and foreign files, and logs from machines that the model has never seen."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.walker import MAP, WAIT

pytestmark = [pytest.mark.browser, pytest.mark.deep]

TAG = "<img src=x onerror=\"window.hacked=1;alert('img')\">"
SCRIPT = "<script>window.hacked=1;alert('script')</script>"
HOSTILE = "\n".join(
    f"2026-03-02T10:{i // 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} {TAG if i % 2 else SCRIPT} **{i}** $x$" for i in range(90)
).encode()
SYSLOG = "\n".join(
    [
        "Mar  2 06:25:01 gateway CRON[2114]: (root) CMD (test -x /usr/sbin/anacron)",
        "Mar  2 06:25:07 gateway kernel: [81422.113] eth0: link down",
        "Mar  2 06:25:09 gateway dhclient[611]: DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 4",
        "Mar  2 06:25:16 gateway kernel: [81431.420] eth0: link up, 1000Mbps, full-duplex",
        "Mar  2 06:26:30 gateway sshd[2201]: Failed password for invalid user admin from 203.0.113.9 port 51122 ssh2",
    ]
    * 12
).encode()
JAPANESE = "\r\n".join(
    f"2026/03/02 08:{i:02d}:00 警報 成形機{i % 3 + 1}号 油温上昇 {40 + i}度、冷却水を確認してください" for i in range(45)
).encode("shift_jis")


def test_an_empty_file_gives_a_message(server, visit):
    walker = visit(server)
    walker.open("analyse")
    walker.upload("empty.log", b"")
    walker.alert("The file is empty")
    expect(walker.key("start")).to_have_count(0)
    walker.settle()


def test_tags_in_names_and_lines_are_shown_as_typed(server, visit):
    walker = visit(server)
    page = walker.page
    walker.open("analyse")
    decision = walker.analyse(f"{TAG.replace('/', '')}.log", HOSTILE)
    expect(walker.key("verdict")).to_contain_text("<img src=x onerror=")
    _unharmed(walker)
    walker.open("selection", decision=decision)
    table = page.locator("[class*='st-key-selection_pairs_'] [data-testid='stDataFrame']")
    walker.choose_first_row(table, page.locator(".row.chosen"))
    expect(page.locator(".card-line .whole")).to_contain_text(re.compile(r"<img src=x onerror=|<script>window\.hacked"))
    _unharmed(walker)
    walker.open("explain", decision=decision)
    expect(walker.key("explain_json")).to_be_visible(timeout=2 * WAIT)
    _unharmed(walker)
    for name in ("review", "record"):
        walker.open(name, decision=decision)
        _unharmed(walker)


@pytest.mark.parametrize(
    ("name", "data", "encoding", "warning"),
    [
        ("syslog", SYSLOG, "UTF-8", "so it was judged by itself"),
        ("成形機.txt", JAPANESE, "CP932|SHIFT", "Do not rely on this verdict"),
    ],
    ids=["long", "too short to be judged by itself"],
)
def test_a_log_from_an_unknown_machine_is_decided_with_a_warning_and_can_be_reviewed(
    server, visit, name, data, encoding, warning
):
    walker = visit(server)
    page = walker.page
    walker.open("analyse")
    walker.analyse(f"{name}.log" if "." not in name else name, data)
    expect(walker.key("file_line")).to_contain_text(re.compile(encoding, re.IGNORECASE))
    walker.alert(warning)
    walker.panel("selection")
    expect(page.locator(MAP)).to_be_visible(timeout=WAIT)
    walker.go("Review")
    reviewer = walker.key("reviewer_name").locator("input")
    reviewer.fill("Ben")
    reviewer.press("Enter")
    walker.settle()
    walker.press("choose_approve")
    walker.settle()
    walker.press("review_submit")
    expect(page.get_by_text("Review recorded as entry")).to_be_visible()


def _unharmed(walker):
    walker.settle()
    assert walker.page.evaluate("window.hacked") is None
    assert walker.page.locator("img[src='x']").count() == 0
