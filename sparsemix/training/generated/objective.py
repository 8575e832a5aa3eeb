"""The loss of training on generated logs: the task, the penalties on the selection, and the guidance to the deciding line.

Every process computes its share of a batch, and its part of every mean over the whole batch: the parts of all processes add up
to the loss of a single process (``world``).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.model.network import Network
from sparsemix.training.common.world import moved, zero_loss
from sparsemix.training.generated.corpus import Sample


@dataclass(frozen=True, slots=True)
class Weighing:
    """The weights of the other loss terms: ``sharpness``, ``search_cost`` and ``guidance``; ``probe``: the queries that the
    search cost is estimated from."""

    sharpness: float = 0.0
    search_cost: float = 0.0
    guidance: float = 0.0
    probe: Tensor | None = None


class GuidedObjective(nn.Module):
    """The loss of a ``share`` of a batch, as a module, whose gradients processes can add up."""

    def __init__(self, network: Network, share: slice) -> None:
        super().__init__()
        self.network, self._share = network, share

    def forward(self, sample: Sample, weighing: Weighing) -> tuple[Tensor, Tensor]:
        """Return the whole loss, and the task loss alone."""
        part = moved(sample.part(self._share), self.network.device)
        if not len(part.label):
            return zero_loss(self.network), part.label.new_zeros(())
        logits, statistics = self.network(part.batch, part.deciding if weighing.guidance else None, weighing.probe)
        # Every event counts, but on the scale of the few events that need a distant event to be judged.
        loss = F.binary_cross_entropy_with_logits(logits, part.label.to(logits.dtype), reduction="none")
        task = (loss * part.known).sum() / sample.checks
        of_all = len(part.label) / len(sample.label)
        penalty = of_all * weighing.sharpness * torch.stack([s.sharpness.sum() for s in statistics]).mean()
        costs = [s.search_cost for s in statistics if s.search_cost is not None]
        if costs:
            penalty = penalty + of_all * weighing.search_cost * torch.stack(costs).mean()
        watched = len(part.deciding.query) / sample.checks
        hint = watched * weighing.guidance * unseen(statistics) if weighing.guidance else 0.0
        return task + penalty + hint, task.detach()


def unseen(statistics: list[SelectionStatistics]) -> Tensor:
    """Return the mean of -log of the weight that any layer and head gives to the line that decides a check."""
    missed = [s.missed for s in statistics if s.missed is not None]
    seen = 1.0 - torch.stack(missed).prod(0)
    return -seen.clamp_min(1e-6).log().mean() if len(seen) else seen.sum()
