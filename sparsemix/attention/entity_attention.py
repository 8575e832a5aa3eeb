"""EntityAttention: heads that look only at events that share an identifier with the query, at any distance.

Logits of one head, for the keys that match the query (``encoding.entities``), and for the anchor:

    z_ij = scale * q_i . k_j - distance bias + gate_t        t: the shared type of identifiers whose gate is highest
    z_i,anchor = scale * q_i . k_anchor

and weights p_i = entmax-1.5(z_i), as in ``sparse_attention``; all other keys have weight exactly 0. Which events match is
looked up, so no other key is looked at, and every query is certified. Sharing two identifiers counts no more than sharing the
one that the head prefers: else events that have many in common by chance outweigh the one that belongs together. Gates start
apart: every head looks at one type. Both sides of the query count alike at the start: the telling event may come later.

Time and memory grow with the matching pairs. ``dense_logits`` writes all logits out and is the reference.

Axis letters: B batch, R queries of all sequences, K keys (the queries and events beside them), H heads, D head dimension,
M model dimension, T types, P matching pairs, N events.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from sparsemix.attention import gradient_kernels, pair_kernels
from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.distance_bias import NEAR_WINDOW, logarithms
from sparsemix.attention.given_pairs import array_of
from sparsemix.attention.head_pairs import HeadPairs, joined
from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding.matches import Matches, places_in_rows
from sparsemix.errors import ConfigError
from sparsemix.kernels import parallel

# Gates at the start: every head looks at one type, which is above the anchor's logit, while the others are out of range.
_OWN, _OTHER = 1.0, -3.0
# The distance bias at the start, before softplus: 0.02, so that equal content at any distance is within the range of selection.
_FLAT = -4.0
# Queries whose pairs are computed at once, without gradient.
_ROWS = 4096


class EntityAttention(AdaptiveSparseAttention):
    """Multi-head attention over matching events; ``types``: how many types of identifiers there are."""

    def __init__(self, d_model: int, heads: int, d_head: int, types: int) -> None:
        super().__init__(d_model, heads, d_head)
        own = torch.arange(heads)[:, None] % types == torch.arange(types)
        self.gate = nn.Parameter(torch.where(own, _OWN, _OTHER))
        with torch.no_grad():
            self.future_offset.zero_()
            # A block's lines count alike, however far away they are; what is nearest is for training to prefer.
            self.least_bias = 0.0
            self.past_raw.fill_(_FLAT)
            self.future_raw.fill_(_FLAT)

    @property
    def gates(self) -> Tensor:
        """Return the gate of every set of shared types [H, 2^T]: that of its highest type."""
        sets = torch.arange(1 << self.gate.shape[1], device=self.gate.device)
        among = (sets[:, None] >> torch.arange(self.gate.shape[1], device=self.gate.device)) & 1
        return self.gate[:, None].masked_fill(among[None] == 0, -torch.inf).amax(-1)

    def forward(
        self, x: Tensor, *_further: Any, matches: Matches | None = None, beside: Tensor | None = None, **_others: Any
    ) -> tuple[Tensor, SelectionStatistics]:
        """Return the output [B, N, M] for ``x`` [B, N, M], and statistics.

        ``beside`` [K - B * N, M]: further events that can be keys; ``matches``: the pairs of the B * N queries, whose keys are
        places among these and the events beside them. Nothing is searched for, so the other arguments change nothing.
        """
        matches = _given(matches)
        flat = x.flatten(0, 1)
        q = self.project(flat[None], "q")[0][0]
        k, v = (part[0] for part in self.project((flat if beside is None else torch.cat([flat, beside]))[None], "kv"))
        if torch.is_grad_enabled():
            bias = self.distance_bias(torch.from_numpy(matches.offset), q.dtype)
            bias = bias + self.gates[:, torch.from_numpy(matches.shared).long()]
            mixed, weight, anchored = _Matched.apply(q, k, v, self.anchor_key, self.anchor_value, bias, matches)  # type: ignore[no-untyped-call]
            selected = (weight.detach() > 0).sum(-1).to(q.dtype) / max(len(matches), 1)
            share = anchored.detach().mean(-1)
        else:
            # Some rows at a time: a whole log has millions of matching pairs.
            mixed, heads = self.select(q, k, v, 0, None, matches)
            selected = q.new_tensor([len(pairs.key) / max(len(matches), 1) for pairs in heads])
            share = q.new_tensor([float(pairs.anchor_weight.mean()) if len(matches) else 0.0 for pairs in heads])
        zero, one = q.new_zeros(self.heads), q.new_ones(self.heads)
        statistics = SelectionStatistics(zero, selected, share, breadth=zero, certified=one)
        return self.out(mixed.to(q.dtype).transpose(0, 1).flatten(1)).view_as(x), statistics

    @torch.no_grad()
    def pair_bias(self, head: int, query: NDArray[Any], key: NDArray[Any], matches: Matches | None) -> NDArray[np.float64]:
        """Return a head's logits of pairs [P] besides queries and keys; -inf for pairs that do not match."""
        matches = _given(matches)
        place = matches.place_of(query.astype(np.int64), key.astype(np.int64))
        shared = np.where(place >= 0, matches.shared[place], 0) if len(matches.shared) else np.zeros(len(place), np.uint8)
        gates = array_of(self.gates[head].double())
        return np.asarray(self.bias(head).of(key.astype(np.int64) - query) + gates[shared])

    def matching(self, event: int, matches: Matches | None) -> NDArray[np.int32] | None:
        """Return the keys that match an event."""
        matches = _given(matches)
        return matches.key[matches.pointer[event] : matches.pointer[event + 1]]

    def gate_rows(self, rows: NDArray[np.int64], matches: Matches | None) -> Tensor:
        """Return the gates of all keys of some ``rows`` [H, R, N], differentiable; -inf for keys that do not match."""
        matches = _given(matches)
        gate = self.gate.new_full((self.heads, len(rows), len(matches)), -torch.inf)
        counts, place = places_in_rows(matches.pointer, rows)
        at = torch.from_numpy(np.repeat(np.arange(len(rows)), counts)), torch.from_numpy(matches.key[place]).long()
        gate[:, at[0], at[1]] = self.gates[:, torch.from_numpy(matches.shared[place]).long()]
        return gate

    def output(self, x: Tensor, projected: tuple[Tensor, Tensor, Tensor], matches: Matches | None) -> Tensor:
        """Return the output [B, N, M] for ``x`` [B, N, M]."""
        return self(x, matches=matches)[0]  # type: ignore[no-any-return]

    def mix_without(self, q: Tensor, k: Tensor, v: Tensor, absent: frozenset[int], matches: Matches | None) -> Tensor:
        """Return mixed values [H, N, D] of one sequence in which no other event matches those that are ``absent``."""
        return self.select(q, k, v, 0, matches=_given(matches).without(absent))[0]

    def dense_logits(self, q: Tensor, k: Tensor, matches: Matches | None = None) -> Tensor:
        """Return all logits [B, H, N, N + 1] of one sequence, the anchor last; -inf for pairs that do not match."""
        z = super().dense_logits(q, k)
        matches = _given(matches)
        gate = z.new_full(z.shape[1:], -torch.inf)
        gate[..., -1] = 0.0
        at = torch.from_numpy(matches.row), torch.from_numpy(matches.key).long()
        gate[:, at[0], at[1]] = self.gates[:, torch.from_numpy(matches.shared).long()].to(z.dtype)
        return z + gate

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
        """Select the pairs of one sequence, as ``AdaptiveSparseAttention.select`` does."""
        matches = _given(matches)
        starts = range(0, len(matches), _ROWS)
        parts = [matches.rows(start, min(start + _ROWS, len(matches))) for start in starts]

        def head_of(h: int, number: int) -> tuple[NDArray[Any], HeadPairs]:
            own, some, rows = first + h, parts[number], q[h, starts[number] : starts[number] + _ROWS]
            arrays = [array_of(part) for part in (rows, k[h], v[h], rows @ self.anchor_key[own], self.anchor_value[own])]
            every = np.ones(len(some), np.bool_)
            log = logarithms(max(int(np.abs(some.offset).max(initial=0)), len(some)))
            bias = pair_kernels.given_bias(log, *self.bias(own), some.offset, array_of(self.gates[own].double()), some.shared)
            mixed, *columns = pair_kernels.attend(
                0, *arrays, every, bias[:0], some.pointer, some.key, near_misses, NEAR_WINDOW, bias
            )
            columns += [every, np.diff(some.pointer).astype(np.int32)]
            return mixed, HeadPairs(*columns)

        tasks = [partial(head_of, h, number) for h in range(len(q)) for number in range(len(parts))]
        found, pairs = zip(*parallel.run(tasks, None if search is None else search.step), strict=True)
        heads = [joined(pairs[start : start + len(parts)]) for start in range(0, len(tasks), len(parts))]
        found = np.concatenate(found).reshape(q.shape)
        return torch.from_numpy(found) if mixed is None else mixed.copy_(torch.from_numpy(found)), heads


class _Matched(torch.autograd.Function):
    """Attention over given pairs with a bias for each; differentiable in everything but the pairs."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, anchor_key: Tensor, anchor_value: Tensor, bias: Tensor, matches: Matches
    ) -> tuple[Tensor, Tensor, Tensor]:
        weight = np.empty((len(q), 1, len(matches.key)), np.float64)

        def head_of(h: int) -> tuple[Any, ...]:
            arrays = (array_of(part[None]) for part in (q[h], k[h], v[h], q[h] @ anchor_key[h]))
            return tuple(
                pair_kernels.attend_given(
                    *arrays, array_of(anchor_value[h]), matches.pointer, matches.key, array_of(bias[h]), weight[h]
                )
            )

        results = parallel.run([partial(head_of, h) for h in range(len(q))])
        mixed, anchored = (np.concatenate([result[i] for result in results]) for i in range(2))
        ctx.save_for_backward(q, k, v, anchor_key, anchor_value)
        ctx.matches, ctx.weight, ctx.anchored = matches, weight[:, 0].astype(mixed.dtype), anchored
        return torch.from_numpy(mixed), torch.from_numpy(ctx.weight), torch.from_numpy(anchored)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, anchor_key, anchor_value = ctx.saved_tensors
        slope = np.zeros(max(len(q[0]), len(k[0])) + 1, ctx.anchored.dtype)

        def head_of(h: int) -> tuple[Any, ...]:
            arrays = (array_of(part[h]) for part in (q, k, v, anchor_key, anchor_value))
            selected = (ctx.matches.pointer, ctx.matches.key, ctx.weight[h], ctx.anchored[h])
            return tuple(gradient_kernels.backward(*arrays, slope, *selected, *(array_of(grad[h]) for grad in grads)))

        results = parallel.run([partial(head_of, h) for h in range(len(q))])
        # Gradients of q, k, v, anchor key and value, and of the pairs' logits.
        return *(torch.from_numpy(np.stack([result[i] for result in results])) for i in (0, 1, 2, 3, 4, 6)), None


def _given(matches: Matches | None) -> Matches:
    if matches is None:
        raise ConfigError("heads that match identifiers need the matches of the events")
    return matches
