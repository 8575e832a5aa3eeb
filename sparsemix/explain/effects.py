"""How much a pair, a set of pairs or an event mattered: decide again without it.

effect = logit(x) - logit(x | pair removed): positive when the pair spoke for the fault. Two numbers for every pair:

- ``effect``: entmax shares the weight among all remaining candidates, so another key may come in. What the model would have
  said.
- ``direct``: nothing comes in. What the pair itself carried. Where the two differ much, the model had a substitute: two events
  that say the same preempt each other, and neither alone decides (Halpern 2016, "Actual Causality", section 2.1).

Logits are compared, for probabilities saturate; the change of the probability stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sparsemix.errors import ExplanationError
from sparsemix.explain.attribution import Attribution, Edge, edges
from sparsemix.explain.intervention import Intervention, Pair, check_event
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import Progress
from sparsemix.model.receptive_field import reach

DEFAULT_MOST = 50
PAIR_EFFECT = "pair_effect"


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of one change on the target's logit: run minus changed run.

    ``effect`` and ``direct`` in logits (see the module), ``probability``: the change of the event's probability that belongs to
    ``effect``.
    """

    effect: float
    direct: float
    probability: float

    @property
    def size(self) -> float:
        """How much the model's word depended on it, whichever way it went."""
        return abs(self.effect)


@dataclass(frozen=True, slots=True)
class PairEffect:
    """All heads of a pair, removed together."""

    edge: Edge
    effect: Effect


@dataclass(frozen=True, slots=True)
class EventEffect:
    """``absent``: the event is no candidate for any other query; ``neutral``: the event says nothing, the neutral event stands
    in its place."""

    event: int
    absent: Effect
    neutral: Effect


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)), without overflow."""
    return 0.5 * (1.0 + math.tanh(logit / 2.0))


def effect_of(rerun: Rerun, target: int, change: Intervention) -> Effect:
    """Effect of an intervention on the logit of ``target``; ``change.frozen`` is set as each number needs it."""
    check_event(rerun.trace, target)
    base = float(rerun.logits[target])
    free, frozen = (
        rerun(Intervention(change.removed, change.forced, change.absent, change.neutral, stays), target).of(
            target, rerun.logits
        )
        for stays in (False, True)
    )
    return Effect(base - free, base - frozen, sigmoid(base) - sigmoid(free))


def pair_effects(rerun: Rerun, target: int, most: int = DEFAULT_MOST, progress: Progress | None = None) -> list[PairEffect]:
    """Effects of the ``most`` edges of the target's receptive field that carry most, the largest effect first.

    Raises ExplanationError for an unknown event or ``most`` below 1, and whatever ``progress`` raises.
    """
    if most < 1:
        raise ExplanationError("at least one pair must be asked for")
    chosen = edges(rerun.trace, target)[:most]
    found = []
    for number, edge in enumerate(chosen):
        if progress is not None:
            progress(number / len(chosen), "pair effects")
        found.append(PairEffect(edge, effect_of(rerun, target, Intervention.without(edge.pairs))))
    return sorted(found, key=lambda f: (-f.effect.size, f.edge.query, f.edge.key))


def set_effect(rerun: Rerun, target: int, removed: Iterable[Pair] = (), forced: Iterable[Pair] = ()) -> Effect:
    """Effect of a set of pairs, some removed and some forced in, at once."""
    return effect_of(rerun, target, Intervention(frozenset(removed), frozenset(forced)))


def event_effect(rerun: Rerun, target: int, event: int) -> EventEffect:
    """Effect of an event on the logit of ``target``."""
    return EventEffect(
        event,
        effect_of(rerun, target, Intervention(absent=frozenset((event,)))),
        effect_of(rerun, target, Intervention(neutral=frozenset((event,)))),
    )


def by_event(rerun: Rerun, target: int, effects: Sequence[PairEffect]) -> Attribution:
    """Pair effects as an attribution to the key events: of the pairs that lead to an event, the one with the largest effect."""
    events = reach(rerun.trace, target)
    value = np.zeros(len(events), dtype=np.float32)
    for found in effects:
        place = np.searchsorted(events, found.edge.key)
        if found.effect.size > abs(value[place]):
            value[place] = found.effect.effect
    return Attribution(PAIR_EFFECT, target, events, value, float(rerun.logits[target]), 0.0, None, len(effects))
