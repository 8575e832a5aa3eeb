"""Scores of a post's words by every method, and their agreement with the characters and words that people marked.

Methods explain the verdict at a post's summary:

- ``summary_selection``: the weight of the summary's own pairs in the last layer, mean over the heads: what the verdict was read
  from. ``summary_selection_scaled``: the same times the effective number of selected words, (sum w)^2 / sum w^2, so that words
  which share the weight count as much as a single word with all of it; the order of a post's words stays.
- ``rollout`` and ``selection_weight``, and ``SLOW`` ones that take many passes: the methods of ``sparsemix.explain`` applied to
  the summary's logit. Words outside its receptive field have 0.
- ``words``: the probability that the model gives each word, which explains nothing.

Two measures: *character F1* of the words chosen by a score, per post and averaged, 1 for a post in which nothing is marked and
nothing is chosen, as the shared task defines it (Pavlopoulos et al. 2021); and *rationale AUPRC*, the average precision of the
ranking of a post's words (DeYoung et al. 2020, "ERASER", arXiv 1911.03429), where some of them are marked and some are not.

Axis letters: P posts, W words of all posts one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.explain.attribution import Attribution, rollout, selection_weight
from sparsemix.explain.effects import PAIR_EFFECT
from sparsemix.explain.integrated import FROZEN, GRADIENT
from sparsemix.explain.methods import attribute
from sparsemix.explain.perturbation import ABLATION
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Run
from tests.benchmarks.rationales.data import Post
from tests.benchmarks.report import Tell

Scores = NDArray[np.float64]
"""One number per word [W]: the larger, the more toxic the method takes the word to be."""

SUMMARY, SCALED, WORDS = "summary_selection", "summary_selection_scaled", "words"
SLOW = (FROZEN, GRADIENT, ABLATION, PAIR_EFFECT)

_THRESHOLDS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Which words are chosen: those whose score is positive and reaches ``threshold``; ``fill``: the text between two chosen
    neighbours counts too. One threshold for all posts, so that a post in which no word stands out may get no choice."""

    threshold: float
    fill: bool


class Judge:
    """Measures of word scores on given posts."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.owner = np.repeat(np.arange(len(posts)), [len(post.toxic) for post in posts])
        self.toxic = np.concatenate([post.toxic for post in posts])
        self._marked = np.array([len(post.marked) for post in posts])
        starts, ends = (np.concatenate([getattr(post, name) for post in posts]) for name in ("starts", "ends"))
        # Marked characters before each character: those of a stretch are a difference.
        before = [np.cumsum([0, *(place in post.marked for place in range(len(post.text)))]) for post in posts]

        def hits(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
            marked = [before[post][b] - before[post][a] for post, a, b in zip(self.owner, start, end, strict=True)]
            return np.array(marked, dtype=np.int64)

        self._size, self._hits = ends - starts, hits(starts, ends)
        # The gap in front of every word but the first of its post.
        self._follows = np.append(False, self.owner[1:] == self.owner[:-1])[: len(self.owner)]
        gap = np.where(self._follows, np.roll(ends, 1), starts)
        self._gap_size, self._gap_hits = starts - gap, hits(gap, starts)

    def split(self, scores: Scores) -> list[Scores]:
        """Split scores of all words into the scores of each post."""
        return np.split(scores, np.flatnonzero(np.diff(self.owner, prepend=-1)))[1:]

    def f1(self, scores: Scores, choice: Choice) -> NDArray[np.float64]:
        """Return the character F1 of every post [P]."""
        chosen = (scores >= choice.threshold) & (scores > 0.0)
        size, right = self._sum(self._size * chosen), self._sum(self._hits * chosen)
        if choice.fill:
            joined = chosen & self._follows & np.roll(chosen, 1)
            size, right = size + self._sum(self._gap_size * joined), right + self._sum(self._gap_hits * joined)
        total = size + self._marked
        return np.where(total > 0, 2.0 * right / np.maximum(total, 1.0), 1.0)

    def _sum(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.bincount(self.owner, weights=values, minlength=len(self._marked)).astype(np.float64)

    def best(self, scores: Scores) -> Choice:
        """Return the choice with the best mean character F1 on these posts. Thresholds are taken from the scores; among equally
        good ones the highest wins."""
        grid = np.unique(np.quantile(scores, 1.0 - np.geomspace(0.005, 0.5, _THRESHOLDS)))[::-1]
        choices = [Choice(float(threshold), fill) for threshold in grid for fill in (True, False)]
        return max(choices, key=lambda choice: float(self.f1(scores, choice).mean()))

    def auprc(self, scores: Scores) -> NDArray[np.float64]:
        """Return the average precision of every post, float64 [P]; NaN where none or all of the words are toxic."""
        precision = np.full(len(self._marked), np.nan)
        for post in np.unique(self.owner):
            place = self.owner == post
            truth = self.toxic[place]
            if truth.any() and not truth.all():
                precision[post] = average_precision(scores[place], truth)
        return precision


def average_precision(scores: Scores, truth: NDArray[np.bool_]) -> float:
    """Return the area under the precision-recall curve of ``scores`` [W] against ``truth`` [W], as a step function; words with
    the same score enter together. At least one word must be true."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.diff(scores[order]) != 0.0, True)
    precision, recall = hits[last] / (np.flatnonzero(last) + 1), hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def explained(model: SparseMixModel, posts: Sequence[Post], slow: Sequence[str], tell: Tell) -> dict[str, Scores]:
    """Return the scores of all words [W] by method: of the ``slow`` methods, or, without any, of those that need only a run."""
    by_method: dict[str, list[Scores]] = {}
    for number, post in enumerate(posts):
        sequence = post.sequence()
        run = model.run_with_trace(sequence)
        summary = len(post.toxic)
        if slow:
            rerun = Rerun(model, sequence, run.trace)
            scores = {method: _of_words(attribute(rerun, summary, method), summary) for method in slow}
        else:
            scores = _of_run(run, summary)
        for method, values in scores.items():
            by_method.setdefault(method, []).append(values)
        if slow and (number + 1) % 100 == 0:
            tell(f"{number + 1} of {len(posts)} posts explained by {', '.join(slow)}")
    return {method: np.concatenate(values) for method, values in by_method.items()}


def _of_run(run: Run, summary: int) -> dict[str, Scores]:
    weight = summary_selection(run, summary)
    squares = float(np.sum(weight**2))
    scores = {
        SUMMARY: weight,
        SCALED: weight * (weight.sum() ** 2 / squares if squares else 0.0),
        WORDS: run.decision.event_probability[:summary].astype(np.float64),
    }
    others = rollout(run.trace, summary), selection_weight(run.trace, summary)
    return scores | {attribution.method: _of_words(attribution, summary) for attribution in others}


def _of_words(attribution: Attribution, words: int) -> Scores:
    return attribution.dense(words + 1)[:words].astype(np.float64)


def summary_selection(run: Run, summary: int) -> Scores:
    """Return the weight that the summary gives to each word in the last layer, mean over the heads."""
    heads = run.trace.heads[-1]
    weight = np.zeros(summary + 1)
    for head in heads:
        place = head.pairs_of(summary)
        weight[head.key_index[place]] += head.weight[place]
    return weight[:summary] / len(heads)
