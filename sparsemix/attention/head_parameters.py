"""What the logits of an attention need beside queries and keys: every head's distance bias and its anchor."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from sparsemix.attention.distance_bias import DistanceBias


class HeadParameters(NamedTuple):
    """``past``, ``future``, ``future_offset`` [H]: see ``DistanceBias``; ``anchor_key``, ``anchor_value`` [H, D]."""

    past: Tensor
    future: Tensor
    future_offset: Tensor
    anchor_key: Tensor
    anchor_value: Tensor

    def bias(self, head: int) -> DistanceBias:
        """The distance bias of one head, as numbers for a search."""
        return DistanceBias(*(float(values.detach()[head]) for values in (self.past, self.future, self.future_offset)))
