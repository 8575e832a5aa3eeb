"""Which keys can be selected at all: the search in front of the attention.

With weights that are exactly zero below a threshold, a query needs only the keys whose logit lies within 2 of its best one
(p <= 1, therefore tau >= max z / 2 - 1). A ``CandidateSearch`` returns a superset of these and says, query by query, whether
it is sure that it missed none (the certificate). The attention recomputes the logits of what can still be selected
itself, so that a search may round as it likes as long as it stays within ``SLACK``.

``ExhaustiveSearch`` looks at every key, in row chunks that bound memory: the reference for every faster search. It computes
in single precision, whatever it is given.

Axis letters: N events, D head dimension, C candidates of all queries one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

# Logits of candidates are recomputed, possibly with other rounding: keep what lies this close below the range.
SLACK = 1e-3
# Near misses are unselected keys whose margin (on the scale of z / 2) is above minus this.
NEAR_WINDOW = 0.5
# Bytes of logits that one chunk of rows may hold.
CHUNK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class DistanceBias:
    """Bias of one head by how far and in which direction a key lies.

    key at or before the query:  - past * log(1 + i - j)
    key after the query:         - future * log(1 + j - i) + future_offset
    """

    past: float
    future: float
    future_offset: float

    def vector(self, n: int, dtype: torch.dtype) -> Tensor:
        """Bias for the offsets j - i = -(n - 1) .. n - 1, as [2 n - 1]."""
        offset = torch.arange(-(n - 1), n, dtype=dtype)
        log = torch.log1p(offset.abs())
        return torch.where(offset <= 0, -self.past * log, self.future_offset - self.future * log)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pairs of one head: ``query`` and ``key`` int64 [C], by rising query, and their ``logit`` [C] as the search
    computed it; ``certified`` bool [N]."""

    query: Tensor
    key: Tensor
    logit: Tensor
    certified: Tensor


class CandidateSearch(Protocol):
    """Interface of a search over the keys of one head."""

    def search(self, q: Tensor, k: Tensor, anchor: Tensor, bias: DistanceBias, window: float) -> Candidates:
        """Candidates for all queries.

        ``q`` [N, D] (already scaled) and ``k`` [N, D]; ``anchor`` [N] logits of the anchor; ``window``: keep keys with
        z > max z - 2 - 2 * window, the anchor counting for the maximum.
        """
        ...


class ExhaustiveSearch:
    """Every key for every query, chunk by chunk of ``CHUNK_BYTES``; certified by construction.

    ``step`` is called with the share of queries done after every chunk; it may raise to stop the search.
    """

    def __init__(self, step: Callable[[float], None] | None = None) -> None:
        self._step = step

    def search(self, q: Tensor, k: Tensor, anchor: Tensor, bias: DistanceBias, window: float) -> Candidates:
        n = q.shape[0]
        # Rounding in single precision stays far within SLACK; what is found is computed again by the attention.
        q, k, anchor = q.float(), k.float(), anchor.float()
        # With the queries reversed, row r of the bias matrix is the window of the bias vector that starts at r: a view.
        bands = bias.vector(n, q.dtype).unfold(0, n, 1)
        reversed_q, reversed_anchor = q.flip(0), anchor.flip(0)
        rows = max(1, CHUNK_BYTES // (n * q.element_size()))
        reach = 2.0 + 2.0 * window + SLACK
        found, logits = [], []
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            z = torch.addmm(bands[start:stop], reversed_q[start:stop], k.T)
            floor = torch.maximum(z.amax(-1), reversed_anchor[start:stop]) - reach
            # numpy's flatnonzero is some twenty times faster than torch's nonzero on sparse masks.
            inside = np.flatnonzero((z > floor[:, None]).numpy())
            found.append(inside + start * n)
            logits.append(z.view(-1)[torch.from_numpy(inside)])
            if self._step is not None:
                self._step(stop / n)
        flat = torch.from_numpy(np.concatenate(found)).flip(0)
        query, column = torch.div(flat, n, rounding_mode="floor"), flat % n
        return Candidates(n - 1 - query, column, torch.cat(logits).flip(0), torch.ones(n, dtype=torch.bool))
