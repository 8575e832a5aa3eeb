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
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention import AdaptiveSparseAttention
from sparsemix.encoder import HashedEvents
from sparsemix.errors import TrainingCollapsed
from sparsemix.learn.plan import Plan
from sparsemix.learn.sources import Pool, Source, padded
from sparsemix.network import Batch, Network
from sparsemix.optimizer import Average, Optimizer

_SOFT = 0.5
_RAMP = 0.25
_SHARPNESS, _SEARCH_COST, _PROBES = 0.01, 0.1, 64
_DYNAMIC_RATE = 10.0
_SHORTEST = 64
_SMOOTHING = 0.02


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


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A batch: ``valid`` bool [B, L]; targets ``event`` [B, L] where ``event_known``, ``sequence`` [B] where ``known``."""

    batch: Batch
    valid: Tensor
    event: Tensor
    event_known: Tensor
    sequence: Tensor
    known: Tensor


def fit(network: Network, sources: Sequence[Source], task: str, plan: Plan, report: Report) -> tuple[Network, list[float]]:
    """Train ``network`` in place; the averaged network, and the moving loss at every hundredth of the way.

    Raises TrainingCollapsed when the loss is not finite, and whatever ``report`` raises.
    """
    rng, started = np.random.default_rng([plan.seed, 1]), time.monotonic()
    pool = Pool(sources, network.config.features)
    draw = _drawing(sources, task, plan, pool)
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=_DYNAMIC_RATE)
    average, step, loss, share = Average(network), 0, math.nan, 0.0
    history: list[float] = []
    while share < 1.0:
        sparse = share >= _SOFT and plan.attention != "softmax"
        set_kind(network, plan.attention if sparse else "softmax")
        found = _loss(network, draw(share, rng), plan, max(share - _SOFT, 0.0) / _RAMP if sparse else 0.0, rng)
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
    set_kind(average.module, plan.attention)
    return average.module, history


def set_kind(network: Network, kind: str) -> None:
    """From now on every layer attends like this."""
    for module in network.modules():
        if isinstance(module, AdaptiveSparseAttention):
            module.kind = kind


def _drawing(sources: Sequence[Source], task: str, plan: Plan, pool: Pool) -> Callable[[float, np.random.Generator], _Drawn]:
    lengths = np.array([len(source) for source in sources], np.float64)
    longest = int(min(plan.longest, lengths.max()))
    shortest = min(_SHORTEST, longest)
    chance = _chances(sources, lengths, task, longest)

    def draw(share: float, rng: np.random.Generator) -> _Drawn:
        # Windows grow in the first half: short ones are learned from faster, long ones are what is to be judged.
        most = shortest * (longest / shortest) ** min(1.0, 2.0 * share)
        length = round(shortest * (most / shortest) ** rng.random())
        size = max(2, plan.events // length)
        chosen = rng.choice(len(sources), size, p=chance)
        parts = [_window(sources[place], length, task, pool, rng) for place in chosen.tolist()]
        return _batch(parts)

    return draw


def _chances(sources: Sequence[Source], lengths: NDArray[np.float64], task: str, longest: int) -> NDArray[np.float64]:
    """How probably each is drawn: by its length up to the longest window and beyond that by how many such windows it holds; of
    labelled sequences both classes get the same share."""
    chance = (
        np.maximum(lengths / longest, np.minimum(lengths, 1.0)) if task == "novelty" else np.maximum(lengths / longest, 1.0)
    )
    if task == "label":
        faulty = np.array([source.faulty is True for source in sources])
        for group in (faulty, ~faulty):
            chance[group] /= max(chance[group].sum(), 1e-9)
    return np.asarray(chance / chance.sum())


_Part = tuple[HashedEvents, NDArray[np.float32], NDArray[np.bool_], float, bool]


def _window(source: Source, length: int, task: str, pool: Pool, rng: np.random.Generator) -> _Part:
    """Hashed events, targets of events and whether they are known, target of the window and whether it is known."""
    length = min(length, len(source))
    start = int(rng.integers(0, len(source) - length + 1))
    stop = start + length
    if task == "novelty":
        if rng.random() < 0.5:
            return source.hashed.window(start, stop), np.zeros(length, np.float32), np.ones(length, np.bool_), 0.0, True
        hashed, wrong = pool.out_of_place(source, start, stop, rng)
        return hashed, wrong.astype(np.float32), np.ones(length, np.bool_), float(wrong.any()), True
    hashed = source.hashed.window(start, stop)
    if source.steps is not None:
        steps = source.steps[start:stop]
        return hashed, steps.astype(np.float32), np.ones(length, np.bool_), float(steps.any()), True
    # Of a part of a faulty sequence nobody knows whether the fault lies within; most of the time it is all there.
    return hashed, np.zeros(length, np.float32), np.zeros(length, np.bool_), float(bool(source.faulty)), True


def _batch(parts: Sequence[_Part]) -> _Drawn:
    windows, valid = padded([part[0] for part in parts])
    longest = valid.shape[1]

    def filled(rows: Sequence[NDArray[np.float32]] | Sequence[NDArray[np.bool_]]) -> Tensor:
        return torch.from_numpy(np.stack([np.pad(row, (0, longest - len(row))) for row in rows]))

    return _Drawn(
        Batch.of(windows),
        torch.from_numpy(valid),
        filled([part[1] for part in parts]),
        filled([part[2] for part in parts]),
        torch.tensor([part[3] for part in parts], dtype=torch.float32),
        torch.tensor([part[4] for part in parts]),
    )


def _loss(network: Network, drawn: _Drawn, plan: Plan, penalty: float, rng: np.random.Generator) -> Tensor:
    batch = drawn.batch
    kept = torch.from_numpy((rng.random(len(batch.value)) >= plan.dropout) / (1.0 - plan.dropout)).float()
    dropped = Batch(batch.bucket, batch.offset, batch.value * kept, batch.shape)
    length = batch.shape[1]
    probe = torch.from_numpy(np.sort(rng.choice(length, min(_PROBES, length), replace=False))) if penalty > 0 else None
    logits, statistics = network(dropped, None, probe, drawn.valid)
    total = _weighted(logits, drawn.event, drawn.event_known) + _weighted(
        network.pooled(logits, drawn.valid), drawn.sequence, drawn.known
    )
    if penalty > 0:
        strength = min(1.0, penalty)
        total = total + strength * _SHARPNESS * torch.stack([s.sharpness.sum() for s in statistics]).mean()
        costs = [s.search_cost for s in statistics if s.search_cost is not None]
        total = total + strength * _SEARCH_COST * torch.stack(costs).mean()
    return total


def _weighted(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Mean cross-entropy over what is known; both classes count the same, up to a factor of ten for the rarer one."""
    if not bool(known.any()):
        return logits.new_zeros(())
    logits, target = logits[known], target[known]
    positive = target.mean().clamp(1e-3, 1 - 1e-3)
    weight = torch.where(target > 0.5, (0.5 / positive).clamp(0.5, 10.0), (0.5 / (1 - positive)).clamp(0.5, 10.0))
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * weight).sum() / weight.sum()
