"""Which keys can be selected at all: the search in front of the attention.

With weights that are exactly zero below a threshold, a query needs only the keys whose logit lies within 2 of its best one
(p <= 1, therefore tau >= max z / 2 - 1), the anchor counting for the best. A search returns a superset of these and says, query
by query, whether it is sure that it missed none (the certificate).

Logits are searched in single precision, whatever the arguments are, with room for its rounding; the attention computes those of
the candidates again. ``ExhaustiveSearch`` looks at every key, in row chunks that bound memory: the reference for
``index.IndexSearch``, in plain PyTorch.

Axis letters: N events, D head dimension, C candidates of all queries one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sparsemix.attention.distance_bias import DistanceBias, rounding

# Bytes of logits that one chunk of rows may hold.
CHUNK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate pairs of one head: ``query`` and ``key`` int64 [C], by rising query, and their ``logit`` [C] as the search
    computed it; ``certified`` bool [N]."""

    query: Tensor
    key: Tensor
    logit: Tensor
    certified: Tensor


@dataclass(frozen=True, slots=True)
class ExhaustiveSearch:
    """Every key for every query, chunk by chunk of ``CHUNK_BYTES``; certified by construction.

    ``step`` is called with the share of queries done after every chunk; it may raise to stop the search.
    """

    step: Callable[[float], None] | None = None

    def search(
        self, q: Tensor, k: Tensor, anchor: Tensor, bias: DistanceBias, window: float, valid: Tensor | None = None
    ) -> Candidates:
        """Candidates for all queries.

        ``q`` [N, D] (already scaled) and ``k`` [N, D]; ``anchor`` [N] logits of the anchor; ``window``: keep keys with
        z > max z - 2 - 2 * window, the anchor counting for the maximum; ``valid`` bool [N]: other events neither select nor are
        selected.
        """
        n = q.shape[0]
        reach = 2.0 + 2.0 * window + 4.0 * torch.from_numpy(rounding(q.numpy(), k.numpy(), anchor.numpy(), bias)).float()
        q, k, anchor = q.float(), k.float(), anchor.float()
        # With the queries reversed, row r of the bias matrix is the window of the bias vector that starts at r: a view.
        bands = torch.from_numpy(bias.table(n, np.float32))[1:].unfold(0, n, 1)
        reversed_q, reversed_floor, reversed_reach = q.flip(0), anchor.flip(0), reach.flip(0)
        rows = max(1, CHUNK_BYTES // (n * q.element_size()))
        found, logits = [], []
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            z = torch.addmm(bands[start:stop], reversed_q[start:stop], k.T)
            if valid is not None:
                z[:, ~valid] = -torch.inf
                z[~valid.flip(0)[start:stop]] = -torch.inf
            floor = torch.maximum(z.amax(-1), reversed_floor[start:stop]) - reversed_reach[start:stop]
            # numpy's flatnonzero is some twenty times faster than torch's nonzero on sparse masks.
            inside = np.flatnonzero((z > floor[:, None]).numpy())
            found.append(inside + start * n)
            logits.append(z.view(-1)[torch.from_numpy(inside)])
            if self.step is not None:
                self.step(stop / n)
        flat = torch.from_numpy(np.concatenate(found)).flip(0)
        query, column = torch.div(flat, n, rounding_mode="floor"), flat % n
        return Candidates(n - 1 - query, column, torch.cat(logits).flip(0), torch.ones(n, dtype=torch.bool))
