"""Thresholds of novelty: like is compared with like, and too few sequences are said to be too few."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix.training.own_data.calibration import sequence_cut

ASKED = 0.01


def flagged(held: int, draw: str, *, splits: int, fresh: int = 2000) -> float:
    """Return the mean share of fresh scores that are flagged, over random splits."""
    rng = np.random.default_rng(0)
    scores = {"exponential": rng.exponential, "normal": rng.normal, "heavy": lambda size: rng.standard_t(4, size)}[draw]
    shares = [(scores(size=fresh) > sequence_cut(np.sort(scores(size=held)), ASKED)).mean() for _ in range(splits)]
    return float(np.mean(shares))


@pytest.mark.parametrize("draw", ["exponential", "normal", "heavy"])
def test_a_hundred_held_out_sequences_keep_the_rate_that_was_asked_for(draw: str) -> None:
    assert 0.007 <= flagged(100, draw, splits=400) <= 0.013


@pytest.mark.parametrize("held", [5, 10, 30])
@pytest.mark.parametrize("draw", ["exponential", "normal", "heavy"])
def test_fewer_flag_less_than_they_can_vouch_for(held: int, draw: str) -> None:
    share = flagged(held, draw, splits=400)
    assert share <= 1 / (held + 1)
    assert share <= 0.045


def test_without_a_sequence_nothing_is_flagged_and_one_is_a_threshold() -> None:
    assert sequence_cut(np.zeros(0), ASKED) == np.inf
    assert sequence_cut(np.array([2.0]), ASKED) >= 2.0
