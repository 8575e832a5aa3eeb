"""A judge of pairs: how probably a selected pair matters, learned from the marks of other pairs.

Gradient-boosted trees (scikit-learn) over a pair's features (``pair_table``) and over the share of its kind of pairs that was
marked as relevant, counted without the decisions that the share is used for. Reviewers err; each mark counts by the belief in
it, and trees average over hundreds of marks. The judge is measured on decisions that it did not learn from: where it ranks
their pairs no better than chance, the marks hold no information.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from sparsemix.errors import FeedbackError
from sparsemix.training.feedback.pair_table import Kind

LEAST_MARKS = 40
"""With fewer marks, or fewer than a quarter of this number of one kind, there is no judge: only the marked pairs count."""

_FOLDS = 5
_PRIOR = 3.0  # pseudo-marks of every kind, at the overall share
_DRAWS = 2000
# Level of the interval of the AUC: with marks that mean nothing, learning may go ahead in one or two of a hundred cases, not in
# five.
_SURE = 0.99


@dataclass(frozen=True, slots=True)
class Marked:
    """P marked pairs: ``features`` [P, F], ``kind`` [P], how probably each is ``relevant`` [P] by the marks, and its
    ``decision`` int64 [P]."""

    features: NDArray[np.float64]
    kind: tuple[Kind, ...]
    relevant: NDArray[np.float64]
    decision: NDArray[np.int64]

    def of(self, rows: NDArray[np.bool_]) -> Marked:
        """Return the pairs of the mask ``rows`` [P]."""
        kinds = tuple(kind for kind, here in zip(self.kind, rows.tolist(), strict=True) if here)
        return Marked(self.features[rows], kinds, self.relevant[rows], self.decision[rows])

    @property
    def suffices(self) -> bool:
        """Return whether there are enough marks for a judge; a pair with equal marks on both sides counts for neither."""
        positive, negative = int((self.relevant > 0.5).sum()), int((self.relevant < 0.5).sum())
        enough = min(positive, negative) >= LEAST_MARKS // 4 and positive + negative >= LEAST_MARKS
        return enough and len(np.unique(self.decision)) >= _FOLDS


@dataclass(frozen=True, slots=True)
class PairJudge:
    """A judge of pairs. ``probability(features, kind)`` [P]: the probability that pairs matter. ``unseen`` [marks]: this
    probability for the marked pairs, each by a judge that did not learn from its decision; ``auc`` of ``unseen`` against the
    marks, weighted by the belief in them, with its 99 % interval from ``low`` to ``high``."""

    probability: Callable[[NDArray[np.float64], Sequence[Kind]], NDArray[np.float64]]
    unseen: NDArray[np.float64]
    auc: float
    low: float
    high: float

    @property
    def knows(self) -> bool:
        """Return whether the marks differ from chance."""
        return self.low > 0.5


def learn_judge(marked: Marked, seed: int) -> PairJudge:
    """Learn a judge from the marks. Raises ``FeedbackError`` when they do not suffice."""
    if not marked.suffices:
        raise FeedbackError(f"a judge of pairs needs {LEAST_MARKS} marks of both kinds, of {_FOLDS} decisions or more")
    fold = _folds(marked.decision, seed)
    unseen = np.empty(len(marked.relevant))
    for held_fold in range(_FOLDS):
        away = fold == held_fold
        judge = _learn(marked.of(~away), seed)
        unseen[away] = judge(marked.features[away], marked.of(away).kind)
    auc, low, high = _auc(marked, unseen, seed)
    return PairJudge(_learn(marked, seed), unseen, auc, low, high)


def _folds(decision: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return a fold for every mark; all marks of a decision are in the same fold."""
    names, place = np.unique(decision, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % _FOLDS)[place]


def _learn(marked: Marked, seed: int) -> Callable[[NDArray[np.float64], Sequence[Kind]], NDArray[np.float64]]:
    fold = _folds(marked.decision, seed + 1)
    rates = np.empty((len(marked.relevant), 6))
    for held_fold in range(_FOLDS):
        rest, away = marked.of(fold != held_fold), marked.of(fold == held_fold)
        rates[fold == held_fold] = _rates(rest, away.kind)
    trees = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=5.0, random_state=seed
    )
    is_relevant = marked.relevant > 0.5
    trees.fit(np.hstack([marked.features, rates]), is_relevant, sample_weight=_weight(marked))

    def probability(features: NDArray[np.float64], kind: Sequence[Kind]) -> NDArray[np.float64]:
        if not len(features):
            return np.empty(0)
        probabilities = trees.predict_proba(np.hstack([features, _rates(marked, kind)]))
        return np.asarray(
            probabilities[:, list(trees.classes_).index(True)] if True in trees.classes_ else np.zeros(len(features))
        )

    return probability


def _rates(marked: Marked, kind: Sequence[Kind]) -> NDArray[np.float64]:
    """Return how often the pairs' kinds, their queries' templates and their keys' templates were marked as relevant, and how
    often they were marked at all [P, 6]."""
    mean = float(marked.relevant.mean()) if len(marked.relevant) else 0.5
    columns = []
    for part in (slice(0, 2), slice(0, 1), slice(1, 2)):
        relevant_marks, total = defaultdict[Sequence[str], float](float), Counter[Sequence[str]]()
        for pair_kind, relevant in zip(marked.kind, marked.relevant.tolist(), strict=True):
            relevant_marks[pair_kind[part]] += relevant
            total[pair_kind[part]] += 1
        columns.append(
            [(relevant_marks[pair_kind[part]] + _PRIOR * mean) / (total[pair_kind[part]] + _PRIOR) for pair_kind in kind]
        )
        columns.append([float(total[pair_kind[part]]) for pair_kind in kind])
    return np.array(columns, np.float64).T


def _auc(marked: Marked, unseen: NDArray[np.float64], seed: int) -> tuple[float, float, float]:
    """Return the AUC and its interval, by resampling decisions, because the pairs of one decision depend on each other."""
    is_relevant, weight = marked.relevant > 0.5, _weight(marked)
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(marked.decision == decision) for decision in np.unique(marked.decision)]
    drawn = []
    for _ in range(_DRAWS):
        taken = np.concatenate([rows[place] for place in rng.integers(len(rows), size=len(rows))])
        if 0 < is_relevant[taken].sum() < len(taken):
            drawn.append(roc_auc_score(is_relevant[taken], unseen[taken], sample_weight=weight[taken]))
    low, high = np.quantile(drawn, ((1 - _SURE) / 2, (1 + _SURE) / 2)) if drawn else (0.0, 1.0)
    return float(roc_auc_score(is_relevant, unseen, sample_weight=weight)), float(low), float(high)


def _weight(marked: Marked) -> NDArray[np.float64]:
    """Return the belief in each mark; nearly 0 where equally many reviewers disagree."""
    return np.asarray(np.abs(2.0 * marked.relevant - 1.0) + 1e-6)
