"""Encoding of events by what their file says about itself: statistics in soft bins, and codes to match events by.

Each statistic of `file_statistics` lies between two of twelve knots, and its two bins share a weight of 1. Each code becomes
24 signs that a hash of the code draws: two events of the same session or kind have the same signs, two others agree in half of
them. So a network that never saw an identifier can match it at any distance.

Axis letters: N events, C columns, K knots.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import CODES, NAMES, FileStatistics, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.hashing import HashedEvents, Long
from sparsemix.encoding.sequence import Event

_KNOTS = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
_SIGNS = 24
_SIGN = 0.5
# Events whose features are in memory in full at once.
_ROWS = 4_096
FEATURES = len(NAMES) * len(_KNOTS) + len(CODES) * _SIGNS
"""How many buckets these features have."""


def encode_of_file(events: Sequence[Event]) -> HashedEvents:
    """Return the features of all events of a file."""
    return features_of(file_statistics(tuple(events)))


def features_of(statistics: FileStatistics, draw: int = 0) -> HashedEvents:
    """Return the features of events with these statistics; ``draw``: which of all possible signs the codes get."""
    parts = [
        _features(statistics.columns[start : start + _ROWS], statistics.codes[:, start : start + _ROWS], draw)
        for start in range(0, len(statistics.columns), _ROWS)
    ]
    count, bucket, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    return HashedEvents(np.append(0, count.cumsum()).astype(np.int64), bucket, value)


def _features(columns: NDArray[np.float64], codes: Codes, draw: int) -> tuple[Long, Long, NDArray[np.float32]]:
    """Return how many features each of some events has, and their buckets and values."""
    bucket, value = _bins(columns)
    signs = [_signs(code, number, draw) for number, code in enumerate(codes)]
    places = np.arange(FEATURES - len(CODES) * _SIGNS, FEATURES)
    values = np.concatenate([value, *signs], 1, dtype=np.float32)
    there = values != 0.0
    buckets = np.concatenate([bucket, np.broadcast_to(places, (len(bucket), len(places)))], 1)
    return there.sum(1), buckets[there], values[there]


def named_features_of_file(events: Sequence[Event], index: int) -> tuple[list[str], HashedEvents]:
    """Return the names of one event's features, such as ``order.after_previous`` or ``same session``, and a row of features
    for each name: their sum is the event's row of `encode_of_file`."""
    row = features_of(file_statistics(tuple(events)).of(index))
    bins = len(NAMES) * len(_KNOTS)
    owner = np.where(row.bucket < bins, row.bucket // len(_KNOTS), len(NAMES) + (row.bucket - bins) // _SIGNS)
    order = np.argsort(owner, kind="stable")
    there, count = np.unique(owner, return_counts=True)
    names = [*NAMES, *(f"same {code}" for code in CODES)]
    pointer = np.append(0, count.cumsum()).astype(np.int64)
    return [names[place] for place in there.tolist()], HashedEvents(pointer, row.bucket[order], row.value[order])


def _bins(columns: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the buckets and weights of the two knots around every statistic, each [N, 2 C]: all lower ones, then all upper."""
    value = np.clip(np.nan_to_num(columns, posinf=_KNOTS[-1]), _KNOTS[0], _KNOTS[-1])
    upper = np.clip(np.searchsorted(_KNOTS, value, "right"), 1, len(_KNOTS) - 1)
    share = (value - _KNOTS[upper - 1]) / (_KNOTS[upper] - _KNOTS[upper - 1])
    first = np.arange(columns.shape[1]) * len(_KNOTS)
    return np.concatenate([first + upper - 1, first + upper], 1), np.concatenate([1.0 - share, share], 1)


def _signs(code: Codes, number: int, draw: int) -> NDArray[np.float64]:
    """Return the signs of codes [N, 24], 0 for none. Source of the mixing: Steele, Lea, Flood 2014, "Fast splittable
    pseudorandom number generators" (OOPSLA)."""
    mixed = (code.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed += np.array([draw * len(CODES) + number], np.uint64) * np.uint64(0xD1B54A32D192ED03)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    bits = (mixed[:, None] >> np.arange(_SIGNS, dtype=np.uint64)) & np.uint64(1)
    return np.where(code[:, None] < 0, 0.0, (bits * 2.0 - 1.0) * _SIGN)
