"""Files of kinds that the project's own generator never makes, tried as a new user would: is what is told first worth reading?

A set is a kind of files, or ``all``.

| Metric | Share |
|---|---|
| ``first five true`` | of the first five incidents told of a faulty file, those of whose first lines one belongs to the fault |
| ``worth reading`` | of the faulty files, those with at least one such incident among the first five |
| ``first three`` | the same among the first three |
| ``cause told`` | of the faulty files with a line that announces the fault, those in which such an incident has it as a cause |
| ``causes right`` | of all lines told as causes in faulty files, those that announce the fault |
| ``found``, ``false alarms`` | of the faulty, and of the fresh normal files, those with the verdict that something is wrong |
| ``seen``, ``seen in vain`` | of the faulty, and of the fresh normal files, those of which something must be seen |
| ``normal lines named`` | of the lines of the fresh normal files, those that are named |
| ``fell back`` | of the faulty and fresh files, those that the model for any log judged |

Intervals hold 95 %: Wilson's for shares of files, of files drawn anew (bootstrap) for shares of lines. ``seconds`` are those of
a method for a set, learning included.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binomtest

from sparsemix.model.model import SparseMixModel
from sparsemix.training.own_data import Plan
from tests.benchmarks.newcomer.kinds import KINDS
from tests.benchmarks.newcomer.methods import Method, Named, after_learning, by_model, check, never_seen
from tests.benchmarks.newcomer.truth import Folder, ReadFile, folder_of, read
from tests.benchmarks.report import Row, Tell

METHODS = ("by itself", "after learning", "before", "never seen")
# As many incidents as shell and app tell in full, and as many lines as were told before there were incidents.
_FIRST, _THREE = 5, 3
_DRAWS, _LEVEL = 1000, 0.95
Share = tuple[int, int]
"""How many of how many, in one file."""


@dataclass(slots=True)
class Counted:
    """Shares of one method on the files of one set, file by file, by the name of the metric; and ``seconds``."""

    shares: dict[str, list[Share]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, metric: str, part: int, whole: int) -> None:
        """Add the share of one file."""
        self.shares.setdefault(metric, []).append((part, whole))

    def join(self, other: Counted) -> None:
        """Add the shares of another set."""
        for metric, shares in other.shares.items():
            self.shares.setdefault(metric, []).extend(shares)
        self.seconds += other.seconds


def newcomer_rows(model: SparseMixModel, methods: Sequence[str], plan: Plan, tell: Tell) -> list[Row]:
    """Return the rows of all kinds and of all together; ``model``: the shipped weights, ``plan``: of learning, whose seed is
    that of the files, too. Raises `BenchmarkRefused` when a check fails."""
    rows: list[Row] = []
    total = {name: Counted() for name in (*methods, "chance")}
    for number, (kind, make) in enumerate(KINDS.items()):
        folder = folder_of(make, number, plan.seed)
        faulty, fresh = list(map(read, folder.faulty)), list(map(read, folder.fresh))
        for name in methods:
            started = time.perf_counter()
            counted = _counted(faulty, fresh, _method(name, folder, kind, model, plan))
            counted.seconds = time.perf_counter() - started
            rows += _rows(kind, name, counted)
            total[name].join(counted)
            tell(f"{kind}, {name}: {_words(counted)}")
        chance = _chance(faulty)
        rows += _rows(kind, "chance", chance)
        total["chance"].join(chance)
    return rows + [row for name, counted in total.items() for row in _rows("all", name, counted)]


def _method(name: str, folder: Folder, kind: str, model: SparseMixModel, plan: Plan) -> Method:
    match name:
        case "by itself":
            return by_model(model, falls_back=True)
        case "after learning":
            return after_learning(folder, kind, plan)
        case "before":
            return by_model(model, falls_back=False)
        case _:
            return never_seen(folder)


def _counted(faulty: Sequence[ReadFile], fresh: Sequence[ReadFile], method: Method) -> Counted:
    counted = Counted()
    for number, file in enumerate(faulty):
        named = method(file.sequence)
        if number == 0:
            check(named, file)
        _add_faulty(counted, file, named)
    for file in fresh:
        named = method(file.sequence)
        counted.add("false alarms", named.fault, 1)
        counted.add("seen in vain", named.seen, 1)
        counted.add("normal lines named", len(named.flagged), len(file.sequence))
        _add_fallen_back(counted, named)
    return counted


def _add_faulty(counted: Counted, file: ReadFile, named: Named) -> None:
    true = [not file.faults.isdisjoint(lines) for lines, _ in named.told]
    counted.add("first five true", sum(true[:_FIRST]), len(true[:_FIRST]))
    counted.add("worth reading", any(true[:_FIRST]), 1)
    counted.add("first three", any(true[:_THREE]), 1)
    counted.add("found", named.fault, 1)
    counted.add("seen", named.seen, 1)
    _add_fallen_back(counted, named)
    if file.causes and named.judged is not None:
        causes = [events for (_, events), of_fault in zip(named.told, true, strict=True) if of_fault]
        counted.add("cause told", any(not file.causes.isdisjoint(events) for events in causes), 1)
        told = [event for _, events in named.told for event in events]
        counted.add("causes right", sum(event in file.causes for event in told), len(told))


def _add_fallen_back(counted: Counted, named: Named) -> None:
    if named.judged is not None:
        counted.add("fell back", named.judged.fell_back, 1)


def _chance(faulty: Sequence[ReadFile]) -> Counted:
    """Return the share of faulty lines, which lines taken by chance have on the average."""
    counted = Counted()
    for file in faulty:
        counted.add("first five true", len(file.faults), len(file.sequence))
    return counted


def _rows(set_: str, method: str, counted: Counted) -> list[Row]:
    rows: list[Row] = []
    for metric, shares in counted.shares.items():
        value, low, high = _interval(shares)
        row: Row = {"set": set_, "method": method, "metric": metric, "value": value, "low": low, "high": high}
        rows.append(row | {"seconds": round(counted.seconds, 1)})
    return rows


def _interval(shares: Sequence[Share]) -> tuple[float, float, float]:
    """Return the share of all files together, with its interval."""
    part, whole = np.array(shares).T
    if not whole.any():  # nothing was named
        return 0.0, 0.0, 0.0
    value = float(part.sum() / whole.sum())
    if (whole == 1).all():
        interval = binomtest(int(part.sum()), len(part)).proportion_ci(_LEVEL, method="wilson")
        return value, float(interval.low), float(interval.high)
    drawn = np.random.default_rng(0).integers(len(part), size=(_DRAWS, len(part)))
    means = part[drawn].sum(1) / np.maximum(whole[drawn].sum(1), 1)
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return value, low, high


def _words(counted: Counted) -> str:
    return ", ".join(
        f"{metric} {sum(part for part, _ in shares)}/{sum(whole for _, whole in shares)}"
        for metric, shares in counted.shares.items()
    )
