"""Effects of pairs, sets of pairs and events: how the decision changes without them.

effect = logit(x) - logit(x | pair removed): positive when the pair spoke for the fault. Every pair has two numbers:

- ``effect``: entmax shares the weight among all remaining candidates, so another key may come in. This is how the model's
  decision would have changed.
- ``direct``: no other key may come in. This is what the pair itself carried. Where the two numbers differ much, the model had a
  substitute: two events with the same content preempt each other, and neither alone decides (Halpern 2016, "Actual Causality",
  section 2.1).

Logits are compared, because probabilities saturate; the change of the probability is given as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sparsemix.errors import ExplanationError
from sparsemix.explain.attribution import Attribution, EventPair, edges
from sparsemix.explain.intervention import Intervention, Pair, check_event
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import reach
from sparsemix.model.run import Progress, unheard

DEFAULT_MOST = 50
PAIR_EFFECT = "pair_effect"
# Pairs whose effects are computed together; between them the work can be stopped.
_TOGETHER = 16


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
        """Return how much the decision depended on the change, in either direction."""
        return abs(self.effect)


@dataclass(frozen=True, slots=True)
class PairEffect:
    """All heads of a pair, removed together."""

    edge: EventPair
    effect: Effect


@dataclass(frozen=True, slots=True)
class EventEffect:
    """Effects of one event. ``absent``: the event is no candidate for any other query; ``neutral``: the neutral event, which
    has no content, replaces the event."""

    event: int
    absent: Effect
    neutral: Effect


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)), without overflow."""
    return 0.5 * (1.0 + math.tanh(logit / 2.0))


def effect_of(rerun: Rerun, target: int, change: Intervention) -> Effect:
    """Return the effect of an intervention on the logit of ``target``; ``change.frozen`` is set as each number needs it."""
    return _effects(rerun, target, [change])[0]


def _effects(rerun: Rerun, target: int, changes: Iterable[Intervention]) -> list[Effect]:
    check_event(rerun.trace, target)
    base = float(rerun.logits[target])
    logits = rerun.logits_under((replace(change, frozen=stays), target) for change in changes for stays in (False, True))
    pairs = zip(logits[::2], logits[1::2], strict=True)
    return [Effect(base - free, base - frozen, sigmoid(base) - sigmoid(free)) for free, frozen in pairs]


def pair_effects(rerun: Rerun, target: int, most: int = DEFAULT_MOST, progress: Progress = unheard) -> list[PairEffect]:
    """Return the effects of the ``most`` edges of the target's receptive field that carry most, the largest effect first.

    Raises ``ExplanationError`` when there is no such event or ``most`` is below 1, and any error that ``progress`` raises.
    """
    if most < 1:
        raise ExplanationError("ask for at least one pair")
    chosen = edges(rerun.trace, target, most)
    effects = []
    for start in range(0, len(chosen), _TOGETHER):
        progress(start / len(chosen), "pair effects")
        some = chosen[start : start + _TOGETHER]
        changes = [Intervention.without(edge.pairs) for edge in some]
        effects += [PairEffect(edge, effect) for edge, effect in zip(some, _effects(rerun, target, changes), strict=True)]
    return sorted(effects, key=lambda f: (-f.effect.size, f.edge.query, f.edge.key))


def set_effect(rerun: Rerun, target: int, removed: Iterable[Pair] = (), forced: Iterable[Pair] = ()) -> Effect:
    """Return the effect of a set of pairs, some removed and some forced in, at once."""
    return effect_of(rerun, target, Intervention(frozenset(removed), frozenset(forced)))


def event_effect(rerun: Rerun, target: int, event: int) -> EventEffect:
    """Return the effect of an event on the logit of ``target``."""
    return EventEffect(
        event,
        effect_of(rerun, target, Intervention(absent=frozenset((event,)))),
        effect_of(rerun, target, Intervention(neutral=frozenset((event,)))),
    )


def by_event(rerun: Rerun, target: int, effects: Sequence[PairEffect]) -> Attribution:
    """Return pair effects as an attribution to the key events: each event gets its pair with the largest effect."""
    events = reach(rerun.trace, target)
    value = np.zeros(len(events), dtype=np.float32)
    for pair in effects:
        place = np.searchsorted(events, pair.edge.key)
        if pair.effect.size > abs(value[place]):
            value[place] = pair.effect.effect
    return Attribution(PAIR_EFFECT, target, events, value, float(rerun.logits[target]), 0.0, None, len(effects))
