"""Features of sensor columns: where a value lies among training's values, and how far it is off the column's own forecast.

A column's *scale* is fitted once, on training data: quantiles as knots, and an autoregressive forecast from the column's own
last values. A measured value becomes soft bins between the knots (its place), its standardised value, soft bins of its
*deviation* from the forecast in training's standard deviations, and of the root mean square deviation over the last steps. The
last says which columns have lately been off, and by how much: most sensor faults look so.

Soft bins give a number as shares of two neighbouring knots, so that near numbers share features.

Sources: soft bins are the piecewise-linear encoding of Gorishniy et al. 2022 (arXiv 2203.05556); the autoregressive part beside
a network, Lai et al. 2018, "Modeling long- and short-term temporal patterns" (LSTNet, arXiv 1703.07015).

Axis letters: N steps, C columns, K knots, L lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Parts = tuple[NDArray[np.int64], Numbers]
"""Rows in which a feature is not zero, and its values in these rows."""
LAGS = 5
KNOTS = 9
RECENT = 15
"""Number of steps that the root mean square deviation covers."""
# Standardised values and deviations are cut to at most this.
_CLIP = 10.0
_RIDGE = 1e-2
_LEAST_SPREAD = 1e-3
# Added before a logarithm, so that a constant column has a finite one.
_LEAST_VARIATION = 0.05
# Knots of the deviation, and of the root mean square deviation over the last steps.
_DEVIATION_KNOTS = np.array([-10.0, -6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0])
_RECENT_KNOTS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0])
Matrix = NDArray[np.float64]


def soft_bins(values: Numbers, knots: Numbers) -> Numbers:
    """Return the shares [N, K] of the two knots that each value lies between; they sum to 1, and are 0 for NaN. A value beyond
    the ends belongs to the end alone."""
    shares = np.zeros((len(values), len(knots)))
    there = np.flatnonzero(np.isfinite(values))
    if len(knots) == 1:
        shares[there, 0] = 1.0
        return shares
    value = np.clip(values[there], knots[0], knots[-1])
    low = np.clip(np.searchsorted(knots, value, "right") - 1, 0, len(knots) - 2)
    share = (value - knots[low]) / (knots[low + 1] - knots[low])
    shares[there, low] = 1.0 - share
    shares[there, low + 1] += share
    return shares


def binned(kind: str, values: Numbers, knots: Numbers) -> list[tuple[str, Numbers]]:
    """Return a feature for every knot, named after its position."""
    return [(f"{kind}:{place}", part) for place, part in enumerate(soft_bins(values, knots).T)]


@dataclass(frozen=True, slots=True)
class Scale:
    """Scale of one column: ``knots`` ascending; ``center`` and ``width`` that standardise it; ``forecast``: a constant and
    the weights of the last L standardised values; ``spread``: standard deviation of the forecast's error in training."""

    name: str
    knots: tuple[float, ...]
    center: float
    width: float
    forecast: tuple[float, ...]
    spread: float


@dataclass(frozen=True, slots=True)
class Measurements:
    """Steps by columns [N, C], NaN where nothing was measured: ``value`` standardised; ``deviation`` from the forecast (from
    step L on) and ``recent`` root mean square deviation, both in standard deviations."""

    value: Matrix
    deviation: Matrix
    recent: Matrix


def fit(names: Sequence[str], tables: Sequence[Matrix]) -> tuple[Scale, ...]:
    """Return the scales of the columns ``names``, fitted on training sequences [N, C]; a column with fewer than two numbers is
    left out."""
    scales = []
    for column, name in enumerate(names):
        values = np.concatenate([table[:, column] for table in tables])
        values = values[np.isfinite(values)]
        if len(values) < 2:
            continue
        knots = np.unique(np.quantile(values, np.linspace(0.0, 1.0, KNOTS)))
        center, width = float(values.mean()), float(values.std())
        width = width if width > 1e-9 * max(1.0, abs(center)) else 1.0
        scales.append(_with_forecast(name, knots, center, width, [table[:, column] for table in tables]))
    return tuple(scales)


def standardised(scales: Sequence[Scale], table: Matrix, most: float = _CLIP) -> Matrix:
    """Return values [N, C] standardised by ``scales``, gaps filled with the last value before them (0 before the first);
    magnitudes above ``most`` are cut to it."""
    return _held(_standardised(scales, table, most))


def measure(scales: Sequence[Scale], table: Matrix) -> Measurements:
    """Return a sequence [N, C] of values as measured by ``scales``."""
    weights = np.array([scale.forecast for scale in scales])
    spread = np.array([scale.spread for scale in scales])
    value = _standardised(scales, table)
    held = _held(value)
    lagged = _lagged(held)
    expected = weights[:, 0] + np.einsum("nlc,cl->nc", lagged, weights[:, 1:])
    deviation = np.clip((value - expected) / spread, -_CLIP, _CLIP)
    # The values before the first steps are not known.
    deviation[:LAGS] = np.nan
    return Measurements(value, deviation, _recent(deviation))


def numbers(scales: Sequence[Scale], table: Matrix, *, of_late: bool = False) -> list[tuple[str, Parts]]:
    """Return the features of a sequence [N, C] by name: the steps where each is not zero, and its values there; ``of_late``:
    also how columns behaved over the last steps, which tells faults apart."""
    measured, features = measure(scales, table), []
    behaviour = _of_late(measured) if of_late else {}
    for column, scale in enumerate(scales):
        there = np.isfinite(table[:, column])
        deviation, recent = measured.deviation[:, column], np.where(there, measured.recent[:, column], np.nan)
        features += binned(f"s:{scale.name}", table[:, column], np.array(scale.knots))
        features += binned(f"d:{scale.name}", deviation, _DEVIATION_KNOTS)
        features += binned(f"r:{scale.name}", recent, _RECENT_KNOTS)
        features.append((f"z:{scale.name}", np.where(there, measured.value[:, column] / 3.0, 0.0)))
        features += [(f"{kind}:{scale.name}", values[:, column]) for kind, values in behaviour.items()]
        features.append((f"gone:{scale.name}", (~there).astype(np.float64)))
    nonzero = [(name, np.flatnonzero(values), values) for name, values in features]
    return [(name, (rows, values[rows])) for name, rows, values in nonzero if len(rows)]


def _of_late(measured: Measurements) -> dict[str, Matrix]:
    """Return how columns behaved over the last ``RECENT`` steps [N, C]: ``a`` average, ``e`` average deviation, and as
    logarithms ``v`` how much they varied and ``c`` how much from step to step."""
    held = _held(measured.value)
    change = np.diff(held, axis=0, prepend=held[:1])
    return {
        "a": trailing_mean(held),
        "e": trailing_mean(np.nan_to_num(measured.deviation)),
        "v": np.log(np.sqrt(np.maximum(trailing_mean(held**2) - trailing_mean(held) ** 2, 0.0)) + _LEAST_VARIATION),
        "c": np.log(np.sqrt(trailing_mean(change**2)) + _LEAST_VARIATION),
    }


def trailing_mean(values: Matrix) -> Matrix:
    """Return the mean over the last ``RECENT`` rows, or over as many rows as there are."""
    count = np.minimum(np.arange(1, len(values) + 1), RECENT)
    return np.asarray(_trailing(values) / count[:, None])


def _with_forecast(name: str, knots: Matrix, center: float, width: float, columns: Sequence[Matrix]) -> Scale:
    rows, targets = [], []
    for column in columns:
        value = np.clip((column - center) / width, -_CLIP, _CLIP)[:, None]
        lagged = _lagged(_held(value))[:, :, 0]
        usable = np.isfinite(value[:, 0]) & (np.arange(len(value)) >= min(LAGS, len(value) - 1))
        rows.append(np.column_stack([np.ones(usable.sum()), lagged[usable]]))
        targets.append(value[usable, 0])
    x, y = np.concatenate(rows), np.concatenate(targets)
    weights = np.linalg.solve(x.T @ x + _RIDGE * max(len(x), 1) * np.eye(x.shape[1]), x.T @ y)
    spread = max(float((y - x @ weights).std()), _LEAST_SPREAD) if len(y) else 1.0
    return Scale(name, tuple(knots.tolist()), center, width, tuple(weights.tolist()), spread)


def _standardised(scales: Sequence[Scale], table: Matrix, most: float = _CLIP) -> Matrix:
    center = np.array([scale.center for scale in scales])
    width = np.array([scale.width for scale in scales])
    return np.asarray(np.clip((table - center) / width, -most, most))


def _held(value: Matrix) -> Matrix:
    """Return values with gaps filled with the last value before them, and with 0 before the first."""
    n = len(value)
    last = np.maximum.accumulate(np.where(np.isfinite(value), np.arange(n)[:, None], -1), axis=0)
    filled = np.take_along_axis(value, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, filled, 0.0)


def _lagged(held: Matrix) -> Matrix:
    """Return the last L values before every step [N, L, C], the nearest first; the first value stands for those before it."""
    padded = np.concatenate([np.repeat(held[:1], LAGS, axis=0), held])
    return np.stack([padded[LAGS - lag : len(padded) - lag] for lag in range(1, LAGS + 1)], axis=1)


def _recent(deviation: Matrix) -> Matrix:
    """Return the root mean square over the last ``RECENT`` steps, the current step included; gaps do not count."""
    there = np.isfinite(deviation)
    square = np.where(there, deviation, 0.0) ** 2
    total, count = _trailing(square), _trailing(there.astype(np.float64))
    return np.sqrt(total / np.maximum(count, 1.0))


def _trailing(values: Matrix) -> Matrix:
    """Return sums over the last ``RECENT`` rows.

    A plain loop over the offsets: differences of running sums would lose digits.
    """
    total = values.copy()
    for offset in range(1, min(RECENT, len(values))):
        total[offset:] += values[:-offset]
    return total
