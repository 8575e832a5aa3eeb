"""Trains the sparse model of a task and its dense softmax twin, with labels alone.

Both are one network as long as the attention is soft: the same start, the same batches, so these steps are taken once. Then one
copy goes on with softmax and the other with entmax-1.5, and with the sharpness penalty of ``train`` (it waits until the task is
being learned and then ramps up), on the same batches at the same rates.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparsemix.bench.tasks.sequence_model import SequenceModel
from sparsemix.bench.tasks.synthetic import UNASKED, Examples, Task
from sparsemix.config import ATTENTION_KINDS, SparseMixConfig
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.training.common.optimizer import Optimizer

_DYNAMIC_RATE = 10.0
_SMOOTHING = 0.05
# Before so many steps the moving loss still hangs on its first batch.
_SETTLED = round(1 / _SMOOTHING)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the models of a task are made and trained.

    Lengths of training are drawn from ``lengths``, of which the first is there from the start and the others come in one by
    one over the ``growing_steps``; each batch fills ``batch_tokens`` tokens. After ``soft_steps`` of the ``steps`` the twins
    part. ``sharpness`` is the weight of the penalty, from the time the moving loss falls below ``gate`` and ramping up over
    ``ramp`` steps. The learning rate falls linearly to a tenth. ``future_offset`` is where the bias towards later tokens
    starts: very negative where only earlier ones matter. ``least_bias``: what the distance biases never fall below.
    """

    lengths: tuple[int, ...]
    steps: int
    soft_steps: int
    growing_steps: int
    gate: float
    batch_tokens: int = 2048
    layers: int = 2
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    future_offset: float = -6.0
    least_bias: float = 0.1
    sharpness: float = 0.01
    ramp: int = 300

    def __post_init__(self) -> None:
        if not 0 <= self.soft_steps < self.steps:
            raise ConfigError("the soft steps must leave some for the sparse attention")
        if self.growing_steps < 1 or not self.lengths:
            raise ConfigError("training needs a length, and at least one step in which lengths grow")

    def scaled(self, scale: float) -> Recipe:
        """The same recipe with ``scale`` times as many steps, and at least two."""
        if scale <= 0:
            raise ConfigError("the scale of the steps must be positive")
        steps = max(2, round(self.steps * scale))
        return replace(
            self,
            steps=steps,
            soft_steps=min(steps - 1, round(self.soft_steps * scale)),
            growing_steps=max(1, round(self.growing_steps * scale)),
            ramp=max(1, round(self.ramp * scale)),
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and how long it took to train, the steps shared with its twin included."""

    model: SequenceModel
    seconds: float


def train_twins(task: Task, recipe: Recipe, seed: int, progress: Progress | None = None) -> dict[str, Trained]:
    """The trained models by kind of attention. Raises TrainingCollapsed when a loss is not finite."""
    torch.manual_seed(seed)
    config = SparseMixConfig(layers=recipe.layers, attention="softmax")
    model = SequenceModel(task.vocabulary, task.classes, config)
    for layer in model.blocks:
        layer.attention.start_bias(recipe.least_bias)
        layer.attention.future_offset.data.fill_(recipe.future_offset)
    common = _Training(task, recipe, seed, model, progress)
    common.run(recipe.soft_steps)
    twins = {}
    for kind in ATTENTION_KINDS:
        training = common.fork(kind)
        training.run(recipe.steps)
        twins[kind] = Trained(training.model, training.seconds)
    return twins


def answer_loss(logits: Tensor, examples: Examples) -> Tensor:
    """Mean cross-entropy of the positions that are asked about, ``logits`` being [B, N, C]."""
    target = torch.from_numpy(examples.target)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=UNASKED)


class _Training:
    """One model on its way: its optimiser, its step, and when the penalty began."""

    def __init__(self, task: Task, recipe: Recipe, seed: int, model: SequenceModel, progress: Progress | None) -> None:
        self.task, self.recipe, self.seed, self.model, self.progress = task, recipe, seed, model, progress
        self.optimizer = Optimizer(model, recipe.learning_rate, weight_decay=recipe.weight_decay, dynamic_rate=_DYNAMIC_RATE)
        self.kind = "softmax"
        self.since = 0
        self.step = 0
        self.seconds = 0.0
        self.loss = math.inf
        self.penalty_since: int | None = None

    def fork(self, kind: str) -> _Training:
        """A copy of everything that goes on with another kind of attention."""
        twin = _Training(self.task, self.recipe, self.seed, copy.deepcopy(self.model), self.progress)
        twin.optimizer.inner.load_state_dict(self.optimizer.inner.state_dict())
        # Not the loss: the penalty is to wait until the task is being learned with this kind of attention.
        twin.step, twin.since, twin.seconds = self.step, self.step, self.seconds
        twin.kind = kind
        twin.model.set_kind(kind)
        return twin

    def run(self, until: int) -> None:
        started = time.perf_counter()
        while self.step < until:
            self._take_step()
            if self.progress is not None and (self.step % 100 == 0 or self.step == until):
                self.progress(f"{self.task.name} seed {self.seed} {self.kind} step {self.step} loss {self.loss:.4f}")
        self.seconds += time.perf_counter() - started

    def _take_step(self) -> None:
        recipe = self.recipe
        rng = np.random.default_rng([self.seed, self.step])
        length = int(rng.choice(self._lengths()))
        examples = self.task.sample(length, max(1, recipe.batch_tokens // length), rng)
        logits, statistics = self.model(torch.from_numpy(examples.tokens))
        loss = answer_loss(logits, examples)
        penalty = self._penalty() * torch.stack([s.sharpness.sum() for s in statistics]).mean()
        self.optimizer.step(loss + penalty, self.step, 1.0 - 0.9 * self.step / recipe.steps)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingCollapsed(f"{self.task.name}: the loss is not finite at step {self.step}")
        self.loss = value if math.isinf(self.loss) else (1 - _SMOOTHING) * self.loss + _SMOOTHING * value
        self.step += 1

    def _lengths(self) -> tuple[int, ...]:
        """The lengths that are drawn from at this step."""
        recipe = self.recipe
        return recipe.lengths[: 1 + self.step * len(recipe.lengths) // recipe.growing_steps]

    def _penalty(self) -> float:
        """Factor of the sharpness penalty: 0 until the task is being learned, then ramping up."""
        if self.kind == "softmax":
            return 0.0
        if self.penalty_since is None and self.loss < self.recipe.gate and self.step - self.since >= _SETTLED:
            self.penalty_since = self.step
        if self.penalty_since is None:
            return 0.0
        return self.recipe.sharpness * min(1.0, (self.step - self.penalty_since + 1) / self.recipe.ramp)
