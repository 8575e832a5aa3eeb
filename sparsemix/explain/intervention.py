"""What is to be different when a decision is run again: the interventions that effects are measured by.

Causes are found by intervening (Pearl 2009, "Causality", section 1.3): a pair is taken from the candidates, or forced in, and
the model decides again. Nothing is zeroed: what is taken away leaves the candidates, and entmax shares the weight among those
that remain, as it would have without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
    """What differs from the run.

    ``removed``: pairs whose logit is minus infinity. ``forced``: pairs whose logit is raised to the largest of its query's
    other candidates (the anchor's included), where it is not larger already. ``absent``: events that are no candidate for any
    other query, in any layer and head. ``neutral``: events whose embedding is the neutral event's. ``frozen``: nothing that
    was not logged may come in where something was taken away (but what is forced).
    """

    removed: frozenset[Pair] = field(default_factory=frozenset)
    forced: frozenset[Pair] = field(default_factory=frozenset)
    absent: frozenset[int] = field(default_factory=frozenset)
    neutral: frozenset[int] = field(default_factory=frozenset)
    frozen: bool = False

    @classmethod
    def without(cls, pairs: Iterable[Pair], frozen: bool = False) -> Intervention:
        """Pairs removed."""
        return cls(removed=frozenset(pairs), frozen=frozen)

    @classmethod
    def forcing(cls, pairs: Iterable[Pair]) -> Intervention:
        """Pairs forced in."""
        return cls(forced=frozenset(pairs))

    @property
    def pairs(self) -> frozenset[Pair]:
        """Pairs removed or forced."""
        return self.removed | self.forced

    def check(self, trace: SelectionTrace) -> None:
        """Raises ExplanationError when it names an event, a layer or a head that is not there, or contradicts itself."""
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
    """Raises ExplanationError when there is no event of this index."""
    check_index(trace.length, event)


def check_index(length: int, event: int) -> None:
    """The same for a sequence of ``length`` events."""
    if not 0 <= event < length:
        raise ExplanationError(f"there is no event {event}: the sequence has {length:,}, counted from 0")
