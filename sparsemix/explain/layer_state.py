"""The state of one layer of a run, and its mixed values over logged pairs.

Axis letters: N events, H heads, D head dimension, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.given_pairs import GivenPairs, attend_row
from sparsemix.encoding.matches import Matches
from sparsemix.kernels import parallel
from sparsemix.model.network import Layer
from sparsemix.trace.head_selection import HeadSelection


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer of the run: its input ``x`` [N, M], ``q``, ``k``, ``v`` [H, N, D], thresholds ``tau`` [H, N], the distance bias
    by offset [H, 2 N], and the ``matches`` of the events, for heads that match identifiers."""

    layer: Layer
    x: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    tau: Tensor
    bias: Tensor
    matches: Matches | None = None


def logged(
    layer: Layer,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    heads: tuple[HeadSelection, ...],
    matches: Matches | None,
    absent: frozenset[int] = frozenset(),
) -> tuple[Tensor, Tensor]:
    """Return mixed values [H, N, D] over the logged pairs, without pairs to the events ``absent``, and the exact thresholds
    [H, N]."""
    gone = np.zeros(q.shape[1], np.bool_)
    gone[list(absent)] = True

    def head_of(h: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        attention = layer.attention
        pairs = _given(heads[h], gone, partial(attention.pair_bias, h, matches=matches))
        return attend_row(q[h], k[h], v[h], attention.anchor_key[h], attention.anchor_value[h], pairs)

    # A head at a time on every thread: the distances of all pairs of a layer may take as much memory as its selection.
    results = parallel.run([partial(head_of, h) for h in range(len(heads))])
    mixed, tau = (np.stack([result[i] for result in results]) for i in range(2))
    return torch.from_numpy(mixed), torch.from_numpy(tau)


def _given(head: HeadSelection, gone: NDArray[np.bool_], bias: Callable[..., NDArray[np.float64]]) -> GivenPairs:
    """Return the logged pairs of a head, without those whose key is ``gone`` [N]."""
    query, key, pointer = head.query_index, head.key_index, head.query_ptr
    if gone.any():
        stays = ~gone[key]
        pointer = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)[pointer]
        query, key = query[stays], key[stays]
    return GivenPairs(pointer, key, bias(query, key))
