"""Sources are told by file names."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.service.common.sources import LONGEST, UNNAMED, cleaned, source_of


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("line4-2026-11-25.log.gz", "line4"),
        ("line4-2026-11-26.log", "line4"),
        ("line4_20261126_0815.csv", "line4"),
        ("line4.log.3", "line4"),
        ("press 2 (0007).xlsx", "press 2"),
        ("C:\\logs\\oven-B.txt", "oven-B"),
        ("20261126T081500Z-robot7.jsonl", "robot7"),
        ("プレス機3_2026-11-26.csv", "プレス機3"),
        ("2026-11-26.log", UNNAMED),
        ("", UNNAMED),
    ],
)
def test_what_changes_from_file_to_file_is_left_out(name: str, source: str) -> None:
    assert source_of(name) == source


@given(st.text(max_size=300))
@example("x" * (LONGEST - 1) + " y")
def test_a_source_can_always_be_shown(text: str) -> None:
    for found in (source_of(text), cleaned(text)):
        assert 0 < len(found) <= LONGEST and found.isprintable() and found == found.strip()
    assert cleaned(cleaned(text)) == cleaned(text)
