"""Benchmark of accuracy, the sparse attention beside its dense softmax twin: ``python -m tests.benchmarks accuracy --json
FILE``.

Every task is learned from labels alone, within minutes on one core, and tested on fresh examples at lengths up to and beyond
those of training. Before anything is reported of a sparse model, its attention is compared with dense entmax attention over all
pairs, layer by layer, on the trained layers' own values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import ConfigError
from sparsemix.training.common.metrics import interval, ratio_of
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.benchmarks.tasks import planted
from tests.benchmarks.tasks.synthetic import UNASKED, AssociativeRecall, ListOps, SelectiveCopying, Task
from tests.benchmarks.tasks.twins import Recipe, SequenceModel, Trained, train_twins

TOLERANCE = 1e-5
# Tokens that one batch of a test may hold.
_TEST_TOKENS = 4096
# Keeps the examples of tests apart from those of training, whose generators are seeded with (seed, step).
_TEST_STREAM = 1_000_000_007


@dataclass(frozen=True, slots=True)
class Trial:
    """A task, the recipe of its models, and its tests: length and number of sequences."""

    task: Task
    recipe: Recipe
    tests: tuple[tuple[int, int], ...]

    def rows(self, seed: int, scale: float, tell: Tell) -> list[Row]:
        """Return two rows per test: the dense twin's and the sparse model's. Raises `BenchmarkRefused` when an attention is
        wrong."""
        recipe = self.recipe.scaled(scale)
        twins = train_twins(self.task, recipe, seed, tell)
        check_exact(twins["entmax15"].model, self.task, min(recipe.lengths), seed)
        result = []
        for length, count in self.tests:
            tested = {kind: _test(twin.model, self.task, length, count, seed) for kind, twin in twins.items()}
            tell(f"{self.task.name} seed {seed} tested at {length}")
            for kind in ("softmax", "entmax15"):
                result.append(_row(self.task.name, length, seed, kind, recipe, twins[kind], tested))
        return result


TRIALS = (
    Trial(
        AssociativeRecall(),
        Recipe(lengths=(64, 128, 256), steps=1500, soft_steps=600, growing_steps=600, gate=0.3),
        ((256, 64), (512, 32), (1024, 16), (2048, 12)),
    ),
    Trial(
        SelectiveCopying(items=8),
        Recipe(
            lengths=(32, 64, 128, 256, 512),
            steps=3000,
            soft_steps=500,
            growing_steps=1500,
            gate=0.2,
            layers=3,
            future_offset=-1.0,
            # Every item counts alike, at any distance.
            least_bias=0.0,
            ramp=600,
        ),
        ((256, 256), (512, 256), (1024, 256), (2048, 64)),
    ),
    Trial(
        ListOps(),
        Recipe(
            lengths=(128, 256, 500, 1000, 2000),
            steps=1000,
            soft_steps=400,
            growing_steps=700,
            gate=2.1,
            batch_tokens=2000,
            layers=3,
            future_offset=-1.0,
        ),
        ((1000, 1000), (2000, 1000)),
    ),
)

# By the name of a task: the function that returns its rows. It takes a seed, the scale of the steps, and a function that tells
# the progress.
MEASURES: dict[str, Callable[[int, float, Tell], list[Row]]] = {
    "planted": planted.rows,
    **{trial.task.name: trial.rows for trial in TRIALS},
}


def rows(
    tasks: Sequence[str] = tuple(MEASURES),
    seeds: Sequence[int] = (0,),
    steps_scale: float = 1.0,
    tell: Tell = lambda _text: None,
) -> list[Row]:
    """Return all rows, task by task and seed by seed.

    Raises `ConfigError` for an unknown task, `BenchmarkRefused` when a result is wrong.
    """
    unknown = [name for name in tasks if name not in MEASURES]
    if unknown:
        raise ConfigError(f"unknown task {unknown[0]!r}; there are {', '.join(MEASURES)}")
    return [row for name in tasks for seed in seeds for row in MEASURES[name](seed, steps_scale, tell)]


@torch.no_grad()
def check_exact(model: SequenceModel, task: Task, length: int, seed: int) -> float:
    """Return by how much the sparse attention's output differs at most, in any layer, from dense entmax attention over all
    pairs of that layer's queries, keys and values; computed in float64. Raises `BenchmarkRefused` above ``TOLERANCE``."""
    model = copy.deepcopy(model).double()
    examples = task.sample(length, 2, np.random.default_rng([seed, _TEST_STREAM, 1]))
    x = model.embed(torch.from_numpy(examples.tokens))
    worst = 0.0
    for number, layer in enumerate(model.blocks):
        normed = layer.norm(x)
        sparse, _ = layer.attention(normed)
        difference = float((sparse - dense_entmax_attention(layer.attention, normed)).abs().max())
        # Written so that not-a-number is refused.
        if not difference <= TOLERANCE:
            raise BenchmarkRefused(
                f"{task.name}: layer {number} differs from dense entmax attention by {difference:.1e}; nothing is reported"
            )
        worst = max(worst, difference)
        x, _ = layer(x)
    return worst


def dense_entmax_attention(attention: AdaptiveSparseAttention, x: Tensor) -> Tensor:
    """Return the reference, ``x`` [B, N, M] -> output [B, N, M], from the logits of all pairs and the sort-based entmax."""
    q, k, v = attention.project(x)
    weight = dense_entmax15(attention.dense_logits(q, k))
    values = torch.cat([v, attention.anchor_value[None, :, None].expand(len(v), -1, -1, -1)], 2)
    return torch.as_tensor(attention.out((weight @ values).transpose(1, 2).flatten(2)))


@dataclass(frozen=True, slots=True)
class _Tested:
    """``counts``, float64 [B, 2]: the right answers and the questions of each sequence. ``selected``: keys that a query
    selects, mean over layers and heads."""

    counts: NDArray[np.float64]
    selected: float


@torch.no_grad()
def _test(model: SequenceModel, task: Task, length: int, count: int, seed: int) -> _Tested:
    rng = np.random.default_rng([seed, _TEST_STREAM, length])
    counts: list[tuple[float, float]] = []
    selected: list[float] = []
    while len(counts) < count:
        examples = task.sample(length, min(count - len(counts), max(1, _TEST_TOKENS // length)), rng)
        logits, statistics = model(torch.from_numpy(examples.tokens))
        right = logits.argmax(-1).numpy() == examples.target
        counts += [(float(r.sum()), float(a.sum())) for r, a in zip(right, examples.target != UNASKED, strict=True)]
        selected += [float(torch.stack([s.selected for s in statistics]).mean())] * len(right)
    return _Tested(np.array(counts), float(np.mean(selected)))


def _row(task: str, length: int, seed: int, kind: str, recipe: Recipe, twin: Trained, tested: dict[str, _Tested]) -> Row:
    counts, selected = tested[kind].counts, tested[kind].selected
    row: Row = {
        "task": task,
        "length": length,
        "seed": seed,
        "model": kind,
        "accuracy": ratio_of(counts),
        "sequences": len(counts),
        "answers": int(counts[:, 1].sum()),
        "selected_per_query": selected,
        "density": selected / length,
        "steps": recipe.steps,
        "seconds": round(twin.seconds, 1),
        "points_to_twin": None,
        "points_low": None,
        "points_high": None,
    }
    if kind == "entmax15":
        # The twins answer the same questions, so the bootstrap samples their difference sequence by sequence.
        both = np.column_stack([counts[:, 0] - tested["softmax"].counts[:, 0], counts[:, 1]])
        row["points_to_twin"] = 100.0 * ratio_of(both)
        row["points_low"], row["points_high"] = (100.0 * end for end in interval(both, ratio_of, seed))
    return row
