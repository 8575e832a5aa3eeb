"""The receptive field of one event: all that can influence its logit when the selection stays as logged.

A pair that was not selected carries nothing, so the logit of an event depends only on the events that its pairs reach, layer by
layer: a few dozen, whatever the length of the sequence. On this small network the logit is computed exactly, and as often as
an explanation method wants.

Axis letters: B batch, K events of the field, H heads, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.errors import TraceError
from sparsemix.network import Layer, Network
from sparsemix.pairs import PairAddress
from sparsemix.trace import SelectionTrace

# The neutral event's row in ``ReceptiveField.lookup``.
NEUTRAL = 0


def reach(trace: SelectionTrace, event: int) -> NDArray[np.int64]:
    """Sorted indices of the events that can influence ``event`` through selected pairs, itself included."""
    if not 0 <= event < trace.length:
        raise TraceError(f"event {event} lies outside the sequence of {trace.length} events")
    reached = {event}
    for heads in reversed(trace.heads):
        for head in heads:
            for query in tuple(reached):
                reached.update(head.key_index[head.pairs_of(query)].tolist())
    return np.array(sorted(reached), dtype=np.int64)


class ReceptiveField(nn.Module):
    """The network restricted to the receptive field of ``target``, its selection frozen.

    ``forward`` takes rows of ``lookup`` for the K events, int64 [B, K] (``ids`` for the real ones, ``NEUTRAL`` for the neutral
    event), and returns the target's logit [B]. The weights of the logged pairs are computed anew; other pairs stay out.
    """

    def __init__(
        self,
        network: Network,
        embedded: Tensor,
        neutral: Tensor,
        trace: SelectionTrace,
        target: int,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        """``embedded`` [N, M]: the sequence's embedded events; ``neutral`` [M]; ``step`` is called before every forward pass
        and may raise to stop whatever drives them."""
        super().__init__()
        self.events = reach(trace, target)
        self.lookup = nn.Embedding.from_pretrained(torch.cat([neutral[None], embedded[torch.from_numpy(self.events)]]))  # type: ignore[no-untyped-call]
        self._network = network
        self._step = step
        self._target = int(np.searchsorted(self.events, target))
        self._pairs = [self._layer_pairs(heads) for heads in trace.heads]

    @property
    def ids(self) -> Tensor:
        """Rows of the real events in ``lookup``, int64 [1, K]."""
        return torch.arange(1, len(self.events) + 1)[None]

    def _layer_pairs(self, heads: tuple) -> list[tuple[Tensor, Tensor, Tensor]]:  # type: ignore[type-arg]
        """Pairs of every head whose query and key lie in the field: local query, local key, true offset."""
        size, found = len(self.events), []
        for head in heads:
            queries, keys = [], []
            for local, event in enumerate(self.events.tolist()):
                key = head.key_index[head.pairs_of(event)].astype(np.int64)
                queries.append(np.full(len(key), local))
                keys.append(key)
            query, key = np.concatenate(queries), np.concatenate(keys)
            place = np.minimum(np.searchsorted(self.events, key), size - 1)
            inside = self.events[place] == key
            query, key, place = query[inside], key[inside], place[inside]
            found.append(tuple(torch.from_numpy(a) for a in (query, place, key - self.events[query])))
        return found  # type: ignore[return-value]

    def forward(self, ids: Tensor) -> Tensor:
        self._step()
        x = self.lookup(ids)
        for layer, pairs in zip(self._network.layers, self._pairs, strict=True):
            if not isinstance(layer, Layer):
                raise TraceError("the network's layers must be Layer")
            q, k, v = layer.attention.project(layer.norm(x))
            mixed, _, _ = layer.attention.attend(q, k, v, self._address(pairs, len(x)))
            x = layer.after_attention(x, layer.attention.out(mixed.transpose(1, 2).flatten(2)))
        return self._network.event_logits(x)[:, self._target]

    def _address(self, pairs: list[tuple[Tensor, Tensor, Tensor]], batch: int) -> PairAddress:
        size, heads = len(self.events), len(pairs)
        query = torch.cat([q + h * size for h, (q, _, _) in enumerate(pairs)])
        target = torch.cat([t + h * size for h, (_, t, _) in enumerate(pairs)])
        offset = torch.cat([o for _, _, o in pairs])
        head = torch.cat([torch.full_like(q, h) for h, (q, _, _) in enumerate(pairs)])
        base = (torch.arange(batch) * heads * size)[:, None]
        return PairAddress((query + base).flatten(), (target + base).flatten(), head.repeat(batch), offset.repeat(batch))
