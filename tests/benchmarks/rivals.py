"""Rivals of the selection: attention over all pairs, and attention over fewer pairs that are chosen in other ways.

Axis letters: H heads, N events, D head dimension.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention

_BLOCK = 256
_GLOBAL = 64
# Bytes of the logits that top-k computes at a time.
_ROWS_BYTES = 64 * 2**20


class Rival(ABC):
    """Another attention. ``longest`` is the length up to which it runs in each pass: longer inputs take hours, or more memory
    than there is."""

    longest: Mapping[str, int]
    dtype = torch.float32

    def units(self) -> str | None:
        """Return what this machine computes the rival with; None where that would not be fair to it."""
        return "float32"

    def fits(self, length: int, name: str) -> bool:
        """Return whether the rival runs at this length in the pass ``name``."""
        return length <= self.longest[name]

    @abstractmethod
    def attend(self, attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, v: Tensor, budget: int) -> Tensor:
        """Attend: ``q``, ``k``, ``v`` [H, N, D] -> [H, N, D]; ``budget``: keys per query, for rivals that choose keys."""

    def covers(self, selected: Sequence[HeadPairs], budget: int) -> float | None:
        """Return which share of the selection's weight lies on pairs that the rival looks at; None: all of it."""
        return None


class Dense(Rival):
    """torch's scaled_dot_product_attention."""

    longest = MappingProxyType({"forward": 65536, "train": 16384})

    def attend(self, attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, v: Tensor, budget: int) -> Tensor:
        return F.scaled_dot_product_attention(q[None], k[None], v[None], scale=1.0)[0]


class DenseBf16(Dense):
    """The same in bfloat16, on inputs that have this precision already; only where the processor has instructions for it."""

    dtype = torch.bfloat16

    def units(self) -> str | None:
        has = torch.cpu.get_capabilities()
        return next((name for name in ("amx_bf16", "avx512_bf16", "bf16") if has.get(name)), None)


class DenseEntmax(Rival):
    """All logits in memory, entmax by sorting: the same result as the sparse attention."""

    longest = MappingProxyType({"forward": 4096, "train": 1024})

    def attend(self, attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, v: Tensor, budget: int) -> Tensor:
        p = dense_entmax15(attention.dense_logits(q[None], k[None]))[0]
        return p[..., :-1] @ v + p[..., -1:] * attention.anchor_value[:, None]


class Window(Rival):
    """A sliding window with global tokens, the pattern of Longformer (Beltagy et al. 2020) and BigBird (Zaheer et al. 2020):
    every query sees its block of 256, the one before and the one after, and the first 64 events."""

    longest = MappingProxyType({"forward": 2**20, "train": 2**20})

    def attend(self, attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, v: Tensor, budget: int) -> Tensor:
        h, n, d = q.shape
        blocks = -(-n // _BLOCK)
        whole = F.pad(q, (0, 0, 0, blocks * _BLOCK - n)).view(h, blocks, _BLOCK, d)

        def around(t: Tensor) -> Tensor:
            padded = F.pad(t, (0, 0, _BLOCK, (blocks + 1) * _BLOCK - n))
            near = padded.unfold(1, 3 * _BLOCK, _BLOCK).transpose(-1, -2)
            return torch.cat([t[:, None, :_GLOBAL].expand(-1, blocks, -1, -1), near], 2)

        place = torch.arange(blocks)[:, None] * _BLOCK + torch.arange(-_BLOCK, 2 * _BLOCK)
        there = (place >= 0) & (place < n)
        ahead = torch.ones(blocks, min(_GLOBAL, n), dtype=torch.bool)
        mask = torch.cat([ahead, there], 1)[None, :, None]
        return F.scaled_dot_product_attention(whole, around(k), around(v), attn_mask=mask, scale=1.0).view(h, -1, d)[:, :n]

    def covers(self, selected: Sequence[HeadPairs], budget: int) -> float | None:
        inside = total = 0.0
        for pairs in selected:
            block = np.abs(pairs.key // _BLOCK - pairs.query // _BLOCK)
            inside += float(pairs.weight[(block <= 1) | (pairs.key < _GLOBAL)].sum())
            total += float(pairs.weight.sum())
        return inside / total if total else 1.0


class TopK(Rival):
    """Softmax over each query's best keys by logit, as many as the selection has on average; all logits are computed."""

    longest = MappingProxyType({"forward": 16384, "train": 4096})

    def attend(self, attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, v: Tensor, budget: int) -> Tensor:
        h, n, d = q.shape
        step = max(1, _ROWS_BYTES // (4 * n))
        out = []
        for head in range(h):
            table = torch.from_numpy(attention.bias(head).table(n, np.float32)).unfold(0, n, 1)
            for start in range(0, n, step):
                stop = min(start + step, n)
                bias = table[n - torch.arange(start, stop)]
                best = (q[head, start:stop] @ k[head].T + bias).topk(min(budget, n), sorted=False)
                out.append((best.values.softmax(-1)[..., None] * v[head][best.indices]).sum(1))
        return torch.cat(out).view(h, n, d)

    def covers(self, selected: Sequence[HeadPairs], budget: int) -> float | None:
        inside = total = 0.0
        for pairs in selected:
            order = np.lexsort((-pairs.weight, pairs.query))
            rank = np.arange(len(order)) - pairs.pointer[pairs.query[order]]
            inside += float(pairs.weight[order][rank < budget].sum())
            total += float(pairs.weight.sum())
        return inside / total if total else 1.0


RIVALS: dict[str, Rival] = {
    "dense": Dense(),
    "dense bf16": DenseBf16(),
    "dense entmax": DenseEntmax(),
    "window": Window(),
    "top-k": TopK(),
}
