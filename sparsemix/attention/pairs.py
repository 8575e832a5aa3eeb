"""Tensors of the attention: pairs of a batch, pairs watched by a loss, statistics, and the parameters of the heads.

Axis letters: B batch, N events, H heads, P pairs, W watched pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from sparsemix.attention.distance_bias import DistanceBias


@dataclass(slots=True)
class SelectionStatistics:
    """Statistics per head [H] of one forward pass: the differentiable ``sharpness`` (Tsallis entropy of the selected weights,
    mean over queries), selected keys per query and the anchor's share of the weight. ``sharpness`` is zero for the softmax
    twin."""

    sharpness: Tensor
    selected: Tensor
    anchor_share: Tensor
    missed: Tensor | None = None
    """With soft attention and pairs to watch [W]: the product over the heads of 1 - weight, differentiable."""
    search_cost: Tensor | None = None
    """With queries to probe: the search-cost penalty, differentiable scalar (see ``sparse_attention``)."""
    breadth: Tensor | None = None
    """With sparse attention [H]: the sum of the square roots of the selected weights, mean over queries, differentiable: the
    root of their number where they are equal. Unlike ``sharpness`` it goes on growing with many selected keys."""
    certified: Tensor | None = None
    """With sparse attention [H]: share of queries whose search proved that it missed no pair."""


@dataclass(frozen=True, slots=True)
class WatchedPairs:
    """Pairs [W] of a batch whose weights a loss uses: ``item`` in the batch, ``query`` and ``key`` in the sequence."""

    item: Tensor
    query: Tensor
    key: Tensor


class HeadParameters(NamedTuple):
    """Parameters of the logits besides queries and keys: ``past``, ``future``, ``future_offset`` [H], see ``DistanceBias``;
    ``anchor_key``, ``anchor_value`` [H, D]."""

    past: Tensor
    future: Tensor
    future_offset: Tensor
    anchor_key: Tensor
    anchor_value: Tensor

    @property
    def biases(self) -> list[DistanceBias]:
        """Return the distance bias of every head, as numbers for a search."""
        numbers = (values.tolist() for values in (self.past, self.future, self.future_offset))
        return [DistanceBias(*of_head) for of_head in zip(*numbers, strict=True)]
