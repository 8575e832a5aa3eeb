"""The loss of learning from one's own data: the task, and the penalties on the selection.

Every process computes its share of a batch, and its part of every mean over the whole batch: the parts of all processes add up
to the loss of a single process (``world``). The weights of rare targets are counted over the whole batch, too.

Axis letters: B windows of a batch, L events of a window, K faults.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.model.network import Network
from sparsemix.priors.event_priors import NextKind, NextRow
from sparsemix.training.common.world import moved, zero_loss
from sparsemix.training.own_data.batches import Drawn

_SHARPNESS, _SEARCH_COST = 0.01, 0.1
# Rare faults leave little loss where all events count alike; the penalties weigh as beside balanced classes.
_PLAIN = 10.0
# Where the normal course is learned, hardly any key changes the loss, and the entropy of many equal weights has no slope left:
# between 200 keys and 100 it falls by a hundredth. This penalty grows with the root of their number.
_BREADTH = 0.01


@dataclass(frozen=True, slots=True)
class Chances:
    """The random draws of a batch: the dropout factors ``kept`` of its features, and queries to ``probe`` where the penalties
    have a ``strength`` above 0."""

    kept: Tensor
    probe: Tensor | None = None
    strength: float = 0.0


class Objective(nn.Module):
    """The loss of a ``share`` of a batch, as a module, whose gradients processes can add up."""

    def __init__(self, network: Network, share: slice) -> None:
        super().__init__()
        self.network, self._share = network, share

    def forward(self, drawn: Drawn, chances: Chances) -> Tensor:
        """Return the whole loss."""
        whole = replace(drawn, batch=drawn.batch.scaled(chances.kept))
        part = whole.part(self._share)
        if not len(part.valid):
            return zero_loss(self.network)
        device = self.network.device
        total, statistics = _task_loss(self.network, moved(whole, device), moved(part, device), moved(chances.probe, device))
        if chances.probe is not None:
            queries = int(part.valid.sum()) / max(int(whole.valid.sum()), 1)
            looks = _looks(part.valid, chances.probe) / max(_looks(whole.valid, chances.probe), 1)
            sharpness = torch.stack([s.sharpness.sum() for s in statistics]).mean()
            costs = [s.search_cost for s in statistics if s.search_cost is not None]
            total = total + queries * chances.strength * _SHARPNESS * sharpness
            if self.network.config.expects:
                breadth = torch.stack([s.breadth.sum() for s in statistics if s.breadth is not None]).mean()
                total = total + queries * chances.strength * _BREADTH * breadth
            if costs:
                total = total + looks * chances.strength * _SEARCH_COST * torch.stack(costs).mean()
        return total


@torch.no_grad()
def measured(network: Network, drawn: Drawn, share: slice) -> float:
    """Return the task loss of a share of a batch, without learning from it."""
    part = moved(drawn.part(share), network.device)
    return float(_task_loss(network, moved(drawn, network.device), part)[0]) if len(part.valid) else 0.0


def _looks(valid: Tensor, probe: Tensor) -> int:
    """Count the pairs of a probed query and a key that are both valid."""
    return int((valid[:, probe].sum(1) * valid.sum(1)).sum())


def _task_loss(
    network: Network, whole: Drawn, part: Drawn, probe: Tensor | None = None
) -> tuple[Tensor, list[SelectionStatistics]]:
    """Return the task loss of a ``part`` of a ``whole`` batch, and the selection's statistics."""
    x, statistics = network.attended(part.batch, None, probe, part.valid)
    logits = network.event_logits(x, part.following)
    if isinstance(part.following, NextKind | NextRow) and isinstance(whole.following, NextKind | NextRow):
        # The mean surprise at kinds is the cross-entropy; at rows, it is the logarithm of the mean square error.
        total = torch.as_tensor(logits[part.following.there]).sum() / max(int(whole.following.there.sum()), 1)
    elif network.config.entities:
        total = _located(logits, whole, part)
    else:
        pooled = network.pooled(logits, part.valid, part.following)
        total = _weighted(logits, part.event, part.known, whole.event[whole.known])
        if network.config.evidence:
            # The prior's logits are already calibrated for the share of faults in the data.
            of_all = len(part.sequence) / len(whole.sequence)
            target = part.sequence.to(pooled.dtype)
            total = total + of_all * F.binary_cross_entropy_with_logits(pooled + part.shift, target)
        else:
            total = total + _weighted(pooled, part.sequence, torch.ones_like(pooled).bool(), whole.sequence)
    if network.config.classes:
        # Which fault it is, given that there is a fault.
        each = network.class_logits(x)
        pooled = network.pooled_classes(each, part.valid, part.following)
        if network.config.evidence:
            pooled = pooled + F.pad(part.fault_shift, (0, pooled.shape[-1] - len(part.fault_shift)))
        total = total + _told_apart(pooled, part.fault, whole.fault)
        total = total + _told_apart(each, part.event_fault, whole.event_fault)
    return total, statistics


def _located(logits: Tensor, whole: Drawn, part: Drawn) -> Tensor:
    """Return the part of these ``logits`` [B, L] in the mean cross-entropy over all events. Faulty ones count no more than
    others: an event's verdict rests on what it is matched with, and the odds of a fault have to be right at every length."""
    known = part.known
    loss = F.binary_cross_entropy_with_logits(
        logits[known] + part.event_shift, part.event[known].to(logits.dtype), reduction="sum"
    )
    return _PLAIN * loss / max(int(whole.known.sum()), 1)


def _told_apart(logits: Tensor, fault: Tensor, among: Tensor) -> Tensor:
    """Return the part of these ``logits`` [..., K] in the mean cross-entropy of which fault it is.

    ``fault`` [...]: the fault, -1 for none; ``among``: the faults of the whole batch, which the mean is taken over.
    """
    there, known = int((among >= 0).sum()), fault >= 0
    return F.cross_entropy(logits[known], fault[known], reduction="sum") / there if there else logits.new_zeros(())


def _weighted(logits: Tensor, target: Tensor, known: Tensor, among: Tensor) -> Tensor:
    """Return the part of these ``logits`` in the mean cross-entropy over the known targets ``among`` of a batch.

    Both classes count the same, up to a factor of ten for the rarer class.
    """
    if not len(among):
        return logits.new_zeros(())
    positive = among.mean().clamp(1e-3, 1 - 1e-3)

    def weight(of: Tensor) -> Tensor:
        return torch.where(of > 0.5, (0.5 / positive).clamp(0.5, 10.0), (0.5 / (1 - positive)).clamp(0.5, 10.0))

    logits, target = logits[known], target[known].to(logits.dtype)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * weight(target)).sum() / weight(among).sum()
