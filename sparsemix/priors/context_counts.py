"""How often every kind of event came next to the few kinds before it, or after it: counts of contexts, and chances from them.

Longer contexts blend over shorter ones as far as they have been seen (interpolated Witten-Bell smoothing). Counts lie in sorted
arrays under the hashes of ``kinds``.

Sources: Witten and Bell 1991, "The zero-frequency problem"; Chen and Goodman 1999, "An empirical study of smoothing techniques
for language modeling", section 2.6.

Axis letters: N events, L order (contexts of up to L - 1 kinds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.kinds import Hashes, in_a_row
from sparsemix.errors import WeightsError

COLUMNS = ("context", "total", "types", "pair", "count")

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contexts:
    """Counts of contexts and of what came next to them: hashes ascending, ``total`` occurrences and ``types`` of followers of
    each context, ``count`` of each pair. ``edges``: the beginning of a sequence is a context, too; without them contexts never
    reach beyond it. Raises WeightsError when damaged."""

    order: int
    edges: bool
    context: Hashes
    total: Counts
    types: Counts
    pair: Hashes
    count: Counts

    def __post_init__(self) -> None:
        if self.order < 1:
            raise WeightsError("the expectation of events is damaged")
        if len({len(self.context), len(self.total), len(self.types)}) > 1 or len(self.pair) != len(self.count):
            raise WeightsError("the expectation of events has columns of different lengths")
        if not (ascending(self.context) and ascending(self.pair)):
            raise WeightsError("the expectation of events is not in order")

    def probability(self, kinds: Hashes, unknown: float) -> NDArray[np.float64]:
        """How probable every one of ``kinds`` is after those before it [N]; before anything is counted, as ``unknown``."""
        p = np.full(len(kinds), unknown)
        for length, (context, pair) in enumerate(in_a_row(kinds, self.order)):
            first = 0 if self.edges else length
            total, types = _looked_up(self.context, (self.total, self.types), context[first:])
            (count,) = _looked_up(self.pair, (self.count,), pair[first:])
            shorter = p[first:]
            p[first:] = np.where(total > 0, (count + types * shorter) / np.maximum(total + types, 1), shorter)
        return p


def count_contexts(sequences: Sequence[Hashes], order: int, most: int, *, edges: bool) -> Contexts:
    """Count in sequences of kinds; contexts stay shorter than ``order`` asks for where there would be more than ``most``
    pairs."""
    contexts: list[tuple[Hashes, Counts, Counts]] = []
    pairs: list[tuple[Hashes, Counts]] = []
    growing = [in_a_row(kinds, order) for kinds in sequences if len(kinds)]
    counted = 0
    for length in range(order):
        first = 0 if edges else length
        both = [next(one) for one in growing]
        context, pair = (np.concatenate([part[side][first:] for part in both]) for side in range(2))
        pair, place, count = np.unique(pair, return_index=True, return_counts=True)
        counted += len(pair)
        if counted > most and length:
            break
        found, total = np.unique(context, return_counts=True)
        _, types = np.unique(context[place], return_counts=True)
        contexts.append((found, total, types))
        pairs.append((pair, count))
    context, total, types = _sorted(contexts)
    pair, count = _sorted(pairs)
    return Contexts(len(pairs), edges, context, total, types, pair, count)


def ascending(column: Hashes) -> bool:
    """Whether every hash is greater than the one before it."""
    return bool((column[1:] > column[:-1]).all())


def _looked_up(known: Hashes, columns: tuple[Counts, ...], wanted: Hashes) -> tuple[Counts, ...]:
    """The values of ``columns`` where ``known`` (ascending) has what is ``wanted``, else 0."""
    if not len(known):
        return tuple(np.zeros(len(wanted), np.int64) for _ in columns)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    there = known[place] == wanted
    return tuple(np.where(there, column[place], 0) for column in columns)


def _sorted(parts: Sequence[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    """Columns of all lengths one below the other, in the order of the first; of equal hashes the first stays."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    _, first = np.unique(columns[0], return_index=True)
    return tuple(column[first] for column in columns)
