"""F1 and average precision of naming lines, with bootstrap draws of whole blocks.

Axis letters: M test lines, K blocks of these lines, D draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score

from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.report import BenchmarkRefused, Row

Scores = NDArray[np.float64]
Scored = tuple[Scores, float]
"""The scores [M] of the test lines, higher for lines more likely of an anomalous block, and the threshold from which on a line
is named."""
DRAWS = 1000
_LEVEL = 0.95
_MOST_DIFFERENCE = 1e-9


@dataclass(frozen=True, slots=True)
class Judged:
    """What a method found under a seed (None: nothing is drawn): scores and threshold by length, and further figures by
    length."""

    method: str
    seed: int | None
    scored: Mapping[int, Scored]
    figures: Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Truth:
    """Of the test lines: the ``label`` bool [M], the ``place`` int64 [M] of each line's block among the K blocks, and ``times``
    float64 [1 + D, K]: how often each draw takes each block; the first takes each once, and so gives the figure itself."""

    label: NDArray[np.bool_]
    place: NDArray[np.int64]
    times: NDArray[np.float64]

    @classmethod
    def of(cls, data: Hdfs, draws: int = DRAWS, seed: int = 0) -> Truth:
        """Draw as many blocks as there are, with replacement, ``draws`` times."""
        blocks, place = np.unique(data.block[data.cut :], return_inverse=True)
        drawn = np.random.default_rng(seed).multinomial(len(blocks), np.full(len(blocks), 1.0 / len(blocks)), size=draws)
        times = np.concatenate([np.ones((1, len(blocks))), drawn.astype(np.float64)])
        return cls(data.label[data.cut :], place.astype(np.int64), times)

    def f1(self, scored: Scored) -> NDArray[np.float64]:
        """Return F1 of the lines at or above the threshold, for every draw [1 + D]; 0 where there is nothing to find."""
        scores, threshold = scored
        named = scores >= threshold
        hit, flagged, true = (
            self.times @ np.bincount(self.place[mask], minlength=self.times.shape[1])
            for mask in (named & self.label, named, self.label)
        )
        return np.asarray(2.0 * hit / np.maximum(flagged + true, 1.0), np.float64)

    def precision(self, scored: Scored) -> NDArray[np.float64]:
        """Return the average precision, equal scores taken together, for every draw [1 + D]; 0 where nothing is to find."""
        order, ends = _ranked(scored[0])
        place, label = self.place[order], self.label[order].astype(np.float64)
        values = np.zeros(len(self.times))
        for draw, times in enumerate(self.times):
            weight = times[place]
            total, true = np.cumsum(weight)[ends], np.cumsum(weight * label)[ends]
            gained = np.diff(true, prepend=0.0)
            values[draw] = (gained * true / np.maximum(total, 1.0)).sum() / max(true[-1], 1.0)
        return values

    def check(self, scored: Scored, f1: float, precision: float) -> None:
        """Raise `BenchmarkRefused` unless scikit-learn finds the same F1 and average precision."""
        scores, threshold = scored
        others = f1_score(self.label, scores >= threshold, zero_division=0.0), average_precision_score(self.label, scores)
        worst = max(abs(f1 - float(others[0])), abs(precision - float(others[1])))
        if not worst <= _MOST_DIFFERENCE:
            raise BenchmarkRefused(f"F1 or average precision differs from scikit-learn's by {worst:.1e}: nothing is reported")


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of a figure, given its values [1 + D] of which the first is the figure itself."""
    low, high = np.quantile(values[1:], [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return low, high


def best_threshold(scores: Scores, label: NDArray[np.bool_]) -> float:
    """Return the score from which on lines must be named for the best F1; of several, the highest."""
    order, ends = _ranked(scores)
    f1 = 2.0 * np.cumsum(label[order])[ends] / (ends + 1.0 + label.sum())
    return float(scores[order][ends[int(f1.argmax())]])


def _ranked(scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of all lines, highest score first, and the ends of runs of equal scores in that order."""
    order = np.argsort(-scores, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(scores[order]) != 0.0, True))
