"""The state of one layer of a run, and its mixed values over logged pairs.

Axis letters: N events, R some of them, H heads, D head dimension, M model dimension.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.given_pairs import GivenPairs, attend_row
from sparsemix.distinct import distinct
from sparsemix.encoding.matches import Matches
from sparsemix.kernels import parallel
from sparsemix.model.network import Layer, in_cache
from sparsemix.trace.head_selection import HeadSelection

# Parts of a layer's projection that are kept for the next question, each of 512 events and 0.26 MB; parts computed at once; and
# up to how many parts all are projected at the first question.
_KEPT, _PARTS, _AT_ONCE = 128, 64, 8
_NOTHING = np.zeros(0, np.int64)

Nearest = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


class Projection:
    """Queries, keys or values (``which``: q, k, v) of the events of a run, [H, N, D], projected when they are asked for. Those
    of a few events are projected with their neighbours, in the parts in which a whole layer is: that gives the same bits."""

    def __init__(self, layer: Layer, x: Tensor, which: str) -> None:
        """Take the layer and its input ``x`` [N, M]."""
        self._layer, self._x, self._which = layer, x, which
        self._parts = in_cache(len(x))
        self._kept: dict[int, Tensor] = {}
        # Addresses of the log page and jobs of the app ask one run at the same time.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._x)

    @cached_property
    def all(self) -> Tensor:
        """Return those of all events [H, N, D]; they stay in memory from then on."""
        return self._layer.projected(self._x, self._which)[0]

    def at(self, index: Tensor, head: Tensor | None = None) -> Tensor:
        """Return those of the events ``index`` [R]: [H, R, D], or [R, D] of one ``head`` [R] each."""
        if "all" in self.__dict__ or len(self._parts) <= _AT_ONCE:
            return self.all[:, index] if head is None else self.all[head, index]
        attention = self._layer.attention
        shape = (*(() if head is not None else (attention.heads,)), len(index), attention.d_head)
        found, number = self._x.new_empty(shape), (index // self._parts[0].stop).clamp_max(len(self._parts) - 1)
        for one in distinct(number.numpy()).tolist():
            here = (number == one).nonzero()[:, 0]
            place, part = index[here] - self._parts[one].start, self._part(one)
            if head is None:
                found[:, here] = part[:, place]
            else:
                found[here] = part[head[here], place]
        return found

    def _part(self, number: int) -> Tensor:
        """Return those of one part of the events; the last asked for stay in memory."""
        with self._lock:
            part = self._kept.pop(number, None)
        if part is None:
            part = self._layer.projected(self._x[self._parts[number]], self._which)[0]
        with self._lock:
            self._kept[number] = part
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return part


class LayerState:
    """One layer of the run: its input ``x`` [N, M], the projections ``q``, ``k``, ``v`` of it, thresholds ``tau`` [H, N], the
    distance bias by offset [H, 2 N], and the ``matches`` of the events, for heads that match identifiers."""

    def __init__(self, layer: Layer, x: Tensor, tau: Tensor, matches: Matches | None) -> None:
        """Take the layer, its input and thresholds, and the matches of the events."""
        self.layer, self.x, self.tau, self.matches = layer, x, tau, matches
        self.q, self.k, self.v = (Projection(layer, x, which) for which in "qkv")
        self.bias = torch.stack(
            [torch.from_numpy(layer.attention.bias(h).table(len(x), np.float64)) for h in range(layer.attention.heads)]
        )

    @cached_property
    def longest(self) -> Tensor:
        """Return the length of every head's longest key [H]."""
        return torch.as_tensor(self.k.all.norm(dim=-1).amax(-1))

    @property
    def matched(self) -> bool:
        """Return whether events select only those that share an identifier with them."""
        return self.layer.attention.matching(0, self.matches) is not None

    def nearest(
        self, query: Tensor, event: NDArray[np.int64], within: float, never: NDArray[np.int64] = _NOTHING
    ) -> list[Nearest]:
        """Return the keys of the run that lie ``within`` so many logits of the best, for the queries [H, R, D] of the events
        ``event`` [R], without the pairs ``never``, each (head * R + row) * N + key. Of each query: heads [P], keys [P], and the
        logit of each head [H] above which no key is left out."""
        heads, n, _ = self.shape
        rows = len(event)
        if self.matched:
            keys = [np.asarray(self.layer.attention.matching(one, self.matches), np.int64) for one in event.tolist()]
            return [(np.repeat(np.arange(heads), len(own)), np.tile(own, heads), np.full(heads, -np.inf)) for own in keys]
        k, never = self.k.all, np.sort(never)

        def head_of(h: int) -> Nearest:
            z = torch.addmm(self.bias[h].unfold(0, n, 1)[n - event], query[h], k[h].T)
            first, last = np.searchsorted(never, [h * rows * n, (h + 1) * rows * n])
            z.view(-1)[torch.from_numpy(never[first:last] - h * rows * n)] = -torch.inf
            floor = z.amax(-1) - within
            row, key = (z > floor[:, None]).nonzero(as_tuple=True)
            return np.searchsorted(row.numpy(), np.arange(rows + 1)), key.numpy(), floor.numpy()

        parts, found = parallel.run([partial(head_of, h) for h in range(heads)]) if rows else [], []
        for row in range(rows):
            own = [key[start[row] : start[row + 1]] for start, key, _ in parts]
            head = np.repeat(np.arange(heads), [len(key) for key in own])
            found.append((head, np.concatenate(own), np.array([floor[row] for *_, floor in parts])))
        return found

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the shape of the projections: H, N, D."""
        return self.layer.attention.heads, len(self.x), self.layer.attention.d_head


def output(layer: Layer, x: Tensor, heads: tuple[HeadSelection, ...], matches: Matches | None) -> tuple[Tensor, Tensor]:
    """Return the output [N, M] of a layer for its input ``x`` [N, M] over the logged pairs, and the exact thresholds [H, N]."""
    k, v = layer.projected(x, "kv")
    found, tau = torch.empty_like(x), x.new_empty(len(heads), len(x))
    parts = in_cache(len(x))
    # Queries and mixed values of all events at once would take as much memory again as keys and values.
    for some in (parts[start : start + _PARTS] for start in range(0, len(parts), _PARTS)):
        rows = slice(some[0].start, some[-1].stop)
        mixed, tau[:, rows] = logged(layer, layer.projected(x[rows], "q")[0], k, v, heads, matches, rows=rows)
        found[rows] = layer.after_mixing(x[rows], mixed)
    return found, tau


def logged(
    layer: Layer,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    heads: tuple[HeadSelection, ...],
    matches: Matches | None,
    absent: frozenset[int] = frozenset(),
    rows: slice = slice(None),
) -> tuple[Tensor, Tensor]:
    """Return mixed values [H, R, D] of some ``rows`` over the logged pairs, without pairs to the events ``absent``, and the
    exact thresholds [H, R]; ``q`` [H, R, D], ``k``, ``v`` [H, N, D]."""
    gone = np.zeros(k.shape[1], np.bool_)
    gone[list(absent)] = True

    def head_of(h: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        attention = layer.attention
        pairs = _given(heads[h], rows, gone, partial(attention.pair_bias, h, matches=matches))
        return attend_row(q[h], k[h], v[h], attention.anchor_key[h], attention.anchor_value[h], pairs)

    # A head at a time on every thread: the distances of all pairs of a layer may take as much memory as its selection.
    results = parallel.run([partial(head_of, h) for h in range(len(heads))])
    mixed, tau = (np.stack([result[i] for result in results]) for i in range(2))
    return torch.from_numpy(mixed), torch.from_numpy(tau)


def _given(head: HeadSelection, rows: slice, gone: NDArray[np.bool_], bias: Callable[..., NDArray[np.float64]]) -> GivenPairs:
    """Return the logged pairs of some rows of a head, without those whose key is ``gone`` [N]."""
    first, last, _ = rows.indices(head.length)
    pointer = head.query_ptr[first : last + 1]
    key = head.key_index[pointer[0] : pointer[-1]]
    pointer = pointer - pointer[0]
    query = np.repeat(np.arange(first, last, dtype=np.int32), np.diff(pointer))
    if gone.any():
        stays = ~gone[key]
        pointer = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)[pointer]
        query, key = query[stays], key[stays]
    return GivenPairs(pointer, key, bias(query, key))
