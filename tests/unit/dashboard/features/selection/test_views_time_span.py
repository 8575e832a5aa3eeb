"""Spans of time as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from dashboard.features.selection.views.time_span import BadTimes, TimeSpan

MOMENTS = ("2026-03-01 23:59:59", "2026-03-02 00:00:00", "2026-03-02 10:15:00", "2026-03-02 10:15:59", "2026-03-02 10:16:00")
MOMENTS += ("2026-03-02 22:30:00", "2026-03-03 00:00:00")
TIMES = np.array([*(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() for one in MOMENTS), np.nan])


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        ("", "", (0, 1, 2, 3, 4, 5, 6)),
        ("2026-03-02", "", (1, 2, 3, 4, 5, 6)),
        ("2026-03-02", "2026-03-02", (1, 2, 3, 4, 5)),
        ("2026-03-02 10:15", "2026-03-02 10:15", (2, 3)),
        ("2026-03-02T10:15:59Z", "2026/03/02 10:15:59", (3,)),
        ("2026-03-02 10:15:59.000", "2026-03-02 10:16", (3, 4)),
        ("", "2026-03-01", (0,)),
        ("10:15", "10:16", (2, 3, 4)),
        ("１０：１５", "10:15:58", (2,)),
        # Through midnight.
        ("22:00", "06:00", (0, 1, 5, 6)),
        ("22:00", "", (0, 5)),
    ],
)
def test_what_is_named_belongs_to_the_span(since: str, until: str, held: tuple[int, ...]) -> None:
    assert tuple(np.flatnonzero(TimeSpan.of(since, until).holds(TIMES))) == held


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        ("yesterday", "", "readable"),
        ("", "2026-13-01", "readable"),
        ("25:00", "", "readable"),
        ("2026-03-02", "10:15", "mixed"),
        ("2026-03-02", "2026-03-01", "order"),
        ("2026-03-02 10:15:01", "2026-03-02 10:15:00", "order"),
    ],
)
def test_what_makes_no_span_is_told(since: str, until: str, why: str) -> None:
    with pytest.raises(BadTimes) as told:
        TimeSpan.of(since, until)
    assert told.value.why == why
