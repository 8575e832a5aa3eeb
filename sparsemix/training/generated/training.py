"""Training: ``python -m sparsemix train --out weights.safetensors``.

``curriculum`` defines the stages; this module runs the loop over them: the penalties, validation on fresh logs, early stop, and
checkpoints. ``guard`` watches the selection and reacts; while the selection still churns, a stage does not end early. Every
step draws its batch from a generator seeded with (seed, step), so a resumed run sees the same batches. Several processes share
the windows of a step (``world``); the first process validates for all.

The loss is the task, the penalties on the selection, and the guidance to the deciding line. Every process computes its share of
a batch, and its part of every mean over the whole batch: the parts of all processes add up to the loss of a single process.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sample_data.plant import LANGUAGES, PlantConfig
from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.encoder import vocabulary_of
from sparsemix.errors import TrainingCollapsed
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import load_checkpoint, moments, restore, save_checkpoint
from sparsemix.training.common.metrics import Counts, count
from sparsemix.training.common.optimizer import Optimizer, set_kind
from sparsemix.training.common.world import ALONE, CPU, ProcessGroup, moved, zero_loss
from sparsemix.training.generated import guard
from sparsemix.training.generated.corpus import LabelledLog, Sample, corpus, draw, labelled, whole
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.guard import Monitor, TrainingState, Vitals


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


_TRAINING_SEED = 100_000
_VALIDATION_SEED = 500_000
# A selection that changes this much between two validations is not settled.
_RESTLESS = 0.5


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """The report of one validation; ``action``: the guard's reaction in words, "" for none."""

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
    """Count event-level hits and errors at probability 0.5 over all windows of ``length`` events.

    Checks that a window alone cannot decide are left out.
    """
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
    report: Callable[[TrainingReport], None] | None = None,
    checkpoint: Path | None = None,
    *,
    world: ProcessGroup = ALONE,
) -> Network:
    """Train a network and return the best weights of its last stage, by validation F1.

    Where the last stage ends before attention is sparse again, the best weights of an earlier stage are returned.

    With ``checkpoint``, the run writes that file at every validation and continues from it where it exists. Raises
    ``TrainingCollapsed`` when the selection collapses repeatedly or the loss is not finite, ``WeightsError`` when the
    checkpoint belongs to another run, ``ConfigError`` when processes do not begin alike.
    """
    return Training(config, plan, report, checkpoint, world).run()


class Training:
    """A run of training on generated logs."""

    objective: nn.Module
    monitor: Monitor

    def __init__(
        self,
        config: SparseMixConfig,
        plan: TrainConfig,
        report: Callable[[TrainingReport], None] | None = None,
        checkpoint: Path | None = None,
        world: ProcessGroup = ALONE,
    ) -> None:
        self.config, self.plan, self.report, self.checkpoint, self.world = config, plan, report, checkpoint, world
        self.state, self.best = TrainingState(), dict[str, Tensor]()
        torch.manual_seed(plan.seed)
        self.network = Network(config)
        if plan.double:
            self.network.double()
        self.network.to(self.world.device)
        self.optimizer = Optimizer(
            self.network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=plan.dynamic_rate
        )

    def _steps(self, stage: CurriculumStage) -> int:
        return max(1, round(stage.steps * self.plan.scale))

    @property
    def _total(self) -> int:
        return sum(self._steps(stage) for stage in self.plan.stages)

    def run(self) -> Network:
        """Go through the stages, and return the network."""
        run = {"settings": sha256(f"{self.config.to_json()}{self.plan}".encode()).hexdigest()}
        self._go_on(run)
        state = self.state
        while state.stage < len(self.plan.stages):
            stage = self.plan.stages[state.stage]
            logs = self.logs(stage, self.plan.training_logs, max(self.plan.log_events, 2 * stage.length), _TRAINING_SEED)
            fresh = self.logs(stage, self.plan.validation_logs, max(2048, stage.length), _VALIDATION_SEED)
            self.monitor = Monitor(fresh[0])
            ended = False
            while not ended:
                self._step(stage, logs)
                last = state.step == self._steps(stage)
                if last or state.step % self.plan.validate_every == 0:
                    ended = self._validate(stage, fresh) or last
                    if ended:
                        self._next_stage()
                    self._keep(run)
        if state.soft and self.best:
            self.network.load_state_dict(self.best)
        set_kind(self.network, self.config.attention)
        return self.network.float().to(CPU)

    def _go_on(self, run: dict[str, str]) -> None:
        """Continue from the checkpoint, where there is one, and check that all processes continue from the same place."""
        loaded = None if self.checkpoint is None else load_checkpoint(self.checkpoint, run)
        if loaded is not None:
            groups, stored = loaded
            self.network.load_state_dict(groups["network"])
            restore(self.optimizer.inner, groups.get("optimizer", {}))
            self.best, self.state = groups.get("best", {}), TrainingState(**stored)
        self.world.agree(f"{run}{self.state}".encode())
        self.objective = self.world.spread(GuidedObjective(self.network, self.world.share))

    def _keep(self, run: dict[str, str]) -> None:
        if self.checkpoint is not None and self.world.leads:
            groups = {"network": self.network.state_dict(), "best": self.best, "optimizer": moments(self.optimizer.inner)}
            save_checkpoint(self.checkpoint, groups, asdict(self.state), run)

    def logs(self, stage: CurriculumStage, count: int, events: int, seed: int) -> list[LabelledLog]:
        """Return logs to learn from or to validate on, from a ``seed`` of their own."""
        first = seed + 1_000 * self.plan.seed
        features = self.config.features
        return corpus(count, events, first, features, pace=stage.pace, check_rate=stage.check_rate)

    def _step(self, stage: CurriculumStage, logs: list[LabelledLog]) -> None:
        plan, state = self.plan, self.state
        strength = self._penalty(stage)
        set_kind(self.network, "softmax" if stage.soft or state.soft else self.config.attention)
        rng = np.random.default_rng([plan.seed, state.total_step])
        batch, length = stage.shapes[rng.integers(len(stage.shapes))] if stage.shortest else stage.shapes[0]
        sample = draw(logs, batch, length, rng)
        probe = torch.from_numpy(np.sort(rng.choice(length, min(plan.probes, length), replace=False))) if strength else None
        weighing = Weighing(
            strength * plan.sharpness, strength * state.cost_factor * plan.search_cost, self._guidance(stage), probe
        )
        loss, task = self.objective(sample, weighing)
        self.optimizer.step(loss * self.world.size, state.total_step, 1.0 - 0.9 * state.total_step / self._total)
        value = self.world.total(float(task))
        if not math.isfinite(value):
            raise TrainingCollapsed(f"the loss is not finite at step {state.total_step}; lower the learning rate")
        state.loss = value if state.loss < 0 else 0.95 * state.loss + 0.05 * value
        state.step += 1
        state.total_step += 1

    def _guidance(self, stage: CurriculumStage) -> float:
        """Return the weight of the guidance, which fades out over the soft stages: later stages learn from labels alone."""
        soft = sum(self._steps(s) for s in self.plan.stages if s.soft)
        return self.plan.guidance * max(0.0, 1.0 - self.state.total_step / soft) if stage.soft else 0.0

    def _penalty(self, stage: CurriculumStage) -> float:
        """Return the factor of both penalties: 0 until the task is being learned, then up to 1, less after collapses."""
        if stage.soft or self.config.attention == "softmax":
            return 0.0
        return guard.penalty(self.state, self.plan)

    def _validate(self, stage: CurriculumStage, fresh: list[LabelledLog]) -> bool:
        """Report, keep the best weights and let the guard react; return True when the stage should end early."""
        state = self.state
        soft = stage.soft or state.soft
        f1, vitals = self._look(stage, fresh, sparse=self.config.attention != "softmax" and not soft)
        penalty, cost_factor = guard.strength(state, self.plan), state.cost_factor
        action = guard.act(state, self.plan, f1, vitals, bool(self.best))
        if self.report is not None and self.world.leads:
            where = (state.total_step, self._total, state.stage, stage.length)
            self.report(TrainingReport(*where, state.loss, penalty, cost_factor, f1, vitals, action))
        if action == guard.WENT_BACK:
            self.network.load_state_dict(self.best)
        # An F1 under soft attention in a sparse stage says nothing about these weights under sparse attention.
        if action in (guard.WENT_BACK, guard.SOFTENED) or (soft and not stage.soft):
            return False
        if f1 > state.best_f1:
            state.best_f1, state.stale = f1, 0
            self.best = {name: value.clone() for name, value in self.network.state_dict().items()}
        else:
            state.stale += 1
        return state.stale >= self.plan.patience and (vitals is None or vitals.largest_churn < _RESTLESS)

    def _look(self, stage: CurriculumStage, fresh: list[LabelledLog], *, sparse: bool) -> tuple[float, Vitals | None]:
        """Return the first process's F1 and vitals on all processes, so that all of them act in the same way."""
        shape = (4, self.config.layers, self.config.heads)
        numbers = np.zeros(1 + math.prod(shape))
        if self.world.leads:
            numbers[0] = validate(self.network, fresh, stage.length).f1
            if sparse:
                numbers[1:] = self.monitor.look(self.network, self.best).table().ravel()
        f1, *table = self.world.from_first(numbers.tolist())
        return f1, Vitals(*np.array(table).reshape(shape).tolist()) if sparse else None

    def _next_stage(self) -> None:
        """Continue from the best weights of the stage that ends, unless it ends in a soft spell."""
        state = self.state
        skipped = self._steps(self.plan.stages[state.stage]) - state.step
        state.total_step += skipped
        state.stage, state.step, state.stale, state.best_f1 = state.stage + 1, 0, 0, -1.0
        if self.best and not state.soft:
            self.network.load_state_dict(self.best)


_SEED = 800_000
_LOGS = 18
_EVENTS = 2048


def finish(network: Network, seed: int) -> SparseMixModel:
    """Return the finished model: its event threshold (best F1), the calibration of its sequence probability, its vocabulary,
    and the neutral event (the mean embedding), all from separate logs, half of them healthy.

    Neither training nor validation used these logs.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    features = network.config.features
    first = _SEED + 1_000 * seed
    faulty = corpus(_LOGS, _EVENTS, first, features)
    healthy = [
        labelled(
            PlantConfig(events=_EVENTS, fault_rate=0.0, language=LANGUAGES[i % len(LANGUAGES)]),
            first + 500 + i,  # seeds that no faulty log has
            features,
        )
        for i in range(_LOGS)
    ]
    logs = faulty + healthy
    logits = [logits_of(network, log) for log in logs]
    threshold = best_threshold(logits, logs)
    network.config = replace(network.config, event_threshold=threshold)
    top = np.array([values.max() for values in logits])[:, None]
    # A weak prior (C = 1) keeps the slope finite where the two kinds of log separate perfectly.
    fit = LogisticRegression(C=1.0).fit(top, [log.log.label for log in logs])
    vocabulary = vocabulary_of([event.message for log in logs for event in log.sequence.events])
    with torch.no_grad():
        neutral = torch.cat([network.embed(EventBatch.of([log.hashed]))[0] for log in logs]).mean(0)
    return SparseMixModel(network, vocabulary, neutral, (float(fit.coef_[0, 0]), float(fit.intercept_[0])))


def logits_of(network: Network, log: LabelledLog) -> NDArray[np.float32]:
    """Return the event logits [N] of a log."""
    with torch.no_grad():
        return np.asarray(network(EventBatch.of([log.hashed]))[0][0].numpy(), np.float32)


def best_threshold(logits: list[NDArray[np.float32]], logs: list[LabelledLog]) -> float:
    """Return the probability with the best F1, from a grid; the middle one where several are equally good."""
    grid = np.arange(0.05, 1.0, 0.05)
    scores = []
    for threshold in grid:
        cut = np.log(threshold / (1 - threshold))
        total = Counts()
        for values, log in zip(logits, logs, strict=True):
            total += count(values >= cut, log.label > 0)
        scores.append(total.f1)
    best = np.flatnonzero(np.array(scores) == max(scores))
    return round(float(grid[best[len(best) // 2]]), 2)
