"""The receptive field of one event: all events that can influence its logit when the selection stays as logged.

An unselected pair carries no information, so the logit of an event depends only on the events that its pairs reach, layer by
layer: a few dozen, however long the sequence is. From these few events the logit is computed exactly, as often as an
explanation method needs it.

Axis letters: B batch, K events of the field, H heads, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.attention.pairs import PairAddress
from sparsemix.errors import TraceError
from sparsemix.model.network import Layer, Network
from sparsemix.priors.event_priors import Following, at_events
from sparsemix.trace.selection_trace import SelectionTrace

# The neutral event's row in ``ReceptiveField.lookup``.
NEUTRAL = 0

KeysOf = Callable[[int, int, int], NDArray[np.int64]]
"""Function that returns the keys, int64, selected by (layer, head, query)."""


def logged_keys(trace: SelectionTrace) -> KeysOf:
    """Return the selection of a trace as a function."""

    def keys(layer: int, head: int, query: int) -> NDArray[np.int64]:
        selection = trace.heads[layer][head]
        return selection.key_index[selection.pairs_of(query)].astype(np.int64)

    return keys


def reach(trace: SelectionTrace, event: int) -> NDArray[np.int64]:
    """Return the sorted indices of the events that can influence ``event`` through selected pairs, itself included. Raises
    `TraceError` for an event outside the sequence."""
    if not 0 <= event < trace.length:
        raise TraceError(f"event {event} lies outside the sequence of {trace.length} events")
    return reached(logged_keys(trace), len(trace.heads), len(trace.heads[0]), event)


def reached(keys_of: KeysOf, layers: int, heads: int, event: int) -> NDArray[np.int64]:
    """Return the indices of ``reach`` for any selection."""
    events = {event}
    for layer in reversed(range(layers)):
        for query in tuple(events):
            for head in range(heads):
                events.update(keys_of(layer, head, query).tolist())
    return np.array(sorted(events), dtype=np.int64)


class ReceptiveField(nn.Module):
    """Network restricted to the receptive field of ``target``, with a fixed selection.

    ``forward`` takes rows of ``lookup`` for the K events, int64 [B, K] (``ids`` for the real ones, ``NEUTRAL`` for the neutral
    event), and returns the target's logit [B]. The weights of the logged pairs are computed anew; other pairs are excluded.
    """

    def __init__(
        self,
        network: Network,
        embedded: Tensor,
        neutral: Tensor,
        selection: SelectionTrace | KeysOf,
        target: int,
        step: Callable[[], None] = lambda: None,
        following: Following | None = None,
    ) -> None:
        """Restrict the network. ``embedded`` [N, M]: the sequence's embedded events; ``neutral`` [M]; ``step`` is called before
        every forward pass and may raise to stop the explanation method."""
        super().__init__()
        layers, heads = network.config.layers, network.config.heads
        if isinstance(selection, SelectionTrace):
            self.events, keys_of = reach(selection, target), logged_keys(selection)
        else:
            self.events, keys_of = reached(selection, layers, heads, target), selection
        self.lookup = nn.Embedding.from_pretrained(torch.cat([neutral[None], embedded[torch.from_numpy(self.events)]]))  # type: ignore[no-untyped-call]
        self._network = network
        self._step = step
        self._following = None if following is None else at_events(following, self.events)
        self._target = int(np.searchsorted(self.events, target))
        self._pairs = [[self._head_pairs(keys_of, layer, head) for head in range(heads)] for layer in range(layers)]

    @property
    def ids(self) -> Tensor:
        """Return the rows of the real events in ``lookup``, int64 [1, K]."""
        return torch.arange(1, len(self.events) + 1)[None]

    def _head_pairs(self, keys_of: KeysOf, layer: int, head: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return a head's pairs whose query and key lie in the field: local query, local key, true offset."""
        keys_by_event = [keys_of(layer, head, event) for event in self.events.tolist()]
        key = np.concatenate(keys_by_event)
        query = np.repeat(np.arange(len(self.events)), [len(keys) for keys in keys_by_event])
        place = np.minimum(np.searchsorted(self.events, key), len(self.events) - 1)
        inside = self.events[place] == key
        query, key, place = query[inside], key[inside], place[inside]
        return torch.from_numpy(query), torch.from_numpy(place), torch.from_numpy(key - self.events[query])

    def forward(self, ids: Tensor) -> Tensor:
        self._step()
        return self.of_embedded(self.lookup(ids))

    def of_embedded(self, x: Tensor) -> Tensor:
        """Return the target's logit [B], given the embedded events of the field [B, K, M]."""
        for layer, pairs in zip(self._network.layers, self._pairs, strict=True):
            if not isinstance(layer, Layer):
                raise TraceError("the network's layers must be Layer")
            q, k, v = layer.attention.project(layer.norm(x))
            mixed, _, _ = layer.attention.attend(q, k, v, self._address(pairs, len(x)))
            x = layer.after_attention(x, layer.attention.out(mixed.transpose(1, 2).flatten(2)))
        return self._network.event_logits(x, self._following)[:, self._target]

    def _address(self, pairs: list[tuple[Tensor, Tensor, Tensor]], batch: int) -> PairAddress:
        size, heads = len(self.events), len(pairs)
        query = torch.cat([q + h * size for h, (q, _, _) in enumerate(pairs)])
        target = torch.cat([t + h * size for h, (_, t, _) in enumerate(pairs)])
        offset = torch.cat([o for _, _, o in pairs])
        head = torch.cat([torch.full_like(q, h) for h, (q, _, _) in enumerate(pairs)])
        base = (torch.arange(batch) * heads * size)[:, None]
        return PairAddress((query + base).flatten(), (target + base).flatten(), head.repeat(batch), offset.repeat(batch))
