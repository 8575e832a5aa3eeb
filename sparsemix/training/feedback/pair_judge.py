"""A judge of pairs: how probably a selected pair matters, learned from the marks of other pairs.

Gradient-boosted trees (scikit-learn) over a pair's features and over the share of its kind of pairs that was
marked as relevant, counted without the decisions that the share is used for. Reviewers err; each mark counts by the belief in
it, and trees average over hundreds of marks. The judge is measured on decisions that it did not learn from: where it ranks
their pairs no better than chance, the marks hold no information.

Features of a run's selected pairs: not their words, but how the two events relate to each other.

The table has one row per pair of two different events that any layer and head selected for a query: how far apart the events
are and how many words they share, whether a nearer event of the same template shares as many (a state that was superseded), and
how the attention was distributed among the query's keys. The kind of a pair is its two templates (``template_pairs``).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import FeedbackError
from sparsemix.model.template_pairs import coded_templates
from sparsemix.trace.selection_trace import SelectionTrace

FEATURES = (
    *("distance", "later", "shared_words", "superseded", "same_between"),
    *("nearer_keys", "nearer_keys_as_alike", "keys_more_alike"),
    *("weight", "share_of_query", "heads", "margin", "heavier_keys", "keys"),
)
_LOOKED_AT = 40  # at most so many events of the key's template between query and key are compared
_WORDS = re.compile(r"[\s=]+")

Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairTable:
    """P pairs of one run: ``query`` and ``key`` int64 [P], their ``kind`` [P], ``features`` float64 [P, len(FEATURES)]."""

    query: NDArray[np.int64]
    key: NDArray[np.int64]
    kind: tuple[Kind, ...]
    features: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.query)


def pair_table(sequence: TokenSequence, trace: SelectionTrace, queries: NDArray[np.int64]) -> PairTable:
    """Return the table of the pairs of ``queries``, sorted by query and key."""
    n = len(sequence)
    codes, templates = coded_templates(sequence)
    is_query = np.zeros(n, np.bool_)
    is_query[queries] = True
    parts = []
    for _, _, head in trace:
        of_queries = is_query[head.query_index] & (head.query_index != head.key_index)
        pair = head.query_index[of_queries].astype(np.int64) * n + head.key_index[of_queries]
        parts.append((pair, head.weight[of_queries].astype(np.float64), head.margin[of_queries].astype(np.float64)))
    pair, place = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    weight = np.bincount(place, np.concatenate([part[1] for part in parts]), len(pair)).astype(np.float64)
    heads = np.bincount(place, minlength=len(pair)).astype(np.float64)
    margin = np.full(len(pair), -np.inf)
    np.maximum.at(margin, place, np.concatenate([part[2] for part in parts]))
    query, key = np.divmod(pair, n)
    rows = _Rows(sequence, codes)
    features = np.empty((len(pair), len(FEATURES)))
    for start, stop in _spans(query):
        own = slice(start, stop)
        features[own] = rows.of(int(query[start]), key[own], weight[own], heads[own], margin[own])
    kinds = tuple((templates[codes[a]], templates[codes[b]]) for a, b in zip(query, key, strict=True))
    return PairTable(query, key, kinds, features)


def _spans(query: NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Return [start, stop) of the rows of each query; ``query`` is sorted."""
    edges = np.flatnonzero(np.diff(query)) + 1
    bounds = [0, *edges.tolist(), len(query)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]


class _Rows:
    """Computes the rows of the table, those of one query at a time."""

    def __init__(self, sequence: TokenSequence, codes: NDArray[np.int64]) -> None:
        self._codes = codes
        same = defaultdict(list)
        for place, code in enumerate(codes.tolist()):
            same[code].append(place)
        self._same = {code: np.array(places) for code, places in same.items()}
        self._words = cache(lambda place: frozenset(_WORDS.split(sequence.events[place].message)))

    def of(
        self,
        query: int,
        keys: NDArray[np.int64],
        weight: NDArray[np.float64],
        heads: NDArray[np.float64],
        margin: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        own = self._words(query)
        alike = np.array([len(own & self._words(key)) for key in keys.tolist()])
        distance = np.abs(keys - query)
        nearer = distance[None] < distance[:, None]
        as_alike = alike[None] >= alike[:, None]
        between = [self._between(query, key) for key in keys.tolist()]
        superseded = [
            sum(len(own & self._words(place_between)) >= alike[place] for place_between in places[-_LOOKED_AT:].tolist())
            for place, places in enumerate(between)
        ]
        return np.column_stack(
            [
                np.log1p(distance),
                keys > query,
                alike,
                superseded,
                [len(places) for places in between],
                nearer.sum(1),
                (nearer & as_alike).sum(1),
                (alike[None] > alike[:, None]).sum(1),
                weight,
                weight / weight.sum(),
                heads,
                margin,
                (weight[None] > weight[:, None]).sum(1),
                np.full(len(keys), len(keys)),
            ]
        ).astype(np.float64)

    def _between(self, query: int, key: int) -> NDArray[np.int64]:
        """Return the events of the key's template that lie between the two."""
        same = self._same[int(self._codes[key])]
        low, high = min(query, key), max(query, key)
        return same[np.searchsorted(same, low, "right") : np.searchsorted(same, high, "left")]


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
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to load

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
    decisions, decision = np.unique(marked.decision, return_inverse=True)
    place = np.unique(unseen, return_inverse=True)[1]

    def area(times: NDArray[np.int64]) -> float:
        """Return the AUC, decision d counted ``times[d]`` times; NaN where only one kind of mark is left."""
        positive, negative = (np.bincount(place, weight * times[decision] * kind) for kind in (is_relevant, ~is_relevant))
        product = positive.sum() * negative.sum()
        return float(positive @ (negative.cumsum() - negative / 2) / product) if product else np.nan

    count = len(decisions)
    drawn = [area(np.bincount(rng.integers(count, size=count), minlength=count)) for _ in range(_DRAWS)]
    known = not np.isnan(drawn).all()
    low, high = np.nanquantile(drawn, ((1 - _SURE) / 2, (1 + _SURE) / 2)) if known else (0.0, 1.0)
    return area(np.ones(count, np.int64)), float(low), float(high)


def _weight(marked: Marked) -> NDArray[np.float64]:
    """Return the belief in each mark; nearly 0 where equally many reviewers disagree."""
    return np.asarray(np.abs(2.0 * marked.relevant - 1.0) + 1e-6)
