"""What several people who err say together: how probably each statement is right, and how often each of them is.

Every reviewer has an unknown accuracy, the same for all statements; what they say of the same statement is independent given
the truth. Accuracies and truths are found together by expectation-maximisation; a prior of five statements, four of them
right, keeps those of whom little is known from counting for more or less than anybody would.

Source: Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm", here with one
rate a reviewer ("one coin"), and its maximum a posteriori.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Vote", "Weighed", "weigh"]

Statement = TypeVar("Statement", bound=Hashable)

_RIGHT, _WRONG = 4.0, 1.0
_ROUNDS = 500
_SETTLED = 1e-9


class Vote(NamedTuple, Generic[Statement]):
    """A reviewer's word on a statement: that it is true, or that it is not."""

    statement: Statement
    reviewer: str
    true: bool


@dataclass(frozen=True, slots=True)
class Weighed(Generic[Statement]):
    """How probably each statement is true, and how often each reviewer is right, both in (0, 1)."""

    probability: Mapping[Statement, float]
    accuracy: Mapping[str, float]


def weigh(votes: Iterable[Vote[Statement]]) -> Weighed[Statement]:
    """Find out from all votes together. Of several votes of one reviewer on one statement the last counts. The same votes in
    the same order give the same bits."""
    said: dict[Statement, dict[str, bool]] = defaultdict(dict)
    for vote in votes:
        said[vote.statement][vote.reviewer] = vote.true
    reviewers = sorted({reviewer for word in said.values() for reviewer in word})
    accuracy = dict.fromkeys(reviewers, _RIGHT / (_RIGHT + _WRONG))
    share = 0.5
    probability = dict.fromkeys(said, share)
    for _ in range(_ROUNDS):
        before = probability
        probability = {one: _true(word, accuracy, share) for one, word in said.items()}
        # One statement of either kind is taken for granted, or a unanimous team would leave no doubt about anything.
        share = (1.0 + math.fsum(probability.values())) / (2.0 + len(said))
        accuracy = _accuracies(said, probability, reviewers)
        if all(abs(probability[one] - before[one]) < _SETTLED for one in said):
            break
    return Weighed(probability, accuracy)


def _true(word: Mapping[str, bool], accuracy: Mapping[str, float], share: float) -> float:
    logit = math.log(share) - math.log1p(-share)
    for reviewer, true in word.items():
        weight = math.log(accuracy[reviewer]) - math.log1p(-accuracy[reviewer])
        logit += weight if true else -weight
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))


def _accuracies(
    said: Mapping[Statement, Mapping[str, bool]], probability: Mapping[Statement, float], reviewers: Iterable[str]
) -> dict[str, float]:
    right, total = dict.fromkeys(reviewers, 0.0), dict.fromkeys(reviewers, 0)
    for one, word in said.items():
        for reviewer, true in word.items():
            right[reviewer] += probability[one] if true else 1.0 - probability[one]
            total[reviewer] += 1
    return {name: (_RIGHT + right[name]) / (_RIGHT + _WRONG + total[name]) for name in right}
