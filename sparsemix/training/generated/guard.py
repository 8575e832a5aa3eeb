"""The guard of the selection during training: a monitor that watches it, and reactions to what the monitor finds.

Monitor: a fixed probe of fresh logs is run at every validation. It measures per layer and head: selected keys per query, the
anchor's share of the weight, the share of certified queries, and churn, the Jaccard distance between the pairs selected now and
with the best weights so far.

Reactions: the penalties wait until the task is being learned (below the loss ``gate``), then ramp up.

- Penalties that came too early make the selection collapse or keep accuracy low. Training cannot leave that state, because only
  selected pairs get a gradient. Attention then becomes soft again, where every pair gets a gradient, and the penalties wait
  until the task loss has fallen far below its present value. This happens once a run; a later failure has other causes.
- When the selection collapses later, training goes back to the best weights with half the penalties.
- When too few queries can be certified, the search-cost penalty doubles.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.errors import TrainingCollapsed
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.common.world import CPU
from sparsemix.training.generated.corpus import LabelledLog
from sparsemix.training.generated.curriculum import TrainConfig

_EVENTS = 2048
WENT_BACK = "back to the best weights, penalties halved"
SOFTENED = "attention soft again, penalties halved and waiting"
DOUBLED = "search-cost penalty doubled"
_MAX_COLLAPSES = 3
# Below this many selected keys per query, over all layers and heads together, the selection explains nothing any more.
_LEAST_SELECTED = 0.01
# Losing this much F1 under the penalty is a collapse, not noise.
_COLLAPSE_DROP = 0.15
# A layer whose heads all give the anchor more weight than this selects nothing any more.
_MOST_ANCHOR = 0.98
# Below this F1, ``_STALLED`` validations without a better F1 mean that the penalties came too early.
_LEARNED = 0.9
_STALLED = 4
# After penalties that came too early, they wait until the task loss has fallen to this share of its value at that time.
_FAR_BELOW = 1 / 8
_LEAST_CERTIFIED = 0.95
_MAX_COST_FACTOR = 8.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """[layer][head] each: ``selected`` keys per query, ``anchor_share`` and ``certified`` in [0, 1], ``churn`` in [0, 1]."""

    selected: list[list[float]]
    anchor_share: list[list[float]]
    certified: list[list[float]]
    churn: list[list[float]]

    def table(self) -> NDArray[np.float64]:
        """Return all four quantities, [4, layers, heads]."""
        return np.array([self.selected, self.anchor_share, self.certified, self.churn])

    @property
    def certified_share(self) -> float:
        """Return the share of certified queries in the worst head."""
        return min(map(min, self.certified))

    @property
    def largest_churn(self) -> float:
        """Return the churn of the head that changed most."""
        return max(map(max, self.churn))


@dataclass(frozen=True, slots=True)
class Monitor:
    """Measures a network on the same events every time: at most 2,048 events of one log."""

    log: LabelledLog

    def look(self, network: Network, best: dict[str, Tensor]) -> Vitals:
        """Run the probe through the sparse attention, and again with the weights ``best``, if there are any."""
        # Pairs are selected on the processor, wherever the network is trained.
        probe = copy.deepcopy(network).to(CPU)
        now = self._select(probe)
        before = now
        if best:
            probe.load_state_dict(best)
            before = self._select(probe)
        rows = [[_vitals(*pair) for pair in zip(*layers, strict=True)] for layers in zip(now, before, strict=True)]
        return Vitals(*([[head[place] for head in layer] for layer in rows] for place in range(4)))

    def _select(self, network: Network) -> list[list[HeadPairs]]:
        hashed = self.log.hashed.window(0, min(_EVENTS, len(self.log.label)))
        selected = []
        with torch.no_grad():
            x = network.embed(EventBatch.of([hashed]))
            for layer in network.stack:
                q, k, v = layer.attention.project(layer.norm(x))
                mixed, heads = layer.attention.select(q[0], k[0], v[0], near_misses=0)
                selected.append(heads)
                x = layer.after_attention(x, layer.attention.out(mixed.transpose(0, 1).flatten(1))[None])
        return selected


def _vitals(now: HeadPairs, before: HeadPairs) -> tuple[float, float, float, float]:
    n = len(now.threshold)
    pairs, earlier = now.query * n + now.key, before.query * n + before.key
    common = len(np.intersect1d(pairs, earlier, assume_unique=True))
    either = len(pairs) + len(earlier) - common
    churn = 1.0 - common / either if either else 0.0
    return len(pairs) / n, float(now.anchor_weight.mean()), float(now.certified.mean()), churn


@dataclass(slots=True)
class TrainingState:
    """The state of a training run.

    ``stage``, ``step`` (in the stage) and ``total_step`` are the next to do; ``loss`` is the moving task loss; ``penalty``
    the present factor of the penalties, which started at ``penalty_since`` (-1: not yet), and ``cost_factor`` an additional
    factor for the search-cost penalty; ``gate``: the loss that the penalties wait for, below 0 the plan's; ``soft``: attention
    is soft until then; ``best_f1`` of the stage and ``stale`` validations since; ``collapses`` so far.
    """

    stage: int = 0
    step: int = 0
    total_step: int = 0
    loss: float = -1.0
    penalty: float = 0.0
    penalty_since: int = -1
    cost_factor: float = 1.0
    gate: float = -1.0
    soft: bool = False
    best_f1: float = -1.0
    stale: int = 0
    collapses: int = 0


def penalty(state: TrainingState, plan: TrainConfig) -> float:
    """Return the factor of both penalties under sparse attention, and update ``state``.

    The factor is 0 until the task is being learned and then ramps up to 1, or to less after the guard has acted. When the
    ramp begins, a soft spell ends.
    """
    gate = plan.gate if state.gate < 0 else state.gate
    if state.penalty_since < 0 and 0 <= state.loss < gate:
        state.penalty_since, state.soft = state.total_step, False
        state.penalty = state.penalty or 1.0
    return strength(state, plan)


def strength(state: TrainingState, plan: TrainConfig) -> float:
    """Return the factor of both penalties in the present ``state``."""
    if state.penalty_since < 0:
        return 0.0
    return state.penalty * min(1.0, (state.total_step - state.penalty_since + 1) / plan.ramp)


def act(state: TrainingState, plan: TrainConfig, f1: float, vitals: Vitals | None, can_return: bool) -> str:
    """React to a validation by changing ``state``, and return the action in words ("" for none).

    After ``WENT_BACK`` the caller continues from the best weights; ``can_return``: whether there are any. Raises
    ``TrainingCollapsed`` after too many collapses.
    """
    if vitals is None or state.penalty_since < 0 or not plan.guard:
        return ""
    collapsed = _collapsed(vitals, f1, state.best_f1)
    if state.gate < 0 and max(f1, state.best_f1) < _LEARNED and (collapsed or state.stale >= _STALLED):
        state.penalty /= 2
        state.soft, state.penalty_since, state.stale, state.best_f1 = True, -1, 0, -1.0
        state.gate = min(plan.gate, _FAR_BELOW * state.loss)
        return SOFTENED
    if can_return and collapsed:
        _go_back(state)
        return WENT_BACK
    if vitals.certified_share < _LEAST_CERTIFIED and state.cost_factor < _MAX_COST_FACTOR:
        state.cost_factor *= 2
        return DOUBLED
    return ""


def _collapsed(vitals: Vitals, f1: float, best_f1: float) -> bool:
    dead = any(min(layer) > _MOST_ANCHOR for layer in vitals.anchor_share)
    nothing = sum(map(sum, vitals.selected)) < _LEAST_SELECTED
    # A layer that the task does not need may select nothing.
    return nothing or (dead and f1 < max(best_f1, _LEARNED)) or f1 < best_f1 - _COLLAPSE_DROP


def _go_back(state: TrainingState) -> None:
    state.collapses += 1
    if state.collapses > _MAX_COLLAPSES:
        raise TrainingCollapsed("the selection collapsed repeatedly; lower the penalties")
    state.penalty /= 2
