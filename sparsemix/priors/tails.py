"""Tail: how rare a value is among values of what is normal, as -log of the share of normal values that reach it.

On this scale statistics of different kinds are comparable, such as a surprise and a count. Probabilities that are small for
different reasons are combined by their weighted harmonic mean, which holds for dependent statistics, too; the weights say how
likely a fault shows itself in each of them (Good 1958, "Significance tests in parallel and in series"; Wilson 2019, "The
harmonic mean p-value for combining dependent tests").

Values that no normal one reaches are as rare as the number of normal values can say, and beyond that only by a logarithm: their
order stays, but how far out they are says little.

Axis letters: K knots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import WeightsError

_MOST_KNOTS = 257
# Share of the normal values that says how far apart the highest ones lie.
_HIGHEST = 0.1
_LEAST_EXCESS = 1e-6
_FEW = 1000

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NormalTail:
    """``knot`` float64 [K], ascending values; ``depth`` float64 [K], ascending: -log of the share of normal values from each
    knot on; ``excess``: mean distance of the highest normal values from where they begin. Raises `WeightsError` when
    damaged."""

    knot: Values
    depth: Values
    excess: float

    def __post_init__(self) -> None:
        columns = (self.knot, self.depth)
        if self.knot.shape != self.depth.shape or self.knot.ndim != 1 or not len(self.knot) or not self.excess > 0:
            raise WeightsError("the tail of a statistic is damaged")
        if not all(np.isfinite(column).all() for column in columns) or not np.isfinite(self.excess):
            raise WeightsError("the tail of a statistic holds values that are not finite")
        if (np.diff(self.knot) <= 0).any() or (np.diff(self.depth) < 0).any() or self.depth[0] < 0:
            raise WeightsError("the tail of a statistic is not in order")

    def of(self, values: Values) -> Values:
        """Return the depth of ``values``: linear between the knots, and a logarithm beyond them."""
        beyond = np.maximum(values - self.knot[-1], 0.0) / self.excess
        return np.asarray(np.interp(values, self.knot, self.depth) + np.log1p(beyond))


@dataclass(frozen=True, slots=True)
class Novelty:
    """What the terms of novelty say of a sequence: of its events ``own`` [N], which the surprise is added to, and how far
    events of unseen kinds lie ``above`` others [N]; of the ``whole``, which the highest event is added to."""

    own: Values
    above: Values
    whole: float


def fit(values: Values) -> NormalTail:
    """Fit the tail on ``values`` [N] of what is normal; without any, nothing is known to be rare."""
    if not len(values):
        return NormalTail(np.zeros(1), np.zeros(1), 1.0)
    ordered = np.sort(values)
    knot, first = np.unique(ordered, return_index=True)
    depth = -np.log((len(ordered) - first + 1) / (len(ordered) + 1))
    alike = len(ordered) <= _FEW and len(ordered) - first[-1] > 1
    if len(knot) > _MOST_KNOTS:
        # Equal steps of depth: the rarest values are told apart best.
        wanted = np.linspace(depth[0], depth[-1], _MOST_KNOTS)
        kept = np.unique(np.append(np.searchsorted(depth, wanted), len(knot) - 1).clip(max=len(knot) - 1))
        knot, depth = knot[kept], depth[kept]
    start = ordered[len(ordered) - max(1, round(_HIGHEST * len(ordered)))]
    excess = float((ordered[ordered >= start] - start).mean())
    excess = excess if excess > _LEAST_EXCESS else 1.0
    if alike:
        # Where several are the highest, they say nothing of how rare it is to lie beyond: no normal value does. Many values
        # are often of a longer time, in which something new is nothing rare.
        knot, depth = np.append(knot, knot[-1] + excess), np.append(depth, np.log(len(ordered) + 1))
    return NormalTail(knot, depth, excess)


def combined(depths: Values, weights: Values) -> Values:
    """Return -log of the weighted harmonic mean of probabilities, given as ``depths`` [T, ...]; ``weights`` [T], the whole
    being 1: of some of the statistics, the part that they add."""
    with np.errstate(divide="ignore"):
        terms = np.log(weights).reshape(-1, *(1,) * (depths.ndim - 1)) + depths
    return np.asarray(np.logaddexp.reduce(terms, axis=0))


def pack(tail: NormalTail) -> Values:
    """Return the tail as one array for safetensors, [2, K + 1]."""
    return np.stack([np.append(tail.knot, tail.excess), np.append(tail.depth, 0.0)])


def unpack(packed: Values) -> NormalTail:
    """Read what ``pack`` returned. Raises `WeightsError` for anything else."""
    if packed.ndim != 2 or packed.shape[0] != 2 or packed.shape[1] < 2:
        raise WeightsError("the tail of a statistic is damaged")
    return NormalTail(packed[0, :-1].astype(np.float64), packed[1, :-1].astype(np.float64), float(packed[0, -1]))


def check_weights(weights: Values, count: int) -> None:
    """Raise `WeightsError` unless there are ``count`` weights, the first above 0, none below, and the whole is 1."""
    fit_together = weights.shape == (count,) and bool(np.isfinite(weights).all())
    if not fit_together or weights[0] <= 0 or (weights < 0).any() or abs(weights.sum() - 1.0) > 1e-6:
        raise WeightsError("the weights of the terms of novelty are damaged")
