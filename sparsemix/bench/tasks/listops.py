"""ListOps: nested lists of digits under MIN, MAX, MED (median) and SM (sum modulo 10); the answer is a digit.

Sources: Nangia and Bowman 2018 (arXiv 1804.06028); the sampler of trees is that of Tay et al. 2020, "Long Range Arena"
(arXiv 2011.04006): an argument is a list with probability 1/4 until the depth of 10, with 2 to 10 arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparsemix.bench.tasks.synthetic import UNASKED, Examples

_PADDING, _START, _ASK, _CLOSE = 0, 1, 2, 3
_FIRST_OPERATOR = 4
OPERATORS = ("MIN", "MAX", "MED", "SM")
_FIRST_DIGIT = _FIRST_OPERATOR + len(OPERATORS)
_MAX_DEPTH = 10
_MAX_ARGUMENTS = 10
_LIST_SHARE = 0.25


def apply(operator: str, values: list[int]) -> int:
    """The value of one list of digits; the median of an even number of digits is rounded down."""
    if operator == "MED":
        return int(np.median(values))
    if operator == "SM":
        return sum(values) % 10
    return min(values) if operator == "MIN" else max(values)


class ListOps:
    """Whole expressions: start token, expression, and a token that asks for its value; padding stands in front.

    An example of ``length`` tokens holds an expression of more than half as many, so lengths of 1,000 and 2,000 together cover
    expressions of 500 to 2,000 tokens.
    """

    name = "listops"
    vocabulary = _FIRST_DIGIT + 10
    classes = 10

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """``count`` examples of ``length`` tokens."""
        tokens = np.full((count, length), _PADDING, np.int64)
        target = np.full((count, length), UNASKED, np.int64)
        for row in range(count):
            expression, target[row, -1] = _expression(length // 2 + 1, length - 2, rng)
            tokens[row, -1] = _ASK
            tokens[row, -1 - len(expression) : -1] = expression
            tokens[row, -2 - len(expression)] = _START
        return Examples(tokens, target)


def text(tokens: list[int]) -> str:
    """The expression among ``tokens`` as people write it: ``[MAX 2 9 [MIN 4 7 ] 0 ]``."""
    words = ["", "", "", "]", *(f"[{operator}" for operator in OPERATORS), *map(str, range(10))]
    return " ".join(words[token] for token in tokens if words[token])


class _TooLong(Exception):  # noqa: N818 - not an error: the sampler tries again
    pass


@dataclass(slots=True)
class _Writer:
    """Grows one tree, depth first, and gives up as soon as it cannot become short enough."""

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
    """Tokens of a random expression, ``least`` to ``most`` of them, and its value."""
    while True:
        writer = _Writer(most, rng)
        try:
            value = writer.list(1)
        except _TooLong:
            continue
        if least <= len(writer.tokens) <= most:
            return writer.tokens, value
