"""When the penalties act on the selection, and what is done when it suffers from them.

They wait until the task is being learned (the gate), then ramp up. Where they came before it was learned, the selection
collapses or accuracy stays low, and nothing leads out of that, for only selected pairs get a gradient: attention becomes soft
once more, where every pair gets one, and the penalties wait until the task loss has fallen far below what it is; once a run,
for what is not learned after that has other reasons. Where the selection collapses later, training goes back to the best
weights with half the penalties. Where too few queries can be certified, the search-cost penalty doubles.

What training watches beside the loss: is the selection alive, sharp, provable and stable?

A fixed probe of fresh logs is run at every validation. Per layer and head: selected keys a query, the anchor's share of the
weight, the share of certified queries, and churn, the Jaccard distance between the pairs selected now and with the best
weights so far.
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
from sparsemix.model.network import Batch, Network
from sparsemix.training.common.checkpoint import Standing
from sparsemix.training.common.world import CPU
from sparsemix.training.generated.corpus import LabelledLog
from sparsemix.training.generated.curriculum import TrainConfig

_EVENTS = 2048


@dataclass(frozen=True, slots=True)
class Vitals:
    """[layer][head] each: ``selected`` keys a query, ``anchor_share`` and ``certified`` in [0, 1], ``churn`` in [0, 1]."""

    selected: list[list[float]]
    anchor_share: list[list[float]]
    certified: list[list[float]]
    churn: list[list[float]]

    def table(self) -> NDArray[np.float64]:
        """All four, [4, layers, heads]."""
        return np.array([self.selected, self.anchor_share, self.certified, self.churn])

    @property
    def certified_share(self) -> float:
        """Share of certified queries in the worst head."""
        return min(map(min, self.certified))

    @property
    def largest_churn(self) -> float:
        """Churn of the head that changed most."""
        return max(map(max, self.churn))


@dataclass(frozen=True, slots=True)
class Monitor:
    """Looks at a network through the same events every time: at most 2,048 of one log."""

    log: LabelledLog

    def look(self, network: Network, best: dict[str, Tensor]) -> Vitals:
        """Run the probe through the sparse attention, and once more with the weights ``best``, if there are any."""
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
        found = []
        with torch.no_grad():
            x = network.embed(Batch.of([hashed]))
            for layer in network.stack:
                q, k, v = layer.attention.project(layer.norm(x))
                mixed, heads = layer.attention.select(q[0], k[0], v[0], near_misses=0)
                found.append(heads)
                x = layer.after_attention(x, layer.attention.out(mixed.transpose(0, 1).flatten(1))[None])
        return found


def _vitals(now: HeadPairs, before: HeadPairs) -> tuple[float, float, float, float]:
    n = len(now.threshold)
    pairs, earlier = now.query * n + now.key, before.query * n + before.key
    common = len(np.intersect1d(pairs, earlier, assume_unique=True))
    either = len(pairs) + len(earlier) - common
    churn = 1.0 - common / either if either else 0.0
    return len(pairs) / n, float(now.anchor_weight.mean()), float(now.certified.mean()), churn


WENT_BACK = "back to the best weights, penalties halved"
SOFTENED = "attention soft again, penalties halved and waiting"
DOUBLED = "search-cost penalty doubled"

_MAX_COLLAPSES = 3
# Below this many selected keys a query, over all layers and heads together, nothing is being explained any more.
_LEAST_SELECTED = 0.01
# Losing this much F1 under the penalty is a collapse, not noise.
_COLLAPSE_DROP = 0.15
# A layer whose heads all give the anchor this much has stopped looking.
_MOST_ANCHOR = 0.98
# Below this F1, so many validations without a better one mean that the penalties came too early.
_LEARNED = 0.9
_STALLED = 4
_FAR_BELOW = 1 / 8
_LEAST_CERTIFIED = 0.95
_MAX_COST_FACTOR = 8.0


def penalty(standing: Standing, plan: TrainConfig) -> float:
    """Factor of both penalties under sparse attention: 0 until the task is being learned, then ramping up to 1, less after
    these. Begins, and ends a soft spell, in ``standing``."""
    gate = plan.gate if standing.gate < 0 else standing.gate
    if standing.penalty_since < 0 and 0 <= standing.loss < gate:
        standing.penalty_since, standing.soft = standing.total_step, False
        standing.penalty = standing.penalty or 1.0
    return strength(standing, plan)


def strength(standing: Standing, plan: TrainConfig) -> float:
    """Factor of both penalties as ``standing`` has it."""
    if standing.penalty_since < 0:
        return 0.0
    return standing.penalty * min(1.0, (standing.total_step - standing.penalty_since + 1) / plan.ramp)


def act(standing: Standing, plan: TrainConfig, f1: float, vitals: Vitals | None, can_return: bool) -> str:
    """Act, in ``standing``, on what a validation found; what was done, in words. After ``WENT_BACK`` the caller goes on from
    the best weights; ``can_return``: there are any.

    Raises TrainingCollapsed after too many collapses.
    """
    if vitals is None or standing.penalty_since < 0 or not plan.guard:
        return ""
    collapsed = _collapsed(vitals, f1, standing.best_f1)
    if standing.gate < 0 and max(f1, standing.best_f1) < _LEARNED and (collapsed or standing.stale >= _STALLED):
        standing.penalty /= 2
        standing.soft, standing.penalty_since, standing.stale, standing.best_f1 = True, -1, 0, -1.0
        standing.gate = min(plan.gate, _FAR_BELOW * standing.loss)
        return SOFTENED
    if can_return and collapsed:
        _go_back(standing)
        return WENT_BACK
    if vitals.certified_share < _LEAST_CERTIFIED and standing.cost_factor < _MAX_COST_FACTOR:
        standing.cost_factor *= 2
        return DOUBLED
    return ""


def _collapsed(vitals: Vitals, f1: float, best_f1: float) -> bool:
    dead = any(min(layer) > _MOST_ANCHOR for layer in vitals.anchor_share)
    nothing = sum(map(sum, vitals.selected)) < _LEAST_SELECTED
    # A layer that is not needed may rest.
    return nothing or (dead and f1 < max(best_f1, _LEARNED)) or f1 < best_f1 - _COLLAPSE_DROP


def _go_back(standing: Standing) -> None:
    standing.collapses += 1
    if standing.collapses > _MAX_COLLAPSES:
        raise TrainingCollapsed("the selection collapsed again and again; lower the penalties")
    standing.penalty /= 2
