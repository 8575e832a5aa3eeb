"""What the measurements of the benchmark ``real`` share: settings, sensor tables, learning and judging, and rows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.model.model import SparseMixModel
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.prediction import Prediction, predictions
from tests.benchmarks.brute_force import check_attention
from tests.benchmarks.real.trivial import Measure, paired_interval
from tests.benchmarks.report import Row, Tell

_CHECKED = 256
# Judged sequences whose selection is counted.
_COUNTED = 50


@dataclass(frozen=True, slots=True)
class RealSettings:
    """Settings of the benchmark ``real``: ``scale`` multiplies the steps of every training, for trials; ``seeds``;
    ``twin``: train the dense twin as well."""

    scale: float = 1.0
    seeds: tuple[int, ...] = (0,)
    twin: bool = False

    def plan(self, plan: Plan, seed: int) -> Plan:
        """Return the plan under these settings."""
        return replace(plan, seed=seed, steps=max(4, round((plan.steps or 0) * self.scale)))


@dataclass(frozen=True, slots=True)
class JudgedItems:
    """A trained model, its predictions for some sequences, how long training and judging took, in seconds, and the
    sequences."""

    model: SparseMixModel
    predictions: list[Prediction]
    seconds: float
    items: Sequence[Item]

    @property
    def scores(self) -> NDArray[np.float64]:
        """The sequences' scores."""
        return np.array([prediction.score for prediction in self.predictions])


def judged(data: DataSet, plan: Plan, items: Sequence[Item], tell: Tell) -> JudgedItems:
    """Learn from ``data`` and judge ``items``. Raises `BenchmarkRefused` when the attention differs from attention over all
    pairs."""
    started = time.monotonic()
    learned = learn(data, plan)
    tell(f"{data.name}: {learned.steps} steps, seed {plan.seed}, {plan.attention}, {time.monotonic() - started:.0f} s")
    judged_items = list(predictions(learned.model, items))
    seconds = time.monotonic() - started
    if plan.attention == "entmax15":
        first = data.items[0].sequence.events[:_CHECKED]
        check_attention(learned.model, encode(first, learned.model.config.features, learned.model.reading), data.name)
    return JudgedItems(learned.model, judged_items, seconds, items)


def _mean_keys(sparse: JudgedItems) -> float:
    """Return how many keys a query of a head selects on average, over events of at most fifty of the sequences."""
    some = sparse.items[:: -(-len(sparse.items) // _COUNTED)]
    traces = [sparse.model.run_with_trace(item.sequence).trace for item in some]
    return float(np.average([trace.selected_per_query() for trace in traces], weights=[trace.length for trace in traces]))


def row(set_: str, protocol: str, metric: str, value: float, seed: int, sparse: JudgedItems, **more: object) -> Row:
    """Return the row of a figure; ``more``: its baseline, its dense twin's value and seconds, and further columns."""
    plain: Row = {"set": set_, "protocol": protocol, "method": "SparseMix", "metric": metric, "value": value}
    plain |= {"low": None, "high": None, "baseline": None, "dense_twin": None}
    return plain | {"seconds": round(sparse.seconds, 1), "seed": seed} | more


def keys_row(set_: str, protocol: str, seed: int, *judged_sets: JudgedItems) -> Row:
    """Return the row of how many keys a query of a head selects on average, the mean over some trained models."""
    keys = float(np.mean([_mean_keys(one) for one in judged_sets]))
    return row(set_, protocol, "keys selected a query and head", keys, seed, judged_sets[-1])


def rows_beside(first: Row, ours: Measure, rivals: Mapping[str, Measure], units: int, seconds: float) -> list[Row]:
    """Return a row for every rival of the figure in ``first``: its ``value``, and the 95 % interval from ``low`` to ``high`` of
    how much higher the figure in ``first`` is, paired over the ``units``; ``seconds`` that all rivals took."""
    everything, result = np.arange(units), []
    for name, measure in rivals.items():
        low, high = paired_interval(ours, measure, units, int(str(first["seed"])))
        own = {"method": name, "value": measure(everything), "low": low, "high": high, "seconds": round(seconds, 1)}
        result.append(first | own | {"baseline": first["value"], "dense_twin": None})
    return result


def table_item(id: str, table: NDArray[np.float64]) -> Item:
    """Return a table [N, C] as a sequence: columns ``m0``, ``m1`` ..., as ``dataset.reading`` writes rows."""
    rows = [" ".join(f"m{column}={value!r}" for column, value in enumerate(values)) for values in table.tolist()]
    events = tuple(Event(text, text, None, None, None, number) for number, text in enumerate(rows, 2))
    return Item(id, TokenSequence(id, events, "csv", "utf-8", (), {}, ()))
