"""Expectation of events in a log, from counts: how probable an event is, given the events before it and the events after it.

The kinds of events (messages, or their templates) are predicted from the last few kinds before them, and again from the next
few kinds after them (``Contexts``). The lower of the two probabilities counts: an event that fits only one side does not fit.
Contexts end with the sequence. A log that still grows has not ended there, so its newest event is judged only by the events
before it. The expectation is for a log what the forecast of ``scales`` is for a sensor: a prediction without attention. The
network adds the information of the selected events (``Network.event_logits``). Weights written earlier have counts that look
back only.

Counts say how often a kind of event came next to the few kinds before it, or after it. Longer contexts blend over shorter ones
as far as they have been seen (interpolated Witten-Bell smoothing). Counts are in sorted arrays under the hashes of ``kinds``.

Sources: reading both ways, Schuster and Paliwal 1997, "Bidirectional recurrent neural networks", where the probabilities of
both sides are merged, too; Witten and Bell 1991, "The zero-frequency problem"; Chen and Goodman 1999, "An empirical study of
smoothing techniques for language modeling", section 2.6.

Axis letters: N events, L order (contexts of up to L - 1 kinds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
from sparsemix.encoding.closed_slots import ClosedSlots, closed_number_slots
from sparsemix.encoding.kinds import KINDS, Hashes, in_a_row, kind_basis, kinds
from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError

COLUMNS = ("context", "total", "types", "pair", "count")

Counts = NDArray[np.int64]
ORDER = 10
# Limit on the pairs of both sides together.
_MOST_PAIRS = 4_000_000
_HASHES = ("context", "pair")
_AFTER = "after."
_WORDS = ("words.template", "words.slots")
_MOST_MORE_KINDS = 2000


@dataclass(frozen=True, slots=True)
class Contexts:
    """Counts of contexts of fewer than ``order`` kinds, and of the events next to them.

    ``context``: hashes, ascending, with ``total`` occurrences and ``types`` of followers of each; ``pair``: hashes, ascending,
    of a context together with the event next to it, with the ``count`` of each. ``edges``: the beginning of a sequence is a
    context, too; without edges contexts never reach beyond it. Raises `WeightsError` when damaged.
    """

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
        """Return how probable every one of ``kinds`` is after the kinds before it [N]; without any count, ``unknown``."""
        p = np.full(len(kinds), unknown)
        for length, (context, pair) in enumerate(in_a_row(kinds, self.order)):
            first = 0 if self.edges else length
            total, types = _looked_up(self.context, (self.total, self.types), context[first:])
            (count,) = _looked_up(self.pair, (self.count,), pair[first:])
            shorter = p[first:]
            p[first:] = np.where(total > 0, (count + types * shorter) / np.maximum(total + types, 1), shorter)
        return p

    def counts(self, kinds: Hashes, most: int) -> list[Counts]:
        """Return how often every one of ``kinds`` occurred [N], alone, then with the kind before it, and so on up to ``most``
        kinds in a row. Rows longer than these counts reach are left at those that they reach."""
        rows = [_looked_up(self.pair, (self.count,), pair)[0] for _, pair in in_a_row(kinds, min(most, self.order))]
        return rows + rows[-1:] * (most - len(rows))


def count_contexts(sequences: Sequence[Hashes], order: int, most: int, *, edges: bool) -> Contexts:
    """Count the contexts in sequences of kinds; contexts stay shorter than ``order`` when there would be more than ``most``
    pairs."""
    contexts: list[tuple[Hashes, Counts, Counts]] = []
    pairs: list[tuple[Hashes, Counts]] = []
    per_sequence = [in_a_row(kinds, order) for kinds in sequences if len(kinds)]
    counted = 0
    for length in range(order):
        first = 0 if edges else length
        hashes = [next(per_length) for per_length in per_sequence]
        context, pair = (np.concatenate([part[side][first:] for part in hashes]) for side in range(2))
        pair, place, count = np.unique(pair, return_index=True, return_counts=True)
        counted += len(pair)
        if counted > most and length:
            break
        distinct, total = np.unique(context, return_counts=True)
        _, types = np.unique(context[place], return_counts=True)
        contexts.append((distinct, total, types))
        pairs.append((pair, count))
    context, total, types = _sorted(contexts)
    pair, count = _sorted(pairs)
    return Contexts(len(pairs), edges, context, total, types, pair, count)


def ascending(column: Hashes) -> bool:
    """Return whether every hash is greater than the hash before it."""
    return bool((column[1:] > column[:-1]).all())


def _looked_up(known: Hashes, columns: tuple[Counts, ...], hashes: Hashes) -> tuple[Counts, ...]:
    """Return the values of ``columns`` for the hashes that ``known`` (ascending) contains, else 0."""
    if not len(known):
        return tuple(np.zeros(len(hashes), np.int64) for _ in columns)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    there = known[place] == hashes
    return tuple(np.where(there, column[place], 0) for column in columns)


def _sorted(parts: Sequence[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    """Return the columns of all context lengths concatenated and sorted by the first column; of equal hashes the first
    stays."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    _, first = np.unique(columns[0], return_index=True)
    return tuple(column[first] for column in columns)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Counts of the events ``before`` and ``after`` every kind of event (``after`` None: counts look back only), and hashes of
    the ``known`` kinds, ascending, read as ``by`` says; ``words``: numbers that templates keep. Raises `WeightsError` when
    damaged."""

    by: str
    known: Hashes
    before: Contexts
    after: Contexts | None
    words: ClosedSlots | None = None

    def __post_init__(self) -> None:
        if self.by not in KINDS or not len(self.known):
            raise WeightsError("the expectation of events is damaged")
        if not ascending(self.known):
            raise WeightsError("the expectation of events is not in order")

    @property
    def looking_back(self) -> Expectation:
        """Return the expectation from the events before alone. Its probabilities sum to 1, so that a network can learn to add
        to them."""
        return replace(self, after=None)

    def kinds_of(self, events: Sequence[Event]) -> Counts:
        """Return the position of every event's kind among the ``known`` [N]; the number of known kinds for an unknown kind."""
        kind = kinds(events, self.by, self.words)
        place = np.minimum(np.searchsorted(self.known, kind), len(self.known) - 1)
        return np.where(self.known[place] == kind, place, len(self.known))

    def probability(self, events: Sequence[Event]) -> NDArray[np.float64]:
        """Return how probable every event is [N]: given the events before it, or given the events after it if that is less. All
        unseen kinds count as one kind. No event follows the last one, which is judged by the events before it."""
        kind = kinds(events, self.by, self.words)
        unknown = 1.0 / (len(self.known) + 1)
        p = self.before.probability(kind, unknown)
        if self.after is not None:
            p[:-1] = np.minimum(p, self.after.probability(kind[::-1], unknown)[::-1])[:-1]
        return p

    def counts(self, events: Sequence[Event], most: int) -> list[Counts]:
        """Return how often every event's kind occurred [N], and how often it did so together with the kinds before it, up to
        ``most`` kinds in a row."""
        return self.before.counts(kinds(events, self.by, self.words), most)


def fit(sequences: Sequence[Sequence[Event]], like: Expectation | None = None, order: int = ORDER) -> Expectation:
    """Count the contexts on both sides. Kinds are messages or templates (``kinds.kind_basis``), which keep numbers from small
    closed sets (``closed_slots``); ``like``: use the kinds, order and sides of this expectation instead."""
    by, order = (kind_basis(sequences), order) if like is None else (like.by, like.before.order)
    words = (_words(sequences) if by == "template" else None) if like is None else like.words
    kinds_of_sequences = [kinds(events, by, words) for events in sequences]
    after = None
    if like is None or like.after is not None:
        after = count_contexts(
            [sequence_kinds[::-1] for sequence_kinds in kinds_of_sequences], order, _MOST_PAIRS // 2, edges=False
        )
    before = count_contexts(kinds_of_sequences, order, _MOST_PAIRS // 2, edges=True)
    return Expectation(by, distinct(np.concatenate(kinds_of_sequences)), before, after, words)


def _words(sequences: Sequence[Sequence[Event]]) -> ClosedSlots | None:
    """Return the numbers that templates keep; None without any, or where they would make too many kinds of few."""
    found = closed_number_slots(event.message for events in sequences for event in events)
    plain, kept = (
        len({one for events in sequences for one in kinds(events, "template", words).tolist()}) for words in (None, found)
    )
    return found if len(found) and kept <= plain + _MOST_MORE_KINDS else None


def pack(expectation: Expectation) -> dict[str, NDArray[np.int64]]:
    """Return the columns as integers for safetensors; ``shape`` holds the position of ``by`` among the kinds and the order of
    each side.

    They are not metadata: safetensors writes several metadata entries in no certain order, and weights are identified by their
    bytes.
    """
    sides = {"": expectation.before} | ({} if expectation.after is None else {_AFTER: expectation.after})
    shape = np.array([KINDS.index(expectation.by), *(side.order for side in sides.values())], np.int64)
    columns = {prefix + name: getattr(side, name).view(np.int64) for prefix, side in sides.items() for name in COLUMNS}
    if expectation.words is not None:
        columns |= {_WORDS[0]: expectation.words.hashed.view(np.int64), _WORDS[1]: expectation.words.slots}
    return {"shape": shape, "known": expectation.known.view(np.int64)} | columns


def unpack(columns: dict[str, NDArray[np.int64]]) -> Expectation:
    """Read what ``pack`` returned. Raises `WeightsError` for anything else."""
    try:
        by, order, *after = columns["shape"].tolist()
        slots = [columns[name].astype(np.int64) for name in _WORDS if name in columns]
        if len(after) > 1 or len(slots) == 1 or len(columns) != 2 + len(slots) + len(COLUMNS) * (1 + len(after)):
            raise WeightsError("the expectation of events has other columns than its shape says")
        known = columns["known"].astype(np.int64).view(np.uint64)
        other = _side(columns, _AFTER, after[0], edges=False) if after else None
        words = ClosedSlots(slots[0].view(np.uint64), slots[1]) if slots else None
        return Expectation(KINDS[by], known, _side(columns, "", order, edges=True), other, words)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WeightsError(f"the expectation of events is damaged: {error}") from error


def _side(columns: dict[str, NDArray[np.int64]], prefix: str, order: int, *, edges: bool) -> Contexts:
    arrays: dict[str, Any] = {
        name: columns[prefix + name].astype(np.int64).view(np.uint64 if name in _HASHES else np.int64) for name in COLUMNS
    }
    return Contexts(order, edges, **arrays)
