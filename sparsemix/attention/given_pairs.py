"""Attention over given pairs: the selection of a run, computed again on other values.

Time and memory grow with the pairs only, not with pairs times batch times head dimension: every row is computed in turn by a
compiled loop (``pair_kernels``). ``reference.attend`` is the same in plain PyTorch, and tests compare the two.

Axis letters: B batch, H heads, R rows (queries), N keys, D head dimension, P pairs of a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsemix.attention import gradient_kernels, pair_kernels
from sparsemix.kernels import parallel


@dataclass(frozen=True, slots=True)
class GivenPairs:
    """Pairs of one head as CSR: the keys of row r are ``key[pointer[r]:pointer[r + 1]]``, int32, places among the N keys;
    ``bias`` float64 [P]: the distance bias of every pair."""

    pointer: NDArray[np.int64]
    key: NDArray[np.int32]
    bias: NDArray[np.float64]


def attend_given(
    q: Tensor, k: Tensor, v: Tensor, anchor_key: Tensor, anchor_value: Tensor, heads: Sequence[GivenPairs]
) -> Tensor:
    """Return mixed values [B, H, R, D] over the given pairs of every head; differentiable with respect to q, k and v.

    ``q`` [B, H, R, D] (scaled); ``k``, ``v`` [B, H, N, D]; ``anchor_key``, ``anchor_value`` [H, D].
    """
    return torch.as_tensor(_Given.apply(q, k, v, anchor_key, anchor_value, heads))  # type: ignore[no-untyped-call]


@torch.no_grad()
def attend_row(
    q: Tensor, k: Tensor, v: Tensor, anchor_key: Tensor, anchor_value: Tensor, pairs: GivenPairs
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mixed values [R, D] and thresholds [R], on the scale of z / 2, of one head of one sequence, without gradient.

    ``q`` [R, D]; ``k``, ``v`` [N, D]; ``anchor_key``, ``anchor_value`` [D].
    """
    arrays = (array_of(part[None]) for part in (q, k, v, q @ anchor_key))
    mixed, _, threshold = _forward(pairs, np.empty((1, 0)), array_of(anchor_value), *arrays)
    return mixed[0], threshold[0]


def _forward(pairs: GivenPairs, weight: Any, anchor_value: Any, q: Any, k: Any, v: Any, anchor: Any) -> tuple[Any, ...]:
    return tuple(pair_kernels.attend_given(q, k, v, anchor, anchor_value, pairs.pointer, pairs.key, pairs.bias, weight))


class _Given(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, anchor_key: Tensor, anchor_value: Tensor, heads: Sequence[GivenPairs]
    ) -> Tensor:
        kept = any(ctx.needs_input_grad[:3])
        anchor = torch.einsum("bhrd,hd->bhr", q, anchor_key)
        weights = [np.empty((len(q), len(pairs.key) if kept else 0), np.float64) for pairs in heads]
        tasks = [
            partial(
                _forward, pairs, weights[h], array_of(anchor_value[h]), *(array_of(part[:, h]) for part in (q, k, v, anchor))
            )
            for h, pairs in enumerate(heads)
        ]
        results = parallel.run(tasks)
        if kept:
            ctx.save_for_backward(q, k, v, anchor_key, anchor_value)
            ctx.heads, ctx.weights, ctx.anchored = heads, weights, [anchored for _, anchored, _ in results]
        return torch.stack([torch.from_numpy(mixed) for mixed, _, _ in results], 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, anchor_key, anchor_value = ctx.saved_tensors
        b, h = q.shape[:2]

        # The kernel also computes the gradient of the distance bias, which nobody uses: any slopes will do.
        slope, rows = np.zeros(max(q.shape[2], k.shape[2]) + 1), np.zeros(q.shape[2])

        def head_of(head: int) -> list[tuple[Any, ...]]:
            pairs, anchor = ctx.heads[head], (array_of(anchor_key[head]), array_of(anchor_value[head]))
            arrays = [array_of(part[:, head]) for part in (q, k, v, grads[0])]
            nothing, found = np.zeros(len(pairs.key)), []
            for *values, grad, weight, anchored in zip(*arrays, ctx.weights[head], ctx.anchored[head], strict=True):
                selected = (pairs.pointer, pairs.key, weight, anchored, grad, nothing, rows)
                found.append(tuple(gradient_kernels.backward(*values, *anchor, slope, *selected)))
            return found

        # A task a head: those of single items are so short that handing them over would take most of the time.
        by_head = parallel.run([partial(head_of, head) for head in range(h)])
        results = [by_head[head][item] for item in range(b) for head in range(h)]
        q_grad, k_grad, v_grad = (
            torch.stack([torch.from_numpy(part[i]) for part in results]).view_as(like) for i, like in enumerate((q, k, v))
        )
        return q_grad, k_grad, v_grad, None, None, None


def array_of(values: Tensor) -> NDArray[Any]:
    """Return the values for a compiled loop."""
    return values.detach().contiguous().numpy()
