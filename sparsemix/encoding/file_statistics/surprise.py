"""Surprise at values, each counted without itself: a value does not vouch for its own being usual.

Probabilities are those of Witten and Bell 1991, "The zero-frequency problem" (IEEE Transactions on Information Theory 37), with
the counts of all other places. Surprise is in nats.

Axis letters: N places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""Values as whole numbers from 0; -1 where there is none."""
Column = NDArray[np.float64]
_UNSEEN = 0.5
# Codes below so many times their number are counted in a table; others are sorted.
_TABLE = 4


def in_order(codes: NDArray[np.integer[Any]]) -> tuple[Codes, Codes]:
    """Return codes as codes [N] in the order of their first places, and these places."""
    place, count = _counted(codes)
    first = np.full(len(count), len(codes))
    np.minimum.at(first, place, np.arange(len(codes)))
    order = np.argsort(first, kind="stable")[: np.count_nonzero(count)]
    number = np.empty_like(first)
    number[order] = np.arange(len(order))
    return np.asarray(number[place]), np.asarray(first[order])


def members(codes: Codes) -> list[Codes]:
    """Return the places of every code, ascending."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(codes) else []


def counts_of(codes: Codes) -> Codes:
    """Return how often every code occurs [N]."""
    place, count = _counted(codes)
    return count[place]


def _counted(codes: NDArray[np.integer[Any]]) -> tuple[Codes, Codes]:
    """Return the place of every code in a table [N], and the table: how often each code occurs, 0 where none has the place."""
    if len(codes) and codes.min() >= -1 and codes.max() < _TABLE * len(codes):
        place = codes.astype(np.int64) + 1
        return place, np.bincount(place)
    _, place, count = np.unique(codes, return_inverse=True, return_counts=True)
    return place.astype(np.int64), count.astype(np.int64)


def counts_near(event: Codes, codes: Codes, reach: int) -> Codes:
    """Return how often every code occurs at most ``reach`` events away, itself included [N]; ``event``: ascending indices."""
    order = np.argsort(codes, kind="stable")
    # Codes lie further apart than any window reaches.
    key = codes[order] * (event[-1] + 2 * reach + 1) + event[order]
    count = np.empty(len(codes), np.int64)
    count[order] = np.searchsorted(key, key + reach, "right") - np.searchsorted(key, key - reach, "left")
    return count


def surprise(codes: Codes) -> Column:
    """Return the surprise at every code [N], given how often it occurs at other places."""
    if not len(codes):
        return np.zeros(0)
    return -np.log(_share(*_counts(codes)))


def surprise_given(context: Codes, codes: Codes) -> tuple[Column, Codes, Codes]:
    """Return the surprise at every code [N] in its context [N]; how often both occur together elsewhere; and how often the
    context does."""
    if not len(codes):
        return np.zeros(0), codes, codes
    both, both_count = _counted(context * (codes.max() + 2) + codes)
    place, context_count = _counted(context)
    context_of = np.zeros(len(both_count), np.int64)
    context_of[both] = place
    different = np.bincount(context_of[both_count > 0], minlength=len(context_count))
    together, alone = both_count[both] - 1, context_count[place] - 1
    # What occurs only here is not one of the context's different values elsewhere.
    open_mass = np.maximum(different[place] - (together == 0), 1)
    share = _share(*_counts(codes))
    probability = np.where(alone > 0, (together + open_mass * share) / (alone + open_mass), share)
    return -np.log(probability), together, alone


def _counts(codes: Codes) -> tuple[Codes, int]:
    """Return how often every code occurs [N], and how many different ones there are."""
    place, count = _counted(codes)
    return count[place], int(np.count_nonzero(count))


def _share(count: Codes, different: int) -> Column:
    """Return the share of every value among all other places [N]; one unseen value is counted as a half."""
    return np.asarray((count - 1 + _UNSEEN) / (len(count) - 1 + _UNSEEN * (different + 1)), np.float64)
