"""The grid of a trace: the precision of stored weights, margins and thresholds, as integers that compress well.

    selected pair   code = 10000 m^2 + 1000 m, m = sqrt(weight) its margin      weight within 1/20000, margin within 1/2000
    anchor          the same code, 0 when the anchor has no weight
    threshold       code = 1024 tau                                             within 1/2048
    near miss       code = -500 (logit / 2 - tau)                               within 1/1000

A selected pair has a code of at least 1, a margin of 0.001, so its stored weight is never 0. Logits follow, logit =
2 (tau + m). Which pairs were selected is not rounded at all.

A run's selections are rounded to the grid when they are built (``on_grid``), so that memory and storage hold the same
numbers, and the hash, the pages and the blob agree to the bit. Only additions, multiplications and square roots are used, one
operation at a time: IEEE 754 rounds these the same way on every machine.

Axis letters: N queries, P pairs, M near misses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled
from sparsemix.trace.head_selection import HeadSelection

Numbers = dict[str, NDArray[np.float32]]
"""Columns ``weight``, ``logit``, ``threshold``, ``anchor_weight`` and ``near_logit`` of a HeadSelection."""

_WEIGHT_STEPS, _MARGIN_STEPS = 10_000, 1_000
FULL = _WEIGHT_STEPS + _MARGIN_STEPS
"""Code of weight 1."""
_THRESHOLD_STEPS, _NEAR_STEPS = 1024, 500
# Up to this threshold single precision tells margins of 0.001 apart when they are computed from the logits.
MAX_THRESHOLD = 4096 * _THRESHOLD_STEPS
MAX_NEAR = 4096 * _NEAR_STEPS

_NAMES = ("weight", "anchor_weight", "threshold", "near_logit")
_UNIT_BITS = 30
_CODES = np.arange(FULL + 1, dtype=np.float64)
_MARGIN = (np.sqrt(4.0 * _WEIGHT_STEPS * _CODES + _MARGIN_STEPS**2) - _MARGIN_STEPS) / (2 * _WEIGHT_STEPS)
_DOUBLE_MARGIN = 2.0 * _MARGIN
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
    def nearest(cls, numbers: Numbers, near_ptr: NDArray[np.int64]) -> GridCodes | None:
        """Return the codes nearest to a head's numbers, None when some lie outside the grid."""
        with _outside_is_no_error():
            inside, *codes = _nearest(*(numbers[name] for name in _NAMES), near_ptr)
        return cls(*codes) if inside else None

    def numbers(self, query_ptr: NDArray[np.int64], near_ptr: NDArray[np.int64]) -> Numbers:
        """Return the numbers that the codes stand for; pointers [N + 1] as in HeadSelection."""
        columns = _numbers(self.pair, self.anchor, self.threshold, self.near, query_ptr, near_ptr)
        return dict(zip((*_NAMES, "logit"), columns, strict=True))

    def last_expected(self, query_ptr: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return, for every query that has pairs, the code that its last pair needs for the query's weights to sum to 1, int32
        [queries with pairs]. The codes that ``pair`` holds for the last pairs are not used."""
        filled = np.flatnonzero(np.diff(query_ptr))
        units = _UNITS[self.pair]
        units[query_ptr[1:][filled] - 1] = 0
        # Sums of integers, exact in any order.
        others = np.add.reduceat(units, query_ptr[:-1][filled]) if len(filled) else units
        rest = (1 << _UNIT_BITS) - _UNITS[self.anchor[filled]] - others
        return np.asarray(_weight_codes(np.maximum(rest, 0) / 2**_UNIT_BITS, np.float64).astype(np.int32))

    def matches(self, head: HeadSelection) -> bool:
        """Return whether the head's numbers equal the numbers of the codes, bit for bit."""
        numbers = self.numbers(head.query_ptr, head.near_ptr)
        # Bits, not values: -0.0 would be read back as 0.0.
        return all(
            np.array_equal(values.view(np.uint32), getattr(head, name).view(np.uint32)) for name, values in numbers.items()
        )


def numbers_of(head: Any) -> dict[str, NDArray[Any]]:
    """Return the numbers of a head: a HeadSelection, or what becomes one."""
    return {name: getattr(head, name) for name in (*_NAMES, "logit")}


def on_grid(numbers: Numbers, query_ptr: NDArray[np.int64], near_ptr: NDArray[np.int64]) -> Numbers:
    """Return a head's numbers on the grid.

    Weights, thresholds and the near misses' margins are rounded; logits follow from them. Those of a head outside the grid
    (thresholds beyond 4096, weights above 1, NaN) are returned unchanged.
    """
    with _outside_is_no_error():
        inside, *columns = _rounded(*(numbers[name] for name in _NAMES), query_ptr, near_ptr)
    return dict(zip((*_NAMES, "logit"), columns, strict=True)) if inside else numbers


def _outside_is_no_error() -> np.errstate:
    """Numbers that overflow or have no root lie outside the grid."""
    return np.errstate(over="ignore", invalid="ignore")


# Compiled, these cost a fraction of as many calls of numpy on a short sequence; what Numba is not there for, numpy computes.
@compiled()
def _nearest(weight: Any, anchor_weight: Any, threshold: Any, near_logit: Any, near_ptr: Any) -> tuple[Any, ...]:
    steps = np.rint(threshold * np.float32(_THRESHOLD_STEPS))
    margin = near_logit / np.float32(2) - np.repeat(threshold, np.diff(near_ptr))
    near = np.rint(margin * np.float32(-_NEAR_STEPS))
    pair, anchor = _weight_codes(weight, np.float32), _weight_codes(anchor_weight, np.float32)
    # Written so that a NaN fails.
    inside = (
        (np.abs(steps) <= MAX_THRESHOLD).all() and (near <= MAX_NEAR).all() and (pair <= FULL).all() and (anchor <= FULL).all()
    )
    codes = np.maximum(pair, np.float32(1)), anchor, steps, np.maximum(near, np.float32(0))
    return inside, codes[0].astype(np.int32), codes[1].astype(np.int32), codes[2].astype(np.int32), codes[3].astype(np.int32)


@compiled()
def _numbers(pair: Any, anchor: Any, threshold: Any, near: Any, query_ptr: Any, near_ptr: Any) -> tuple[Any, ...]:
    double = threshold / (_THRESHOLD_STEPS / 2)
    logit = np.repeat(double, np.diff(query_ptr)) + _DOUBLE_MARGIN[pair]
    near_logit = np.repeat(double, np.diff(near_ptr)) - near / (_NEAR_STEPS / 2)
    single = (threshold / _THRESHOLD_STEPS).astype(np.float32)
    return _WEIGHT[pair], _WEIGHT[anchor], single, near_logit.astype(np.float32), logit.astype(np.float32)


@compiled()
def _rounded(
    weight: Any, anchor_weight: Any, threshold: Any, near_logit: Any, query_ptr: Any, near_ptr: Any
) -> tuple[Any, ...]:
    inside, pair, anchor, steps, near = _nearest(weight, anchor_weight, threshold, near_logit, near_ptr)
    if not inside:
        pair[:], anchor[:] = 0, 0
    return inside, *_numbers(pair, anchor, steps, near, query_ptr, near_ptr)


@compiled()
def _weight_codes(weight: Any, kind: Any) -> Any:
    """Return the nearest codes of weights, as whole numbers in the weights' precision ``kind``."""
    return np.rint(weight * kind(_WEIGHT_STEPS) + np.sqrt(weight) * kind(_MARGIN_STEPS))
