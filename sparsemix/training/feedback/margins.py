"""Margins of given pairs in every layer and head, with gradient: how far each is above (below) the threshold.

    m = z_ij / 2 - tau_i        selected: m > 0, weight m^2

The threshold moves with the logits it comes from: d tau_i / d z_ij = g_ij / (2 sum g), g = sqrt(p) (Peters, Niculae, Martins
2019, arXiv 1905.05702). Rows of the queries asked for are computed densely, so this is exact, and independent of any search.

Axis letters: P pairs, L layers, H heads, N events, D head dimension.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.entmax import segment_threshold
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.model.network import Batch, Network


def with_margins(network: Network, batch: Batch, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
    """Run one sequence: ``x`` [1, N, M] after the last layer, and the margins [P, L, H] of the pairs ``query``, ``key`` int64
    [P]."""
    x, found = network.embed(batch), []
    for layer in network.stack:
        q, k, v = layer.attention.project(layer.norm(x))
        found.append(margins(layer.attention, q[0], k[0], query, key))
        mixed = layer.attention.mix(q, k, v, IndexSearch())
        x = layer.after_attention(x, layer.attention.out(mixed.transpose(1, 2).flatten(2)))
    return x, torch.stack(found, 1)


def margins(attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """Margins [P, H] of pairs of one sequence, ``q`` and ``k`` [H, N, D]."""
    h, n, _ = q.shape
    # Several pairs share a query, and its row.
    asked, place = torch.unique(query, return_inverse=True)
    rows = q[:, asked]
    z = rows @ k.transpose(-1, -2)
    offset = torch.arange(n) - asked[:, None]
    log = torch.log1p(offset.abs().to(q.dtype))
    past, future, later = (p[:, None, None] for p in (attention.past, attention.future, attention.future_offset))
    z = z + torch.where(offset <= 0, -past * log, later - future * log)
    anchor = (rows * attention.anchor_key[:, None]).sum(-1)
    tau = _threshold(torch.cat([z, anchor[..., None]], -1))
    return (z[:, place, key] / 2.0 - tau[:, place]).T.reshape(len(query), h)


def _threshold(z: Tensor) -> Tensor:
    """Thresholds [...] of rows of logits ``z`` [..., K], on the scale of z / 2, with gradient."""
    half = z.detach().flatten(0, -2) / 2.0
    top = half.amax(-1, keepdim=True)
    owner = torch.arange(len(half)).repeat_interleave(half.shape[-1])
    tau = segment_threshold((half - top).flatten(), owner, len(half)) + top[:, 0]
    root = (half - tau[:, None]).clamp_min(0.0)
    share = (root / root.sum(-1, keepdim=True)).view(z.shape)
    # Its value is exact; the sum only brings in the gradient, for it is 0.
    return tau.view(z.shape[:-1]) + (share * (z - z.detach()) / 2.0).sum(-1)
