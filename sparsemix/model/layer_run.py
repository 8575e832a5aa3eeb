"""One layer of a run: its heads select, a few at a time where the sequence is long, and its output is computed.

The product of all projections is computed once: one of fewer columns would have other bits. So keys and values of the heads
that come later have to wait, and they wait where the layer's output will stand. Rows that wait are set aside (`mapped`).

Axis letters: H heads, N events, D head dimension, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.head_pairs import head_selection
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.matches import Matches
from sparsemix.kernels import parallel
from sparsemix.model.mapped import rows, set_aside
from sparsemix.model.network import Layer
from sparsemix.trace.selection_trace import HeadSelection

# Above so many events half of the heads at once, or as many as there are threads.
_LONG = 2**16
# Share of a layer's rows that is set aside at once: more often would hold up the other threads.
_ASIDE = 0.2


def run_layer(
    config: SparseMixConfig,
    layer: Layer,
    x: Tensor,
    mixed: Tensor,
    search: IndexSearch,
    matches: Matches | None,
    step: Callable[[float], None],
) -> tuple[Tensor, tuple[HeadSelection, ...], Tensor]:
    """Return the output [N, M] of a layer for its input ``x`` [N, M], the selection of its heads, and their thresholds [H, N].

    ``mixed`` [H, N, D]: memory for queries and then for mixed values; ``step`` is called with the share that is done, and may
    raise to stop.
    """
    count, width, heads = config.heads, len(x) * config.d_head, list[HeadSelection]()
    tau = x.new_empty(count, len(x))
    at_once = count if len(x) <= _LONG else min(max(parallel.threads(), -(-count // 2)), count)
    late = count - at_once
    spare = rows(len(x), max(config.d_model, 2 * late * config.d_head)).view(-1)
    later = spare[: 2 * late * width].view(2, late, *mixed.shape[1:])
    parts = [x.new_empty(2, at_once, *mixed.shape[1:]), *torch.split(later, at_once, 1)]

    def tell(begin: int, of: int, share: float) -> None:
        step((begin + share * of) / count)

    into = (list(mixed), *([one for part in parts for one in part[which]] for which in range(2)))
    layer.projected(x, step=_leaving((x, spare), partial(tell, 0, 0)), into=into)
    del into
    for begin in range(0, count, at_once):
        q, (k, v) = mixed[begin : begin + at_once], parts.pop(0)
        ask = replace(search, step=partial(tell, begin, len(q)))
        _, pairs = layer.attention.select(q, k, v, config.near_misses, ask, matches, begin, q)
        # What was found takes as much memory again.
        del k, v
        tau[begin : begin + at_once] = torch.from_numpy(np.stack([of_head.threshold for of_head in pairs]))
        heads += parallel.run([partial(head_selection, of_head, config.local_window) for of_head in pairs])
        del pairs
    found = layer.after_mixing(x, mixed, _leaving((x,), partial(tell, count, 0)), spare[: x.numel()].view_as(x))
    return found, tuple(heads), tau


def _leaving(passed: tuple[Tensor, ...], step: Callable[[float], None]) -> Callable[[float], None]:
    """Return a ``step`` that sets aside what has been ``passed``, again and again until the end."""
    aside = 0.0

    def told(share: float) -> None:
        nonlocal aside
        step(share)
        if share == 1.0 or share - aside > _ASIDE:
            aside = share
            for part in passed:
                set_aside(part)

    return told
