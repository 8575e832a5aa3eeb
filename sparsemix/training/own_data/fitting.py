"""The training loop for one's own data, and the checkpoint of a run.

The first half runs under soft attention, because only selected pairs get a gradient; then attention becomes entmax, and the
penalties that make a selection sharp and cheap to find ramp up (as in ``train``). The result is the average of the weights.
Several processes share the windows of a batch (``world``). An interrupted run continues from its checkpoint to the same bits;
with three and more processes, up to rounding (``world`` says why).

The loss is the task, and the penalties on the selection. Every process computes its share of a batch, and its part of every
mean over the whole batch: the parts of all processes add up to the loss of a single process. The weights of rare targets are
counted over the whole batch, too.

Axis letters: B windows of a batch, L events of a window, K faults.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import load_checkpoint, moments, restore, save_checkpoint
from sparsemix.training.common.optimizer import Average, Optimizer, set_kind
from sparsemix.training.common.world import ALONE, CPU, ProcessGroup, moved, zero_loss
from sparsemix.training.own_data.batches import Drawing, Drawn, Source
from sparsemix.training.own_data.plan import Plan

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
            if self.network.judge.later:
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
    judge, followed, of_all_followed = network.judge, part.following.followed, whole.following.followed
    if followed is not None and of_all_followed is not None:
        # The mean surprise at kinds is the cross-entropy; at rows, it is the logarithm of the mean square error.
        total = torch.as_tensor(logits[followed]).sum() / max(int(of_all_followed.sum()), 1)
    elif judge.entities:
        total = _located(logits, whole, part)
    else:
        pooled = network.pooled(logits, part.valid, part.following)
        total = _weighted(logits, part.event, part.known, whole.event[whole.known])
        if judge.evidence:
            # The prior's logits are already calibrated for the share of faults in the data.
            of_all = len(part.sequence) / len(whole.sequence)
            target = part.sequence.to(pooled.dtype)
            total = total + of_all * F.binary_cross_entropy_with_logits(pooled + part.shift, target)
        else:
            total = total + _weighted(pooled, part.sequence, torch.ones_like(pooled).bool(), whole.sequence)
    if judge.classes:
        # Which fault it is, given that there is a fault.
        each = network.class_logits(x)
        pooled = network.pooled_classes(each, part.valid, part.following)
        if judge.evidence:
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


_KEPT = ("step", "share", "loss", "seconds", "next_look", "lowest", "history")
# Shares of training: the soft part, and how long the penalties ramp up.
_SOFT = 0.5
_RAMP = 0.25
_PROBES = 64
_DYNAMIC_RATE = 10.0
_SMOOTHING = 0.02
_LOOKS = 20  # evaluations of the checks during training
_CHECK_BATCHES = 4


@dataclass(frozen=True, slots=True)
class Keeping:
    """The checkpoint's ``path``, which is written ``every`` so many seconds and at the end; a run continues from it."""

    path: Path
    every: float = 60.0

    def __post_init__(self) -> None:
        # Written so that NaN is refused, too.
        if not self.every >= 0:
            raise ConfigError("seconds between checkpoints must not be negative")


@dataclass(slots=True)
class RunCheckpoint:
    """The whole state of a run: the network, its ``average``, the ``best`` weights so far, the optimizer and the random state;
    ``step``: the next step, from 0; ``share``: the share of training that is done; the moving ``loss`` and its ``history`` at
    every hundredth of training, the loss of every step (``curve``), ``seconds`` so far; the ``lowest`` loss on the checks, and
    the share at which the checks are evaluated next (``next_look``)."""

    network: Network
    average: Network
    best: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    rng: np.random.Generator
    step: int = 0
    share: float = 0.0
    loss: float = math.nan
    seconds: float = 0.0
    next_look: float = 0.0
    lowest: float = math.inf
    history: list[float] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)

    def write(self, path: Path, run: dict[str, str]) -> None:
        """Write the checkpoint of a ``run``."""
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimizer": moments(self.optimizer),
            "curve": {"loss": torch.tensor(self.curve, dtype=torch.float64)},
        }
        state = {name: getattr(self, name) for name in _KEPT}
        save_checkpoint(path, groups, {**state, "random": self.rng.bit_generator.state}, run)

    def go_on(self, path: Path, run: dict[str, str]) -> None:
        """Continue from the checkpoint of this ``run``, where there is one.

        Raises ``WeightsError`` when the checkpoint belongs to another run.
        """
        loaded = load_checkpoint(path, run)
        if loaded is None:
            return
        groups, state = loaded
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        # A run that was cut off before its first look at the checks has no best weights yet.
        self.best.update(groups.get("best", {}))
        restore(self.optimizer, groups["optimizer"])
        self.curve.extend(groups["curve"]["loss"].tolist())
        self.rng.bit_generator.state = state["random"]
        for name in _KEPT:
            setattr(self, name, state[name])


def run_of(network: Network, plan: Plan, sources: Sequence[Source], checks: Sequence[Source]) -> dict[str, str]:
    """Return hashes of the settings, the data and the starting weights of a run.

    The duration is not part of the settings where a clock ends the run.
    """
    weights, data = sha256(network.config.to_json().encode()), sha256()
    for name, value in network.state_dict().items():
        weights.update(f"{name} {tuple(value.shape)}".encode() + _bytes(value))
    for source in (*sources, *checks):
        data.update(b"sequence")
        for part in _parts(source):
            data.update(b"part" + part)
    settings = plan if plan.steps is not None else replace(plan, minutes=1.0)
    return {
        "settings": sha256(repr(settings).encode()).hexdigest(),
        "data": data.hexdigest(),
        "starting weights": weights.hexdigest(),
    }


def _parts(source: Source) -> list[bytes]:
    hashed, beside = source.hashed, tuple(getattr(source.following, column.name) for column in fields(source.following))
    known = repr((source.faulty, source.fault)).encode()
    columns = (hashed.pointer, hashed.bucket, hashed.value, source.steps, source.step_faults, *beside)
    return [known, *(b"" if column is None else _bytes(column) for column in columns)]


def _bytes(values: Tensor | NDArray[np.generic]) -> bytes:
    return values.detach().numpy().tobytes() if isinstance(values, Tensor) else values.tobytes()


@dataclass(frozen=True, slots=True)
class Fitting:
    """Progress of training: ``step`` from 1, the ``share`` of training that is done, the moving ``loss``, ``seconds`` so far
    and the estimated seconds ``left``; ``sparse``: attention is entmax by now."""

    step: int
    share: float
    loss: float
    seconds: float
    left: float
    sparse: bool


Report = Callable[[Fitting], None]
"""Called at every step; may raise RunCancelled to stop."""


def fit(
    network: Network,
    sources: Sequence[Source],
    checks: Sequence[Source],
    task: str,
    plan: Plan,
    report: Report,
    world: ProcessGroup = ALONE,
    keeping: Keeping | None = None,
) -> tuple[Network, RunCheckpoint]:
    """Train ``network`` in place and return the averaged weights that did best on ``checks``, and the state of the run.

    ``checks``: sequences that the network does not learn from; without any, the ``sources`` themselves. ``world``: the
    processes that train together; the first process reports and writes. ``keeping``: the checkpoint of the run. Raises
    ``TrainingCollapsed`` when the loss is not finite, ``WeightsError`` when the checkpoint belongs to another run,
    ``ConfigError`` when processes do not begin alike, and any error that ``report`` raises.
    """
    if plan.double:
        network.double()
    run = run_of(network, plan, sources, checks)
    network.to(world.device)
    drawing, rng = Drawing(sources, task, plan), np.random.default_rng([plan.seed, 1])
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=_DYNAMIC_RATE)
    average, check = Average(network), _Check(checks or sources, task, plan, world)
    set_kind(average.module, plan.attention)
    state = RunCheckpoint(network, average.module, check.best, optimizer.inner, rng)
    if keeping is not None:
        state.go_on(keeping.path, run)
    world.agree(f"{run}{state.step}{state.curve}".encode())
    # The weights of the normal course are compared once their selection is as sharp as it has to be: before, they do a little
    # better, and select hundreds of keys. What few labels teach is soon too well remembered, so all looks count.
    counted = _SOFT + _RAMP if network.judge.later and plan.attention != "softmax" else 0.0
    objective = world.spread(Objective(network, world.share))
    started = saved = time.monotonic()
    started -= state.seconds
    while state.share < 1.0:
        sparse = state.share >= _SOFT and plan.attention != "softmax"
        set_kind(network, plan.attention if sparse else "softmax")
        drawn = drawing.draw(state.share, rng)
        penalty = max(state.share - _SOFT, 0.0) / _RAMP if sparse else 0.0
        loss = objective(drawn, _chances(drawn.batch.features, drawn.batch.shape[1], plan, penalty, rng))
        value = world.total(float(loss.detach()))
        if not math.isfinite(value):
            raise TrainingCollapsed(f"the loss is not finite at step {state.step}; lower the learning rate")
        optimizer.step(loss * world.size, state.step, 1.0 - 0.95 * state.share)
        state.step += 1
        average.follow(network, state.step)
        state.curve.append(value)
        state.loss = value if math.isnan(state.loss) else (1 - _SMOOTHING) * state.loss + _SMOOTHING * value
        (state.seconds,) = world.from_first([time.monotonic() - started])
        state.share = min(1.0, state.step / plan.steps if plan.steps is not None else state.seconds / (60.0 * plan.minutes))
        while len(state.history) < round(100 * state.share):
            state.history.append(state.loss)
        if world.leads:
            left = state.seconds * (1.0 - state.share) / state.share
            report(Fitting(state.step, state.share, state.loss, state.seconds, left, sparse))
        if state.share >= counted:
            check.look(average.module, state)
        if keeping is not None and world.leads and (time.monotonic() - saved >= keeping.every or state.share >= 1.0):
            state.write(keeping.path, run)
            saved = time.monotonic()
    average.module.load_state_dict(check.best)
    return average.module.float().to(CPU), state


class _Check:
    """Keeps the weights that did best on the checks, which are evaluated twenty times during training: on few data, a network
    keeps improving on what it has seen long after it has become worse on everything else."""

    def __init__(self, sources: Sequence[Source], task: str, plan: Plan, world: ProcessGroup) -> None:
        drawing, rng = Drawing(sources, task, plan), np.random.default_rng([plan.seed, 2])
        self._batches = [drawing.draw(1.0, rng) for _ in range(_CHECK_BATCHES)]
        self._world = world
        self.best: dict[str, Tensor] = {}

    def look(self, network: Network, state: RunCheckpoint) -> None:
        """Evaluate the checks when they are due, and keep the weights where the loss is the lowest so far."""
        if state.share < state.next_look and state.share < 1.0:
            return
        state.next_look = state.share + 1.0 / _LOOKS
        loss = self._world.total(sum(measured(network, drawn, self._world.share) for drawn in self._batches))
        if not self.best or loss < state.lowest:
            state.lowest = loss
            self.best.update({name: value.clone() for name, value in network.state_dict().items()})


def _chances(features: int, length: int, plan: Plan, penalty: float, rng: np.random.Generator) -> Chances:
    """Draw the dropout mask and the probes of a batch with ``features`` features, in windows of ``length`` events."""
    kept = torch.from_numpy((rng.random(features) >= plan.dropout) / (1.0 - plan.dropout)).float()
    probe = torch.from_numpy(np.sort(rng.choice(length, min(_PROBES, length), replace=False))) if penalty > 0 else None
    return Chances(kept, probe, min(1.0, penalty))
