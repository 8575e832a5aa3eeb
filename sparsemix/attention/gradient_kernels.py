"""The compiled loop of the backward pass over selected pairs, in the precision of its arguments; ``pair_kernels`` is the pass
forward.

Axis letters: N events, D head dimension, P pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.attention.pair_kernels import dot
from sparsemix.kernels.compiled import SUMS, compiled

Real = NDArray[Any]
Long = NDArray[np.int64]
Int = NDArray[np.int32]


@compiled(SUMS)
def backward(
    q: Real,
    k: Real,
    v: Real,
    anchor_key: Real,
    anchor_value: Real,
    slope: Real,
    pointer: Long,
    key: Int,
    weight: Real,
    anchor_weight: Real,
    mixed_grad: Real,
    weight_grad: Real,
    anchor_grad: Real,
) -> tuple[Any, ...]:
    """Compute the gradients of one head over one sequence; only selected pairs take part. There may be fewer queries than keys.

        dL/dz = g * dL/dp - g * (sum g * dL/dp) / (sum g),   g = sqrt(p)

    ``slope`` [N]: log(1 + distance); the selection as ``attend`` returned it; the gradients of mixed values [N, D], weights
    [P] and anchor weights [N]. Returns those of q, k, v [N, D], anchor key and value [D], of past, future, future_offset [3],
    and of the pairs' logits [P].
    """
    n, d_head = q.shape
    q_grad, k_grad, v_grad = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    anchor_key_grad, anchor_value_grad = np.zeros_like(anchor_key), np.zeros_like(anchor_value)
    bias_grad = np.zeros(3, q.dtype)
    logit_grad = np.zeros(key.shape[0], q.dtype)
    longest = 0
    for i in range(n):
        longest = max(longest, pointer[i + 1] - pointer[i])
    direct = np.empty(longest, q.dtype)
    for i in range(n):
        first, count = pointer[i], pointer[i + 1] - pointer[i]
        given = mixed_grad[i]
        anchor_root = np.sqrt(anchor_weight[i])
        anchor_direct = dot(given, anchor_value) + anchor_grad[i]
        total, roots = anchor_root * anchor_direct, anchor_root
        for c in range(count):
            p = first + c
            root = np.sqrt(weight[p])
            direct[c] = dot(given, v[key[p]]) + weight_grad[p]
            total += root * direct[c]
            roots += root
        if roots == 0:
            continue
        mean = total / roots
        z_grad = anchor_root * (anchor_direct - mean)
        for d in range(d_head):
            anchor_value_grad[d] += anchor_weight[i] * given[d]
            anchor_key_grad[d] += z_grad * q[i, d]
            q_grad[i, d] = z_grad * anchor_key[d]
        for c in range(count):
            p = first + c
            j = key[p]
            z_grad = np.sqrt(weight[p]) * (direct[c] - mean)
            logit_grad[p] = z_grad
            for d in range(d_head):
                v_grad[j, d] += weight[p] * given[d]
                q_grad[i, d] += z_grad * k[j, d]
                k_grad[j, d] += z_grad * q[i, d]
            if j <= i:
                bias_grad[0] -= z_grad * slope[i - j]
            else:
                bias_grad[1] -= z_grad * slope[j - i]
                bias_grad[2] += z_grad
    return q_grad, k_grad, v_grad, anchor_key_grad, anchor_value_grad, bias_grad, logit_grad
