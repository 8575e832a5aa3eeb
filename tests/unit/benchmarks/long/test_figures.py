"""Figures of named lines: points as scikit-learn finds them, draws of whole blocks as brute force finds them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from tests.benchmarks.long.scores import Truth, best_threshold, interval
from tests.benchmarks.report import BenchmarkRefused

RNG = np.random.default_rng(0)
PLACE = RNG.integers(12, size=200)
LABEL = (np.arange(12) % 4 == 0)[PLACE]
# Many equal scores.
SCORES = (RNG.normal(size=200) + LABEL).round(1)
TIMES = np.concatenate([np.ones((1, 12)), RNG.multinomial(12, np.full(12, 1 / 12), size=20)])
TRUTH = Truth(LABEL, PLACE, TIMES)


def test_every_draw_is_the_figure_of_the_lines_drawn() -> None:
    f1, precision = TRUTH.f1((SCORES, 0.5)), TRUTH.precision((SCORES, 0.5))
    for draw, times in enumerate(TIMES):
        lines = np.repeat(np.arange(200), times[PLACE].astype(int))
        if LABEL[lines].any():
            assert f1[draw] == pytest.approx(f1_score(LABEL[lines], SCORES[lines] >= 0.5))
            assert precision[draw] == pytest.approx(average_precision_score(LABEL[lines], SCORES[lines]))
        else:
            assert f1[draw] == precision[draw] == 0.0
    TRUTH.check((SCORES, 0.5), f1[0], precision[0])
    for wrong in ((f1[0] + 1e-6, precision[0]), (f1[0], precision[0] - 1e-6), (float("nan"), precision[0])):
        with pytest.raises(BenchmarkRefused, match="nothing is reported"):
            TRUTH.check((SCORES, 0.5), *wrong)


def test_the_interval_leaves_the_figure_itself_out() -> None:
    low, high = interval(np.concatenate([[50.0], np.linspace(0.0, 1.0, 1001)]))
    assert (low, high) == pytest.approx((0.025, 0.975))


def test_the_threshold_is_the_best_of_all() -> None:
    f1 = {threshold: f1_score(LABEL, np.greater_equal(SCORES, threshold)) for threshold in set(SCORES.tolist())}
    assert f1[best_threshold(SCORES, LABEL)] == max(f1.values())
