"""The model for any log on logs of ten systems that its training never saw, beside trivial detectors.

``injected``: logs with one fault each (`injection`); a method's figure is the mean over the logs of the average precision of
the true lines. ``alerts``: which lines of BGL its operators marked. ``unbroken``: the share of lines that are flagged in logs
into which nobody put a fault. Intervals hold 95 % of the means over logs drawn anew (bootstrap); for ``alerts``, over lines.

Axis letters: L logs.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from tests.benchmarks.report import Row, Tell
from tests.benchmarks.zero import detectors
from tests.benchmarks.zero.injection import KINDS, broken
from tests.benchmarks.zero.logs import FOLDS, SystemLog, load, read
from tests.benchmarks.zero.scores import check, line_scores, read_lines, scores_without

OURS = "any log"
_ALERTS = "BGL"
_DRAWS = 1000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """Average precision of every method on one broken log, by name."""

    system: str
    kind: str
    precision: Mapping[str, float]


def zero_rows(folder: Path, seeds: Sequence[int], tell: Tell) -> list[Row]:
    """Return the rows of all measurements. Raises `ConfigError` when the data are not there, or a check fails."""
    logs, model = load(folder), any_log_model()
    check(model, read_lines(logs[_ALERTS].lines))
    rows = [*_alert_rows(logs[_ALERTS], model), *_unbroken_rows(logs, model)]
    seconds: dict[str, float] = defaultdict(float)
    measured = []
    for name, log in logs.items():
        for kind in KINDS:
            for seed in seeds:
                one = broken(kind, seed, log, logs)
                if one is not None:
                    scores = _scores(read(log.system, list(one.lines)), model, seconds)
                    precision = {method: _precision(one.true, score) for method, score in scores.items()}
                    measured.append(Measured(name, kind, precision))
        tell(f"{name}: {len(measured):,} logs measured")
    for fold in FOLDS:
        rows += _injected_rows(f"injected, {' and '.join(fold)}", [one for one in measured if one.system in fold], seconds)
    for kind in KINDS:
        rows += _injected_rows(f"injected, {kind}", [one for one in measured if one.kind == kind], seconds)
    return rows + _injected_rows("injected, all", measured, seconds)


def _scores(log: SystemLog, model: SparseMixModel, seconds: dict[str, float]) -> dict[str, NDArray[np.float64]]:
    """Return the scores of every method on a log, and add up the seconds that they took."""
    scores = {}
    kind = detectors.templates(log)
    for name, detector in detectors.DETECTORS.items():
        started = time.perf_counter()
        scores[name] = detector(log, kind)
        seconds[name] += time.perf_counter() - started
    started = time.perf_counter()
    sequence = read_lines(log.lines)
    scores[OURS] = line_scores(model, sequence, len(log.lines))
    seconds[OURS] += time.perf_counter() - started
    without = scores_without(model, sequence, len(log.lines))
    return scores | {f"{OURS} without {part}": score for part, score in without.items()}


def _precision(true: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    return float(average_precision_score(true, score))


def _injected_rows(name: str, measured: Sequence[Measured], seconds: Mapping[str, float]) -> list[Row]:
    if not measured:
        return []
    values = {method: np.array([one.precision[method] for one in measured]) for method in measured[0].precision}
    drawn = np.random.default_rng(0).integers(len(measured), size=(_DRAWS, len(measured)))
    rows = [
        _row(name, method, "mean average precision", value.mean(), value[drawn].mean(1), seconds.get(method))
        for method, value in values.items()
    ]
    best = max(detectors.DETECTORS, key=lambda method: values[method].mean())
    ours, theirs = values[OURS], values[best]
    ratio = ours[drawn].mean(1) / theirs[drawn].mean(1)
    return [*rows, _row(name, OURS, f"ratio to {best}", ours.mean() / theirs.mean(), ratio)]


def _alert_rows(log: SystemLog, model: SparseMixModel) -> list[Row]:
    scores = _scores(log, model, defaultdict(float))
    scores["the word FATAL"] = np.array([float(" FATAL " in line) for line in log.lines])
    drawn = np.random.default_rng(0).integers(len(log.lines), size=(_DRAWS // 5, len(log.lines)))
    return [
        _row(
            f"alerts, {_ALERTS}",
            method,
            "average precision",
            _precision(log.alert, score),
            np.array([_precision(log.alert[some], score[some]) for some in drawn]),
        )
        for method, score in scores.items()
    ]


def _unbroken_rows(logs: Mapping[str, SystemLog], model: SparseMixModel) -> list[Row]:
    """Return the share of events that are flagged in unbroken logs. BGL is left out: it has alerts."""
    shares = {}
    for name, log in logs.items():
        if name != _ALERTS:
            decision = model.run_with_trace(read_lines(log.lines)).decision
            shares[name] = len(decision.flagged) / len(decision.event_probability)
    rows = [_row(f"unbroken, {name}", OURS, "flagged share", share, np.array([share])) for name, share in shares.items()]
    value = np.array(list(shares.values()))
    drawn = np.random.default_rng(0).integers(len(value), size=(_DRAWS, len(value)))
    return [*rows, _row("unbroken, all", OURS, "flagged share", value.mean(), value[drawn].mean(1))]


def _row(name: str, method: str, metric: str, value: float, drawn: NDArray[np.float64], seconds: float | None = None) -> Row:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return {
        "set": name,
        "method": method,
        "metric": metric,
        "value": float(value),
        "low": low,
        "high": high,
        "seconds": seconds,
    }
