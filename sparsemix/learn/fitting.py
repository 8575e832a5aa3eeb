"""The training loop for somebody's own data: batches, losses, and the way from soft to sparse attention.

The first half is learned under soft attention, for only selected pairs get a gradient; then attention becomes entmax, and the
penalties that make a selection sharp and cheap to find ramp up (as in ``train``). What is kept is the average of the weights.

Axis letters: B windows of a batch, L events of a window.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparsemix.attention import AdaptiveSparseAttention
from sparsemix.errors import TrainingCollapsed
from sparsemix.following import NextKind, NextRow
from sparsemix.learn.drawing import Drawing, Drawn
from sparsemix.learn.plan import Plan
from sparsemix.learn.sources import Source
from sparsemix.network import Batch, Network
from sparsemix.optimizer import Average, Optimizer
from sparsemix.pairs import SelectionStatistics

_SOFT = 0.5
_RAMP = 0.25
_SHARPNESS, _SEARCH_COST, _PROBES = 0.01, 0.1, 64
_DYNAMIC_RATE = 10.0
_SMOOTHING = 0.02
_LOOKS = 20
_CHECK_BATCHES = 4


@dataclass(frozen=True, slots=True)
class Fitting:
    """How far training is: ``step`` from 1, the ``share`` of it that is done, the moving ``loss``, ``seconds`` so far and
    probably ``left``; ``sparse``: attention is entmax by now."""

    step: int
    share: float
    loss: float
    seconds: float
    left: float
    sparse: bool


Report = Callable[[Fitting], None]
"""Called at every step; may raise RunCancelled to stop."""


def fit(
    network: Network, sources: Sequence[Source], checks: Sequence[Source], task: str, plan: Plan, report: Report
) -> tuple[Network, list[float]]:
    """Train ``network`` in place; the averaged network where it was best on ``checks``, which it does not learn from, and the
    moving loss at every hundredth of the way.

    Raises TrainingCollapsed when the loss is not finite, and whatever ``report`` raises.
    """
    rng, started = np.random.default_rng([plan.seed, 1]), time.monotonic()
    drawing = Drawing(sources, task, plan)
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=_DYNAMIC_RATE)
    average, step, loss, share = Average(network), 0, math.nan, 0.0
    set_kind(average.module, plan.attention)
    check = _Check(checks, task, plan)
    history: list[float] = []
    while share < 1.0:
        sparse = share >= _SOFT and plan.attention != "softmax"
        set_kind(network, plan.attention if sparse else "softmax")
        found = _loss(network, drawing.draw(share, rng), plan, max(share - _SOFT, 0.0) / _RAMP if sparse else 0.0, rng)
        value = float(found.detach())
        if not math.isfinite(value):
            raise TrainingCollapsed(f"the loss is not finite at step {step}; lower the learning rate")
        optimizer.step(found, step, 1.0 - 0.95 * share)
        step += 1
        average.follow(network, step)
        loss = value if math.isnan(loss) else (1 - _SMOOTHING) * loss + _SMOOTHING * value
        seconds = time.monotonic() - started
        share = min(1.0, step / plan.steps if plan.steps is not None else seconds / (60.0 * plan.minutes))
        while len(history) < round(100 * share):
            history.append(loss)
        report(Fitting(step, share, loss, seconds, seconds * (1.0 - share) / share, sparse))
        check.look(average.module, share)
    average.module.load_state_dict(check.best)
    return average.module, history


class _Check:
    """Keeps the weights that did best on sequences that nobody learns from, looking at them twenty times on the way: on few
    data a network goes on getting better at what it has seen when it has long become worse at everything else."""

    def __init__(self, sources: Sequence[Source], task: str, plan: Plan) -> None:
        drawing, rng = Drawing(sources, task, plan), np.random.default_rng([plan.seed, 2])
        self._batches = [drawing.draw(1.0, rng) for _ in range(_CHECK_BATCHES)]
        self._next, self._lowest = 0.0, math.inf
        self.best: dict[str, Tensor] = {}

    def look(self, network: Network, share: float) -> None:
        """Compare, when it is time."""
        if share < self._next and share < 1.0:
            return
        self._next = share + 1.0 / _LOOKS
        with torch.no_grad():
            loss = sum(float(_task_loss(network, drawn, drawn.batch)[0]) for drawn in self._batches)
        if not self.best or loss < self._lowest:
            self._lowest = loss
            self.best = {name: value.clone() for name, value in network.state_dict().items()}


def set_kind(network: Network, kind: str) -> None:
    """From now on every layer attends like this."""
    for module in network.modules():
        if isinstance(module, AdaptiveSparseAttention):
            module.kind = kind


def _loss(network: Network, drawn: Drawn, plan: Plan, penalty: float, rng: np.random.Generator) -> Tensor:
    batch = drawn.batch
    kept = torch.from_numpy((rng.random(len(batch.value)) >= plan.dropout) / (1.0 - plan.dropout)).float()
    dropped = Batch(batch.bucket, batch.offset, batch.value * kept, batch.shape)
    length = batch.shape[1]
    probe = torch.from_numpy(np.sort(rng.choice(length, min(_PROBES, length), replace=False))) if penalty > 0 else None
    total, statistics = _task_loss(network, drawn, dropped, probe)
    if penalty > 0:
        strength = min(1.0, penalty)
        total = total + strength * _SHARPNESS * torch.stack([s.sharpness.sum() for s in statistics]).mean()
        costs = [s.search_cost for s in statistics if s.search_cost is not None]
        total = total + strength * _SEARCH_COST * torch.stack(costs).mean()
    return total


def _task_loss(
    network: Network, drawn: Drawn, batch: Batch, probe: Tensor | None = None
) -> tuple[Tensor, list[SelectionStatistics]]:
    """What is to become small, read from ``batch``, the events drawn or what dropout left of them."""
    x, statistics = network.attended(batch, None, probe, drawn.valid)
    logits = network.event_logits(x, drawn.following)
    if isinstance(drawn.following, NextKind | NextRow):
        # Surprises at kinds: their mean is the cross-entropy; at rows, the logarithm of the mean square error.
        total = torch.as_tensor(logits[drawn.following.there]).mean()
    else:
        whole = network.pooled(logits, drawn.valid, drawn.following)
        total = _weighted(logits, drawn.event, drawn.known)
        if network.config.evidence:
            # Goes on from logits that are calibrated already, for the share of faults that the data have.
            total = total + F.binary_cross_entropy_with_logits(whole + drawn.shift, drawn.sequence)
        else:
            total = total + _weighted(whole, drawn.sequence, torch.ones_like(whole).bool())
    if network.config.classes:
        # Which fault it is, given that there is one.
        each = network.class_logits(x)
        whole = network.pooled_classes(each, drawn.valid, drawn.following)
        if network.config.evidence:
            whole = whole + F.pad(drawn.fault_shift, (0, whole.shape[-1] - len(drawn.fault_shift)))
        total = total + _told_apart(whole, drawn.fault)
        total = total + _told_apart(each, drawn.event_fault)
    return total, statistics


def _told_apart(logits: Tensor, fault: Tensor) -> Tensor:
    """Mean cross-entropy of which fault it is, ``logits`` [..., K], where ``fault`` [...] says that there is one."""
    known = fault >= 0
    return F.cross_entropy(logits[known], fault[known]) if bool(known.any()) else logits.new_zeros(())


def _weighted(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Mean cross-entropy over what is known; both classes count the same, up to a factor of ten for the rarer one."""
    if not bool(known.any()):
        return logits.new_zeros(())
    logits, target = logits[known], target[known]
    positive = target.mean().clamp(1e-3, 1 - 1e-3)
    weight = torch.where(target > 0.5, (0.5 / positive).clamp(0.5, 10.0), (0.5 / (1 - positive)).clamp(0.5, 10.0))
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * weight).sum() / weight.sum()
