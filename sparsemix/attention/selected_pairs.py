"""Bridge between tensors and the compiled attention over selected pairs, for autograd and for the trace.

Axis letters: B batch, H heads, N events, D head dimension, P selected pairs, R rows = B * H.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsemix.attention import gradient_kernels
from sparsemix.attention._index.index_search import HeadInput, IndexSearch
from sparsemix.attention.given_pairs import array_of
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.pairs import HeadParameters
from sparsemix.kernels import parallel


def selected_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    parameters: HeadParameters,
    search: IndexSearch,
    valid: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Compute the differentiable attention over the pairs that the search selects.

    ``q``, ``k``, ``v`` [B, H, N, D]; ``valid`` bool [B, N] or None. Returns mixed values [B, H, N, D], the weights of the
    selected pairs [P], the anchor's [B, H, N], the pairs' heads [P], and the certified share [H] (these two without gradient).
    """
    selections: list[HeadPairs] = []
    mixed, weight, anchored = _Selected.apply(q, k, v, *parameters, search, valid, selections)  # type: ignore[no-untyped-call]
    heads = q.shape[1]
    counts = torch.tensor([len(pairs.key) for pairs in selections])
    head = (torch.arange(len(selections)) % heads).repeat_interleave(counts)
    valid_events = np.ones((len(q), q.shape[2]), np.bool_) if valid is None else valid.numpy()
    certified = torch.tensor(
        [int((pairs.certified & valid_events[r // heads]).sum()) for r, pairs in enumerate(selections)], dtype=q.dtype
    )
    return mixed, weight, anchored, head, certified.view(-1, heads).sum(0) / max(int(valid_events.sum()), 1)


class _Selected(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, Tensor, Tensor]:
        *parameters, search, valid, pairs = rest
        found, selections = search.run(inputs_of_heads(q, k, v, HeadParameters(*parameters), valid))
        pairs.extend(selections)
        ctx.save_for_backward(q, k, v, *parameters)
        ctx.valid, ctx.pairs = valid, pairs
        mixed = torch.from_numpy(found).view_as(q)
        weight = torch.from_numpy(np.concatenate([selection.weight for selection in pairs]))
        anchored = torch.from_numpy(np.stack([selection.anchor_weight for selection in pairs])).view(q.shape[:3])
        return mixed, weight, anchored

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        mixed_grad, weight_grad, anchored_grad = map(array_of, grads)
        b, h, n, d = mixed_grad.shape
        q, k, v, *parameters = ctx.saved_tensors
        rows = inputs_of_heads(q, k, v, HeadParameters(*parameters), ctx.valid)
        ends = np.cumsum([len(selection.key) for selection in ctx.pairs])
        slope = np.log1p(np.arange(n, dtype=np.float64)).astype(mixed_grad.dtype)
        tasks = []
        for r, (row, pairs) in enumerate(zip(rows, ctx.pairs, strict=True)):
            arrays = (row.q, row.k, row.v, row.anchor_key, row.anchor_value, slope)
            selection = (pairs.pointer, pairs.key, pairs.weight, pairs.anchor_weight)
            of_weights = weight_grad[ends[r] - len(pairs.key) : ends[r]]
            given = (mixed_grad[r // h, r % h], of_weights, anchored_grad[r // h, r % h])
            tasks.append(partial(gradient_kernels.backward, *arrays, *selection, *given))
        gradients = parallel.run(tasks)
        dq, dk, dv = (torch.from_numpy(np.stack([part[i] for part in gradients])).view(b, h, n, d) for i in range(3))
        anchor_key, anchor_value, bias = (_over_batch([part[i] for part in gradients], h) for i in (3, 4, 5))
        return dq, dk, dv, bias[:, 0], bias[:, 1], bias[:, 2], anchor_key, anchor_value, None, None, None


def _over_batch(parts: list[NDArray[Any]], heads: int) -> Tensor:
    """Sum over the sequences of a batch: parts of R = B * H rows -> [H, ...]."""
    stacked = np.stack(parts)
    return torch.from_numpy(stacked.reshape(-1, heads, *stacked.shape[1:]).sum(0))


def inputs_of_heads(
    q: Tensor, k: Tensor, v: Tensor, parameters: HeadParameters, valid: Tensor | None = None
) -> list[HeadInput]:
    """Return the inputs of a search [R] for the pairs of ``q``, ``k``, ``v`` [B, H, N, D] among ``valid`` events [B, N]."""
    b, h, n, _ = q.shape
    queries, keys, values = map(array_of, (q, k, v))
    anchor_key, anchor_value = array_of(parameters.anchor_key), array_of(parameters.anchor_value)
    valid_events = np.ones((b, n), np.bool_) if valid is None else valid.numpy()
    biases = parameters.biases
    return [
        HeadInput(
            queries[item, head],
            keys[item, head],
            values[item, head],
            anchor_key[head],
            anchor_value[head],
            biases[head],
            valid_events[item],
        )
        for item in range(b)
        for head in range(h)
    ]
