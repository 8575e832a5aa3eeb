"""Teaching a query what to select: entmax's own loss on its logits.

The loss of logits z against the shares y that a query is to give to its keys has the gradient entmax(z) - y, and unlike that of
a loss on the network's output it also reaches keys that are not selected yet. It is 0 when the weights are the shares.

Source: Blondel, Martins, Niculae 2020, "Learning with Fenchel-Young losses" (arXiv 1901.02324).

Axis letters: B batch, N events, H heads, M model dimension, K keys.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.model.network import Layer

# Beside logits that are finite and of common size, one so low is as good as none.
_NEVER = -1e4


def own_loss(z: Tensor, share: Tensor) -> Tensor:
    """entmax-1.5's Fenchel-Young loss [...] of logits ``z`` [..., K], all finite, against shares [..., K] that sum to 1."""
    return torch.as_tensor(_OwnLoss.apply(z, share))  # type: ignore[no-untyped-call]


class _OwnLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, share: Tensor) -> Tensor:
        p = dense_entmax15(z)
        ctx.save_for_backward(p - share)
        entropy = [4.0 / 3.0 * (part - part * part.sqrt()).sum(-1) for part in (p, share)]
        return ((p - share) * z).sum(-1) + entropy[0] - entropy[1]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (difference,) = ctx.saved_tensors
        return grads[0][..., None] * difference, None


def row_logits(layer: Layer, x: Tensor, query: Tensor, valid: Tensor) -> Tensor:
    """Attention logits [B, H, N + 1] of one query of every sequence to itself and all before it, the anchor last.

    ``x`` [B, N, M]: what the layer is given; ``query`` int64 [B]; ``valid`` bool [B, N]: false for events that are not there,
    and for all after the query.
    """
    attention, normed = layer.attention, layer.norm(x)
    b, n, _ = x.shape
    q = attention.q(normed[torch.arange(b), query]).view(b, attention.heads, -1) * attention.log_scale.exp()[:, None]
    k = attention.k(normed).view(b, n, attention.heads, -1)
    distance = (query[:, None] - torch.arange(n)).clamp_min(0).to(x.dtype)
    z = torch.einsum("bhd,bnhd->bhn", q, k) - attention.past[:, None] * torch.log1p(distance)[:, None]
    z = z.masked_fill(~valid[:, None], _NEVER)
    return torch.cat([z, (q * attention.anchor_key).sum(-1, keepdim=True)], -1)
