"""The training loop for somebody's own data: batches, and the way from soft to sparse attention.

The first half is learned under soft attention, for only selected pairs get a gradient; then attention becomes entmax, and the
penalties that make a selection sharp and cheap to find ramp up (as in ``train``). What is kept is the average of the weights.
Several processes share the windows of a batch (``world``); a run that was cut off goes on from its checkpoint to the same bits,
of three processes and more up to rounding.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import TrainingCollapsed
from sparsemix.model.network import Network
from sparsemix.training.common.devices import CPU
from sparsemix.training.common.optimizer import Average, Optimizer
from sparsemix.training.common.processes import ALONE, World
from sparsemix.training.own_data.batches import Drawing
from sparsemix.training.own_data.objective import Chances, Objective, measured
from sparsemix.training.own_data.plan import Plan
from sparsemix.training.own_data.run_checkpoint import Keeping, Kept, run_of
from sparsemix.training.own_data.training_sequences import Source

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
        (kept.seconds,) = world.told([time.monotonic() - started])
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
