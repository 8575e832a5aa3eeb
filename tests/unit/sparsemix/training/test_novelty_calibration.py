"""Thresholds of novelty: like is compared with like, and too few sequences are said to be too few."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from sparsemix import SparseMixModel
from sparsemix.judges import NormalCourse
from sparsemix.training.own_data.calibration import sequence_cut
from sparsemix.training.own_data.command import too_few
from tests.support.sparsemix.small_models import SMALL, small_model

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


@pytest.mark.parametrize(("asked", "needed"), [(0.01, 99), (0.03, 33), (0.07, 14), (0.4, 2)])
def test_as_many_sequences_as_are_said_to_be_needed_are_enough_and_one_fewer_is_not(asked: float, needed: int) -> None:
    plain = small_model(config=replace(SMALL, judge=NormalCourse(kinds=3, false_alarms=asked)))

    def said(held: int) -> str | None:
        return too_few(SparseMixModel(plain.network, plain.vocabulary, plain.neutral, (1.0, 0.0), np.arange(held, dtype=float)))

    assert re.search(rf"needs {needed} of them", said(needed - 1) or "") and said(needed) is None
