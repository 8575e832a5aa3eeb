"""A judge of pairs: how probably a selected pair matters, learned from what people said of others.

Gradient-boosted trees (scikit-learn) over what a pair looks like (``pair_table``) and over how often pairs of its kind were
said to matter, that share counted without the decisions it is used for. People err; each word counts by how far it is believed,
and trees average over hundreds of words. What the judge knows is measured on decisions that it did not learn from: where it
ranks their pairs no better than chance, there is nothing in what was said.
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
"""Fewer marks, or fewer than a quarter of it of one kind, are taken one by one: nothing is carried over from them."""

_FOLDS = 5
_PRIOR = 3.0  # marks that a kind is supposed to have had, at the overall share
_DRAWS = 2000
# Of a hundred teams whose words mean nothing one or two may be learned from, not five.
_SURE = 0.99


@dataclass(frozen=True, slots=True)
class Marked:
    """P pairs that people spoke of: ``features`` [P, F], ``kind`` [P], how probably each is ``relevant`` [P] by what they said,
    and the ``decision`` int64 [P] that it is of."""

    features: NDArray[np.float64]
    kind: tuple[Kind, ...]
    relevant: NDArray[np.float64]
    decision: NDArray[np.int64]

    def of(self, rows: NDArray[np.bool_]) -> Marked:
        """Some of them."""
        kinds = tuple(kind for kind, here in zip(self.kind, rows.tolist(), strict=True) if here)
        return Marked(self.features[rows], kinds, self.relevant[rows], self.decision[rows])

    @property
    def suffices(self) -> bool:
        """Whether a judge can learn from so many; what equals dispute is of neither kind."""
        positive, negative = int((self.relevant > 0.5).sum()), int((self.relevant < 0.5).sum())
        enough = min(positive, negative) >= LEAST_MARKS // 4 and positive + negative >= LEAST_MARKS
        return enough and len(np.unique(self.decision)) >= _FOLDS


@dataclass(frozen=True, slots=True)
class PairJudge:
    """``probability(features, kind)`` [P]: that pairs matter. ``unseen`` [marks]: the same of the marks themselves, each by a
    judge that did not learn from its decision; ``auc`` of these against what people said, each as far as it is believed, with
    its 99 % interval."""

    probability: Callable[[NDArray[np.float64], Sequence[Kind]], NDArray[np.float64]]
    unseen: NDArray[np.float64]
    auc: float
    low: float
    high: float

    @property
    def knows(self) -> bool:
        """Whether what people said can be told from chance."""
        return self.low > 0.5


def learn_judge(marked: Marked, seed: int) -> PairJudge:
    """Learn from marks that suffice. Raises FeedbackError where they do not."""
    if not marked.suffices:
        raise FeedbackError(f"a judge of pairs needs {LEAST_MARKS} marks of both kinds, of {_FOLDS} decisions or more")
    fold = _folds(marked.decision, seed)
    unseen = np.empty(len(marked.relevant))
    for one in range(_FOLDS):
        away = fold == one
        judge = _learn(marked.of(~away), seed)
        unseen[away] = judge(marked.features[away], marked.of(away).kind)
    auc, low, high = _auc(marked, unseen, seed)
    return PairJudge(_learn(marked, seed), unseen, auc, low, high)


def _folds(decision: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """All marks of a decision in the same fold."""
    names, place = np.unique(decision, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % _FOLDS)[place]


def _learn(marked: Marked, seed: int) -> Callable[[NDArray[np.float64], Sequence[Kind]], NDArray[np.float64]]:
    fold = _folds(marked.decision, seed + 1)
    rates = np.empty((len(marked.relevant), 6))
    for one in range(_FOLDS):
        rest, away = marked.of(fold != one), marked.of(fold == one)
        rates[fold == one] = _rates(rest, away.kind)
    trees = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=5.0, random_state=seed
    )
    said = marked.relevant > 0.5
    trees.fit(np.hstack([marked.features, rates]), said, sample_weight=_weight(marked))

    def probability(features: NDArray[np.float64], kind: Sequence[Kind]) -> NDArray[np.float64]:
        if not len(features):
            return np.empty(0)
        found = trees.predict_proba(np.hstack([features, _rates(marked, kind)]))
        return np.asarray(found[:, list(trees.classes_).index(True)] if True in trees.classes_ else np.zeros(len(features)))

    return probability


def _rates(marked: Marked, kind: Sequence[Kind]) -> NDArray[np.float64]:
    """Of the pairs' kinds, their queries' and their keys' templates: how often they were said to matter, and how often
    they were spoken of [P, 6]."""
    mean = float(marked.relevant.mean()) if len(marked.relevant) else 0.5
    columns = []
    for part in (slice(0, 2), slice(0, 1), slice(1, 2)):
        said, total = defaultdict[Sequence[str], float](float), Counter[Sequence[str]]()
        for one, relevant in zip(marked.kind, marked.relevant.tolist(), strict=True):
            said[one[part]] += relevant
            total[one[part]] += 1
        columns.append([(said[one[part]] + _PRIOR * mean) / (total[one[part]] + _PRIOR) for one in kind])
        columns.append([float(total[one[part]]) for one in kind])
    return np.array(columns, np.float64).T


def _auc(marked: Marked, unseen: NDArray[np.float64], seed: int) -> tuple[float, float, float]:
    """With its interval by drawing decisions again, for pairs of one decision hang together."""
    said, weight = marked.relevant > 0.5, _weight(marked)
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(marked.decision == one) for one in np.unique(marked.decision)]
    drawn = []
    for _ in range(_DRAWS):
        taken = np.concatenate([rows[place] for place in rng.integers(len(rows), size=len(rows))])
        if 0 < said[taken].sum() < len(taken):
            drawn.append(roc_auc_score(said[taken], unseen[taken], sample_weight=weight[taken]))
    low, high = np.quantile(drawn, ((1 - _SURE) / 2, (1 + _SURE) / 2)) if drawn else (0.0, 1.0)
    return float(roc_auc_score(said, unseen, sample_weight=weight)), float(low), float(high)


def _weight(marked: Marked) -> NDArray[np.float64]:
    """How far each is believed; what equals dispute says nothing of anything."""
    return np.asarray(np.abs(2.0 * marked.relevant - 1.0) + 1e-6)
