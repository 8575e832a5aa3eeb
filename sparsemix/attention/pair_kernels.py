"""Compiled loops over candidate pairs: entmax-1.5 weights, mixed values and near misses.

They compute in the precision of their arguments (float32 or float64). ``sparsemix.attention.entmax`` states the mathematics
and is the reference in PyTorch; like ``index_kernels``, every function here releases the GIL and runs in ordinary threads.

Axis letters: N events, D head dimension, P pairs, M near misses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import SUMS, compiled
from sparsemix.kernels.simd_all import thresholds
from sparsemix.kernels.vectors import WIDTH

Real = NDArray[Any]
Long = NDArray[np.int64]
Int = NDArray[np.int32]


@compiled(SUMS)
def dot(a: Real, b: Real) -> Any:
    """Return the product of two vectors."""
    total = a[0] * b[0]
    for d in range(1, a.shape[0]):
        total += a[d] * b[d]
    return total


@compiled()
def _thresholds(half: Real, count: int, tau: Real) -> None:
    """Call the loop where its sums keep their order: what is allowed to a function holds for its intrinsics too."""
    thresholds(half, count, tau)


@compiled()
def _emptied(half: Real, pointer: Long, begin: int) -> Any:
    """Return ``half``, or a larger one, as columns without values for the rows from ``begin`` on, and how long they get."""
    longest = 0
    for r in range(begin, min(begin + WIDTH, pointer.shape[0] - 1)):
        longest = max(longest, pointer[r + 1] - pointer[r] + 1)
    if longest > half.shape[0]:
        half = np.empty((2 * longest, WIDTH), np.float64)
    half[:longest] = -np.inf
    half[0] = 0.0
    return half, longest


@compiled(SUMS)
def _fill(half: Real, lane: int, logit: Real, anchor: Any) -> Any:
    """Write one row's logits, the anchor's last, as a column of z / 2, shifted so that its largest value is 0; return max z."""
    top = anchor
    for c in range(logit.shape[0]):
        top = max(top, logit[c])
    for c in range(logit.shape[0]):
        half[c, lane] = (logit[c] - top) / 2
    half[logit.shape[0], lane] = (anchor - top) / 2
    return top


@compiled(SUMS)
def attend(
    start: int,
    q: Real,
    k: Real,
    v: Real,
    anchor: Real,
    anchor_value: Real,
    valid: NDArray[np.bool_],
    bias: Real,
    pointer: Long,
    key: Int,
    near_misses: int,
    near_window: float,
    given: Real,
) -> tuple[Any, ...]:
    """Compute the attention of the queries from ``start`` on over their candidates.

    ``q``, ``k``, ``v`` [N, D]; ``anchor`` [N] logits; ``anchor_value`` [D]; ``valid`` [N]: queries outside it get zeros;
    ``bias`` [2 N] by offset j - i + N; the candidates of query start + r are ``key[pointer[r]:pointer[r + 1]]``, none outside
    ``valid``; ``given`` [P]: the bias of every candidate, instead of ``bias``; [0] for none. Returns, for these queries: mixed
    values [n, D], threshold [n] (on the scale of z / 2), anchor weight [n]; the selected pairs as CSR: pointer [n + 1], key
    [P], weight [P], logit [P]; near misses as CSR: pointer [n + 1], key [M], logit [M]: at most ``near_misses`` a query, best
    first (ties: the earlier key), with a margin above -``near_window``.
    """
    rows = pointer.shape[0] - 1
    n, d_head = q.shape
    half = np.empty((WIDTH, WIDTH), np.float64)
    tops, tau = np.empty(WIDTH, q.dtype), np.empty(WIDTH, np.float64)
    mixed = np.zeros((rows, d_head), q.dtype)
    threshold = np.zeros(rows, q.dtype)
    anchor_weight = np.zeros(rows, q.dtype)
    chosen_pointer = np.zeros(rows + 1, np.int64)
    chosen_key = np.empty(key.shape[0], np.int32)
    chosen_weight = np.empty(key.shape[0], q.dtype)
    # Of the candidates first, then of those among them that are chosen, further in front.
    logit = np.empty(key.shape[0], q.dtype)
    near_pointer = np.zeros(rows + 1, np.int64)
    room = key.shape[0] if near_misses > 0 else 0
    near_key = np.empty(room, np.int32)
    near_logit = np.empty(room, q.dtype)
    chosen, near = 0, 0
    for r in range(rows):
        lane = r % WIDTH
        if lane == 0:
            half, longest = _emptied(half, pointer, r)
            for s in range(r, min(r + WIDTH, rows)):
                i = start + s
                for c in range(pointer[s], pointer[s + 1]):
                    logit[c] = dot(q[i], k[key[c]]) + (given[c] if len(given) else bias[key[c] - i + n])
                tops[s - r] = _fill(half, s - r, logit[pointer[s] : pointer[s + 1]], anchor[i])
            _thresholds(half, longest, tau)
        i = start + r
        first, count = pointer[r], pointer[r + 1] - pointer[r]
        threshold[r] = tau[lane] + tops[lane] / 2
        if valid[i]:
            root = max(half[count, lane] - tau[lane], 0 * tau[lane])
            anchor_weight[r] = root * root
            for d in range(d_head):
                mixed[r, d] = anchor_weight[r] * anchor_value[d]
        begin = near
        for c in range(count):
            j = key[first + c]
            margin = half[c, lane] - tau[lane]
            if margin > 0:
                weight = margin * margin
                for d in range(d_head):
                    mixed[r, d] += weight * v[j, d]
                chosen_key[chosen] = j
                chosen_weight[chosen] = weight
                logit[chosen] = logit[first + c]
                chosen += 1
            elif near_misses > 0 and margin > -near_window:
                place = near
                if near - begin == near_misses:
                    if logit[first + c] <= near_logit[near - 1]:
                        continue
                    place -= 1
                else:
                    near += 1
                while place > begin and near_logit[place - 1] < logit[first + c]:
                    near_key[place] = near_key[place - 1]
                    near_logit[place] = near_logit[place - 1]
                    place -= 1
                near_key[place] = j
                near_logit[place] = logit[first + c]
        chosen_pointer[r + 1] = chosen
        near_pointer[r + 1] = near
    return (
        mixed,
        threshold,
        anchor_weight,
        chosen_pointer,
        chosen_key[:chosen].copy(),
        chosen_weight[:chosen].copy(),
        logit[:chosen].copy(),
        near_pointer,
        near_key[:near].copy(),
        near_logit[:near].copy(),
    )


@compiled()
def given_bias(
    log: NDArray[np.float64],
    past: float,
    future: float,
    future_offset: float,
    offset: Int,
    gate: Real,
    shared: NDArray[np.uint8],
) -> Any:
    """Return the distance bias (``DistanceBias``) of pairs [P] by their ``offset``, key minus query, and the ``gate`` of what
    they share; ``log``: log(1 + distance) for all distances."""
    bias = np.empty(offset.shape[0], np.float64)
    for p in range(offset.shape[0]):
        away = -past * log[-offset[p]] if offset[p] <= 0 else future_offset - future * log[offset[p]]
        bias[p] = away + gate[shared[p]]
    return bias


@compiled(SUMS)
def attend_given(
    q: Real,
    k: Real,
    v: Real,
    anchor: Real,
    anchor_value: Real,
    pointer: Long,
    key: Int,
    bias: Real,
    weight: Real,
) -> tuple[Any, ...]:
    """Compute the attention of one head over given pairs, the same for all B sequences; nothing else is a candidate.

    ``q`` [B, R, D]; ``k``, ``v`` [B, N, D]; ``anchor`` [B, R] logits; ``anchor_value`` [D]; the keys of row r are
    ``key[pointer[r]:pointer[r + 1]]`` with distance ``bias``. Writes the pairs' weights into ``weight`` [B, P], unless it is
    [B, 0]. Returns mixed values [B, R, D], anchor weight [B, R], and threshold [B, R] (on the scale of z / 2); NaN for rows
    whose logits are not finite.
    """
    batch, rows, d_head = q.shape
    half, logit = np.empty((WIDTH, WIDTH), np.float64), np.empty(key.shape[0], q.dtype)
    tops, tau = np.empty(WIDTH, q.dtype), np.empty(WIDTH, np.float64)
    mixed = np.empty((batch, rows, d_head), q.dtype)
    anchor_weight = np.empty((batch, rows), q.dtype)
    threshold = np.empty((batch, rows), q.dtype)
    kept = weight.shape[1] > 0
    for b in range(batch):
        for r in range(rows):
            lane = r % WIDTH
            if lane == 0:
                half, longest = _emptied(half, pointer, r)
                for s in range(r, min(r + WIDTH, rows)):
                    total = anchor[b, s]
                    for c in range(pointer[s], pointer[s + 1]):
                        logit[c] = dot(q[b, s], k[b, key[c]]) + bias[c]
                        total += logit[c]
                    if np.isfinite(total):
                        tops[s - r] = _fill(half, s - r, logit[pointer[s] : pointer[s + 1]], anchor[b, s])
                    else:
                        tops[s - r] = np.nan
                _thresholds(half, longest, tau)
            first, count = pointer[r], pointer[r + 1] - pointer[r]
            if np.isnan(tops[lane]):
                mixed[b, r] = np.nan
                anchor_weight[b, r] = np.nan
                threshold[b, r] = np.nan
                continue
            threshold[b, r] = tau[lane] + tops[lane] / 2
            root = max(half[count, lane] - tau[lane], 0 * tau[lane])
            anchor_weight[b, r] = root * root
            for d in range(d_head):
                mixed[b, r, d] = anchor_weight[b, r] * anchor_value[d]
            for c in range(count):
                root = max(half[c, lane] - tau[lane], 0 * tau[lane])
                if kept:
                    weight[b, first + c] = root * root
                if root > 0:
                    for d in range(d_head):
                        mixed[b, r, d] += root * root * v[b, key[first + c], d]
    return mixed, anchor_weight, threshold
