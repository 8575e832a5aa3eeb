"""What came after every event, in NumPy: the surprise that weights judge by which learned the normal course of things.

The same as ``following`` and ``network`` compute with torch; tests compare them.

Axis letters: N events, K kinds, C columns, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.encoder import column_table
from sparsemix.encoding.scales import Scale, measure
from sparsemix.encoding.sequence import Event
from sparsemix.priors.expectation import Expectation

Matrix = NDArray[np.float64]
Outputs = Callable[[slice], Matrix]
"""The head's outputs for some events, computed when they are asked for: all at once may not fit."""

_ROWS = 512
_LEAST = 1e-12
_STEEP = 4.0
_NOW = 0.1


def kind_surprise(events: Sequence[Event], known: Expectation, part: float, out: Outputs) -> Matrix:
    """-log of the probability of the kind that followed every event [N], 0 at the last; ``out``: of some events [n, K + 2]."""
    kind, expected = known.kinds_of(events)[1:], known.probability(events)[1:]
    found = np.zeros(len(events))
    for start in range(0, len(kind), _ROWS):
        rows = slice(start, min(start + _ROWS, len(kind)))
        logits = out(rows)
        share = part * sigmoid(logits[:, -1])
        chosen = logits[np.arange(len(logits)), kind[rows]]
        attended = np.exp(chosen - logsumexp(logits[:, :-1]))
        found[rows] = -np.log(np.maximum(share * attended + (1.0 - share) * expected[rows], _LEAST))
    return found


def row_surprise(events: Sequence[Event], scales: Sequence[Scale], out: Outputs) -> Matrix:
    """How far off the row that followed every event was [N], 0 at the last; ``out``: of some events [n, C]."""
    measured = measure(scales, column_table(events, scales))
    deviation, recent = np.nan_to_num(measured.deviation)[1:], (measured.recent**2).mean(1)[1:]
    found = np.zeros(len(events))
    for start in range(0, len(deviation), _ROWS):
        rows = slice(start, min(start + _ROWS, len(deviation)))
        missed = ((deviation[rows] - out(rows)) ** 2).mean(1)
        found[rows] = _STEEP * np.log(_NOW * missed + (1.0 - _NOW) * recent[rows] + _LEAST)
    return found


def sigmoid(value: Matrix) -> Matrix:
    """1 / (1 + exp(-value)), without overflow."""
    small = np.exp(-np.abs(value))
    return np.asarray(np.where(value >= 0, 1.0, small) / (1.0 + small))


def softplus(value: Matrix) -> Matrix:
    """log(1 + exp(value)), without overflow."""
    return np.asarray(np.maximum(value, 0.0) + np.log1p(np.exp(-np.abs(value))))


def logsumexp(value: Matrix) -> Matrix:
    """log of the sum of exp over the last axis."""
    top = value.max(-1, keepdims=True)
    return np.asarray(np.log(np.exp(value - top).sum(-1)) + top[..., 0])
