"""Numbers as shares of two neighbouring knots: near numbers share features.

Source: piecewise-linear encoding, Gorishniy et al. 2022 (arXiv 2203.05556).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Parts = tuple[NDArray[np.int64], Numbers]
"""Rows in which a feature is not zero, and its values there."""


def soft_bins(values: Numbers, knots: Numbers) -> Numbers:
    """Shares of the two knots that every value lies between [N, K], 1 together; 0 for NaN. Beyond the ends all is the end's."""
    shares = np.zeros((len(values), len(knots)))
    there = np.flatnonzero(np.isfinite(values))
    if len(knots) == 1:
        shares[there, 0] = 1.0
        return shares
    value = np.clip(values[there], knots[0], knots[-1])
    low = np.clip(np.searchsorted(knots, value, "right") - 1, 0, len(knots) - 2)
    share = (value - knots[low]) / (knots[low + 1] - knots[low])
    shares[there, low] = 1.0 - share
    shares[there, low + 1] += share
    return shares


def named_parts(columns: Sequence[tuple[str, Numbers]]) -> list[tuple[str, Parts]]:
    """Of features with their values in every row [N], name and where each is not zero; what is zero everywhere is left out."""
    found = [(name, np.flatnonzero(values), values) for name, values in columns]
    return [(name, (rows, values[rows])) for name, rows, values in found if len(rows)]


def binned(kind: str, values: Numbers, knots: Numbers) -> list[tuple[str, Numbers]]:
    """A feature for every knot, named after it."""
    return [(f"{kind}:{place}", part) for place, part in enumerate(soft_bins(values, knots).T)]
