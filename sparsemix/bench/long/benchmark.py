"""Lines of anomalous blocks among the raw lines of all blocks, in windows of several lengths, beside baselines that are told
which lines belong together.

A row is of one method at one length: F1 at the method's threshold and average precision, over all test lines, mean over the
seeds; an empty ``seeds`` says that nothing is drawn. Intervals are of 1,000 draws of whole blocks, the same for all methods.
Rows named "... minus ..." hold the difference of two methods on the same draws. ``seconds``: of one seed, fitting and scoring
together; of the model all lengths together, as it may learn once for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.bench.hdfs.data import Hdfs
from sparsemix.bench.long.baselines import DRAWN, SHARE, TOLD, ToldLines, template_share
from sparsemix.bench.long.data import check, untold
from sparsemix.bench.long.scores import Scored, Truth, interval
from sparsemix.bench.report import Row, Tell
from sparsemix.errors import BenchmarkRefused, ConfigError

SET, OURS = "hdfs", "sparsemix"
LENGTHS = (512, 1024, 3072, 16_384, 65_536)
SEEDS = (0, 1, 2, 3, 4)
Ours = Callable[[Hdfs, int, Sequence[int]], Mapping[int, Scored]]
"""Trains under a seed and returns, for each length, the scores [M] of the test lines and the threshold. It is given the data
without the truth of the test lines (`untold`)."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """One method at one length: ``f1`` and ``precision`` [seeds, 1 + D], the thresholds, and the seconds of every seed."""

    method: str
    length: int
    seeds: tuple[int, ...]
    f1: NDArray[np.float64]
    precision: NDArray[np.float64]
    thresholds: tuple[float, ...]
    seconds: float


def measure(data: Hdfs, lengths: Sequence[int], seeds: Sequence[int], tell: Tell, ours: Ours | None = None) -> list[Row]:
    """Return the rows of all methods. ``ours``: the model, which needs no block numbers; None measures the baselines alone.

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
    model = _ours(data, lengths, seeds, tell, ours)
    rows = []
    for length in lengths:
        measured = _baselines(data, length, seeds, truth)
        if model:
            by_seed, seconds = [scored[length] for scored, _ in model], [taken for _, taken in model]
            own = _measured(OURS, length, seeds, by_seed, seconds, truth)
            rows += [_row(own), *(_row(other) for other in measured), *(_difference(own, other) for other in measured)]
        else:
            rows += [_row(one) for one in measured]
        tell(f"{length} lines a window: {len(rows)} rows measured")
    return rows


def _ours(
    data: Hdfs, lengths: Sequence[int], seeds: Sequence[int], tell: Tell, ours: Ours | None
) -> list[tuple[Mapping[int, Scored], float]]:
    """Return the model's scores by length, and its seconds, for every seed."""
    if ours is None:
        return []
    hidden, results = untold(data), []
    for seed in seeds:
        started = time.perf_counter()
        scored = ours(hidden, seed, lengths)
        results.append((scored, time.perf_counter() - started))
        for length in lengths:
            scores, threshold = scored[length]
            if scores.shape != (len(data.lines) - data.cut,) or not np.isfinite([*scores, threshold]).all():
                raise BenchmarkRefused(f"seed {seed}, {length} lines: not one finite score per test line; nothing is reported")
        tell(f"seed {seed}: {OURS} trained and asked")
    return results


def _baselines(data: Hdfs, length: int, seeds: Sequence[int], truth: Truth) -> list[_Measured]:
    told = ToldLines.of(data, length)
    measured = []
    for name in (*TOLD, SHARE):
        scored, seconds = [], []
        for seed in seeds if name in DRAWN else seeds[:1]:
            started = time.perf_counter()
            scored.append(template_share(data) if name == SHARE else told.scored(name, seed))
            seconds.append(time.perf_counter() - started)
        measured.append(_measured(name, length, seeds if name in DRAWN else (), scored, seconds, truth))
    return measured


def _measured(
    method: str, length: int, seeds: Sequence[int], scored: Sequence[Scored], seconds: Sequence[float], truth: Truth
) -> _Measured:
    f1 = np.array([truth.f1(one) for one in scored])
    precision = np.array([truth.precision(one) for one in scored])
    for one, own_f1, own_precision in zip(scored, f1[:, 0].tolist(), precision[:, 0].tolist(), strict=True):
        truth.check(one, own_f1, own_precision)
    thresholds = tuple(threshold for _, threshold in scored)
    return _Measured(method, length, tuple(seeds), f1, precision, thresholds, float(np.mean(seconds)))


def _row(one: _Measured) -> Row:
    return {
        "set": SET,
        "method": one.method,
        "length": one.length,
        "seeds": list(one.seeds),
        **_figures(one.f1.mean(0), one.precision.mean(0)),
        "f1_by_seed": one.f1[:, 0].tolist(),
        "ap_by_seed": one.precision[:, 0].tolist(),
        "thresholds": list(one.thresholds),
        "seconds": one.seconds,
    }


def _difference(own: _Measured, other: _Measured) -> Row:
    return {
        "set": SET,
        "method": f"{own.method} minus {other.method}",
        "length": own.length,
        "seeds": list(own.seeds),
        **_figures(own.f1.mean(0) - other.f1.mean(0), own.precision.mean(0) - other.precision.mean(0)),
    }


def _figures(f1: NDArray[np.float64], precision: NDArray[np.float64]) -> Row:
    figures: Row = {}
    for name, values in (("f1", f1), ("ap", precision)):
        low, high = interval(values)
        figures |= {name: float(values[0]), f"{name}_low": low, f"{name}_high": high}
    return figures
