"""What is expected to come next in a log, from counts: how probable an event is after the ones before it.

The kinds of events (messages, or their templates) are predicted from the last 1 to L - 1 kinds, longer contexts blending over
shorter ones as far as they have been seen (interpolated Witten-Bell smoothing). It is to a log what the forecast of ``scales``
is to a sensor: what needs no attention to be known. The network adds what the selected events tell (``Network.event_logits``).
Counts lie in sorted arrays under the hashes of ``kinds``.

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

from sparsemix.errors import WeightsError
from sparsemix.kinds import KINDS, Hashes, in_a_row, kinds, told_by
from sparsemix.sequence import Event

ORDER = 6
_MOST_PAIRS = 4_000_000

_HASHES = ("known", "context", "pair")
_COLUMNS = ("known", "context", "total", "types", "pair", "count")

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Counts of contexts and of what came after them: hashes ascending, ``total`` occurrences and ``types`` of followers of
    each context, ``count`` of each pair; ``known``: the kinds themselves, read as ``by`` says."""

    by: str
    order: int
    known: Hashes
    context: Hashes
    total: Counts
    types: Counts
    pair: Hashes
    count: Counts

    def __post_init__(self) -> None:
        if self.by not in KINDS or self.order < 1 or not len(self.known):
            raise WeightsError("the expectation of events is damaged")
        if len({len(self.context), len(self.total), len(self.types)}) > 1 or len(self.pair) != len(self.count):
            raise WeightsError("the expectation of events has columns of different lengths")
        if any((column[1:] <= column[:-1]).any() for column in (self.known, self.context, self.pair)):
            raise WeightsError("the expectation of events is not in order")

    def kinds_of(self, events: Sequence[Event]) -> Counts:
        """The place of every event's kind among the ``known`` [N]; their number where it is another one."""
        kind = kinds(events, self.by)
        place = np.minimum(np.searchsorted(self.known, kind), len(self.known) - 1)
        return np.where(self.known[place] == kind, place, len(self.known))

    def probability(self, events: Sequence[Event]) -> NDArray[np.float64]:
        """How probable every event is after those before it [N]; all that were never seen share one place."""
        p = np.full(len(events), 1.0 / (len(self.known) + 1))
        for context, pair in in_a_row(kinds(events, self.by), self.order):
            total, types = _looked_up(self.context, (self.total, self.types), context)
            (count,) = _looked_up(self.pair, (self.count,), pair)
            p = np.where(total > 0, (count + types * p) / np.maximum(total + types, 1), p)
        return p


def fit(sequences: Sequence[Sequence[Event]], by: str | None = None, order: int = ORDER) -> Expectation:
    """Count. Kinds are messages or templates (``kinds.told_by``), unless ``by`` says which."""
    by = by or told_by(sequences)
    read = [kinds(events, by) for events in sequences]
    contexts: list[tuple[Hashes, Counts, Counts]] = []
    pairs: list[tuple[Hashes, Counts]] = []
    counted = 0
    for length in range(order):
        both = [in_a_row(one, length + 1)[length] for one in read if len(one)]
        context, pair = (np.concatenate([part[side] for part in both]) for side in range(2))
        pair, first, count = np.unique(pair, return_index=True, return_counts=True)
        counted += len(pair)
        if counted > _MOST_PAIRS and length:
            break
        found, total = np.unique(context, return_counts=True)
        _, types = np.unique(context[first], return_counts=True)
        contexts.append((found, total, types))
        pairs.append((pair, count))
    known = np.unique(np.concatenate(read))
    context, total, types = _sorted(contexts)
    pair, count = _sorted(pairs)
    return Expectation(by, len(pairs), known, context, total, types, pair, count)


def pack(expectation: Expectation) -> dict[str, NDArray[np.int64]]:
    """Columns as integers that safetensors holds, and as ``shape`` the place of ``by`` among the kinds, and the order. Not as
    metadata: of several entries, safetensors writes no certain order, and weights are known by their bytes."""
    shape = np.array([KINDS.index(expectation.by), expectation.order], np.int64)
    return {"shape": shape} | {name: getattr(expectation, name).view(np.int64) for name in _COLUMNS}


def unpack(columns: dict[str, NDArray[np.int64]]) -> Expectation:
    """Raises WeightsError when it is not what ``pack`` gave."""
    try:
        by, order = columns["shape"].tolist()
        found: dict[str, Any] = {
            name: columns[name].astype(np.int64).view(np.uint64 if name in _HASHES else np.int64) for name in _COLUMNS
        }
        return Expectation(KINDS[by], int(order), **found)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WeightsError(f"the expectation of events is damaged: {error}") from error


def _looked_up(known: Hashes, columns: tuple[Counts, ...], wanted: Hashes) -> tuple[Counts, ...]:
    """The values of ``columns`` where ``known`` (ascending) has what is ``wanted``, else 0."""
    if not len(known):
        return tuple(np.zeros(len(wanted), np.int64) for _ in columns)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    there = known[place] == wanted
    return tuple(np.where(there, column[place], 0) for column in columns)


def _sorted(parts: Sequence[tuple[NDArray, ...]]) -> tuple[NDArray, ...]:  # type: ignore[type-arg]
    """Columns of all lengths one below the other, in the order of the first; of equal hashes the first stays."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    _, first = np.unique(columns[0], return_index=True)
    return tuple(column[first] for column in columns)
