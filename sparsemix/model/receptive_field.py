"""The receptive field of one event: all events that can influence its logit when the selection stays as logged.

An unselected pair carries no information, so the logit of an event depends only on the events that its pairs reach, layer by
layer: a few dozen for most weights, however long the sequence is. From these few events the logit is computed exactly, as often
as an explanation method needs it. Weights whose heads select hundreds of keys reach most of a sequence: memory is then bounded
by computing few variants at once (``batch``), and time by the number of variants that a method may compute (``affordable``).

Axis letters: B batch, K events of the field, R events that a layer computes, P pairs of a head, H heads, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.attention.given_pairs import GivenPairs, attend_given
from sparsemix.distinct import distinct
from sparsemix.encoding.matches import Matches
from sparsemix.errors import TraceError
from sparsemix.judges.following import NOTHING, Following
from sparsemix.model.network import Network
from sparsemix.trace.selection_trace import SelectionTrace

# The neutral event's row in ``ReceptiveField.lookup``.
NEUTRAL = 0
# Bytes that the values of one call may take: what a small machine spares, and enough to fill a processor's cores.
_BYTES = 128 * 2**20
# Pairs that one part of an explanation (a method, a ranking's scores) may compute: about a second on one core.
_WORK = 2**25
# Computing an event's feed-forward part takes about as long as so many pairs.
_EVENT = 500

KeysOf = Callable[[int, int, NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Function of (layer, head, queries [R]) that returns the number of keys of every query [R], and the keys [P], query by
query."""


def logged_keys(trace: SelectionTrace) -> KeysOf:
    """Return the selection of a trace as a function."""

    def keys(layer: int, head: int, queries: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        selection = trace.heads[layer][head]
        counts, places = selection.pairs_of_all(queries)
        return counts, selection.key_index[places].astype(np.int64)

    return keys


def reach(trace: SelectionTrace, event: int) -> NDArray[np.int64]:
    """Return the sorted indices of the events that can influence ``event`` through selected pairs, itself included. Raises
    `TraceError` for an event outside the sequence."""
    if not 0 <= event < trace.length:
        raise TraceError(f"event {event} lies outside the sequence of {trace.length} events")
    return reached(logged_keys(trace), len(trace.heads), len(trace.heads[0]), event)[0]


def reached(keys_of: KeysOf, layers: int, heads: int, event: int) -> list[NDArray[np.int64]]:
    """Return for every layer the sorted events that it reads, then ``event`` alone, which the last layer computes; the first
    are those of ``reach``."""
    levels = [np.array([event], dtype=np.int64)]
    for layer in reversed(range(layers)):
        keys = [keys_of(layer, head, levels[0])[1] for head in range(heads)]
        levels.insert(0, distinct(np.concatenate([levels[0], *keys])))
    return levels


@dataclass(frozen=True, slots=True)
class _Step:
    """What a layer computes: ``rows`` [R], places among the events that it reads, and every head's pairs."""

    rows: Tensor
    heads: list[GivenPairs]


class ReceptiveField(nn.Module):
    """Network restricted to the receptive field of ``target``, with a fixed selection.

    ``forward`` takes rows of ``lookup`` for the K events, int64 [B, K] (``ids`` for the real ones, ``NEUTRAL`` for the neutral
    event), and returns the target's logit [B]. The weights of the logged pairs are computed anew; other pairs are excluded.
    Every layer computes only the events that the layers after it read. ``events`` int64 [K]; ``pairs``: how many pairs one
    logit takes.
    """

    def __init__(
        self,
        network: Network,
        embedded: Tensor,
        neutral: Tensor,
        selection: SelectionTrace | KeysOf,
        target: int,
        step: Callable[[], None] = lambda: None,
        following: Following = NOTHING,
        matches: Matches | None = None,
    ) -> None:
        """Restrict the network. ``embedded`` [N, M]: the sequence's embedded events; ``neutral`` [M]; ``step`` is called before
        every forward pass and may raise to stop the explanation method; ``matches`` of the events, where the network needs
        them. Raises `TraceError` for a target outside the
        sequence."""
        super().__init__()
        if not 0 <= target < len(embedded):
            raise TraceError(f"event {target} lies outside the sequence of {len(embedded)} events")
        keys_of = logged_keys(selection) if isinstance(selection, SelectionTrace) else selection
        levels = reached(keys_of, network.config.layers, network.config.heads, target)
        self.events = levels[0]
        self.ids = torch.arange(1, len(self.events) + 1)[None]
        self.lookup = nn.Embedding.from_pretrained(torch.cat([neutral[None], embedded[torch.from_numpy(self.events)]]))  # type: ignore[no-untyped-call]
        self._network = network
        self._step = step
        self._following = following.at(levels[-1])
        self._steps = [
            _step(network, keys_of, layer, (levels[layer], levels[layer + 1]), matches)
            for layer in range(network.config.layers)
        ]
        self.pairs = sum(len(pairs.key) for part in self._steps for pairs in part.heads)

    @property
    def batch(self) -> int:
        """Return how many variants of the field may be computed in one call, so that memory stays bounded."""
        config = self._network.config
        # Values kept for the gradient: of the projections for every event, of the feed-forward part for those computed.
        values = 8 * config.d_model * len(self.events) + self.pairs
        values += sum(len(part.rows) * (8 * config.d_model + 4 * config.d_ff) for part in self._steps)
        return max(1, _BYTES // (8 * values))

    @property
    def affordable(self) -> int:
        """Return how many variants of the field one part of an explanation may compute, so that time stays bounded."""
        return max(1, _WORK // (self.pairs + _EVENT * sum(len(part.rows) for part in self._steps)))

    def forward(self, ids: Tensor) -> Tensor:
        self._step()
        return self.of_embedded(self.lookup(ids))

    def of_embedded(self, x: Tensor) -> Tensor:
        """Return the target's logit [B], given the embedded events of the field [B, K, M]."""
        layer, rows = self._network.stack[0], self._steps[0].rows
        q, k, v = layer.attention.project(layer.norm(x))
        return self._from_first(x[:, rows], q[:, :, rows], k, v)

    @torch.no_grad()
    def logits(self, ids: Tensor) -> Tensor:
        """Return the same as ``forward`` [B] without gradient and with bounded memory, however many rows [B, K] there are."""
        parts, (q, k, v) = [], self._projected
        for some in torch.split(ids, self.batch):
            self._step()
            # The first layer's projections are those of the rows of ``lookup``, computed once.
            computed = some[:, self._steps[0].rows]
            first = (values[:, which].transpose(0, 1) for values, which in ((q, computed), (k, some), (v, some)))
            parts.append(self._from_first(self.lookup(computed), *first))
        return torch.cat(parts)

    @cached_property
    def _projected(self) -> tuple[Tensor, ...]:
        """Queries, keys and values of the first layer for the rows of ``lookup``, each [H, K + 1, D]."""
        layer = self._network.stack[0]
        return tuple(part[0] for part in layer.attention.project(layer.norm(self.lookup.weight[None])))

    def _from_first(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Return the target's logit [B], given the first layer's input ``x`` [B, R, M] and queries ``q`` [B, H, R, D] of the
        events that it computes, and keys and values ``k``, ``v`` [B, H, K, D] of all."""
        for index, (layer, part) in enumerate(zip(self._network.stack, self._steps, strict=True)):
            attention = layer.attention
            if index:
                q, k, v = attention.project(layer.norm(x))
                x, q = x[:, part.rows], q[:, :, part.rows]
            mixed = attend_given(q, k, v, attention.anchor_key, attention.anchor_value, part.heads)
            x = layer.after_attention(x, attention.out(mixed.transpose(1, 2).flatten(2)))
        return self._network.event_logits(x, self._following)[:, 0]


def _step(
    network: Network,
    keys_of: KeysOf,
    layer: int,
    levels: tuple[NDArray[np.int64], NDArray[np.int64]],
    matches: Matches | None,
) -> _Step:
    """Return what a layer does, given the events that it reads and those that it computes (``levels``)."""
    events, computed = levels
    attention, heads = network.stack[layer].attention, []
    for head in range(network.config.heads):
        counts, keys = keys_of(layer, head, computed)
        pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        bias = attention.pair_bias(head, np.repeat(computed, counts), keys, matches)
        heads.append(GivenPairs(pointer, np.searchsorted(events, keys).astype(np.int32), bias))
    return _Step(torch.from_numpy(np.searchsorted(events, computed)), heads)
