"""Lines of anomalous blocks among the raw lines of all blocks, in windows of several lengths: the models (``models``) beside
baselines that are told which lines belong together.

A row is of one method at one length: F1 at the method's threshold and average precision, over all test lines, mean over the
seeds; an empty ``seeds`` says that nothing is drawn. Intervals are of 1,000 draws of whole blocks, the same for all methods.
Rows named "sparsemix minus ..." hold the difference of two methods on the same draws. Further figures are lists by seed:

| Figure | What it is |
|---|---|
| ``seconds`` | of a baseline: fitting and scoring together |
| ``training_seconds``, ``steps`` | of the training; ``window``: its longest windows, of a dense twin |
| ``unfamiliar`` | share of the windows of test lines that are unfamiliar to the weights |
| ``judging_seconds`` | of the test lines in windows of this length |
| ``peak_mib`` | peak memory of the process until then; what was measured before is in it |
| ``own_block_share``, ``certified_share``, ``keys_per_query`` | of the selection (``selection``) |
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long.baselines import DRAWN, SHARE, TOLD, ToldLines, template_share
from tests.benchmarks.long.data import check
from tests.benchmarks.long.models import OURS
from tests.benchmarks.long.scores import Judged, Scored, Truth, interval
from tests.benchmarks.report import BenchmarkRefused, Row, Tell

SET = "hdfs"
LENGTHS = (512, 1024, 3072, 16_384, 65_536)
SEEDS = (0, 1, 2, 3, 4)
Models = Callable[[Hdfs, Sequence[int], Sequence[int], Tell], Iterator[Judged]]
"""Given data, lengths and seeds, trains the models and asks them."""
Keep = Callable[[list[Row]], None]
"""Is given the rows so far after every method and seed."""


def measure(
    data: Hdfs,
    lengths: Sequence[int],
    seeds: Sequence[int],
    tell: Tell,
    models: Models | None = None,
    keep: Keep = lambda _rows: None,
) -> list[Row]:
    """Return the rows of all methods; without ``models`` those of the baselines.

    Raises `ConfigError` without lengths or seeds, `BenchmarkRefused` when data, windows, scores or figures are wrong.
    """
    if not seeds or not lengths or min(lengths) < 2:
        raise ConfigError("at least one seed and one length of at least 2 lines are needed")
    check(data, lengths)
    truth = Truth.of(data)
    tell(
        f"hdfs: {len(data.lines)} lines, {len(data.names)} blocks; {data.cut} lines to learn from; {len(truth.label)} test "
        f"lines of {truth.times.shape[1]} blocks, {int(truth.label.sum())} lines of anomalous ones"
    )
    measured: list[_Measured] = []
    judged = iter(()) if models is None else models(data, lengths, seeds, tell)
    for one in itertools.chain(judged, _baselines(data, lengths, seeds, tell)):
        measured += [_measured(one, length, scored, truth) for length, scored in one.scored.items()]
        keep(_rows(measured, lengths))
    return _rows(measured, lengths)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One method at one length under one seed: ``f1`` and ``precision`` [1 + D], the threshold, and further ``figures``."""

    method: str
    length: int
    seed: int | None
    f1: NDArray[np.float64]
    precision: NDArray[np.float64]
    threshold: float
    figures: Row


def _baselines(data: Hdfs, lengths: Sequence[int], seeds: Sequence[int], tell: Tell) -> Iterator[Judged]:
    for length in lengths:
        told = ToldLines.of(data, length)
        for name in (*TOLD, SHARE):
            for seed in seeds if name in DRAWN else (None,):
                started = time.perf_counter()
                scored = template_share(data) if name == SHARE else told.scored(name, seed or 0)
                yield Judged(name, seed, {length: scored}, {length: {"seconds": time.perf_counter() - started}})
        tell(f"{length} lines a window: baselines measured")


def _measured(one: Judged, length: int, scored: Scored, truth: Truth) -> _Measured:
    scores, threshold = scored
    if scores.shape != truth.label.shape or not np.isfinite([*scores, threshold]).all():
        raise BenchmarkRefused(f"{one.method}, {length} lines: not one finite score per test line; nothing is reported")
    f1, precision = truth.f1(scored), truth.precision(scored)
    truth.check(scored, float(f1[0]), float(precision[0]))
    return _Measured(one.method, length, one.seed, f1, precision, threshold, one.figures.get(length, {}))


def _rows(measured: Sequence[_Measured], lengths: Sequence[int]) -> list[Row]:
    """Return the rows of all methods by length, in the order in which methods were measured, differences last."""
    rows = []
    for length in lengths:
        by_method: dict[str, list[_Measured]] = {}
        for one in measured:
            if one.length == length:
                by_method.setdefault(one.method, []).append(one)
        rows += [_row(some) for some in by_method.values()]
        if own := by_method.pop(OURS, None):
            rows += [_difference(own, some) for some in by_method.values()]
    return rows


def _row(some: Sequence[_Measured]) -> Row:
    first = some[0]
    return {
        "set": SET,
        "method": first.method,
        "length": first.length,
        "seeds": _seeds(some),
        **_figures(*_means(some)),
        "f1_by_seed": [float(one.f1[0]) for one in some],
        "ap_by_seed": [float(one.precision[0]) for one in some],
        "thresholds": [one.threshold for one in some],
        **{name: [one.figures[name] for one in some] for name in first.figures},
    }


def _difference(own: Sequence[_Measured], other: Sequence[_Measured]) -> Row:
    f1, precision = (mine - others for mine, others in zip(_means(own), _means(other), strict=True))
    method = f"{own[0].method} minus {other[0].method}"
    return {"set": SET, "method": method, "length": own[0].length, "seeds": _seeds(own), **_figures(f1, precision)}


def _seeds(some: Sequence[_Measured]) -> list[int]:
    return [one.seed for one in some if one.seed is not None]


def _means(some: Sequence[_Measured]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return F1 and average precision [1 + D], means over the seeds."""
    return np.mean([one.f1 for one in some], 0), np.mean([one.precision for one in some], 0)


def _figures(f1: NDArray[np.float64], precision: NDArray[np.float64]) -> Row:
    figures: Row = {}
    for name, values in (("f1", f1), ("ap", precision)):
        low, high = interval(values)
        figures |= {name: float(values[0]), f"{name}_low": low, f"{name}_high": high}
    return figures
