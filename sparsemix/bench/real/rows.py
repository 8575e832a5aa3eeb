"""What the benchmark on real data reports, and what it learns with."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.bench.brute_force import check_attention
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import encode
from sparsemix.model.model import SparseMixModel
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.prediction import Prediction, predictions

Row = dict[str, object]
Tell = Callable[[str], None]
_CHECKED = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """``scale`` multiplies the steps of every training, for trials; ``seeds``; ``twin``: train the dense twin as well."""

    scale: float = 1.0
    seeds: tuple[int, ...] = (0,)
    twin: bool = False

    def plan(self, plan: Plan, seed: int) -> Plan:
        """A plan under these settings."""
        return replace(plan, seed=seed, steps=max(4, round((plan.steps or 0) * self.scale)))


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of some sequences, and how long training and judging took, in seconds."""

    model: SparseMixModel
    found: list[Prediction]
    seconds: float

    @property
    def scores(self) -> NDArray[np.float64]:
        """The sequences' scores."""
        return np.array([one.score for one in self.found])


def judged(data: DataSet, plan: Plan, items: Sequence[Item], tell: Tell) -> Judged:
    """Learn from ``data`` and judge ``items``. Raises BenchmarkRefused where the attention is not that of all pairs."""
    started = time.monotonic()
    learned = learn(data, plan)
    tell(f"{data.name}: {learned.steps} steps, seed {plan.seed}, {plan.attention}, {time.monotonic() - started:.0f} s")
    found = list(predictions(learned.model, items))
    seconds = time.monotonic() - started
    if plan.attention == "entmax15":
        first = data.items[0].sequence.events[:_CHECKED]
        check_attention(learned.model, encode(first, learned.model.config.features, learned.model.reading), data.name)
    return Judged(learned.model, found, seconds)


def row(set_: str, protocol: str, metric: str, value: float, seed: int, sparse: Judged, **more: object) -> Row:
    """A figure; ``more``: its baseline, its dense twin's value and seconds, and what else is to be known."""
    plain: Row = {"set": set_, "protocol": protocol, "metric": metric, "value": value, "baseline": None, "dense_twin": None}
    return plain | {"seconds": round(sparse.seconds, 1), "seed": seed} | more
