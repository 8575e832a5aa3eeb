"""Synthetic tasks that need far, sparse look-ups: multi-query associative recall, selective copying, and ListOps.

Sources: recall as in Arora et al. 2023, "Zoology" (arXiv 2312.04927); selective copying as in Gu and Dao 2023, "Mamba" (arXiv
2312.00752), after Arjovsky et al. 2016 (arXiv 1511.06464); ListOps by Nangia and Bowman 2018 (arXiv 1804.06028), with the
sampler of trees of Tay et al. 2020, "Long Range Arena" (arXiv 2011.04006): a list has 2 to 10 arguments, and an argument at a
depth below 10 is itself a list with probability 1/4.

Axis letters: B sequences, N tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError

# Target of positions without a question.
UNASKED = -1
_PADDING, _START, _ASK, _CLOSE = 0, 1, 2, 3
_FIRST_OPERATOR = 4
OPERATORS = ("MIN", "MAX", "MED", "SM")
_FIRST_DIGIT = _FIRST_OPERATOR + len(OPERATORS)
_MAX_DEPTH = 10
_MAX_ARGUMENTS = 10
_LIST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Examples:
    """``tokens`` int64 [B, N], and ``target`` int64 [B, N]: the class to answer at a position, or ``UNASKED``."""

    tokens: NDArray[np.int64]
    target: NDArray[np.int64]


class Task(Protocol):
    """A task with examples of any length; ``vocabulary`` tokens, ``classes`` answers."""

    name: str
    vocabulary: int
    classes: int

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """Draw ``count`` fresh examples of ``length`` tokens."""
        ...


class AssociativeRecall:
    """Multi-query associative recall: pairs of key and value first, then every key once more, among noise, in random order.

    At the second occurrence of a key the target is its value. Pairs *and* noise grow with the length: one pair for every 16
    tokens. Tokens: 0 to ``noise`` - 1 noise, then the keys, then the values.
    """

    name = "recall"
    tokens_per_pair = 16

    def __init__(self, keys: int = 128, values: int = 32, noise: int = 8) -> None:
        self.keys, self.classes, self.noise = keys, values, noise
        self.vocabulary = noise + keys + values

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """Draw ``count`` examples of ``length`` tokens. Raises `ConfigError` when there are too few keys for this length."""
        pairs = length // self.tokens_per_pair
        if not 1 <= pairs <= self.keys:
            raise ConfigError(f"{self.keys} keys make sequences of 16 to {self.tokens_per_pair * self.keys + 15} tokens")
        tokens = rng.integers(self.noise, size=(count, length))
        target = np.full((count, length), UNASKED, np.int64)
        for row in range(count):
            key = rng.choice(self.keys, pairs, replace=False)
            value = rng.integers(self.classes, size=pairs)
            tokens[row, 0 : 2 * pairs : 2] = self.noise + key
            tokens[row, 1 : 2 * pairs : 2] = self.noise + self.keys + value
            place = 2 * pairs + rng.choice(length - 2 * pairs, pairs, replace=False)
            tokens[row, place] = self.noise + key
            target[row, place] = value
        return Examples(tokens, target)


class SelectiveCopying:
    """Selective copying: ``items`` data tokens at random places among noise, then as many markers, whose targets are the items
    in order.

    Only the noise grows with the length. Tokens: 0 noise, 1 the marker, then ``kinds`` data tokens.
    """

    name = "copying"

    def __init__(self, items: int = 16, kinds: int = 16) -> None:
        self.items, self.classes = items, kinds
        self.vocabulary = 2 + kinds

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """Draw ``count`` examples of ``length`` tokens. Raises `ConfigError` when the items and markers do not fit."""
        room = length - self.items
        if room < self.items:
            raise ConfigError(f"selective copying needs at least {2 * self.items} tokens")
        tokens = np.zeros((count, length), np.int64)
        target = np.full((count, length), UNASKED, np.int64)
        item = rng.integers(self.classes, size=(count, self.items))
        for row in range(count):
            tokens[row, np.sort(rng.choice(room, self.items, replace=False))] = 2 + item[row]
        tokens[:, room:] = 1
        target[:, room:] = item
        return Examples(tokens, target)


def apply(operator: str, values: list[int]) -> int:
    """Return the value of one list of digits; the median of an even number of digits is rounded down."""
    if operator == "MED":
        return int(np.median(values))
    if operator == "SM":
        return sum(values) % 10
    return min(values) if operator == "MIN" else max(values)


class ListOps:
    """ListOps: nested lists of digits under MIN, MAX, MED (median) and SM (sum modulo 10); the answer is a digit.

    An example is a start token, an expression, and a token that asks for its value, with padding in front.

    The expression takes more than half of the ``length`` tokens of an example, so lengths of 1,000 and 2,000 together cover
    expressions of 500 to 2,000 tokens.
    """

    name = "listops"
    vocabulary = _FIRST_DIGIT + 10
    classes = 10

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """Draw ``count`` examples of ``length`` tokens."""
        tokens = np.full((count, length), _PADDING, np.int64)
        target = np.full((count, length), UNASKED, np.int64)
        for row in range(count):
            expression, target[row, -1] = _expression(length // 2 + 1, length - 2, rng)
            tokens[row, -1] = _ASK
            tokens[row, -1 - len(expression) : -1] = expression
            tokens[row, -2 - len(expression)] = _START
        return Examples(tokens, target)


def text(tokens: list[int]) -> str:
    """Return the expression among ``tokens`` as people write it: ``[MAX 2 9 [MIN 4 7 ] 0 ]``."""
    words = ["", "", "", "]", *(f"[{operator}" for operator in OPERATORS), *map(str, range(10))]
    return " ".join(words[token] for token in tokens if words[token])


class _TooLong(Exception):  # noqa: N818 - not an error: the sampler tries again
    pass


@dataclass(slots=True)
class _Writer:
    """A writer of one tree, depth first; it raises `_TooLong` as soon as the tree cannot become short enough."""

    most: int
    rng: np.random.Generator
    tokens: list[int] = field(default_factory=list)

    def argument(self, depth: int) -> int:
        if depth < _MAX_DEPTH and self.rng.random() < _LIST_SHARE:
            return self.list(depth)
        digit = int(self.rng.integers(10))
        self.tokens.append(_FIRST_DIGIT + digit)
        return digit

    def list(self, depth: int) -> int:
        if len(self.tokens) > self.most:
            raise _TooLong
        operator = int(self.rng.integers(len(OPERATORS)))
        self.tokens.append(_FIRST_OPERATOR + operator)
        values = [self.argument(depth + 1) for _ in range(self.rng.integers(2, _MAX_ARGUMENTS + 1))]
        self.tokens.append(_CLOSE)
        return apply(OPERATORS[operator], values)


def _expression(least: int, most: int, rng: np.random.Generator) -> tuple[list[int], int]:
    """Return the tokens of a random expression, ``least`` to ``most`` of them, and its value."""
    while True:
        writer = _Writer(most, rng)
        try:
            value = writer.list(1)
        except _TooLong:
            continue
        if least <= len(writer.tokens) <= most:
            return writer.tokens, value
