"""Reference for the compiled loops of ``sparsemix.attention``: exhaustive search and attention in plain PyTorch.

The search says which keys can be selected at all. Weights are exactly zero below a threshold, so a query needs only the keys
whose logit lies within 2 of its best one (p <= 1, therefore tau >= max z / 2 - 1). The best one can be the anchor. A search
returns a superset of these keys and says, query by query, whether it is sure that it missed none (the certificate).

The search computes logits in single precision, whatever the precision of the arguments, with room for rounding; the attention
computes the logits of the candidates again. ``candidates`` looks at every key, in row chunks that bound memory: it is the
reference for ``_index.index_search.IndexSearch``.

Axis letters: B batch, N events, H heads, D head dimension, P pairs, R rows = B * H * N, C candidates of all queries one after
another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.distance_bias import NEAR_WINDOW, DistanceBias, rounding
from sparsemix.attention.entmax import segment_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.pairs import HeadParameters, SelectionStatistics
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding.matches import Matches

# Bytes of logits that one chunk of rows may hold.
CHUNK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pairs of one head: ``query`` and ``key`` int64 [C], by rising query, and their ``logit`` [C] from the
    search."""

    query: Tensor
    key: Tensor
    logit: Tensor


@dataclass(frozen=True, slots=True)
class PairAddress:
    """Pairs [P] of a batch: ``query`` and ``target`` (the key) as rows of the flattened [B * H * N], the ``head``, and the
    ``offset`` j - i of the key from the query in the sequence."""

    query: Tensor
    target: Tensor
    head: Tensor
    offset: Tensor

    @classmethod
    def join(cls, parts: list[PairAddress]) -> PairAddress:
        """Return all pairs of the parts, one after another."""
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in ("query", "target", "head", "offset")))


class ReferenceAttention(AdaptiveSparseAttention):
    """The same attention with all of its pairs found by looking at every key."""

    def _indexed(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        search: IndexSearch,  # noqa: ARG002 - it looks at every key
        valid: Tensor | None,
    ) -> tuple[Tensor, SelectionStatistics]:
        # Only selected pairs get a gradient, so only they are computed with one.
        with torch.no_grad():
            pairs = propose(q, k, self.parameters_of_heads, valid)
        mixed, weight, anchored = attend(q, k, v, self.parameters_of_heads, pairs)
        if valid is not None:
            mixed = mixed * valid[:, None, :, None]
            anchored = anchored * valid[:, None]
        return mixed, self._statistics(q, valid, weight, anchored, pairs.head, q.new_ones(self.heads))

    @torch.no_grad()
    def select(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        near_misses: int,
        search: IndexSearch | None = None,  # noqa: ARG002
        matches: Matches | None = None,  # noqa: ARG002
    ) -> tuple[Tensor, list[HeadPairs]]:
        """Select the pairs of one sequence, as ``AdaptiveSparseAttention.select`` does."""
        results = [_selected(q[h], k[h], v[h], h, self.parameters_of_heads, near_misses) for h in range(self.heads)]
        return torch.stack([mixed for mixed, _ in results]), [pairs for _, pairs in results]


def near_queries(pairs: HeadPairs) -> NDArray[np.int64]:
    """Return the query of every near miss [M]."""
    return np.repeat(np.arange(len(pairs.threshold)), np.diff(pairs.near_pointer))


def candidates(
    q: Tensor, k: Tensor, anchor: Tensor, bias: DistanceBias, window: float, valid: Tensor | None = None
) -> Candidates:
    """Return the candidates of all queries.

    ``q`` [N, D] (already scaled) and ``k`` [N, D]; ``anchor`` [N] logits of the anchor; ``window``: keep keys with
    z > max z - 2 - 2 * window, where max z can be the anchor's; ``valid`` bool [N]: other events neither select nor are
    selected.
    """
    n = q.shape[0]
    reach = 2.0 + 2.0 * window + 4.0 * torch.from_numpy(rounding(q.numpy(), k.numpy(), anchor.numpy(), bias)).float()
    q, k, anchor = q.float(), k.float(), anchor.float()
    # With reversed queries, row r of the bias matrix is a view: the window of the bias vector that starts at r.
    bands = torch.from_numpy(bias.table(n, np.float32))[1:].unfold(0, n, 1)
    reversed_q, reversed_anchor, reversed_reach = q.flip(0), anchor.flip(0), reach.flip(0)
    rows = max(1, CHUNK_BYTES // (n * q.element_size()))
    positions, logits = [], []
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        z = torch.addmm(bands[start:stop], reversed_q[start:stop], k.T)
        if valid is not None:
            z[:, ~valid] = -torch.inf
            z[~valid.flip(0)[start:stop]] = -torch.inf
        floor = torch.maximum(z.amax(-1), reversed_anchor[start:stop]) - reversed_reach[start:stop]
        # numpy's flatnonzero is some twenty times faster than torch's nonzero on sparse masks.
        inside = np.flatnonzero((z > floor[:, None]).numpy())
        positions.append(inside + start * n)
        logits.append(z.view(-1)[torch.from_numpy(inside)])
    flat = torch.from_numpy(np.concatenate(positions)).flip(0)
    query, column = torch.div(flat, n, rounding_mode="floor"), flat % n
    return Candidates(n - 1 - query, column, torch.cat(logits).flip(0))


def attend(q: Tensor, k: Tensor, v: Tensor, parameters: HeadParameters, pairs: PairAddress) -> tuple[Tensor, Tensor, Tensor]:
    """Compute the attention over given pairs only.

    ``q``, ``k``, ``v`` [B, H, N, D]. Returns mixed values [B, H, N, D], the pairs' weights [P], the anchors' [B, H, N].
    """
    b, h, n, d = q.shape
    p, _ = _weights(q, k, parameters, pairs)
    weight, anchored = p[: len(pairs.query)], p[len(pairs.query) :].view(b, h, n)
    values = v.reshape(-1, d).index_select(0, pairs.target) * weight[:, None]
    mixed = q.new_zeros(b * h * n, d).index_add_(0, pairs.query, values).view(b, h, n, d)
    return mixed + anchored[..., None] * parameters.anchor_value[:, None], weight, anchored


def propose(q: Tensor, k: Tensor, parameters: HeadParameters, valid: Tensor | None) -> PairAddress:
    """Return all pairs of every head and sequence that can be selected, up to rounding."""
    b, h, n, _ = q.shape
    anchor = torch.einsum("bhnd,hd->bhn", q, parameters.anchor_key)
    parts = []
    for head in range(h):
        for item in range(b):
            there = None if valid is None else valid[item]
            query, key = _candidates(q[item, head], k[item, head], anchor[item, head], parameters.biases[head], 0.0, there)
            base = (item * h + head) * n
            parts.append(PairAddress(query + base, key + base, torch.full_like(query, head), key - query))
    return PairAddress.join(parts)


def _candidates(
    q: Tensor,
    k: Tensor,
    anchor: Tensor,
    bias: DistanceBias,
    window: float,
    valid: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return queries and keys of one head whose margin, by the search's own logits, can be above -``window``."""
    found = candidates(q, k, anchor, bias, window, valid)
    slack = 4.0 * torch.from_numpy(rounding(q.numpy(), k.numpy(), anchor.numpy(), bias)).float()
    return _within(found, anchor, window, slack)


def _weights(q: Tensor, k: Tensor, parameters: HeadParameters, pairs: PairAddress) -> tuple[Tensor, Tensor]:
    """Return the weights of the pairs followed by those of the anchors [P + R], and thresholds [R]; differentiable."""
    d = q.shape[-1]
    z = (q.reshape(-1, d).index_select(0, pairs.query) * k.reshape(-1, d).index_select(0, pairs.target)).sum(-1)
    z = z + _pair_bias(parameters, pairs.head, pairs.offset, q.dtype)
    anchor = torch.einsum("bhnd,hd->bhn", q, parameters.anchor_key)
    return _with_anchor(z, anchor, pairs.query)


def _pair_bias(parameters: HeadParameters, head: Tensor, offset: Tensor, dtype: torch.dtype) -> Tensor:
    log = torch.log1p(offset.abs().to(dtype))
    past = -parameters.past[head] * log
    return torch.where(offset <= 0, past, parameters.future_offset[head] - parameters.future[head] * log)


def _selected(
    q: Tensor, k: Tensor, v: Tensor, head: int, parameters: HeadParameters, near_misses: int
) -> tuple[Tensor, HeadPairs]:
    """Return mixed values [N, D] and the pairs of one head over one sequence, ``q``, ``k``, ``v`` [N, D]; without gradient."""
    n = q.shape[0]
    anchor = q @ parameters.anchor_key[head]
    query, key = _candidates(q, k, anchor, parameters.biases[head], NEAR_WINDOW)
    z = (q.index_select(0, query) * k.index_select(0, key)).sum(-1)
    z = z + _pair_bias(parameters, torch.full_like(query, head), key - query, q.dtype)
    p, tau = _with_anchor(z, anchor, query)
    pair, anchored = p[: len(z)], p[len(z) :]
    chosen = _order(query, key, n, pair > 0)
    near = (pair == 0) & (z / 2 - tau[query] > -NEAR_WINDOW)
    missed = _best_per_query(query, _order(query, key, n, near), z, near_misses)
    weight = pair[chosen]
    mixed = q.new_zeros(n, q.shape[1]).index_add_(0, query[chosen], v.index_select(0, key[chosen]) * weight[:, None])
    return mixed + anchored[:, None] * parameters.anchor_value[head], HeadPairs(
        tau.numpy(),
        anchored.numpy(),
        _pointer(query[chosen], n),
        key[chosen].int().numpy(),
        weight.numpy(),
        z[chosen].numpy(),
        _pointer(query[missed], n),
        key[missed].int().numpy(),
        z[missed].numpy(),
        np.ones(n, np.bool_),
        np.full(n, n, np.int32),
    )


def _pointer(query: Tensor, n: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(torch.bincount(query, minlength=n).numpy())]).astype(np.int64)


def _within(found: Candidates, anchor: Tensor, window: float, slack: Tensor) -> tuple[Tensor, Tensor]:
    """Return queries and keys of the candidates whose margin, by the search's own logits, is above -``window`` - ``slack``
    [N]."""
    _, tau = _with_anchor(found.logit, anchor.float(), found.query)
    keep = torch.from_numpy(np.flatnonzero((found.logit / 2 > (tau - window - slack)[found.query]).numpy()))
    return found.query[keep], found.key[keep]


def _with_anchor(z: Tensor, anchor: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """Return entmax-1.5 of the pairs' logits ``z`` [P] together with one anchor for every row [R]."""
    flat = anchor.reshape(-1)
    owner = torch.cat([row, torch.arange(len(flat))])
    return segment_entmax15(torch.cat([z, flat]), owner, len(flat))


def _order(query: Tensor, key: Tensor, n: int, mask: Tensor) -> Tensor:
    """Return the positions of the pairs under ``mask``, by query, then key."""
    position = mask.nonzero()[:, 0]
    return position[torch.argsort(query[position] * n + key[position])]


def _best_per_query(query: Tensor, position: Tensor, logit: Tensor, count: int) -> Tensor:
    """Return, for every query, the ``count`` pairs with the largest logits of the pairs at ``position`` (ordered by query, then
    key), by query and then best first."""
    order = position[torch.sort(logit[position], descending=True, stable=True).indices]
    order = order[torch.sort(query[order], stable=True).indices]
    owner = query[order]
    first = torch.searchsorted(owner, owner)
    return order[torch.arange(len(order)) - first < count]
