"""Pairs as the attention hands them around: flattened for a batch, as selected by a head, as watched by a loss.

Axis letters: B batch, N events, H heads, P pairs, M near misses, W watched pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class HeadPairs:
    """What one head selected over one sequence, before it becomes part of a trace.

    The selected pairs of query i are ``key[pointer[i]:pointer[i + 1]]``, by rising key, with ``weight`` and ``logit``; its
    near misses ``near_key[near_pointer[i]:near_pointer[i + 1]]``, best first, with ``near_logit``. Per query [N]:
    ``threshold`` (tau, on the scale of z / 2), ``anchor_weight``, ``certified``, and ``scanned``: whether it looked at every
    key. Pointers are int64, keys int32.
    """

    pointer: NDArray[np.int64]
    key: NDArray[np.int32]
    weight: NDArray[Any]
    logit: NDArray[Any]
    threshold: NDArray[Any]
    anchor_weight: NDArray[Any]
    certified: NDArray[np.bool_]
    near_pointer: NDArray[np.int64]
    near_key: NDArray[np.int32]
    near_logit: NDArray[Any]
    scanned: NDArray[np.bool_]

    @property
    def query(self) -> NDArray[np.int64]:
        """The query of every selected pair [P]."""
        return np.repeat(np.arange(len(self.threshold)), np.diff(self.pointer))

    @property
    def near_query(self) -> NDArray[np.int64]:
        """The query of every near miss [M]."""
        return np.repeat(np.arange(len(self.threshold)), np.diff(self.near_pointer))


@dataclass(frozen=True, slots=True)
class PairAddress:
    """Pairs [P] of a batch: ``query`` and ``target`` (the key) as rows of the flattened [B * H * N], the ``head``, and how far
    the key lies from the query in the sequence, ``offset`` = j - i."""

    query: Tensor
    target: Tensor
    head: Tensor
    offset: Tensor

    @classmethod
    def join(cls, parts: list[PairAddress]) -> PairAddress:
        """All pairs of the parts, one after another."""
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in ("query", "target", "head", "offset")))


@dataclass(slots=True)
class SelectionStatistics:
    """Per head [H], of one forward pass: the differentiable ``sharpness`` (Tsallis entropy of the selected weights, mean over
    queries), selected keys per query and the anchor's share of the weight. Zero for the softmax twin's ``sharpness``."""

    sharpness: Tensor
    selected: Tensor
    anchor_share: Tensor
    missed: Tensor | None = None
    """With soft attention and pairs to watch [W]: the product over the heads of 1 - weight, differentiable."""
    search_cost: Tensor | None = None
    """With queries to probe: the search-cost penalty, differentiable scalar (see ``attention``)."""
    certified: Tensor | None = None
    """With sparse attention [H]: share of queries whose search proved that it missed no pair."""


@dataclass(frozen=True, slots=True)
class WatchedPairs:
    """Pairs [W] of a batch whose weight a loss wants to know: ``item`` in the batch, ``query`` and ``key`` in the sequence."""

    item: Tensor
    query: Tensor
    key: Tensor
