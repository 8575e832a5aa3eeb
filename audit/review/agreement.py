"""Agreement between reviewers and accuracy of each reviewer, as pure functions.

Agreement is chance-corrected, over nominal categories.

Ratings are one mapping per item, reviewer -> category; a reviewer who did not rate an item is absent from its mapping. All
coefficients are 1 - D_o / D_e, observed over expected disagreement: 1 is perfect agreement, 0 what chance gives.

    Cohen 1960          D_e from the two reviewers' own shares of each category
    Fleiss 1971         D_e from the pooled shares, as many ratings for every item
    Krippendorff 2011   the same without replacement, any number of ratings for an item

Intervals are 95 % percentile intervals of the bootstrap over items (Efron 1979; 1981, "Nonparametric standard errors and
confidence intervals"): they show how the value depends on the items drawn, not on which reviewers happened to rate. If no
reviewer ever disagreed, the interval is 1 to 1, however few the items: read it together with the number of items.

`weigh` estimates how probably each statement is true and how often each reviewer is right. Every reviewer has an unknown
accuracy, the same for all statements; votes on the same statement are independent given the truth. Expectation-maximisation
estimates accuracies and truths together. A prior of five statements, four of them right, keeps a reviewer with few votes
close to the weight of an average reviewer.

Reviewers choose what they vote on, and often vote only to object: the statements without a vote are no random sample. So both
answers have even prior odds, however many statements seem to be true. Hence a statement with a single vote says nothing about
its reviewer's accuracy, and only statements with several votes count for it. No accuracy falls below an even chance: no vote
counts for its opposite. A dispute between equals stays open: if the more usual answer settled it, statements with several votes
would come out differently from those with one, and a model could learn that difference from votes that mean nothing.

Source: Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm", here with one
rate a reviewer ("one coin"), and its maximum a posteriori.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from audit.errors import InvalidRecord
from audit.records import validation as v

RESAMPLES = 2_000
_PERCENTILES = (2.5, 97.5)
_CELLS = 4_000_000  # resampled counts held at a time, 8 bytes each

_Array = NDArray[np.float64]
_Coefficient = Callable[[_Array], _Array]  # sums over the items (resamples, features) -> values (resamples,)

Statement = TypeVar("Statement", bound=Hashable)

_RIGHT, _WRONG = 4.0, 1.0  # statements of the prior that a reviewer had right and wrong
_STRANGER = _RIGHT / (_RIGHT + _WRONG)  # accuracy of a reviewer of whom nothing else is known
_LEAST = 0.51  # a little above even: a single vote keeps its meaning
_ROUNDS = 500  # at most
_SETTLED = 1e-9  # the rounds end when every accuracy changes by less


@dataclass(frozen=True, slots=True)
class Statistic:
    """A value without a unit and its 95 % interval, `low <= value <= high`; None where it is undefined.

    `items` counts the items (trials, for a share) that went into it, also when they were too few for a value.
    """

    value: float | None
    low: float | None
    high: float | None
    items: int


class Vote(NamedTuple, Generic[Statement]):
    """A reviewer's answer that a statement is true, or that it is not; ``deniable``: whether others could have denied it.
    Agreement on a statement that nobody could deny says nothing about accuracy."""

    statement: Statement
    reviewer: str
    true: bool
    deniable: bool = True


@dataclass(frozen=True, slots=True)
class WeighedVotes(Generic[Statement]):
    """How probably each statement is true, and how often each reviewer is right, both in (0, 1)."""

    probability: Mapping[Statement, float]
    accuracy: Mapping[str, float]


def observed_agreement(ratings: Sequence[Mapping[str, str]], *, seed: int = 0) -> Statistic:
    """Return the share of agreeing pairs among all pairs of ratings of the same item, 0 to 1; undefined without any pair.

    Every pair counts alike, so an item with three ratings weighs three times as much as one with two. One item alone has a
    value and no interval. `seed` draws the resamples.
    Raises `InvalidRecord` when a reviewer or category is not text or empty, or for a bad seed.
    """
    table = sorted(_patterns(ratings).items())
    features = np.array(
        [[sum(math.comb(votes, 2) for votes in Counter(p).values()), math.comb(len(p), 2)] for p, _ in table], dtype=np.float64
    )
    share = _bootstrap([items for _, items in table], features, lambda sums: sums[:, 0] / sums[:, 1], seed)
    return Statistic(features[0, 0] / features[0, 1], None, None, 1) if share.items == 1 else share


def cohen_kappa(ratings: Sequence[Mapping[str, str]], a: str, b: str, *, seed: int = 0) -> Statistic:
    """Return Cohen's kappa of the reviewers `a` and `b` over the items that both rated; their order does not matter.

    Undefined with fewer than two such items (none, if a reviewer is unknown), and when both used only one and the same
    category: then chance agrees as perfectly as they do.
    Source: Cohen 1960, "A coefficient of agreement for nominal scales". `seed` draws the resamples.
    Raises `InvalidRecord` when `a` is `b`, when a reviewer or category is not text or empty, or for a bad seed.
    """
    if v.text("a", a) == v.text("b", b):
        raise InvalidRecord(f"kappa needs two reviewers, got {a!r} twice")
    pairs = Counter((item[a], item[b]) for item in _checked(ratings) if a in item and b in item)
    # Always the same one of the two orders, or the interval would depend on who is called `a`.
    table = min(sorted(pairs.items()), sorted(((second, first), items) for (first, second), items in pairs.items()))
    place = _places(pattern for pattern, _ in table)
    features = np.zeros((len(table), 1 + 2 * len(place)))  # agreed?, category of the first, category of the second
    for row, ((first, second), _) in enumerate(table):
        features[row, 0] = first == second
        features[row, 1 + place[first]] = 1
        features[row, 1 + len(place) + place[second]] = 1

    def kappa(sums: _Array) -> _Array:
        first, second = np.split(sums[:, 1:], 2, axis=1)
        items = first.sum(axis=1)
        return _one_minus((items - sums[:, 0]) * items, items**2 - (first * second).sum(axis=1))

    return _bootstrap([items for _, items in table], features, kappa, seed)


def fleiss_kappa(ratings: Sequence[Mapping[str, str]], *, seed: int = 0) -> Statistic:
    """Return Fleiss' kappa over the items with n ratings; the reviewers may differ from item to item.

    n is the most common number of ratings among the items with at least two (of equally common numbers the larger).
    Items with another number are left out: `items` says how many stayed; `krippendorff_alpha` keeps them all.
    Undefined with fewer than two items, and when only one category was ever used.
    Source: Fleiss 1971, "Measuring nominal scale agreement among many raters". `seed` draws the resamples.
    Raises `InvalidRecord` when a reviewer or category is not text or empty, or for a bad seed.
    """
    patterns = _patterns(ratings)
    common: Counter[int] = Counter()
    for pattern, items in patterns.items():
        common[len(pattern)] += items
    n = max(common, key=lambda number: (common[number], number), default=0)
    return _pooled({pattern: items for pattern, items in patterns.items() if len(pattern) == n}, 0, seed)


def krippendorff_alpha(ratings: Sequence[Mapping[str, str]], *, seed: int = 0) -> Statistic:
    """Return Krippendorff's alpha, nominal, over the items with at least two ratings; the others cannot be paired.

    Undefined with fewer than two items, and when only one category was ever used: without variation, nothing tells
    agreement from a habit.
    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability". `seed` draws the resamples.
    Raises `InvalidRecord` when a reviewer or category is not text or empty, or for a bad seed.
    """
    return _pooled(_patterns(ratings), 1, seed)


def wilson(successes: int, trials: int) -> Statistic:
    """Return the share `successes / trials`, 0 to 1, with Wilson's 95 % score interval; undefined without trials.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    Raises `InvalidRecord` unless 0 <= successes <= trials, both int.
    """
    v.whole("successes", successes, most=v.whole("trials", trials))
    if trials == 0:
        return Statistic(None, None, None, 0)
    z = NormalDist().inv_cdf(_PERCENTILES[1] / 100)
    share = successes / trials
    centre = (successes + z**2 / 2) / (trials + z**2)
    half = z * math.sqrt(successes * (1 - share) + z**2 / 4) / (trials + z**2)
    # At 0 and 1 the interval ends exactly there; rounding alone would miss it by a hair.
    return Statistic(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)), trials)


def weigh(votes: Iterable[Vote[Statement]]) -> WeighedVotes[Statement]:
    """Estimate truths and accuracies from all votes together. Of several votes of one reviewer on one statement the last
    counts. The same votes in the same order give the same bits."""
    answers: dict[Statement, dict[str, bool]] = defaultdict(dict)
    undeniable = set()
    for vote in votes:
        answers[vote.statement][vote.reviewer] = vote.true
        if not vote.deniable:
            undeniable.add(vote.statement)
    shared = [given for statement, given in answers.items() if len(given) > 1 and statement not in undeniable]
    accuracy = _accuracies(shared, sorted({reviewer for given in answers.values() for reviewer in given}))
    return WeighedVotes({statement: _true(given, accuracy) for statement, given in answers.items()}, accuracy)


def _checked(ratings: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    for number, item in enumerate(ratings):
        if not isinstance(item, Mapping):
            raise InvalidRecord(f"item {number} must map reviewers to categories, not be {type(item).__name__}")
        for reviewer, category in item.items():
            # An empty text is a missing rating in disguise; as a category it would agree with other missing ones.
            if not (isinstance(reviewer, str) and isinstance(category, str) and reviewer.strip() and category.strip()):
                raise InvalidRecord(f"item {number}: {reviewer!r:.80} and {category!r:.80} must be text and not empty")
        yield item


def _patterns(ratings: Sequence[Mapping[str, str]]) -> Counter[tuple[str, ...]]:
    """Return how many items got the same ratings, no matter from whom; items with fewer than two ratings are left out."""
    return Counter(tuple(sorted(item.values())) for item in _checked(ratings) if len(item) > 1)


def _places(patterns: Iterator[tuple[str, ...]]) -> dict[str, int]:
    categories = {category for pattern in patterns for category in pattern}
    return {category: place for place, category in enumerate(sorted(categories))}


def _pooled(patterns: Mapping[tuple[str, ...], int], drawn: int, seed: int) -> Statistic:
    """Return Fleiss' kappa (`drawn` 0: chance pairs a rating with itself too) or Krippendorff's alpha (1: it does not)."""
    table = sorted(patterns.items())
    place = _places(pattern for pattern, _ in table)
    features = np.zeros((len(table), len(place) + 1))  # votes for each category, then the disagreement within the item
    for row, (pattern, _) in enumerate(table):
        for category in pattern:
            features[row, place[category]] += 1
    votes = features[:, :-1]
    total = votes.sum(axis=1)
    features[:, -1] = (votes * (total[:, None] - votes)).sum(axis=1) / (total - 1)

    def coefficient(sums: _Array) -> _Array:
        ratings = sums[:, :-1].sum(axis=1)
        return _one_minus((ratings - drawn) * sums[:, -1], ratings**2 - (sums[:, :-1] ** 2).sum(axis=1))

    return _bootstrap([items for _, items in table], features, coefficient, seed)


def _one_minus(observed: _Array, expected: _Array) -> _Array:
    """Return 1 - observed / expected, NaN where `expected` is 0 (exactly: `expected` is a sum of whole numbers)."""
    return 1 - np.divide(observed, expected, out=np.full_like(observed, np.nan), where=expected > 0)


def _bootstrap(counts: list[int], features: _Array, coefficient: _Coefficient, seed: int) -> Statistic:
    """Return the coefficient of `counts[i]` items with the features (patterns, features)[i], and its interval.

    Items of one pattern are interchangeable, so drawing the patterns' counts equals drawing the items, at a cost that does
    not grow with their number. Resamples without a value (only one category drawn) are left out. With many rare categories
    a resample repeats some and loses others, which shifts all resamples: the interval is then widened to hold the value.
    """
    v.whole("seed", seed)
    items = sum(counts)
    if items < 2:
        return Statistic(None, None, None, items)
    weights = np.array(counts, dtype=np.float64)
    value = float(coefficient((weights @ features)[None, :])[0])
    if math.isnan(value):
        return Statistic(None, None, None, items)
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // len(counts))
    sizes = [min(block, RESAMPLES - start) for start in range(0, RESAMPLES, block)]
    draws = (generator.multinomial(items, weights / items, size=size) for size in sizes)
    values = np.concatenate([coefficient(drawn @ features) for drawn in draws])
    low, high = np.percentile(values[~np.isnan(values)], _PERCENTILES)
    return Statistic(value, min(float(low), value), max(float(high), value), items)


def _accuracies(shared: Sequence[Mapping[str, bool]], reviewers: Sequence[str]) -> dict[str, float]:
    """Return the most likely accuracies that are at least `_LEAST`."""
    accuracy, before = dict.fromkeys(reviewers, _STRANGER), dict.fromkeys(reviewers, 0.0)
    total = Counter(reviewer for given in shared for reviewer in given)
    for _ in range(_ROUNDS):
        if all(abs(accuracy[name] - before[name]) < _SETTLED for name in reviewers):
            break
        before, right = accuracy, dict.fromkeys(reviewers, _RIGHT)
        for given in shared:
            probable = _true(given, accuracy)
            for reviewer, true in given.items():
                right[reviewer] += probable if true else 1.0 - probable
        accuracy = {name: max(_LEAST, right[name] / (_RIGHT + _WRONG + total[name])) for name in reviewers}
    return accuracy


def _true(answers: Mapping[str, bool], accuracy: Mapping[str, float]) -> float:
    logit = 0.0
    for reviewer, true in answers.items():
        weight = math.log(accuracy[reviewer]) - math.log1p(-accuracy[reviewer])
        logit += weight if true else -weight
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))
