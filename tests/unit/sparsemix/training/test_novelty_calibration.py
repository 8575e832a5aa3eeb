"""Thresholds of novelty: like is compared with like, and too few sequences are said to be too few."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("held", "least", "most"), [(20, 0.007, 0.022), (50, 0.007, 0.017), (100, 0.008, 0.016), (200, 0.009, 0.011)]
)
@pytest.mark.parametrize("draw", ["exponential", "normal", "heavy"])
def test_about_the_rate_that_was_asked_for_is_flagged(held: int, least: float, most: float, draw: str) -> None:
    assert least <= flagged(held, draw, splits=400) <= most


@pytest.mark.parametrize("held", [1, 5, 10])
@pytest.mark.parametrize("draw", ["exponential", "normal", "heavy"])
def test_very_few_flag_less_than_they_can_vouch_for(held: int, draw: str) -> None:
    share = flagged(held, draw, splits=400)
    assert share <= 1 / (held + 1)
    assert share <= 0.045


def test_one_score_is_no_threshold_of_its_own() -> None:
    assert sequence_cut(np.zeros(0), ASKED) == np.inf
    assert sequence_cut(np.array([2.0]), ASKED) >= 2.0 + np.log(0.5 / ASKED) - 1e-9


@pytest.mark.parametrize("held", [50, 120])
def test_an_odd_score_hides_nothing_that_is_clearly_apart(held: int) -> None:
    usual = np.random.default_rng(1).exponential(size=held)
    plain, odd = (sequence_cut(np.append(usual, one), ASKED) for one in (1.0, 50.0))
    assert plain <= odd < 2 * plain < 50.0


def test_where_two_may_lie_above_the_threshold_is_theirs() -> None:
    scores = np.random.default_rng(1).exponential(size=199)
    assert (scores > sequence_cut(scores, ASKED)).sum() == 1 == (scores >= sequence_cut(scores, ASKED)).sum() - 1


def test_a_threshold_below_scores_supports_no_more_than_these() -> None:
    plain = small_model(config=replace(SMALL, judge=NormalCourse(kinds=3, false_alarms=ASKED)))
    for above, supported in ((0, 0.01), (1, 0.02), (3, 0.04)):
        reference = np.append(np.full(99 - above, -1.0), np.full(above, 1.0))
        model = SparseMixModel(plain.network, plain.vocabulary, plain.neutral, (1.0, 0.0), reference)
        assert model.supported_rate == pytest.approx(supported)


@pytest.mark.parametrize(("asked", "least", "enough"), [(0.01, 99, 199), (0.03, 33, 66), (0.07, 14, 28), (0.4, 2, 4)])
def test_fewer_sequences_than_the_rate_needs_are_said_to_be_too_few(asked: float, least: int, enough: int) -> None:
    plain = small_model(config=replace(SMALL, judge=NormalCourse(kinds=3, false_alarms=asked)))

    def said(held: int) -> str | None:
        below = np.arange(-held, 0, dtype=float)
        return too_few(SparseMixModel(plain.network, plain.vocabulary, plain.neutral, (1.0, 0.0), below))

    assert f"{enough} of them are enough" in (said(least - 1) or "") and said(least) is None
