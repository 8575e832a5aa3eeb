"""The grid of a trace: the precision of stored weights, margins and thresholds, as integers that compress well.

    selected pair   code = 10000 m^2 + 1000 m, m = sqrt(weight) its margin      weight within 1/20000, margin within 1/2000
    anchor          the same code, 0 when the anchor has no weight
    threshold       code = 1024 tau                                             within 1/2048
    near miss       code = -500 (logit / 2 - tau)                               within 1/1000

A selected pair has a code of at least 1, a margin of 0.001, so its stored weight is never 0. Logits follow, logit =
2 (tau + m). Which pairs were selected is not rounded at all.

A run's selections are rounded to the grid when they are built (``quantised``), so that memory and storage hold the same
numbers, and the hash, the pages and the blob agree to the bit. Only additions, multiplications and square roots are used, one
operation at a time: IEEE 754 rounds these the same way on every machine.

Axis letters: N queries, P pairs, M near misses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.trace.head_selection import HeadSelection

_WEIGHT_STEPS, _MARGIN_STEPS = 10_000, 1_000
FULL = _WEIGHT_STEPS + _MARGIN_STEPS
"""Code of weight 1."""
_THRESHOLD_STEPS, _NEAR_STEPS = 1024, 500
# Up to this threshold single precision tells margins of 0.001 apart when they are computed from the logits.
MAX_THRESHOLD = 4096 * _THRESHOLD_STEPS
MAX_NEAR = 4096 * _NEAR_STEPS

_UNIT_BITS = 30
_CODES = np.arange(FULL + 1, dtype=np.float64)
_MARGIN = (np.sqrt(4.0 * _WEIGHT_STEPS * _CODES + _MARGIN_STEPS**2) - _MARGIN_STEPS) / (2 * _WEIGHT_STEPS)
_WEIGHT = (_MARGIN * _MARGIN).astype(np.float32)
# Weights in 2^-30, for sums that do not depend on the order.
_UNITS = np.rint(_MARGIN * _MARGIN * 2**_UNIT_BITS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class GridCodes:
    """Numbers of a head on the grid: ``pair`` int32 [P] in 1..FULL, ``anchor`` int32 [N] in 0..FULL, ``threshold`` int32 [N],
    ``near`` int32 [M] >= 0."""

    pair: NDArray[np.int32]
    anchor: NDArray[np.int32]
    threshold: NDArray[np.int32]
    near: NDArray[np.int32]

    @classmethod
    def nearest(cls, head: HeadSelection) -> GridCodes | None:
        """Return the codes nearest to a head's numbers, None when some lie outside the grid."""
        # Numbers that overflow or have no root fail the check below.
        with np.errstate(over="ignore", invalid="ignore"):
            threshold = np.rint(head.threshold * np.float32(_THRESHOLD_STEPS))
            margin = head.near_logit / np.float32(2) - np.repeat(head.threshold, np.diff(head.near_ptr))
            near = np.rint(margin * np.float32(-_NEAR_STEPS))
            pair, anchor = _weight_codes(head.weight), _weight_codes(head.anchor_weight)
        # Written so that a NaN fails.
        inside = (
            (np.abs(threshold) <= MAX_THRESHOLD).all()
            and (near <= MAX_NEAR).all()
            and (pair <= FULL).all()
            and (anchor <= FULL).all()
        )
        if not inside:
            return None
        return cls(
            np.maximum(pair, 1).astype(np.int32),
            anchor.astype(np.int32),
            threshold.astype(np.int32),
            np.maximum(near, 0).astype(np.int32),
        )

    def weight(self) -> NDArray[np.float32]:
        """Return the weights of the pairs, float32 [P]."""
        return _WEIGHT[self.pair]

    def anchor_weight(self) -> NDArray[np.float32]:
        """Return the weights of the anchor, float32 [N]."""
        return _WEIGHT[self.anchor]

    def thresholds(self) -> NDArray[np.float32]:
        """Return the thresholds tau, float32 [N]."""
        return (self.threshold / _THRESHOLD_STEPS).astype(np.float32)

    def logit(self, query_ptr: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits of the pairs, float32 [P]; ``query_ptr`` [N + 1] as in HeadSelection."""
        double = np.repeat(self.threshold / (_THRESHOLD_STEPS / 2), np.diff(query_ptr))
        return (double + (2.0 * _MARGIN)[self.pair]).astype(np.float32)

    def near_logit(self, near_ptr: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits of the near misses, float32 [M]; ``near_ptr`` [N + 1] as in HeadSelection."""
        double = np.repeat(self.threshold / (_THRESHOLD_STEPS / 2), np.diff(near_ptr))
        return (double - self.near / (_NEAR_STEPS / 2)).astype(np.float32)

    def last_expected(self, query_ptr: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return, for every query that has pairs, the code that its last pair needs for the query's weights to sum to 1, int32
        [queries with pairs]. The codes that ``pair`` holds for the last pairs are not used."""
        filled = np.flatnonzero(np.diff(query_ptr))
        units = _UNITS[self.pair]
        units[query_ptr[1:][filled] - 1] = 0
        # Sums of integers, exact in any order.
        others = np.add.reduceat(units, query_ptr[:-1][filled]) if len(filled) else units
        rest = (1 << _UNIT_BITS) - _UNITS[self.anchor[filled]] - others
        return _weight_codes(np.maximum(rest, 0) / 2**_UNIT_BITS).astype(np.int32)

    def matches(self, head: HeadSelection) -> bool:
        """Return whether the head's numbers equal the numbers of the codes, bit for bit."""
        # Bits, not values: -0.0 would be read back as 0.0.
        return (
            _same_bits(self.weight(), head.weight)
            and _same_bits(self.logit(head.query_ptr), head.logit)
            and _same_bits(self.thresholds(), head.threshold)
            and _same_bits(self.anchor_weight(), head.anchor_weight)
            and _same_bits(self.near_logit(head.near_ptr), head.near_logit)
        )


def quantised(head: HeadSelection) -> HeadSelection:
    """Return the head on the grid, with the same pairs.

    Weights, thresholds and the near misses' margins are rounded; logits follow from them. A head outside the grid (thresholds
    beyond 4096, weights above 1, NaN) is returned unchanged.
    """
    codes = GridCodes.nearest(head)
    if codes is None:
        return head
    return replace(
        head,
        weight=codes.weight(),
        logit=codes.logit(head.query_ptr),
        threshold=codes.thresholds(),
        anchor_weight=codes.anchor_weight(),
        near_logit=codes.near_logit(head.near_ptr),
    )


def _same_bits(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return np.array_equal(one.view(np.uint32), other.view(np.uint32))


def _weight_codes(weight: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the nearest codes of weights, as whole numbers in the weights' precision."""
    kind = weight.dtype.type
    return np.asarray(np.rint(weight * kind(_WEIGHT_STEPS) + np.sqrt(weight) * kind(_MARGIN_STEPS)))
