"""Where one line stands from another: no sentence is against a clock."""

from __future__ import annotations

import pytest

from dashboard.texts import Texts
from dashboard.views.apart import apart

EN, JA = Texts("en"), Texts("ja")


@pytest.mark.parametrize(
    ("lines", "seconds", "en", "ja"),
    [
        (1200, 7200.0, "1,200 lines (2 h 00 min) earlier", "1,200 行・2 時間 00 分前"),
        (-1, -1.5, "1 line (1.5 s) later", "1 行・1.5 秒後"),
        (2, 0.0, "2 lines earlier", "2 行前"),
        (-2, None, "2 lines later", "2 行後"),
        (
            1200,
            -7200.0,
            "1,200 lines earlier in the file, 2 h 00 min later by the clock",
            "ファイルでは1,200 行前、時刻では2 時間 00 分後",
        ),
        (-3, 60.0, "3 lines later in the file, 1 min 00 s earlier by the clock", "ファイルでは3 行後、時刻では1 分 00 秒前"),
        (None, 7200.0, "in another source, 2 h 00 min earlier by the clocks", "別のソース、時刻では2 時間 00 分前"),
        (None, -0.25, "in another source, 250 ms later by the clocks", "別のソース、時刻では250 ミリ秒後"),
        (None, 0.0, "in another source, at the same time by the clocks", "別のソース、時刻では同時刻"),
        (None, None, "in another source", "別のソース"),
    ],
)
def test_where_a_line_stands(lines: int | None, seconds: float | None, en: str, ja: str) -> None:
    assert apart(lines, seconds, EN) == en
    assert apart(lines, seconds, JA) == ja
