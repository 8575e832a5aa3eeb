"""Inputs of the benchmark ``attention``: a trained model's own queries, keys and values, and random ones.

Axis letters: H heads, N events, D head dimension.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sample_data.plant import PlantConfig
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.training.generated.corpus import labelled

SEED = 20_000_000


@dataclass(frozen=True, slots=True)
class Input:
    """``attention`` with its input ``q``, ``k``, ``v`` [H, N, D] float32; ``data``: "trained", or "random" (``layer`` -1)."""

    data: str
    layer: int
    attention: AdaptiveSparseAttention
    q: Tensor
    k: Tensor
    v: Tensor


def inputs(model: SparseMixModel, length: int, data: Sequence[str], head_sizes: Sequence[int] = ()) -> list[Input]:
    """Return every layer's own queries, keys and values on a generated log of this length, and random ones for the first
    layer, as it is and with heads of the given sizes."""
    network, result = model.network, []
    if "trained" in data:
        log = labelled(PlantConfig(events=length), SEED + length, model.config.features)
        with torch.no_grad():
            x = network.embed(EventBatch.of([log.hashed]))
            for index, layer in enumerate(network.stack):
                q, k, v = (t[0] for t in layer.attention.project(layer.norm(x)))
                result.append(Input("trained", index, _single(layer.attention), *(t.float().contiguous() for t in (q, k, v))))
                mixed, _ = layer.attention.select(q, k, v, 0)
                x = layer.after_attention(x, layer.attention.out(mixed.transpose(0, 1).flatten(1))[None])
    if "random" in data:
        own = _single(network.stack[0].attention)
        for attention in (own, *(_of_size(own, size) for size in head_sizes if size != own.d_head)):
            generator = torch.Generator().manual_seed(SEED + length)
            shape = (attention.heads, length, attention.d_head)
            q, k, v = (torch.randn(shape, generator=generator) for _ in range(3))
            # Logits spread as much as those of the weights' own size.
            result.append(Input("random", -1, attention, q * (own.d_head / attention.d_head) ** 0.5, k, v))
    return result


def _single(attention: AdaptiveSparseAttention) -> AdaptiveSparseAttention:
    """Return a copy in single precision."""
    return copy.deepcopy(attention).float()


def _of_size(own: AdaptiveSparseAttention, size: int) -> AdaptiveSparseAttention:
    """Return an attention with heads of this size and the distance biases of ``own``."""
    attention = AdaptiveSparseAttention(own.heads * size, own.heads, size)
    attention.least_bias = own.least_bias
    attention.past_raw, attention.future_raw, attention.future_offset = own.past_raw, own.future_raw, own.future_offset
    with torch.no_grad():
        attention.anchor_key.copy_(torch.randn(own.heads, size, generator=torch.Generator().manual_seed(SEED)) / size**0.5)
    return attention
