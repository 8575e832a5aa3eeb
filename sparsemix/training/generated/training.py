"""Training: ``python -m sparsemix train --out weights.safetensors``.

What is seen when is in ``curriculum``; here is the loop around it: the penalties, validation on fresh logs, early stop, and
checkpoints. What ``monitor`` sees is acted on (``guard``), and as long as the selection still churns, a stage is not ended
early. Every step draws its batch from a generator seeded with (seed, step), so a resumed run sees what it would have seen.
Several processes share the windows of a step (``world``); what was validated is the first one's to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.config import SparseMixConfig
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import Standing, load_checkpoint, moments, restore, save_checkpoint
from sparsemix.training.common.metrics import Counts, count
from sparsemix.training.common.optimizer import Optimizer
from sparsemix.training.common.world import ALONE, CPU, World, moved
from sparsemix.training.generated import guard
from sparsemix.training.generated.corpus import LabelledLog, corpus, draw, whole
from sparsemix.training.generated.curriculum import Stage, TrainConfig
from sparsemix.training.generated.guard import Monitor, Vitals
from sparsemix.training.generated.objective import Objective, Weighing

_TRAINING_SEED = 100_000
_VALIDATION_SEED = 500_000
# A selection that changes this much between two validations is not settled.
_RESTLESS = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """What training tells at every validation; ``action``: what the monitor led to, if anything."""

    step: int
    total: int
    stage: int
    length: int
    loss: float
    penalty: float
    cost_factor: float
    f1: float
    vitals: Vitals | None
    action: str = ""


def validate(network: Network, logs: list[LabelledLog], length: int) -> Counts:
    """Event-level counts at probability 0.5 over all windows of ``length`` events, without what a window cannot tell."""
    total = Counts()
    with torch.no_grad():
        for log in logs:
            sample = moved(whole(log, length), network.device)
            logits, _ = network(sample.batch)
            known = sample.known
            total += count(logits[known].cpu().numpy() >= 0.0, sample.label[known].cpu().numpy() > 0)
    return total


def train(
    config: SparseMixConfig,
    plan: TrainConfig,
    report: Callable[[Report], None] | None = None,
    checkpoint: Path | None = None,
    *,
    initial: dict[str, Tensor] | None = None,
    given: list[LabelledLog] | None = None,
    world: World = ALONE,
) -> Network:
    """Train a network and return the best weights of its last stage, by validation F1 (of an earlier one, where the last one
    ends before attention is sparse again).

    ``initial``: weights to start from, a state of the network, instead of random ones. ``given``: labelled logs, at least as
    long as the longest window, to train and to validate on instead of generated ones.

    With ``checkpoint``, the run writes that file at every validation and goes on from it where it exists. Raises
    TrainingCollapsed when the selection collapses again and again, WeightsError when the checkpoint is another run's,
    ConfigError when there is nothing to learn from, a checkpoint is asked for beside ``initial`` or ``given``, or processes do
    not begin alike.
    """
    if checkpoint is not None and (initial is not None or given is not None):
        # A checkpoint names its run by configuration and plan alone.
        raise ConfigError("a run on given weights or logs keeps no checkpoint")
    if given is not None and min((len(log.label) for log in given), default=0) < max(stage.length for stage in plan.stages):
        raise ConfigError("training needs logs at least as long as its longest window")
    return _Training(config, plan, report, checkpoint, initial, given, world).run()


@dataclass(slots=True)
class _Training:
    config: SparseMixConfig
    plan: TrainConfig
    report: Callable[[Report], None] | None
    checkpoint: Path | None
    initial: dict[str, Tensor] | None = None
    given: list[LabelledLog] | None = None
    world: World = ALONE
    network: Network = field(init=False)
    objective: nn.Module = field(init=False)
    optimizer: Optimizer = field(init=False)
    standing: Standing = field(init=False, default_factory=Standing)
    best: dict[str, Tensor] = field(init=False, default_factory=dict)
    monitor: Monitor = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.plan.seed)
        self.network = Network(self.config)
        if self.initial is not None:
            self.network.load_state_dict(self.initial)
        plan = self.plan
        if plan.double:
            self.network.double()
        self.network.to(self.world.device)
        self.optimizer = Optimizer(
            self.network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=plan.dynamic_rate
        )

    def _steps(self, stage: Stage) -> int:
        return max(1, round(stage.steps * self.plan.scale))

    @property
    def _total(self) -> int:
        return sum(self._steps(stage) for stage in self.plan.stages)

    def run(self) -> Network:
        run = {"settings": sha256(f"{self.config.to_json()}{self.plan}".encode()).hexdigest()}
        self._go_on(run)
        standing = self.standing
        while standing.stage < len(self.plan.stages):
            stage = self.plan.stages[standing.stage]
            logs = self._logs(stage, self.plan.training_logs, max(self.plan.log_events, 2 * stage.length), _TRAINING_SEED)
            fresh = self._logs(stage, self.plan.validation_logs, max(2048, stage.length), _VALIDATION_SEED)
            self.monitor = Monitor(fresh[0])
            ended = False
            while not ended:
                self._step(stage, logs)
                last = standing.step == self._steps(stage)
                if last or standing.step % self.plan.validate_every == 0:
                    ended = self._validate(stage, fresh) or last
                    if ended:
                        self._next_stage()
                    self._keep(run)
        if standing.soft and self.best:
            self.network.load_state_dict(self.best)
        self._set_kind(self.config.attention)
        return self.network.float().to(CPU)

    def _go_on(self, run: dict[str, str]) -> None:
        """From the checkpoint, where there is one; all processes from the same place."""
        found = None if self.checkpoint is None else load_checkpoint(self.checkpoint, run)
        if found is not None:
            groups, state = found
            self.network.load_state_dict(groups["network"])
            restore(self.optimizer.inner, groups.get("optimizer", {}))
            self.best, self.standing = groups.get("best", {}), Standing(**state)
        self.world.agree(f"{run}{self.standing}".encode())
        self.objective = self.world.spread(Objective(self.network, self.world.share))

    def _keep(self, run: dict[str, str]) -> None:
        if self.checkpoint is not None and self.world.leads:
            groups = {"network": self.network.state_dict(), "best": self.best, "optimizer": moments(self.optimizer.inner)}
            save_checkpoint(self.checkpoint, groups, asdict(self.standing), run)

    def _logs(self, stage: Stage, count: int, events: int, seed: int) -> list[LabelledLog]:
        if self.given is not None:
            return self.given if seed == _TRAINING_SEED else self.given[:count]
        first = seed + 1_000 * self.plan.seed
        features = self.config.features
        return corpus(count, events, first, features, pace=stage.pace, check_rate=stage.check_rate)

    def _set_kind(self, kind: str) -> None:
        for module in self.network.modules():
            if isinstance(module, AdaptiveSparseAttention):
                module.kind = kind

    def _step(self, stage: Stage, logs: list[LabelledLog]) -> None:
        plan, standing = self.plan, self.standing
        strength = self._penalty(stage)
        self._set_kind("softmax" if stage.soft or standing.soft else self.config.attention)
        rng = np.random.default_rng([plan.seed, standing.total_step])
        batch, length = stage.shapes[rng.integers(len(stage.shapes))] if stage.shortest else stage.shapes[0]
        sample = draw(logs, batch, length, rng)
        probe = torch.from_numpy(np.sort(rng.choice(length, min(plan.probes, length), replace=False))) if strength else None
        weighing = Weighing(
            strength * plan.sharpness, strength * standing.cost_factor * plan.search_cost, self._guidance(stage), probe
        )
        loss, task = self.objective(sample, weighing)
        self.optimizer.step(loss * self.world.size, standing.total_step, 1.0 - 0.9 * standing.total_step / self._total)
        value = self.world.total(float(task))
        if not math.isfinite(value):
            raise TrainingCollapsed(f"the loss is not finite at step {standing.total_step}; lower the learning rate")
        standing.loss = value if standing.loss < 0 else 0.95 * standing.loss + 0.05 * value
        standing.step += 1
        standing.total_step += 1

    def _guidance(self, stage: Stage) -> float:
        """Weight of the guidance: it fades out over the soft stages, so that what follows is learned from labels alone."""
        soft = sum(self._steps(s) for s in self.plan.stages if s.soft)
        return self.plan.guidance * max(0.0, 1.0 - self.standing.total_step / soft) if stage.soft else 0.0

    def _penalty(self, stage: Stage) -> float:
        """Factor of both penalties: 0 until the task is being learned, then ramping up to 1, less after collapses."""
        if stage.soft or self.config.attention == "softmax":
            return 0.0
        return guard.penalty(self.standing, self.plan)

    def _validate(self, stage: Stage, fresh: list[LabelledLog]) -> bool:
        """Report, keep the best, act on what the monitor sees; True when the stage should end early."""
        standing = self.standing
        soft = stage.soft or standing.soft
        f1, vitals = self._look(stage, fresh, sparse=self.config.attention != "softmax" and not soft)
        penalty, cost_factor = guard.strength(standing, self.plan), standing.cost_factor
        action = guard.act(standing, self.plan, f1, vitals, bool(self.best))
        if self.report is not None and self.world.leads:
            where = (standing.total_step, self._total, standing.stage, stage.length)
            self.report(Report(*where, standing.loss, penalty, cost_factor, f1, vitals, action))
        if action == guard.WENT_BACK:
            self.network.load_state_dict(self.best)
        # What soft attention reaches in a sparse stage says nothing about its weights under sparse attention.
        if action in (guard.WENT_BACK, guard.SOFTENED) or (soft and not stage.soft):
            return False
        if f1 > standing.best_f1:
            standing.best_f1, standing.stale = f1, 0
            self.best = {name: value.clone() for name, value in self.network.state_dict().items()}
        else:
            standing.stale += 1
        return standing.stale >= self.plan.patience and (vitals is None or vitals.largest_churn < _RESTLESS)

    def _look(self, stage: Stage, fresh: list[LabelledLog], *, sparse: bool) -> tuple[float, Vitals | None]:
        """What the first process finds, for all: they must not come to act differently."""
        shape = (4, self.config.layers, self.config.heads)
        found = np.zeros(1 + math.prod(shape))
        if self.world.leads:
            found[0] = validate(self.network, fresh, stage.length).f1
            if sparse:
                found[1:] = self.monitor.look(self.network, self.best).table().ravel()
        f1, *told = self.world.told(found.tolist())
        return f1, Vitals(*np.array(told).reshape(shape).tolist()) if sparse else None

    def _next_stage(self) -> None:
        """Go on from the best weights of the stage that ends, unless it ends in a soft spell."""
        standing = self.standing
        skipped = self._steps(self.plan.stages[standing.stage]) - standing.step
        standing.total_step += skipped
        standing.stage, standing.step, standing.stale, standing.best_f1 = standing.stage + 1, 0, 0, -1.0
        if self.best and not standing.soft:
            self.network.load_state_dict(self.best)
