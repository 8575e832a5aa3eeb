"""Projections of a run of which a few rows are new: of several runs, the b-th of which has the rows from b N on.

Axis letters: N events, H heads, D head dimension, R rows that are asked for, C new rows.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sparsemix.explain.layer_state import Projection


class Edited:
    """Rows [H, B N, D] of which a few are new: ``rows`` of the run, ``place`` [C] (sorted) of the ``new`` ones [H, C, D].

    A whole copy for every intervention would take most of the time: 25 MB a tensor at 50,000 events.
    """

    def __init__(self, rows: Projection, place: Tensor, new: Tensor) -> None:
        self.rows, self.place, self.new = rows, place, new

    def whole(self) -> Tensor:
        """Return all rows [H, N, D] of a single run."""
        return self.rows.all.index_copy(-2, self.place, self.new) if len(self.place) else self.rows.all

    def at(self, index: Tensor, head: Tensor | None = None) -> Tensor:
        """Return the rows [H, R, D] at ``index`` [R], or those [R, D] of one ``head`` [R] each."""
        found = self.rows.at(index % len(self.rows), head)
        return edited(found, index, self.place, lambda at: self.new[:, at] if head is None else self.new[head, at])


def edited(found: Tensor, index: Tensor, place: Tensor, new_at: Callable[[Tensor], Tensor]) -> Tensor:
    """Return what was ``found`` [..., R, D] at ``index`` [R], with the new rows in place of those at ``place`` [C] (sorted)."""
    if not len(place):
        return found
    at = torch.searchsorted(place, index).clamp_max(len(place) - 1)
    return torch.where((place[at] == index)[:, None], new_at(at), found)
