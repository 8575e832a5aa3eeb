"""The few weights of the ranking, fitted to readings of real logs with some systems left out.

Figures of a ranking move in steps, so their mean over scores with a little noise is maximised, coordinate by coordinate, near
the prior of round numbers. The weights are the mean over twelve drawings of logs from those that are not left out: ten logs
cannot carry more.

Axis letters: K candidates, T terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.incidents.ranking import first_ones, vector
from sparsemix.incidents.terms import TERMS, Candidates
from tests.benchmarks.first_look.readings import ReadIncident, mean_figures

PRIOR: Mapping[str, float] = {
    "severe": 2.0, "fault": 0.5, "severest": 1.0, "harmless": 1.0, "episodes": 1.0, "within": 3.0, "pause": 1.0, "clock": 1.0,
    "follows": 0.3, "start": 0.5, "number_gap": 0.3, "number_step": 0.2, "number_rare": 0.0, "burst": 0.5, "aside": 0.7,
    "model": 0.2, "outstanding": 0.3, "doubtful": 0.3, "repeated": 0.0, "flood": 1.0, "identifier": -2.0,
}  # fmt: skip
"""Weights to start from, as anyone would set them: a nat is a nat, and a severe word weighs as much as seven episodes."""
# Candidates that no weights near the prior show are left out of the search.
_KEPT = 400
_NOISE, _DRAWS, _SAMPLES, _ROUNDS = 0.35, 6, 12, 3
# Of must@10 in the sum of figures: few incidents must be seen.
_MUST = 0.7
_PULL = 0.08
_LEAST_STEP, _LEAST_GAIN = 0.4, 1e-4


@dataclass(frozen=True, slots=True)
class ReadLog:
    """The candidates of a log, cut to the best by the prior, and for each reading which incidents each meets: by its line,
    and by being near a best line; and the incidents' grades."""

    found: Candidates
    met: tuple[NDArray[np.bool_], ...]
    near: tuple[NDArray[np.bool_], ...]
    grade: tuple[NDArray[np.int64], ...]


def read_log(found: Candidates, lines: NDArray[np.int64], both: Sequence[Sequence[ReadIncident]]) -> ReadLog:
    """Return a log for the search; ``lines``: of the events, from 1."""
    kept = np.argsort(-(found.values @ vector(PRIOR)), kind="stable")[:_KEPT]
    part = replace(found, event=found.event[kept], kind=found.kind[kept], values=found.values[kept], words=(), members=())
    line = lines[part.event]
    met = tuple(np.array([[at in one.lines for one in read] for at in line.tolist()]) for read in both)
    near = tuple(
        np.array([[any(abs(at - best) <= 3 for best in one.best) for one in read] for at in line.tolist()]) for read in both
    )
    return ReadLog(part, met, near, tuple(np.array([one.grade for one in read]) for read in both))


def fitted(logs: Mapping[str, ReadLog], seed: int = 0) -> NDArray[np.float64]:
    """Return the weights [T] fitted to these logs."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, _NOISE, (_DRAWS, _KEPT))
    names = list(logs)
    samples = [[logs[name] for name in rng.choice(names, len(names))] for _ in range(_SAMPLES)]
    return np.asarray(np.mean([_searched(sample, noise, rng) for sample in samples], 0))


def _searched(logs: Sequence[ReadLog], noise: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    prior = vector(PRIOR)
    weights, best = prior.copy(), _worth(logs, prior, noise)
    step = np.maximum(np.abs(prior) / 2, _LEAST_STEP)
    for _ in range(_ROUNDS):
        for term in rng.permutation(len(TERMS)).tolist():
            for change in (step[term], -step[term]):
                tried = weights.copy()
                # Terms are worded so that none can speak against a line; only that an identifier is none has its own sign.
                tried[term] += change
                if TERMS[term] != "identifier":
                    tried[term] = max(tried[term], 0.0)
                if tried[term] != weights[term] and (worth := _worth(logs, tried, noise)) > best + _LEAST_GAIN:
                    weights, best = tried, worth
                    break
            else:
                step[term] *= 0.6
    return weights


def _worth(logs: Sequence[ReadLog], weights: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    total = np.zeros(4)
    for drawn in noise:
        total += mean_figures([_figures(log, weights, drawn) for log in logs])
    pull = _PULL * float(((weights - vector(PRIOR)) ** 2).sum())
    return float(total @ np.array([1.0, _MUST, 1.0, 1.0])) / len(noise) - pull


def _figures(log: ReadLog, weights: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    found = log.found
    noisy = replace(found, values=np.column_stack([found.values, noise[: len(found.event)]]))
    shown, _ = first_ones(noisy, 10, np.append(weights, 1.0))
    rows = []
    for met, near, grade in zip(log.met, log.near, log.grade, strict=True):
        first, ten = np.asarray(met[shown[:5]].any(0)), np.asarray(met[shown].any(0))
        of_must = np.flatnonzero(grade == 2)
        must = float(ten[of_must].mean()) if len(of_must) else np.nan
        rows.append([min(1.0, first.sum() / min(5, len(grade))), must, float(ten.mean()), float(near[shown].any(0).mean())])
    return mean_figures(rows)
