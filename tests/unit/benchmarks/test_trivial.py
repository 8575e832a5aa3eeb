"""Trivial detectors find what they are for, and intervals are paired."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix.dataset import Item
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from tests.benchmarks.real.trivial import log_detectors, mean_of, paired_interval, table_detectors


def log(id: str, text: str) -> Item:
    return Item(id, event_sequence([f"step {kind} done" for kind in text], id, Limits(min_events=1)))


@pytest.mark.parametrize(
    ("odd", "detector"),
    [("abcq", "new template"), ("abca" * 2 + "acb", "new pair"), ("abcb", "3-gram counts"), ("abcr", "rarity")],
)
def test_every_detector_of_logs_sees_what_it_is_for(odd: str, detector: str) -> None:
    normal = [*(log(f"n{n}", "abcabc") for n in range(10)), log("r", "abcr"), log("s", "cb")]
    scores = log_detectors(normal, [log("usual", "abcabc"), log("odd", odd)], 0)
    assert scores[detector][1] > scores[detector][0]
    assert {"severity words"} <= set(scores) and all(len(one) == 2 for one in scores.values())


def test_numbers_that_are_kinds_of_events_are_not_masked() -> None:
    calls = [Item(f"n{n}", event_sequence(["3", "4", "6"] * (20 + n), f"n{n}", Limits(min_events=1))) for n in range(6)]
    asked = [event_sequence(text.split(), text, Limits(min_events=1)) for text in ("3 4 6 3 4 6", "3 4 7 3 4 6", "3 6 4 3 4 6")]
    scores = log_detectors(calls, [Item(one.name, one) for one in asked], 0)
    assert scores["new template"].tolist() == [0, 1, 0]
    assert scores["new pair"].tolist() == [0, 2, 3]
    assert set(scores) == {"rarity", "severity words", "new template", "new pair", "3-gram counts", "counts + isolation forest"}


def test_detectors_of_tables_see_a_row_that_does_not_fit() -> None:
    rng = np.random.default_rng(0)
    level = rng.normal(size=(300, 1))
    normal = np.concatenate([level] * 6, 1) + 0.01 * rng.normal(size=(300, 6))
    asked = normal[:5].copy()
    asked[3, 2] += 9.0
    for scores in table_detectors(normal, asked, 0).values():
        assert int(scores.argmax()) == 3


def test_the_interval_of_a_difference_is_paired() -> None:
    ours = np.random.default_rng(0).normal(size=50)
    low, high = paired_interval(mean_of(ours.tolist()), mean_of((ours - 0.1).tolist()), 50, 0)
    assert (low, high) == (pytest.approx(0.1), pytest.approx(0.1))
