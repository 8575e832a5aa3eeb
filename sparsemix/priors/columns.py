"""Columns of sensor tables together: their standardised values, and what the other columns do not suggest of each.

The value that the other columns suggest is a regression on them, read from the inverse covariance of rows where nothing is
wrong (Lauritzen 1996, "Graphical models", section 5.1), with a ridge (Hoerl and Kennard 1970).

Axis letters: N rows, C columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.encoder import column_table
from sparsemix.encoding.scales import Scale, standardised
from sparsemix.encoding.sequence import Event

_RIDGE = 0.05
_LEAST_SPREAD = 1e-3
_WIDE = 100.0

Matrix = NDArray[np.float64]


def values_of(events: Sequence[Event], scales: Sequence[Scale]) -> Matrix:
    """Return rows as standardised values [N, C], gaps filled with the last measured value."""
    return standardised(scales, column_table(events, scales))


def wide_values_of(events: Sequence[Event], scales: Sequence[Scale]) -> Matrix:
    """Return the same with values up to 100 standard deviations, for what asks how far out they are."""
    return standardised(scales, column_table(events, scales), _WIDE)


def left_by_others(value: Matrix) -> Matrix:
    """Return the matrix [C, C] that leaves, of usual values [N, C], what a forecast of each column from all others misses; its
    root mean square is 1."""
    covariance = value.T @ value / len(value) + _RIDGE * np.eye(value.shape[1])
    precision = np.linalg.inv(covariance)
    left = precision / np.diag(precision)
    return np.asarray(left / np.maximum(np.sqrt(((value @ left) ** 2).mean(0)), _LEAST_SPREAD))
