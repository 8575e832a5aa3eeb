"""One pass of a run under an intervention: which rows a layer has to compute anew, and their values.

Axis letters: N events, H heads, D head dimension, M model dimension, R rows computed anew, C changed events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.distance_bias import DistanceBias
from sparsemix.attention.entmax import segment_entmax15
from sparsemix.attention.given_pairs import GivenPairs, attend_row
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.selected_pairs import selected_attention
from sparsemix.errors import ExplanationError
from sparsemix.explain.intervention import Intervention, Outcome, RowSelection
from sparsemix.kernels import parallel
from sparsemix.model.network import Layer, Network
from sparsemix.priors.event_priors import Following, at_events
from sparsemix.trace.head_selection import HeadSelection
from sparsemix.trace.selection_trace import SelectionTrace

# From this many rows on, a whole layer is faster.
_MANY_ROWS = 1000
# Bytes of logits that one chunk of rows may hold.
_CHUNK_BYTES = 64 * 2**20
# Room for rounding when a row is skipped because a key stays below its threshold: an extra row costs time but no exactness.
_SLACK = 1e-9

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer of the run: its input ``x`` [N, M], ``q``, ``k``, ``v`` [H, N, D], thresholds ``tau`` [H, N], and the distance
    bias by offset [H, 2 N]."""

    layer: Layer
    x: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    tau: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True)
class RunState:
    """The original run: its network, trace and layers, the ``following`` of its events, and the ``step`` to call before every
    piece of work."""

    network: Network
    trace: SelectionTrace
    layers: list[LayerState]
    following: Following | None
    step: Step


class Pass:
    """One run under an intervention."""

    def __init__(self, base: RunState, intervention: Intervention, target: int | None, watch: tuple[int, ...]) -> None:
        self.base, self.intervention, self.target = base, intervention, target
        # Rows that need the row-by-row computation, or whose selection the caller watches.
        self._single = intervention.absent.union(watch)

    def run(self, changed: NDArray[np.int64], new: Tensor) -> Outcome:
        """Decide again with new embeddings ``new`` [C, M] of the events ``changed`` [C], sorted.

        Raises ``ExplanationError`` when a logit is not finite.
        """
        base, selections = self.base, []
        for index, state in enumerate(base.layers):
            last = index == len(base.layers) - 1
            changed, new, rows = self._layer(index, state, changed, new, self.target if last else None)
            selections.append(rows)
        following = None if base.following is None else at_events(base.following, changed)
        logit = base.network.event_logits(new[None], following)[0].numpy()
        if not np.isfinite(logit).all():
            raise ExplanationError("the intervention gives values that are not finite")
        return Outcome(changed, logit, tuple(selections))

    def _layer(
        self, index: int, state: LayerState, changed: NDArray[np.int64], new: Tensor, target: int | None
    ) -> tuple[NDArray[np.int64], Tensor, RowSelection]:
        """Return the rows whose output differs, their output [R, M] and their selection, given the changed inputs ``new``
        [C, M] of the events ``changed``."""
        layer, place = state.layer, torch.from_numpy(changed)
        q, k, v = state.q, state.k, state.v
        if len(changed):
            parts = layer.attention.project(layer.norm(new[None]))
            q, k, v = (old.index_copy(1, place, part[0]) for old, part in zip((q, k, v), parts, strict=True))
        rows = self._affected(index, state, changed, q, k) if target is None else np.array([target])
        x = state.x.index_copy(0, place, new) if len(changed) else state.x
        chosen = torch.from_numpy(rows)
        if len(rows) > _MANY_ROWS:
            mixed, selection = self._many(index, state, rows, q, k, v)
        else:
            mixed, selection = self._few(index, state, rows, q, k, v)
        return rows, after(layer, x[chosen], mixed), selection

    def _few(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Tensor, k: Tensor, v: Tensor
    ) -> tuple[Tensor, RowSelection]:
        """Return mixed values [H, R, D] and the selection of ``rows``, computed row by row from all keys."""
        heads, n, d = q.shape
        size = max(1, _CHUNK_BYTES // (8 * heads * n))
        mixed, parts = [q.new_zeros(heads, 0, d)], []
        for start in range(0, len(rows), size):
            some, row, key, weight = self._rows(index, state, rows[start : start + size], q, k, v)
            mixed.append(some)
            count = min(size, len(rows) - start)
            parts.append((row // count * len(rows) + start + row % count, key, weight))
        if not parts:
            nothing = np.zeros(0, np.int64)
            return mixed[0], RowSelection(rows, np.zeros(1, np.int64), nothing, nothing.astype(np.float64))
        owner, key, weight = (np.concatenate([part[i] for part in parts]) for i in range(3))
        order = np.argsort(owner, kind="stable")
        pointer = np.searchsorted(owner[order], np.arange(heads * len(rows) + 1))
        return torch.cat(mixed, 1), RowSelection(rows, pointer.astype(np.int64), key[order], weight[order])

    def _many(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Tensor, k: Tensor, v: Tensor
    ) -> tuple[Tensor, RowSelection]:
        """Compute a whole layer at once, which is faster for many rows, and one by one only the edited and the watched rows.

        The returned selection covers all rows, or only those computed one by one where the search does not give the others.
        """
        self.base.step()
        attention, change = state.layer.attention, self.intervention
        selection = None
        if change.frozen:
            mixed, _ = logged(state.layer, q, k, v, self.base.trace.heads[index], change.absent)
        elif change.absent:
            valid = torch.ones(1, q.shape[1], dtype=torch.bool)
            valid[0, list(change.absent)] = False
            mixed = selected_attention(q[None], k[None], v[None], attention.parameters_of_heads, IndexSearch(), valid)[0][0]
        else:
            mixed, pairs = attention.select(q, k, v, 0)
            selection = _of_heads(pairs)
        edited = {pair.query for pair in change.pairs if pair.layer == index} | self._single
        single = rows[np.isin(rows, np.fromiter(edited, np.int64, len(edited)))]
        some, singly = self._few(index, state, single, q, k, v)
        mixed = mixed.index_copy(1, torch.from_numpy(single), some)
        return mixed[:, torch.from_numpy(rows)], singly if selection is None else selection.with_rows(singly)

    def _affected(self, index: int, state: LayerState, changed: NDArray[np.int64], q: Tensor, k: Tensor) -> NDArray[np.int64]:
        """Return the sorted rows of the layer that have to be computed anew."""
        edited = {pair.query for pair in self.intervention.pairs if pair.layer == index}
        touched = np.zeros(q.shape[1], dtype=np.bool_)
        touched[changed] = True
        touched[list(edited)] = True
        gone = self.intervention.absent.union(changed.tolist())
        if gone:
            left = np.zeros(q.shape[1], dtype=np.bool_)
            left[list(gone)] = True
            for head in self.base.trace.heads[index]:
                hit = np.flatnonzero(left[head.key_index])
                touched[np.searchsorted(head.query_ptr, hit, "right") - 1] = True
        n = q.shape[1]
        every = torch.arange(n)
        if len(changed) > _MANY_ROWS:
            return np.arange(n)
        for key in () if self.intervention.frozen else changed.tolist():
            self.base.step()
            # A changed key may now pass the threshold of a row that did not select it.
            z = torch.einsum("hnd,hd->hn", q, k[:, key]) + state.bias[:, key - every + n]
            touched |= (z / 2 > state.tau - _SLACK).any(0).numpy()
        return np.flatnonzero(touched)

    def _rows(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Tensor, k: Tensor, v: Tensor
    ) -> tuple[Tensor, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return mixed values [H, R, D] of some rows, from all keys, and their pairs: head * R + row, key, weight."""
        self.base.step()
        attention = state.layer.attention
        heads, n, d = q.shape
        query = torch.from_numpy(rows)
        offset = torch.arange(n) - query[:, None] + n
        z = torch.cat(
            [
                q[:, query] @ k.transpose(1, 2) + state.bias[:, offset],
                torch.einsum("hrd,hd->hr", q[:, query], attention.anchor_key)[..., None],
            ],
            -1,
        )
        self._edit(index, rows, z)
        flat = z.reshape(-1, n + 1)
        row, column = (flat > flat.amax(-1, keepdim=True) - 2.0 - _SLACK).nonzero(as_tuple=True)
        weight, _ = segment_entmax15(flat[row, column], row, len(flat))
        values = torch.cat([v, attention.anchor_value[:, None]], 1).reshape(-1, d)
        head = torch.div(row, len(rows), rounding_mode="floor")
        mixed = q.new_zeros(len(flat), d).index_add_(0, row, values[head * (n + 1) + column] * weight[:, None])
        chosen = (weight > 0) & (column < n)
        return mixed.view(heads, len(rows), d), row[chosen].numpy(), column[chosen].numpy(), weight[chosen].numpy()

    def _edit(self, index: int, rows: NDArray[np.int64], z: Tensor) -> None:
        """Apply the intervention to logits [H, R, N + 1]."""
        change = self.intervention
        unmasked = z.clone() if change.frozen and change.forced else z
        if change.frozen:
            allowed = torch.full_like(z, -torch.inf)
            allowed[..., -1] = 0.0
            for h, selection in enumerate(self.base.trace.heads[index]):
                for place, query in enumerate(rows.tolist()):
                    allowed[h, place, torch.from_numpy(selection.key_index[selection.pairs_of(query)].astype(np.int64))] = 0.0
            z += allowed
        if change.absent:
            gone = torch.tensor(sorted(change.absent))
            # An event stays a candidate of its own query, or it would lose its own content.
            own = torch.from_numpy(rows)[:, None] == gone
            z[..., gone] = torch.where(own, z[..., gone], -torch.inf)
        inside = [pair for pair in sorted(change.pairs) if pair.layer == index and pair.query in rows]
        places = [(pair, pair.head, int(np.searchsorted(rows, pair.query))) for pair in inside]
        for pair, head, row in places:
            if pair in change.removed:
                z[head, row, pair.key] = -torch.inf
        forced = [place for place in places if place[0] in change.forced]
        keys = {(head, row): [p.key for p, h, r in forced if (h, r) == (head, row)] for _, head, row in forced}
        for (head, row), forced_keys in keys.items():
            others = z[head, row].clone()
            others[forced_keys] = -torch.inf
            z[head, row, forced_keys] = torch.maximum(unmasked[head, row, forced_keys], others.max())


def _of_heads(pairs: list[HeadPairs]) -> RowSelection:
    """Return the selection of every row of a layer."""
    n = len(pairs[0].threshold)
    starts = np.cumsum([0] + [len(head.key) for head in pairs])
    pointer = np.concatenate(
        [head.pointer[:-1] + start for head, start in zip(pairs, starts[:-1], strict=True)] + [starts[-1:]]
    )
    key = np.concatenate([head.key for head in pairs]).astype(np.int64)
    return RowSelection(np.arange(n), pointer, key, np.concatenate([head.weight for head in pairs]))


def logged(
    layer: Layer, q: Tensor, k: Tensor, v: Tensor, heads: tuple[HeadSelection, ...], absent: frozenset[int] = frozenset()
) -> tuple[Tensor, Tensor]:
    """Return mixed values [H, N, D] over the logged pairs, without pairs to the events ``absent``, and the exact thresholds
    [H, N]."""
    gone = np.zeros(q.shape[1], np.bool_)
    gone[list(absent)] = True

    def head_of(h: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        attention = layer.attention
        pairs = _given(heads[h], gone, attention.bias(h))
        return attend_row(q[h], k[h], v[h], attention.anchor_key[h], attention.anchor_value[h], pairs)

    # A head at a time on every thread: the distances of all pairs of a layer may take as much memory as its selection.
    results = parallel.run([partial(head_of, h) for h in range(len(heads))])
    mixed, tau = (np.stack([result[i] for result in results]) for i in range(2))
    return torch.from_numpy(mixed), torch.from_numpy(tau)


def _given(head: HeadSelection, gone: NDArray[np.bool_], bias: DistanceBias) -> GivenPairs:
    """Return the logged pairs of a head, without those whose key is ``gone`` [N]."""
    query, key, pointer = head.query_index, head.key_index, head.query_ptr
    if gone.any():
        stays = ~gone[key]
        pointer = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)[pointer]
        query, key = query[stays], key[stays]
    return GivenPairs(pointer, key, bias.of(key - query))


def after(layer: Layer, x: Tensor, mixed: Tensor) -> Tensor:
    """Compute the rest of the layer for some rows: ``x`` [R, M] and ``mixed`` [H, R, D] -> [R, M]."""
    joined = layer.attention.out(mixed.transpose(0, 1).flatten(1))
    return layer.after_attention(x[None], joined[None])[0]
