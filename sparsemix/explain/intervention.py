"""Interventions on a run, which effects are measured by, and their outcome: new logits and new selections.

Causes are found by intervening (Pearl 2009, "Causality", section 1.3): a pair is removed from the candidates, or forced in, and
the model decides again. Nothing is zeroed: a removed pair leaves the candidates, and entmax shares the weight among the
remaining candidates, as if the pair had never been there.

Axis letters: N events, H heads, R rows computed anew, C events computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ExplanationError
from sparsemix.trace.selection_trace import SelectionTrace


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """One pair: ``query`` selects ``key`` in one layer's head."""

    layer: int
    head: int
    query: int
    key: int


@dataclass(frozen=True, slots=True)
class Intervention:
    """The changes to a run.

    ``removed``: pairs whose logit is minus infinity. ``forced``: pairs whose logit is raised to the largest of its query's
    other candidates (the anchor's included), where it is not larger already. ``absent``: events that are no candidate for any
    other query, in any layer and head. ``neutral``: events whose embedding is replaced by the neutral event's. ``frozen``: only
    logged pairs and forced pairs may be selected, so that no other pair comes in for a removed one.
    """

    removed: frozenset[Pair] = field(default_factory=frozenset)
    forced: frozenset[Pair] = field(default_factory=frozenset)
    absent: frozenset[int] = field(default_factory=frozenset)
    neutral: frozenset[int] = field(default_factory=frozenset)
    frozen: bool = False

    @classmethod
    def without(cls, pairs: Iterable[Pair], frozen: bool = False) -> Intervention:
        """Return the intervention that removes ``pairs``."""
        return cls(removed=frozenset(pairs), frozen=frozen)

    @property
    def pairs(self) -> frozenset[Pair]:
        """Return the pairs that are removed or forced in."""
        return self.removed | self.forced

    def check(self, trace: SelectionTrace) -> None:
        """Raise ``ExplanationError`` when an event, a layer or a head does not exist, or a pair is both removed and forced."""
        layers, heads = len(trace.heads), len(trace.heads[0])
        for event in (*self.absent, *self.neutral, *(e for p in self.pairs for e in (p.query, p.key))):
            check_event(trace, event)
        for pair in self.pairs:
            if not (0 <= pair.layer < layers and 0 <= pair.head < heads):
                raise ExplanationError(
                    f"there is no layer {pair.layer + 1}, head {pair.head + 1}: the model has {layers} layers of {heads} heads"
                )
        if self.removed & self.forced:
            raise ExplanationError("a pair cannot be removed and forced in at once")


def check_event(trace: SelectionTrace, event: int) -> None:
    """Raise ``ExplanationError`` when the trace has no event of this index."""
    check_index(trace.length, event)


def check_index(length: int, event: int) -> None:
    """Raise ``ExplanationError`` when a sequence of ``length`` events has no event of this index."""
    if not 0 <= event < length:
        raise ExplanationError(f"there is no event {event}: the sequence has {length:,}, counted from 0")


@dataclass(frozen=True, slots=True)
class RowSelection:
    """The selection of some rows of one layer under an intervention, as CSR: ``row`` int64 [R] the queries, sorted; the pairs
    of head h and the r-th query are ``key[pointer[h * R + r]:pointer[h * R + r + 1]]`` with ``weight``."""

    row: NDArray[np.int64]
    pointer: NDArray[np.int64]
    key: NDArray[np.int64]
    weight: NDArray[np.float64]

    @classmethod
    def of(
        cls, row: NDArray[np.int64], heads: int, owner: NDArray[np.int64], key: NDArray[np.int64], weight: NDArray[np.float64]
    ) -> RowSelection:
        """Return the selection of pairs in any order; ``owner``: head * R + place of the query in ``row``, of every pair."""
        order = np.argsort(owner, kind="stable")
        pointer = np.searchsorted(owner[order], np.arange(heads * len(row) + 1))
        return cls(row, pointer.astype(np.int64), key[order], weight[order])

    def pairs_of(self, head: int, query: int) -> slice | None:
        """Return where a query's pairs lie; None when the query was not computed anew."""
        place = int(np.searchsorted(self.row, query))
        if place == len(self.row) or self.row[place] != query:
            return None
        first = head * len(self.row) + place
        return slice(int(self.pointer[first]), int(self.pointer[first + 1]))

    def with_rows(self, other: RowSelection) -> RowSelection:
        """Return this selection with the rows of ``other``, all of which it has, in place of its own."""
        if not len(other.row):
            return self
        rows, heads = len(self.row), (len(self.pointer) - 1) // len(self.row)
        own = np.repeat(np.arange(heads * rows), np.diff(self.pointer))
        kept = ~np.isin(self.row, other.row)[own % rows]
        head, place = np.divmod(np.repeat(np.arange(heads * len(other.row)), np.diff(other.pointer)), len(other.row))
        owner = np.concatenate([own[kept], head * rows + np.searchsorted(self.row, other.row)[place]])
        key, weight = np.concatenate([self.key[kept], other.key]), np.concatenate([self.weight[kept], other.weight])
        return RowSelection.of(self.row, heads, owner, key, weight)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run under an intervention.

    ``events`` int64 [C]: the events whose logit was computed anew; ``logit`` float64 [C]: their logits; all other logits are
    unchanged. ``rows``: layer by layer, the new selection of the rows that were computed anew (of very many rows, only of the
    watched ones).
    """

    events: NDArray[np.int64]
    logit: NDArray[np.float64]
    rows: tuple[RowSelection, ...]

    def logits(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logits of all events [N]; ``base``: the logits of the run."""
        full = base.copy()
        full[self.events] = self.logit
        return full

    def of(self, event: int, base: NDArray[np.float64]) -> float:
        """Return the logit of one event; ``base``: the logits of the run."""
        place = int(np.searchsorted(self.events, event))
        if place < len(self.events) and self.events[place] == event:
            return float(self.logit[place])
        return float(base[event])

    def selected(
        self, trace: SelectionTrace, layer: int, head: int, query: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the keys and weights that a query selects under the intervention."""
        rows, logged = self.rows[layer], trace.heads[layer][head]
        part = rows.pairs_of(head, query)
        if part is not None:
            return rows.key[part], rows.weight[part]
        part = logged.pairs_of(query)
        return logged.key_index[part].astype(np.int64), logged.weight[part].astype(np.float64)
