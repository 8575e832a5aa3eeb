"""Sequences cut from one recording so that they overlap: kept apart where one is to be judged by what others have taught.

A window that shares most of its rows with one that was learned from is no test of anything: weights and thresholds chosen by
such would be those that remember best. So what is held out is one stretch of every label, in the order given, and what
overlaps it is left out of what is learned from (purging: Lopez de Prado 2018, "Advances in financial machine learning",
chapter 7). Recordings that were cut without overlap cannot be told from sequences of their own, and are split at random like
these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.training.own_data.plan import LEAST_OF_A_CLASS, split

Places = NDArray[np.bool_]


def split_apart(items: Sequence[Item], share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """As ``plan.split``; of tables that overlap and are labelled as a whole, one stretch of every label is held out instead of
    single ones, and what overlaps it is in neither part, unless hardly any of that label were left."""
    if len(items) < 2 * LEAST_OF_A_CLASS or any(item.label is None or item.steps is not None for item in items):
        return split(items, share, seed)
    held = _stretches(items, share, np.random.default_rng(seed)) if _any_overlap(items) else np.zeros(len(items), np.bool_)
    if not held.any():
        return split(items, share, seed)
    left_out = beside(items, held)
    labels = np.array([item.label for item in items])
    for label in np.unique(labels):
        if (~held & ~left_out & (labels == label)).sum() < LEAST_OF_A_CLASS:
            left_out &= labels != label
    kept = [item for place, item in enumerate(items) if not held[place] and not left_out[place]]
    return kept, [items[place] for place in np.flatnonzero(held).tolist()]


def stretches_of(labels: Sequence[object], folds: int) -> NDArray[np.int64]:
    """A fold for every sequence: of each label the same share in each, one stretch in the order given."""
    fold = np.zeros(len(labels), np.int64)
    for label in dict.fromkeys(labels):
        places = [place for place, one in enumerate(labels) if one == label]
        fold[places] = np.arange(len(places)) * folds // len(places)
    return fold


def beside(items: Sequence[Item], wanted: Places) -> Places:
    """Which of the ``items`` are not ``wanted`` [S], but share rows with one that is, next to it in the order given."""
    found = np.zeros(len(items), np.bool_)
    for step in (-1, 1):
        for edge in np.flatnonzero(wanted).tolist():
            place = edge + step
            while 0 <= place < len(items) and not wanted[place] and _overlap(items, min(place, edge), max(place, edge)):
                found[place] = True
                place += step
    return found


def _stretches(items: Sequence[Item], share: float, rng: np.random.Generator) -> Places:
    held = np.zeros(len(items), np.bool_)
    for label in dict.fromkeys(item.label for item in items):
        places = [place for place, item in enumerate(items) if item.label == label]
        count = round(share * len(places))
        start = int(rng.integers(0, len(places) - count + 1))
        held[places[start : start + count]] = True
    return held


def _any_overlap(items: Sequence[Item]) -> bool:
    """Whether any table begins with rows that the one before it ends with."""
    tables = all(item.sequence.source_format == "csv" for item in items)
    return tables and any(_overlap(items, place, place + 1) for place in range(len(items) - 1))


def _overlap(items: Sequence[Item], before: int, after: int) -> bool:
    """Whether one ends with what the other begins with: two rows that differ or more, for a machine at rest repeats itself."""
    first, second = ([event.message for event in items[place].sequence.events] for place in (before, after))
    for rows in range(min(len(first), len(second)), 1, -1):
        if first[-rows] == second[0] and first[-1] == second[rows - 1] and first[-rows:] == second[:rows]:
            return len(set(second[:rows])) > 1
    return False
