"""What is expected in a log, from counts: how probable an event is between the ones before it and the ones after it.

The kinds of events (messages, or their templates) are predicted from the last few kinds before them, and again from the next
few after them (``contexts``); of the two chances the lower one holds, for what fits only one side does not fit. Where a
sequence ends, contexts end with it: a log that grows has not ended there, and its newest event is judged by what came before it
alone. It is to a log what the forecast of ``scales`` is to a sensor: what needs no attention to be known. The network adds what
the selected events tell (``Network.event_logits``). Counts of weights written earlier look back only.

Source of reading both ways: Schuster and Paliwal 1997, "Bidirectional recurrent neural networks", where the two sides' chances
are merged, too.

Axis letters: N events, L order (contexts of up to L - 1 kinds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.kinds import KINDS, Hashes, in_a_row, kinds, kind_basis
from sparsemix.encoding.sequence import Event
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


ORDER = 10
# Of both sides together.
_MOST_PAIRS = 4_000_000
_HASHES = ("context", "pair")
_AFTER = "after."


@dataclass(frozen=True, slots=True)
class Expectation:
    """Counts of what came ``before`` and ``after`` every kind of event (None: they look back only), and hashes of the ``known``
    kinds themselves, ascending, read as ``by`` says. Raises WeightsError when damaged."""

    by: str
    known: Hashes
    before: Contexts
    after: Contexts | None

    def __post_init__(self) -> None:
        if self.by not in KINDS or not len(self.known):
            raise WeightsError("the expectation of events is damaged")
        if not ascending(self.known):
            raise WeightsError("the expectation of events is not in order")

    @property
    def looking_back(self) -> Expectation:
        """What is expected of events by those before them alone, as chances that make one: what can be learned to add to."""
        return replace(self, after=None)

    def kinds_of(self, events: Sequence[Event]) -> Counts:
        """The place of every event's kind among the ``known`` [N]; their number where it is another one."""
        kind = kinds(events, self.by)
        place = np.minimum(np.searchsorted(self.known, kind), len(self.known) - 1)
        return np.where(self.known[place] == kind, place, len(self.known))

    def probability(self, events: Sequence[Event]) -> NDArray[np.float64]:
        """How probable every event is after those before it, or before those after it where that is less [N]; all that were
        never seen share one place. Nothing is after the last event, which is judged by those before it."""
        kind = kinds(events, self.by)
        unknown = 1.0 / (len(self.known) + 1)
        p = self.before.probability(kind, unknown)
        if self.after is not None:
            p[:-1] = np.minimum(p, self.after.probability(kind[::-1], unknown)[::-1])[:-1]
        return p


def fit(sequences: Sequence[Sequence[Event]], like: Expectation | None = None, order: int = ORDER) -> Expectation:
    """Count on both sides. Kinds are messages or templates (``kinds.kind_basis``); ``like``: read and count as this one does
    instead."""
    by, order = (kind_basis(sequences), order) if like is None else (like.by, like.before.order)
    read = [kinds(events, by) for events in sequences]
    after = None
    if like is None or like.after is not None:
        after = count_contexts([one[::-1] for one in read], order, _MOST_PAIRS // 2, edges=False)
    before = count_contexts(read, order, _MOST_PAIRS // 2, edges=True)
    return Expectation(by, np.unique(np.concatenate(read)), before, after)


def pack(expectation: Expectation) -> dict[str, NDArray[np.int64]]:
    """Columns as integers that safetensors holds, and as ``shape`` the place of ``by`` among the kinds, and the order of each
    side. Not as metadata: of several entries, safetensors writes no certain order, and weights are known by their bytes."""
    sides = {"": expectation.before} | ({} if expectation.after is None else {_AFTER: expectation.after})
    shape = np.array([KINDS.index(expectation.by), *(side.order for side in sides.values())], np.int64)
    columns = {prefix + name: getattr(side, name).view(np.int64) for prefix, side in sides.items() for name in COLUMNS}
    return {"shape": shape, "known": expectation.known.view(np.int64)} | columns


def unpack(columns: dict[str, NDArray[np.int64]]) -> Expectation:
    """Raises WeightsError when it is not what ``pack`` gave."""
    try:
        by, order, *after = columns["shape"].tolist()
        if len(after) > 1 or len(columns) != 2 + len(COLUMNS) * (1 + len(after)):
            raise WeightsError("the expectation of events has other columns than its shape says")
        known = columns["known"].astype(np.int64).view(np.uint64)
        other = _side(columns, _AFTER, after[0], edges=False) if after else None
        return Expectation(KINDS[by], known, _side(columns, "", order, edges=True), other)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WeightsError(f"the expectation of events is damaged: {error}") from error


def _side(columns: dict[str, NDArray[np.int64]], prefix: str, order: int, *, edges: bool) -> Contexts:
    found: dict[str, Any] = {
        name: columns[prefix + name].astype(np.int64).view(np.uint64 if name in _HASHES else np.int64) for name in COLUMNS
    }
    return Contexts(order, edges, **found)
