"""The training loop for somebody's own data: batches, and the way from soft to sparse attention.

The first half is learned under soft attention, for only selected pairs get a gradient; then attention becomes entmax, and the
penalties that make a selection sharp and cheap to find ramp up (as in ``train``). What is kept is the average of the weights.
Several processes share the windows of a batch (``world``); a run that was cut off goes on from its checkpoint to the same bits,
of three processes and more up to rounding.

A training run on somebody's data, kept so that it can go on after it was cut off, to the same bits.

Of three processes and more, up to rounding: ``world`` says why.
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
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import load_checkpoint, moments, restore, save_checkpoint
from sparsemix.training.common.optimizer import Average, Optimizer
from sparsemix.training.common.world import ALONE, CPU, World
from sparsemix.training.own_data.batches import Drawing, Source
from sparsemix.training.own_data.objective import Chances, Objective, measured
from sparsemix.training.own_data.plan import Plan

_WORDS = ("step", "share", "loss", "seconds", "next_look", "lowest", "history")


@dataclass(frozen=True, slots=True)
class Keeping:
    """The checkpoint's ``path``, which is written ``every`` so many seconds and at the end, and gone on from where it is."""

    path: Path
    every: float = 60.0

    def __post_init__(self) -> None:
        # Written so that what is not a number is refused, too.
        if not self.every >= 0:
            raise ConfigError("seconds between checkpoints must not be negative")


@dataclass(slots=True)
class Kept:
    """All that a run goes on from: the network, its ``average``, the ``best`` weights so far, the optimizer and the random
    state; ``step`` is the next to do from 0, the ``share`` of the way that is done, the moving ``loss`` and its ``history`` at
    every hundredth of the way, the loss of every step (``curve``), ``seconds`` so far; the ``lowest`` loss on the checks, and
    the share of the way at which they are looked at next."""

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
        """The checkpoint of a ``run``."""
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimizer": moments(self.optimizer),
            "curve": {"loss": torch.tensor(self.curve, dtype=torch.float64)},
        }
        state = {name: getattr(self, name) for name in _WORDS}
        save_checkpoint(path, groups, {**state, "random": self.rng.bit_generator.state}, run)

    def go_on(self, path: Path, run: dict[str, str]) -> None:
        """From the checkpoint of this ``run``, where there is one. Raises WeightsError when it is another run's."""
        found = load_checkpoint(path, run)
        if found is None:
            return
        groups, state = found
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        self.best.update(groups["best"])
        restore(self.optimizer, groups["optimizer"])
        self.curve.extend(groups["curve"]["loss"].tolist())
        self.rng.bit_generator.state = state["random"]
        for name in _WORDS:
            setattr(self, name, state[name])


def run_of(network: Network, plan: Plan, sources: Sequence[Source], checks: Sequence[Source]) -> dict[str, str]:
    """What a run is made of, each as a hash. How long it is to go on for is none of it where a clock ends it."""
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
    hashed, following = source.hashed, source.following
    beside = () if following is None else tuple(getattr(following, one.name) for one in fields(following))
    known = repr((source.faulty, source.fault)).encode()
    columns = (hashed.pointer, hashed.bucket, hashed.value, source.steps, source.step_faults, *beside)
    return [known, *(b"" if one is None else _bytes(one) for one in columns)]


def _bytes(values: Tensor | NDArray[np.generic]) -> bytes:
    return values.detach().numpy().tobytes() if isinstance(values, Tensor) else values.tobytes()


_SOFT = 0.5
_RAMP = 0.25
_PROBES = 64
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


@dataclass(frozen=True, slots=True)
class Fitted:
    """The averaged ``network`` where it was best, the moving ``loss`` at every hundredth of the way, the loss of every step
    (``curve``), and how many ``seconds`` it took."""

    network: Network
    loss: tuple[float, ...]
    curve: tuple[float, ...]
    seconds: float


def fit(
    network: Network,
    sources: Sequence[Source],
    checks: Sequence[Source],
    task: str,
    plan: Plan,
    report: Report,
    world: World = ALONE,
    keeping: Keeping | None = None,
) -> Fitted:
    """Train ``network`` in place; ``checks``: what it does not learn from, and is best on in the end. ``world``: the processes
    that train together, of which the first one reports and writes; ``keeping``: where the run is kept, and gone on from.

    Raises TrainingCollapsed when the loss is not finite, WeightsError when the checkpoint is another run's, ConfigError when
    processes do not begin alike, and whatever ``report`` raises.
    """
    if plan.double:
        network.double()
    run = run_of(network, plan, sources, checks)
    network.to(world.device)
    drawing, rng = Drawing(sources, task, plan), np.random.default_rng([plan.seed, 1])
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=_DYNAMIC_RATE)
    average, check = Average(network), _Check(checks, task, plan, world)
    set_kind(average.module, plan.attention)
    kept = Kept(network, average.module, check.best, optimizer.inner, rng)
    if keeping is not None:
        kept.go_on(keeping.path, run)
    world.agree(f"{run}{kept.step}{kept.curve}".encode())
    objective = world.spread(Objective(network, world.share))
    started = saved = time.monotonic()
    started -= kept.seconds
    while kept.share < 1.0:
        sparse = kept.share >= _SOFT and plan.attention != "softmax"
        set_kind(network, plan.attention if sparse else "softmax")
        drawn = drawing.draw(kept.share, rng)
        penalty = max(kept.share - _SOFT, 0.0) / _RAMP if sparse else 0.0
        found = objective(drawn, _chances(len(drawn.batch.value), drawn.batch.shape[1], plan, penalty, rng))
        value = world.total(float(found.detach()))
        if not math.isfinite(value):
            raise TrainingCollapsed(f"the loss is not finite at step {kept.step}; lower the learning rate")
        optimizer.step(found * world.size, kept.step, 1.0 - 0.95 * kept.share)
        kept.step += 1
        average.follow(network, kept.step)
        kept.curve.append(value)
        kept.loss = value if math.isnan(kept.loss) else (1 - _SMOOTHING) * kept.loss + _SMOOTHING * value
        (kept.seconds,) = world.from_first([time.monotonic() - started])
        kept.share = min(1.0, kept.step / plan.steps if plan.steps is not None else kept.seconds / (60.0 * plan.minutes))
        while len(kept.history) < round(100 * kept.share):
            kept.history.append(kept.loss)
        if world.leads:
            left = kept.seconds * (1.0 - kept.share) / kept.share
            report(Fitting(kept.step, kept.share, kept.loss, kept.seconds, left, sparse))
        check.look(average.module, kept)
        if keeping is not None and world.leads and (time.monotonic() - saved >= keeping.every or kept.share >= 1.0):
            kept.write(keeping.path, run)
            saved = time.monotonic()
    average.module.load_state_dict(check.best)
    return Fitted(average.module.float().to(CPU), tuple(kept.history), tuple(kept.curve), kept.seconds)


class _Check:
    """Keeps the weights that did best on sequences that nobody learns from, looking at them twenty times on the way: on few
    data a network goes on getting better at what it has seen when it has long become worse at everything else."""

    def __init__(self, sources: Sequence[Source], task: str, plan: Plan, world: World) -> None:
        drawing, rng = Drawing(sources, task, plan), np.random.default_rng([plan.seed, 2])
        self._batches = [drawing.draw(1.0, rng) for _ in range(_CHECK_BATCHES)]
        self._world = world
        self.best: dict[str, Tensor] = {}

    def look(self, network: Network, kept: Kept) -> None:
        """Compare, when it is time."""
        if kept.share < kept.next_look and kept.share < 1.0:
            return
        kept.next_look = kept.share + 1.0 / _LOOKS
        loss = self._world.total(sum(measured(network, drawn, self._world.share) for drawn in self._batches))
        if not self.best or loss < kept.lowest:
            kept.lowest = loss
            self.best.update({name: value.clone() for name, value in network.state_dict().items()})


def set_kind(network: Network, kind: str) -> None:
    """From now on every layer attends like this."""
    for module in network.modules():
        if isinstance(module, AdaptiveSparseAttention):
            module.kind = kind


def _chances(features: int, length: int, plan: Plan, penalty: float, rng: np.random.Generator) -> Chances:
    """Of a batch with so many ``features`` in windows of so many events."""
    kept = torch.from_numpy((rng.random(features) >= plan.dropout) / (1.0 - plan.dropout)).float()
    probe = torch.from_numpy(np.sort(rng.choice(length, min(_PROBES, length), replace=False))) if penalty > 0 else None
    return Chances(kept, probe, min(1.0, penalty))
