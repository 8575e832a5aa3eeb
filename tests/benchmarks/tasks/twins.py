"""Training of a task's sparse model and its dense softmax twin, with labels alone.

As long as the attention is soft, both are one network with the same start and the same batches, so these steps are taken once.
Then one copy continues with softmax. The other continues with entmax-1.5 and the sharpness penalty of ``train``, which waits
until the task is being learned and then ramps up. Both see the same batches at the same rates.

Axis letters: B batch, N tokens, M model dimension, C classes.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.config import ATTENTION_KINDS, SparseMixConfig
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.network import Layer
from sparsemix.training.common.optimizer import Optimizer
from tests.benchmarks.report import Tell
from tests.benchmarks.tasks.synthetic import UNASKED, Examples, Task

_DYNAMIC_RATE = 10.0
_SMOOTHING = 0.05
# Earlier, the moving loss still depends mostly on its first batch.
_SETTLED = round(1 / _SMOOTHING)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the models of a task are built and trained.

    Lengths of training are drawn from ``lengths``: the first is used from the start, the others are added one by one over the
    ``growing_steps``. Each batch fills ``batch_tokens`` tokens. After ``soft_steps`` of the ``steps`` the twins separate.
    ``sharpness`` is the weight of the penalty; it begins when the moving loss falls below ``gate`` and ramps up over ``ramp``
    steps. The learning rate falls linearly to a tenth. ``future_offset`` is the start of the bias towards later tokens: very
    negative where only earlier tokens matter. ``least_bias`` is the lower limit of the distance biases.
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
        """Return the same recipe with ``scale`` times as many steps, and at least two."""
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


class SequenceModel(nn.Module):
    """A network over tokens: the layers of ``model.network`` between a token embedding and one classification per position.

    ``config.attention`` is the kind of attention to start with.
    """

    def __init__(self, vocabulary: int, classes: int, config: SparseMixConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, config.d_model)
        self.embed_norm = nn.RMSNorm(config.d_model)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.d_model)
        self.head = nn.Linear(config.d_model, classes)

    @property
    def blocks(self) -> list[Layer]:
        """The layers, first layer first."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def set_kind(self, kind: str) -> None:
        """Set the kind of attention from the next forward pass on: "entmax15" or "softmax"."""
        for layer in self.blocks:
            layer.attention.kind = kind

    def embed(self, tokens: Tensor) -> Tensor:
        """Embed ``tokens`` int64 [B, N] -> the input of the first layer [B, N, M]."""
        return torch.as_tensor(self.embed_norm(self.embedding(tokens)))

    def forward(self, tokens: Tensor) -> tuple[Tensor, list[SelectionStatistics]]:
        """Map ``tokens`` int64 [B, N] -> logits [B, N, C] and the selection statistics of every layer."""
        x = self.embed(tokens)
        statistics = []
        for layer in self.layers:
            x, selection = layer(x)
            statistics.append(selection)
        return torch.as_tensor(self.head(self.norm(x))), statistics


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and the seconds of its training, including the steps shared with its twin."""

    model: SequenceModel
    seconds: float


def train_twins(task: Task, recipe: Recipe, seed: int, tell: Tell = lambda _text: None) -> dict[str, Trained]:
    """Train both models; return them by kind of attention. Raises `TrainingCollapsed` when a loss is not finite."""
    torch.manual_seed(seed)
    config = SparseMixConfig(layers=recipe.layers, attention="softmax")
    model = SequenceModel(task.vocabulary, task.classes, config)
    for layer in model.blocks:
        layer.attention.start_bias(recipe.least_bias)
        layer.attention.future_offset.data.fill_(recipe.future_offset)
    common = _Training(task, recipe, seed, model, tell)
    common.run(recipe.soft_steps)
    twins = {}
    for kind in ATTENTION_KINDS:
        training = common.fork(kind)
        training.run(recipe.steps)
        twins[kind] = Trained(training.model, training.seconds)
    return twins


def answer_loss(logits: Tensor, examples: Examples) -> Tensor:
    """Return the mean cross-entropy over the positions with a target; ``logits`` [B, N, C]."""
    target = torch.from_numpy(examples.target)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=UNASKED)


class _Training:
    """The training of one model: its optimiser, its step, and when the penalty began."""

    def __init__(self, task: Task, recipe: Recipe, seed: int, model: SequenceModel, tell: Tell) -> None:
        self.task, self.recipe, self.seed, self.model, self.tell = task, recipe, seed, model, tell
        self.optimizer = Optimizer(model, recipe.learning_rate, weight_decay=recipe.weight_decay, dynamic_rate=_DYNAMIC_RATE)
        self.kind = "softmax"
        self.kind_since = 0
        self.step = 0
        self.seconds = 0.0
        self.loss = math.inf
        self.penalty_since: int | None = None

    def fork(self, kind: str) -> _Training:
        """Return a copy of this training that continues with another kind of attention."""
        twin = _Training(self.task, self.recipe, self.seed, copy.deepcopy(self.model), self.tell)
        twin.optimizer.inner.load_state_dict(self.optimizer.inner.state_dict())
        # The loss is not copied: the penalty waits until the task is being learned with this kind of attention.
        twin.step, twin.kind_since, twin.seconds = self.step, self.step, self.seconds
        twin.kind = kind
        twin.model.set_kind(kind)
        return twin

    def run(self, until: int) -> None:
        started = time.perf_counter()
        while self.step < until:
            self._take_step()
            if self.step % 100 == 0 or self.step == until:
                self.tell(f"{self.task.name} seed {self.seed} {self.kind} step {self.step} loss {self.loss:.4f}")
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
        """Return the lengths from which this step draws."""
        recipe = self.recipe
        return recipe.lengths[: 1 + self.step * len(recipe.lengths) // recipe.growing_steps]

    def _penalty(self) -> float:
        """Return the factor of the sharpness penalty: 0 until the task is being learned, then ramping up."""
        if self.kind == "softmax":
            return 0.0
        if self.penalty_since is None and self.loss < self.recipe.gate and self.step - self.kind_since >= _SETTLED:
            self.penalty_since = self.step
        if self.penalty_since is None:
            return 0.0
        return self.recipe.sharpness * min(1.0, (self.step - self.penalty_since + 1) / self.recipe.ramp)
