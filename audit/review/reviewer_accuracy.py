"""What several people who err say together: how probably each statement is right, and how often each of them is.

Every reviewer has an unknown accuracy, the same for all statements; what they say of the same statement is independent given
the truth. Accuracies and truths are found together by expectation-maximisation; a prior of five statements, four of them
right, keeps those of whom little is known from counting for more or less than anybody would.

People speak of what they choose to, and often only to object: what they left unsaid is not drawn at random. So either answer
has even odds, however many statements seem to be true. Then what one person alone spoke of says nothing of how often they are
right, whatever they said, and only statements of several people count. No accuracy falls below an even chance: nobody's word
counts for its opposite. What equals dispute stays open: were it settled by what is usual, statements of several people would
come out differently from those of one, and that alone could be learned from words that mean nothing.

Source: Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm", here with one
rate a reviewer ("one coin"), and its maximum a posteriori.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Vote", "Weighed", "weigh"]

Statement = TypeVar("Statement", bound=Hashable)

_RIGHT, _WRONG = 4.0, 1.0
_STRANGER = _RIGHT / (_RIGHT + _WRONG)
_LEAST = 0.51  # a little above even: a word that stands alone stays what it was
_ROUNDS = 500
_SETTLED = 1e-9


class Vote(NamedTuple, Generic[Statement]):
    """A reviewer's word on a statement: that it is true, or that it is not; ``deniable``: whether others could have said that
    it is not. That they agree on what they could not deny says nothing of how often they are right."""

    statement: Statement
    reviewer: str
    true: bool
    deniable: bool = True


@dataclass(frozen=True, slots=True)
class Weighed(Generic[Statement]):
    """How probably each statement is true, and how often each reviewer is right, both in (0, 1)."""

    probability: Mapping[Statement, float]
    accuracy: Mapping[str, float]


def weigh(votes: Iterable[Vote[Statement]]) -> Weighed[Statement]:
    """Find out from all votes together. Of several votes of one reviewer on one statement the last counts. The same votes in
    the same order give the same bits."""
    said: dict[Statement, dict[str, bool]] = defaultdict(dict)
    undenied = set()
    for vote in votes:
        said[vote.statement][vote.reviewer] = vote.true
        if not vote.deniable:
            undenied.add(vote.statement)
    shared = [word for one, word in said.items() if len(word) > 1 and one not in undenied]
    accuracy = _accuracies(shared, sorted({reviewer for word in said.values() for reviewer in word}))
    return Weighed({one: _true(word, accuracy) for one, word in said.items()}, accuracy)


def _accuracies(shared: Sequence[Mapping[str, bool]], reviewers: Sequence[str]) -> dict[str, float]:
    """The likeliest ones from `_LEAST` on."""
    accuracy, before = dict.fromkeys(reviewers, _STRANGER), dict.fromkeys(reviewers, 0.0)
    total = Counter(reviewer for word in shared for reviewer in word)
    for _ in range(_ROUNDS):
        if all(abs(accuracy[name] - before[name]) < _SETTLED for name in reviewers):
            break
        before, right = accuracy, dict.fromkeys(reviewers, _RIGHT)
        for word in shared:
            probable = _true(word, accuracy)
            for reviewer, true in word.items():
                right[reviewer] += probable if true else 1.0 - probable
        accuracy = {name: max(_LEAST, right[name] / (_RIGHT + _WRONG + total[name])) for name in reviewers}
    return accuracy


def _true(word: Mapping[str, bool], accuracy: Mapping[str, float]) -> float:
    logit = 0.0
    for reviewer, true in word.items():
        weight = math.log(accuracy[reviewer]) - math.log1p(-accuracy[reviewer])
        logit += weight if true else -weight
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))
