"""AdaptiveSparseAttention: every query selects its own keys; all other keys have weight exactly 0.

Logits of one head, with the anchor as an additional key that stands for "selects nothing":

    z_ij = scale * q_i . k_j - past * log(1 + i - j)                       j <= i
    z_ij = scale * q_i . k_j - future * log(1 + j - i) + future_offset     j > i
    z_i,anchor = scale * q_i . k_anchor

and weights p_i = entmax-1.5(z_i). A search proposes candidates without gradient; the weights of the candidates are then
computed differentiably. So the cost of the backward pass grows with the selection only, and it is still the exact gradient of
dense entmax attention. Tests compare the compiled loops with a search in plain PyTorch that looks at every key. On a GPU, where
there are no compiled loops, all logits are computed, and the same entmax is applied to them. ``kind="softmax"`` is the dense
twin: the same logits, softmax over all keys.

Sources: Correia, Niculae, Martins 2019 (arXiv 1909.00015) for entmax attention; Vasylenko et al. 2025 (arXiv 2506.16640) for
its behaviour at length.

Axis letters: B batch, N events, H heads, D head dimension, M model dimension, P pairs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.distance_bias import LEAST_BIAS, NEAR_WINDOW, DistanceBias
from sparsemix.attention.entmax import entmax15, segment_sum
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.pairs import HeadParameters, SelectionStatistics, WatchedPairs
from sparsemix.attention.selected_pairs import inputs_of_heads, selected_attention
from sparsemix.config import ATTENTION_KINDS
from sparsemix.encoding.matches import Matches
from sparsemix.errors import ConfigError, SelectionError

# Bytes of logits that one chunk of rows may hold.
CHUNK_BYTES = 32 * 2**20
# Far below any logit, yet finite: bounds and distances are computed with it.
_NEVER = -1e4
# Unselected keys shall lie this far below the best key; selected keys lie within 2 of it.
_COST_MARGIN = 4.0
# Below it a weight has no gradient of its square root.
_LEAST_WEIGHT = 1e-12


class AdaptiveSparseAttention(nn.Module):
    """Multi-head attention over the pairs that it selects itself.

    Arguments: ``d_model`` M, ``heads`` H, ``d_head`` D; ``kind`` "entmax15" or "softmax".
    """

    def __init__(self, d_model: int, heads: int, d_head: int, kind: str = "entmax15") -> None:
        super().__init__()
        if kind not in ATTENTION_KINDS:
            raise ConfigError(f"attention must be one of {', '.join(ATTENTION_KINDS)}, not {kind!r}")
        self.heads, self.d_head, self.kind = heads, d_head, kind
        width = heads * d_head
        self.q = nn.Linear(d_model, width, bias=False)
        self.k = nn.Linear(d_model, width, bias=False)
        self.v = nn.Linear(d_model, width, bias=False)
        self.out = nn.Linear(width, d_model, bias=False)
        self.anchor_key = nn.Parameter(torch.randn(heads, d_head) / math.sqrt(d_head))
        self.anchor_value = nn.Parameter(torch.zeros(heads, d_head))
        self.log_scale = nn.Parameter(torch.full((heads,), -0.5 * math.log(d_head)))
        self.past_raw = nn.Parameter(torch.empty(heads))
        self.future_raw = nn.Parameter(torch.empty(heads))
        self.future_offset = nn.Parameter(torch.full((heads,), -6.0))
        self.start_bias(LEAST_BIAS)

    @torch.no_grad()
    def start_bias(self, least: float) -> None:
        """Reset the distance biases, which never fall below ``least``: 0.1, or down to 0 where a near key should not be
        preferred and events do not repeat."""
        self.least_bias = least
        # Small, or training never reaches far keys; different for every head, because equal heads hardly separate.
        spread = torch.logspace(-0.9, -0.2, self.heads) if self.heads > 1 else torch.ones(1)
        self.past_raw.copy_(_inverse_softplus(spread - least))
        self.future_raw.copy_(_inverse_softplus(torch.ones(self.heads) - least))

    @torch.no_grad()
    def look_back_only(self) -> None:
        """Exclude later keys in every head from now on; training does not change this."""
        self.future_offset.fill_(_NEVER)
        self.future_offset.requires_grad_(False)

    @property
    def past(self) -> Tensor:
        """Return the distance bias towards earlier keys [H], at least ``least_bias``."""
        return self.least_bias + F.softplus(self.past_raw)

    @property
    def future(self) -> Tensor:
        """Return the distance bias towards later keys [H], at least ``least_bias``."""
        return self.least_bias + F.softplus(self.future_raw)

    @property
    def parameters_of_heads(self) -> HeadParameters:
        """Return the parameters of the logits besides queries and keys."""
        return HeadParameters(self.past, self.future, self.future_offset, self.anchor_key, self.anchor_value)

    def bias(self, head: int) -> DistanceBias:
        """Return the distance bias of one head, as numbers for a search."""
        return self.parameters_of_heads.biases[head]

    def distance_bias(self, offset: Tensor, dtype: torch.dtype) -> Tensor:
        """Return every head's distance bias [H, ...] of pairs by their ``offset`` [...], key minus query; differentiable."""
        log = torch.log1p(offset.abs().to(dtype))
        of_heads = (part.view(-1, *[1] * offset.ndim) for part in (self.past, self.future, self.future_offset))
        past, future, later = of_heads
        return torch.where(offset <= 0, -past * log, later - future * log)

    def project(self, x: Tensor, which: str = "qkv") -> tuple[Tensor, ...]:
        """Project ``x`` [B, N, M] to scaled queries, keys and values, or those in ``which``, each [B, H, N, D]: head by head in
        memory, as a search reads them."""
        b, n, _ = x.shape
        layers = {"q": self.q, "k": self.k, "v": self.v}
        parts = {one: layers[one](x).view(b, n, self.heads, self.d_head).transpose(1, 2).contiguous() for one in which}
        if "q" in parts:
            parts["q"] = parts["q"] * self.log_scale.exp()[:, None, None]
        return tuple(parts.values())

    def forward(
        self,
        x: Tensor,
        search: IndexSearch | None = None,
        watch: WatchedPairs | None = None,
        valid: Tensor | None = None,
        probe: Tensor | None = None,
        matches: Matches | None = None,
        beside: Tensor | None = None,
    ) -> tuple[Tensor, SelectionStatistics]:
        """Return the output [B, N, M] for ``x`` [B, N, M], and statistics.

        ``valid`` bool [B, N]: the real events; the others are padding, which selects nothing, is not selected, and has output
        0. ``watch`` is for soft attention, where every pair has a weight. ``probe`` int64 [S]: queries from which the
        search-cost penalty is estimated. ``matches`` and ``beside``: for heads that match identifiers. Raises
        `SelectionError` for a mask of another shape or type.
        """
        if valid is not None and (valid.shape != x.shape[:2] or valid.dtype != torch.bool):
            raise SelectionError("the mask must be boolean, with one entry per event")
        q, k, v = self.project(x)
        if self.kind == "softmax" or not q.is_cpu:
            mixed, statistics = self.dense(q, k, v, watch, valid)
        else:
            mixed, statistics = self._indexed(q, k, v, search or IndexSearch(), valid)
        if probe is not None:
            statistics.search_cost = self._search_cost(q, k, probe, valid)
        return self.out(mixed.transpose(1, 2).flatten(2)), statistics

    def dense_logits(self, q: Tensor, k: Tensor, matches: Matches | None = None) -> Tensor:
        """Return all logits [B, H, N, N + 1], the anchor last: the reference for every other implementation."""
        terms = _distance_terms(q.shape[2], q)
        factors = torch.stack([-self.past, -self.future, self.future_offset], -1)
        bias = (factors @ terms.flatten(1)).view(self.heads, *terms.shape[1:])
        return bias + q @ self._with_anchor_key(k).transpose(-1, -2)

    def _with_anchor_key(self, k: Tensor) -> Tensor:
        """Return the keys [B, H, N + 1, D], the anchor's last."""
        return torch.cat([k, self.anchor_key[None, :, None].expand(k.shape[0], -1, -1, -1)], 2)

    def dense(
        self, q: Tensor, k: Tensor, v: Tensor, watch: WatchedPairs | None = None, valid: Tensor | None = None
    ) -> tuple[Tensor, SelectionStatistics]:
        """Compute the attention over all pairs of ``q``, ``k``, ``v`` [B, H, N, D]: mixed values [B, H, N, D], statistics."""
        if self.kind == "softmax" and q.is_cpu and watch is None and valid is None and not torch.is_grad_enabled():
            return self._dense_rows(q, k, v)
        z = self.dense_logits(q, k)
        if valid is not None:
            z[..., :-1].masked_fill_(~valid[:, None, None, :], -torch.inf)
        p = z.softmax(-1) if self.kind == "softmax" else entmax15(z)
        anchor_value = self.anchor_value[None, :, None].expand(len(v), -1, -1, -1)
        mixed = p @ torch.cat([v, anchor_value], 2)
        if valid is not None:
            mixed = mixed * valid[:, None, :, None]
        valid_events = q.new_ones(len(q), 1, q.shape[2]) if valid is None else valid[:, None].to(q.dtype)
        queries = valid_events.sum().clamp_min(1)
        share = (p[..., -1].detach() * valid_events).sum((0, 2)) / queries
        if self.kind == "softmax":
            missed = None if watch is None else (1.0 - p[watch.item, :, watch.query, watch.key]).prod(-1)
            zero = q.new_zeros(self.heads)
            return mixed, SelectionStatistics(zero, torch.full_like(zero, q.shape[2]), share, missed)
        weight = p[..., :-1]
        sharpness = ((weight - weight * weight.clamp_min(1e-12).sqrt()).sum(-1) * valid_events).sum((0, 2)) / queries
        selected = ((weight.detach() > 0).sum(-1) * valid_events).sum((0, 2)) / queries
        breadth = (weight.clamp_min(_LEAST_WEIGHT).sqrt() * (weight > 0)).sum(-1)
        breadth = (breadth * valid_events).sum((0, 2)) / queries
        return mixed, SelectionStatistics(sharpness, selected, share, breadth=breadth, certified=q.new_ones(self.heads))

    def _dense_rows(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, SelectionStatistics]:
        """Compute the softmax of ``dense`` without gradient and some rows at a time, so that memory never holds all logits."""
        b, h, n, _ = q.shape
        keys = self._with_anchor_key(k)
        values = torch.cat([v, self.anchor_value[None, :, None].expand(b, -1, -1, -1)], 2)
        mixed, anchored = torch.empty_like(q), q.new_zeros(h)
        rows = max(1, CHUNK_BYTES // (n * q.element_size()))
        for head in range(h):
            bands = torch.from_numpy(self.bias(head).table(n, q.detach().numpy().dtype)).unfold(0, n, 1)
            for start in range(0, n, rows):
                query = torch.arange(start, min(start + rows, n))
                bias = F.pad(bands[n - query], (0, 1))
                for item in range(b):
                    p = torch.addmm(bias, q[item, head, query], keys[item, head].T).softmax(-1)
                    mixed[item, head, query] = p @ values[item, head]
                    anchored[head] += p[:, -1].sum()
        return mixed, SelectionStatistics(q.new_zeros(h), q.new_full((h,), n), anchored / (b * n))

    def mix(self, q: Tensor, k: Tensor, v: Tensor, search: IndexSearch) -> Tensor:
        """Return mixed values [B, H, N, D] of ``q``, ``k``, ``v`` [B, H, N, D], before the output projection;
        differentiable."""
        return self._indexed(q, k, v, search, None)[0]

    def _indexed(
        self, q: Tensor, k: Tensor, v: Tensor, search: IndexSearch, valid: Tensor | None
    ) -> tuple[Tensor, SelectionStatistics]:
        mixed, weight, anchored, head, certified = selected_attention(q, k, v, self.parameters_of_heads, search, valid)
        return mixed, self._statistics(q, valid, weight, anchored, head, certified)

    def _statistics(
        self, q: Tensor, valid: Tensor | None, weight: Tensor, anchored: Tensor, head: Tensor, certified: Tensor
    ) -> SelectionStatistics:
        """Return the statistics as means over the valid events."""
        b, h, n, _ = q.shape
        queries = b * n if valid is None else max(int(valid.sum()), 1)
        sharpness = segment_sum(weight - weight * weight.clamp_min(1e-12).sqrt(), head, h) / queries
        selected = segment_sum((weight.detach() > 0).to(q.dtype), head, h) / queries
        share = anchored.detach().sum((0, 2)) / queries
        breadth = segment_sum(weight.clamp_min(_LEAST_WEIGHT).sqrt() * (weight > 0), head, h) / queries
        return SelectionStatistics(sharpness, selected, share, breadth=breadth, certified=certified)

    def _search_cost(self, q: Tensor, k: Tensor, probe: Tensor, valid: Tensor | None) -> Tensor:
        """Return the mean of relu(z - (max z - margin)) over the keys below the range of selection, for the queries ``probe``.

        Unselected keys shall lie clearly below selected ones: then bounds exclude their cells. The logits include the distance
        bias, because the search's bounds include it.
        """
        n = q.shape[2]
        offset = torch.arange(n, device=q.device) - probe[:, None].to(q.device)
        z = q[:, :, probe] @ k.transpose(-1, -2) + self.distance_bias(offset, q.dtype)
        anchor = torch.einsum("bhnd,hd->bhn", q[:, :, probe], self.anchor_key)
        if valid is not None:
            z = z.masked_fill(~valid[:, None, None], -torch.inf)
        below = z - torch.maximum(z.amax(-1), anchor)[..., None]
        cost = torch.where(below < -2.0, below + _COST_MARGIN, 0.0).clamp_min(0.0)
        if valid is None:
            return cost.mean()
        counted = valid[:, probe, None] & valid[:, None]
        return (cost * counted[:, None]).sum() / (self.heads * counted.sum().clamp_min(1))

    def pair_bias(self, head: int, query: NDArray[Any], key: NDArray[Any], matches: Matches | None) -> NDArray[np.float64]:
        """Return a head's logits of pairs [P] besides queries and keys; ``matches``: for heads that match identifiers."""
        return self.bias(head).of(key.astype(np.int64) - query)

    def matching(self, event: int, matches: Matches | None) -> NDArray[np.int32] | None:
        """Return the keys that an event may select; None where it may select any."""
        return None

    def gate_rows(self, rows: NDArray[np.int64], matches: Matches | None) -> Tensor:
        """Return what is added to the logits of ``rows`` and all keys [H, R, N] besides content and distance: 0 [H, 1, 1]."""
        return self.log_scale.new_zeros(self.heads, 1, 1)

    def output(self, x: Tensor, projected: tuple[Tensor, Tensor, Tensor], matches: Matches | None) -> Tensor:
        """Return the output [B, N, M] for ``x`` [B, N, M], whose projections are given; differentiable."""
        return torch.as_tensor(self.out(self.mix(*projected, IndexSearch()).transpose(1, 2).flatten(2)))

    def mix_without(self, q: Tensor, k: Tensor, v: Tensor, absent: frozenset[int], matches: Matches | None) -> Tensor:
        """Return mixed values [H, N, D] of one sequence, ``q``, ``k``, ``v`` [H, N, D], in which no other event selects those
        that are ``absent``."""
        valid = torch.ones(1, q.shape[1], dtype=torch.bool)
        valid[0, list(absent)] = False
        return selected_attention(q[None], k[None], v[None], self.parameters_of_heads, IndexSearch(), valid)[0][0]

    @torch.no_grad()
    def select(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        near_misses: int,
        search: IndexSearch | None = None,
        matches: Matches | None = None,
        first: int = 0,
        mixed: Tensor | None = None,
    ) -> tuple[Tensor, list[HeadPairs]]:
        """Select the pairs of one sequence, with everything that a trace records.

        ``q``, ``k``, ``v`` [H, N, D], of the heads from ``first`` on. Returns mixed values [H, N, D] and every head's pairs;
        ``mixed``: memory for these values, which may be that of ``q``.
        ``near_misses`` per query at most, best first (ties: earlier key first), and only those whose margin is above
        -``NEAR_WINDOW``.
        """
        parameters = HeadParameters(*(part[first : first + len(q)] for part in self.parameters_of_heads))
        rows = inputs_of_heads(q[None], k[None], v[None], parameters)
        found, pairs = (search or IndexSearch()).run(rows, near_misses, NEAR_WINDOW, None if mixed is None else mixed.numpy())
        return torch.from_numpy(found), pairs


def _distance_terms(n: int, like: Tensor) -> Tensor:
    """Return the terms in which the distance bias is linear, [3, N, N + 1]: log distance to earlier keys, to later keys, and 1
    for later keys, with type and device of ``like``.

    The last column, the anchor's, is 0.
    """
    offset = torch.arange(n + 1, device=like.device) - torch.arange(n, device=like.device)[:, None]
    later = (offset > 0).to(like.dtype)
    log = torch.log1p(offset.abs().to(like.dtype))
    terms = torch.stack([log * (1 - later), log * later, later])
    terms[..., -1] = 0.0
    return terms


def _inverse_softplus(target: Tensor) -> Tensor:
    return torch.log(torch.expm1(target.clamp_min(1e-3)))
