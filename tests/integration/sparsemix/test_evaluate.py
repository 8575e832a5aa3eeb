"""Metrics, intervals and the evaluation's own bookkeeping."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix import ConfigError
from sparsemix.cli.commands import figures
from sparsemix.training.common.metrics import Counts, count, f1_of, interval, ratio_of
from sparsemix.training.generated.evaluation import evaluate, found_causes, fresh_log
from sparsemix.training.generated.training import finish
from tests.support.sparsemix.small_models import SMALL, small_model


def test_f1_by_hand() -> None:
    truth = np.array([1, 1, 1, 0, 0], bool)
    predicted = np.array([1, 1, 0, 1, 0], bool)
    counts = count(predicted, truth)
    assert counts == Counts(tp=2, fp=1, fn=1)
    assert counts.f1 == pytest.approx(2 / 3)
    assert (counts + counts).f1 == pytest.approx(2 / 3)
    assert Counts().f1 == 1.0


def test_an_interval_holds_the_figure_and_repeats() -> None:
    rows = np.array([[8, 1, 1], [5, 0, 3], [9, 2, 0], [7, 1, 1]], float)
    low, high = interval(rows, f1_of, 0)
    assert low <= f1_of(rows) <= high
    assert (low, high) == interval(rows, f1_of, 0)
    assert interval(np.array([[3.0, 4.0]] * 5), ratio_of, 1) == (0.75, 0.75)


def test_found_causes_looks_at_the_effects_own_query() -> None:
    log = fresh_log(1, 120, 0, SMALL.features)
    trace = small_model().run_with_trace(log.sequence).trace
    assert log.log.pairs
    for (effect, cause), found in zip(log.log.pairs, found_causes(log, trace), strict=True):
        keys = {int(k) for _, _, head in trace for k in head.key_index[head.pairs_of(effect)]}
        assert found == (cause in keys)


def test_evaluation_has_every_figure_with_its_interval() -> None:
    model = small_model()
    result = evaluate(model, None, generated=3, events=120, seed=1)
    flat = figures(result)
    for name in ("event_f1", "cause_recall", "selected_per_query"):
        low, high = flat[f"{name}_interval"]
        assert low <= flat[name] <= high
    assert flat["dense_event_f1"] is None
    assert flat["certified_share"] == 1.0
    assert sum(total for _, total in result.recall_by_fault.values()) == result.effects
    assert result == evaluate(model, None, generated=3, events=120, seed=1)


def test_other_seeds_are_other_logs() -> None:
    assert fresh_log(0, 50, 0, 256).sequence.sha256 != fresh_log(0, 50, 1, 256).sequence.sha256
    with pytest.raises(ConfigError):
        evaluate(small_model(), None, generated=0, events=50, seed=0)


def test_finishing_learns_words_and_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparsemix.training.generated.training._EVENTS", 150)
    monkeypatch.setattr("sparsemix.training.generated.training._LOGS", 3)
    model = finish(small_model().network, 0)
    log = fresh_log(0, 100, 2, SMALL.features)
    decision = model.run_with_trace(log.sequence).decision
    assert decision.known_share > 0.9
    assert not decision.unfamiliar
    assert 0.0 < decision.event_threshold < 1.0
    assert float(model.neutral.abs().sum()) > 0
