"""The variables that led to an alarm, ranked with what is known at the diagnosis, beside simple rules and BARO.

The measure is that of the data's authors: of a run, the average precision among the first three variables, divided by what its
number of true causes allows; of a set, the mean over its runs. Intervals hold 95 % of the means over scenarios drawn anew, each
with all its runs (bootstrap).

Axis letters: R runs, S scenarios, D draws.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.causes.ranking import TERMS, Terms, causes, moment_of
from sparsemix.causes.usual_states import UsualStates
from tests.benchmarks.causes.baselines import BASELINES, HeldStates, ranked
from tests.benchmarks.causes.checks import check_durations, check_scores
from tests.benchmarks.causes.data import FaultRun, MachineData, load
from tests.benchmarks.causes.robust_scorer import robust_scores
from tests.benchmarks.causes.scrambling import scrambled
from tests.benchmarks.report import Row, Tell

OURS, HIDDEN = "causes", ", names scrambled"
BARO = "BARO (RobustScorer)"
GRID = tuple(
    Terms(pairs, rarity, alike * TERMS.alike, latest * TERMS.latest)
    for pairs, rarity, (alike, latest) in product((5, 10), (1.0, 0.0), ((1, 1), (1, 0), (0, 1)))
)
"""Settings of the ranking, the product's own first."""
_FIRST = 3
_METRIC = "AP@3"
_DRAWS = 2000
_LEVEL = 0.95


def causes_rows(folder: Path, seed: int, tell: Tell) -> list[Row]:
    """Return the rows of all sets. Raises `ConfigError` when the data are not there, `BenchmarkRefused` when a check fails."""
    data = load(folder)
    hidden = scrambled(data, seed)
    tell(f"{len(data.normal):,} normal runs and {len(data.faults):,} runs with a fault read")
    started = time.perf_counter()
    usual = UsualStates.of(data.normal)
    learning = time.perf_counter() - started
    check_durations(usual, data.normal, seed)
    tell(f"the normal runs learned in {learning:.1f} s, the durations of drawn pairs checked")
    hidden_usual = UsualStates.of(hidden.normal)
    for fault, other in zip(data.faults, hidden.faults, strict=True):
        moment = moment_of(fault.run, None)
        check_scores(causes(fault.run, usual, moment, names=False), causes(other.run, hidden_usual, moment, names=False))
    tell("scores without names are those with scrambled names")
    precision = _precision(data, usual, hidden=False) | _precision(hidden, hidden_usual, hidden=True)
    groups = sorted({fault.group for fault in data.faults})
    rows = [row for group in groups for row in _group_rows(group, data.faults, precision, learning, seed)]
    tried = {terms: (_of_terms(data, usual, terms), _of_terms(hidden, hidden_usual, terms)) for terms in GRID}
    tell(f"{len(GRID)} settings tried")
    return rows + [
        row
        for chosen_on in groups
        for group in groups
        if group != chosen_on
        for row in _transfer_rows(chosen_on, group, data.faults, precision, tried, seed)
    ]


def average_precision(order: Sequence[str], true: Collection[str]) -> float:
    """Return the average precision among the first three of an order: 1 where the true causes, or three of them, lead it."""
    found, total = 0, 0.0
    for place, variable in enumerate(order[:_FIRST], 1):
        if variable in true:
            found += 1
            total += found / place
    return total / min(_FIRST, len(true))


def _precision(data: MachineData, usual: UsualStates, *, hidden: bool) -> dict[str, NDArray[np.float64]]:
    """Return the average precision of every method on every run [R]; with ``hidden`` names, of those that use names."""
    held = HeldStates.of(data.normal)
    orders = {
        name + HIDDEN * hidden: [ranked(rule, fault.run, held) for fault in data.faults]
        for name, rule in BASELINES.items()
        if rule.alarms is not None or not hidden
    }
    if not hidden:
        orders[BARO] = [[variable for variable, _ in robust_scores(fault.run)] for fault in data.faults]
    orders[OURS + HIDDEN * hidden] = [
        [cause.variable for cause in causes(fault.run, usual, moment_of(fault.run, None))] for fault in data.faults
    ]
    return {
        name: np.array([average_precision(order, fault.true) for order, fault in zip(every, data.faults, strict=True)])
        for name, every in orders.items()
    }


def _group_rows(
    group: str, faults: Sequence[FaultRun], precision: Mapping[str, NDArray[np.float64]], learning: float, seed: int
) -> list[Row]:
    of_group = np.array([fault.group == group for fault in faults])
    names, scenario = np.unique([fault.scenario for fault in faults if fault.group == group], return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(_DRAWS, len(names)))
    values = {name: value[of_group] for name, value in precision.items()}
    means = {name: _means(value, scenario, drawn) for name, value in values.items()}
    rows = []
    for name, value in values.items():
        seconds = learning if name == OURS else None
        rows.append(_row(group, name, _METRIC, float(value.mean()), means[name], seconds, len(value), len(names)))
    for ours, hidden in ((OURS, False), (OURS + HIDDEN, True)):
        rivals = [*(name + HIDDEN * (hidden and rule.alarms is not None) for name, rule in BASELINES.items()), BARO]
        best = max(rivals, key=lambda name: values[name].mean())
        difference = float(values[ours].mean() - values[best].mean())
        metric = f"difference to {best.removesuffix(HIDDEN)}"
        rows.append(_row(group, ours, metric, difference, means[ours] - means[best], None, int(of_group.sum()), len(names)))
    return rows


def _of_terms(data: MachineData, usual: UsualStates, terms: Terms) -> NDArray[np.float64]:
    """Return the average precision of the product with these terms on every run [R]."""
    return np.array(
        [
            average_precision(
                [cause.variable for cause in causes(fault.run, usual, moment_of(fault.run, None), terms=terms)], fault.true
            )
            for fault in data.faults
        ]
    )


def _transfer_rows(
    chosen_on: str,
    group: str,
    faults: Sequence[FaultRun],
    precision: Mapping[str, NDArray[np.float64]],
    tried: Mapping[Terms, tuple[NDArray[np.float64], NDArray[np.float64]]],
    seed: int,
) -> Iterator[Row]:
    """Yield what the terms reach in a set that are best on another, beside the rule that is best on that other set."""
    other, own = (np.array([fault.group == one for fault in faults]) for one in (chosen_on, group))
    best = max(tried, key=lambda terms: sum(value[other].mean() for value in tried[terms]))  # of equal ones, the first
    names, scenario = np.unique([fault.scenario for fault in faults if fault.group == group], return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(_DRAWS, len(names)))
    for hidden, reached in zip(("", HIDDEN), tried[best], strict=True):
        rivals = [name + hidden * (rule.alarms is not None) for name, rule in BASELINES.items()] + [BARO]
        rule = max(rivals, key=lambda name: precision[name][other].mean())
        method = f"{OURS}{hidden}, terms of {chosen_on}"
        for metric, value in ((_METRIC, reached[own]), (f"difference to {rule}", reached[own] - precision[rule][own])):
            means = _means(value, scenario, drawn)
            yield _row(group, method, metric, float(value.mean()), means, None, int(own.sum()), len(names))


def _means(value: NDArray[np.float64], scenario: NDArray[np.intp], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the means over the runs [R] of drawn scenarios [D, S], a mean a draw [D]."""
    total, count = np.bincount(scenario, value), np.bincount(scenario)
    means: NDArray[np.float64] = total[drawn].sum(1) / count[drawn].sum(1)
    return means


def _row(
    group: str,
    method: str,
    metric: str,
    value: float,
    drawn: NDArray[np.float64],
    seconds: float | None,
    runs: int,
    scenarios: int,
) -> Row:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return {
        "set": group,
        "method": method,
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "runs": runs,
        "scenarios": scenarios,
        "seconds": seconds,
    }
