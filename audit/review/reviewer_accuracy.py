"""Accuracy of reviewers and of what they say together: how probably each statement is true, how often each reviewer is right.

Every reviewer has an unknown accuracy, the same for all statements; votes on the same statement are independent given the
truth. Expectation-maximisation estimates accuracies and truths together. A prior of five statements, four of them right, keeps
a reviewer with few votes close to the weight of an average reviewer.

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
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Vote", "WeighedVotes", "weigh"]

Statement = TypeVar("Statement", bound=Hashable)

_RIGHT, _WRONG = 4.0, 1.0
_STRANGER = _RIGHT / (_RIGHT + _WRONG)
_LEAST = 0.51  # a little above even: a single vote keeps its meaning
_ROUNDS = 500
_SETTLED = 1e-9


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
