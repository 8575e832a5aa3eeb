"""What training watches beside the loss: is the selection alive, sharp, provable and stable?

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
from sparsemix.model.network import Batch, Network
from sparsemix.training.common.devices import CPU
from sparsemix.training.generated.corpus import LabelledLog

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
