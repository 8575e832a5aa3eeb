"""Which candidates are shown first: a weighted sum of their terms, and none close to one that is shown already.

The weights were set by `python -m tests.benchmarks first-look` on readings of ten real logs, from a prior of round numbers; its
figures are of systems that were left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sparsemix.incidents.terms import REACH, TERMS, Candidates

WEIGHTS: Mapping[str, float] = {
    "severe": 2.0,
    "fault": 0.56,
    "severest": 1.03,
    "harmless": 1.06,
    "episodes": 0.98,
    "within": 3.0,
    "pause": 1.07,
    "clock": 1.17,
    "follows": 0.35,
    "start": 0.53,
    "number_gap": 0.34,
    "number_step": 0.17,
    "number_rare": 0.2,
    "burst": 0.5,
    "aside": 0.63,
    "model": 0.18,
    "outstanding": 0.09,
    "doubtful": 0.4,
    "repeated": 0.03,
    "flood": 1.03,
    "identifier": -2.09,
}
"""Weights fitted to both readings of all ten logs."""
MUST_BE_SEEN = 2.55
"""Score from which on a person who does not see a line has missed what happened; set on stretches of 200 lines of the same
logs."""
WORTH_SHOWING = 1.0
"""Effect that the strongest reason of an incident has at least: others are the best of a file in which nothing happened."""
AGAIN = 1.5
"""What a candidate loses for every one of its kind before it."""


def vector(weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Return weights in the order of TERMS [T]."""
    return np.array([weights[term] for term in TERMS])


def must_be_seen(values: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which candidates with these ``values`` [K, T] and ``scores`` [K] must be seen: those that say that something is
    wrong, or where the clock runs back. A number or a pause alone is worth a look, and no more."""
    trouble = values[:, [TERMS.index("severe"), TERMS.index("clock")]].any(1)
    return (scores >= MUST_BE_SEEN) & trouble


def first_ones(
    found: Candidates, most: int, weights: NDArray[np.float64], again: float = AGAIN, apart: int = REACH
) -> tuple[list[int], list[float]]:
    """Return the numbers and scores of at most so many candidates, best first: none within ``apart`` events of one before it in
    its source; ``again``: what a candidate loses for every one of its kind before it."""
    score, shown, scores = found.values @ weights, list[int](), list[float]()
    while len(shown) < most and len(score):
        best = int(score.argmax())
        if score[best] == -np.inf:
            break
        shown.append(best)
        scores.append(float(score[best]))
        score[found.kind == found.kind[best]] -= again
        near = np.abs(found.event - found.event[best]) <= apart
        score[near & (found.source[found.event] == found.source[found.event[best]])] = -np.inf
    return shown, scores
