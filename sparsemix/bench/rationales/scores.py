"""What scores of words are worth against the characters and words that people marked.

Two measures: *character F1* of the words chosen by a score, per post and averaged, 1 for a post in which nothing is marked and
nothing chosen, as the shared task defines it (Pavlopoulos et al. 2021); and *rationale AUPRC*, the average precision of the
ranking of a post's words (DeYoung et al. 2020, "ERASER", arXiv 1911.03429), where some of them are marked and some are not.

Axis letters: P posts, W words of all posts one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.bench.rationales.data import Post

Scores = NDArray[np.float64]
"""One number a word [W]: the larger, the more it is held to be toxic."""

_THRESHOLDS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Which words are chosen: those whose score is positive and reaches ``threshold``; ``fill``: what lies between two
    neighbouring ones counts too. One number for all posts, so that nothing may be chosen where nothing stands out."""

    threshold: float
    fill: bool


class Judge:
    """Scores words of given posts."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.owner = np.repeat(np.arange(len(posts)), [len(post.toxic) for post in posts])
        self.toxic = np.concatenate([post.toxic for post in posts])
        self._marked = np.array([len(post.marked) for post in posts])
        starts, ends = (np.concatenate([getattr(post, name) for post in posts]) for name in ("starts", "ends"))
        # Marks before each character, so that those of any stretch are a difference.
        before = [np.cumsum([0, *(place in post.marked for place in range(len(post.text)))]) for post in posts]

        def hits(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
            found = [before[post][b] - before[post][a] for post, a, b in zip(self.owner, start, end, strict=True)]
            return np.array(found, dtype=np.int64)

        self._size, self._hits = ends - starts, hits(starts, ends)
        # The gap in front of every word that is not its post's first.
        self._follows = np.append(False, self.owner[1:] == self.owner[:-1])[: len(self.owner)]
        gap = np.where(self._follows, np.roll(ends, 1), starts)
        self._gap_size, self._gap_hits = starts - gap, hits(gap, starts)

    def split(self, scores: Scores) -> list[Scores]:
        """The scores of each post."""
        return np.split(scores, np.flatnonzero(np.diff(self.owner, prepend=-1)))[1:]

    def f1(self, scores: Scores, choice: Choice) -> NDArray[np.float64]:
        """Character F1 of every post [P]."""
        chosen = (scores >= choice.threshold) & (scores > 0.0)
        found, right = self._sum(self._size * chosen), self._sum(self._hits * chosen)
        if choice.fill:
            joined = chosen & self._follows & np.roll(chosen, 1)
            found, right = found + self._sum(self._gap_size * joined), right + self._sum(self._gap_hits * joined)
        total = found + self._marked
        return np.where(total > 0, 2.0 * right / np.maximum(total, 1.0), 1.0)

    def _sum(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(self.owner, weights=values, minlength=len(self._marked)).astype(np.float64)

    def best(self, scores: Scores) -> Choice:
        """The choice with the best mean character F1 on these posts. Thresholds are looked for among the scores; of several as
        good, the highest."""
        grid = np.unique(np.quantile(scores, 1.0 - np.geomspace(0.005, 0.5, _THRESHOLDS)))[::-1]
        choices = [Choice(float(threshold), fill) for threshold in grid for fill in (True, False)]
        return max(choices, key=lambda choice: float(self.f1(scores, choice).mean()))

    def auprc(self, scores: Scores) -> NDArray[np.float64]:
        """Average precision of every post, float64 [P]; NaN where none or all of the words are toxic."""
        found = np.full(len(self._marked), np.nan)
        for post in np.unique(self.owner):
            place = self.owner == post
            truth = self.toxic[place]
            if truth.any() and not truth.all():
                found[post] = average_precision(scores[place], truth)
        return found


def average_precision(scores: Scores, truth: NDArray[np.bool_]) -> float:
    """Area under the precision-recall curve of ``scores`` [W] against ``truth`` [W], as a step function; words with the same
    score come in together. One at least must be true."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.diff(scores[order]) != 0.0, True)
    precision, recall = hits[last] / (np.flatnonzero(last) + 1), hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
