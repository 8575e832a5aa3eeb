"""Sparse attention in NumPy: every query looks at every key, and the selected pairs are those of the full model.

Logits in single precision, with a margin for their rounding, show which keys are close enough to a query's best key; these are
computed again in double precision, weighed by entmax-1.5, and selected or not. Every query has seen every key, so all queries
are certified. ``pair_kernels`` does the same with compiled loops, and tests compare the two.

Source of the threshold: Peters, Niculae, Martins 2019 (arXiv 1905.05702), by Newton's method as in ``entmax``.

``attend_matches`` is attention over events that share an identifier: what ``sparsemix.attention.entity_attention`` computes
with torch.

Axis letters: N events, D head dimension, R rows (queries at a time), C candidates of these, the anchor among them, T types of
identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sparsemix.attention.distance_bias import NEAR_WINDOW, DistanceBias, rounding
from sparsemix.attention.head_pairs import HeadPairs, best_of_rows, joined
from sparsemix.encoding.matches import Matches
from sparsemix.errors import SelectionError

Matrix = NDArray[np.float64]
Long = NDArray[np.int64]

# Logits in memory at once: as many as fit into a core's own cache.
_AT_ONCE = 2**18
# Candidates that are weighed at once.
_TOGETHER = 2**16
# For the rounding of the floor itself, which does not grow with the logits.
_ROOM = 1e-6
_MAX_NEWTON_STEPS = 60
# Products of queries and keys must stay finite in single precision.
_LARGEST = 1e16


@dataclass(frozen=True, slots=True)
class EdgeHead:
    """One head over one sequence: ``q`` (scaled), ``k``, ``v`` float64 [N, D]; ``anchor_key``, ``anchor_value`` [D]."""

    q: Matrix
    k: Matrix
    v: Matrix
    anchor_key: Matrix
    anchor_value: Matrix
    bias: DistanceBias


def attend(head: EdgeHead, near_misses: int) -> tuple[Matrix, HeadPairs]:
    """Return the mixed values [N, D] and the selection; ``near_misses``: at most so many per query.

    Raises ``SelectionError`` when values are not finite, or too large for single precision.
    """
    n, anchor = len(head.q), anchor_logits(head)
    bias = head.bias.table(n, np.float64)
    parts = []
    for start, stop, query, key in _candidates(head, anchor, NEAR_WINDOW if near_misses else 0.0):
        logit = np.einsum("cd,cd->c", head.q[query], head.k[key]) + bias[key - query + n]
        scored = np.full(stop - start, n, np.int32)
        parts.append(weighed(head, anchor[start:stop], query - start, key, logit, near_misses, scored))
    mixed, pairs = zip(*parts, strict=True)
    return np.concatenate(mixed), joined(pairs)


def anchor_logits(head: EdgeHead) -> Matrix:
    """Return the anchor's logits [N]. Raises ``SelectionError`` as ``attend`` does."""
    largest = float(np.max([np.abs(values).max(initial=0.0) for values in (head.q, head.k, head.anchor_key)]))
    if not (largest < _LARGEST and np.isfinite(head.v).all() and np.isfinite(head.anchor_value).all()):
        raise SelectionError("queries, keys and values must be finite, and queries and keys below 1e16")
    return np.asarray(np.einsum("nd,d->n", head.q, head.anchor_key))


def _candidates(head: EdgeHead, anchor: Matrix, window: float) -> Iterator[tuple[int, int, Long, Long]]:
    """Yield blocks of queries (start, stop) with query and key of every pair that they may select or nearly miss, sorted."""
    n = len(head.q)
    reach = (2.0 + 2.0 * window + _ROOM + 4.0 * rounding(head.q, head.k, anchor, head.bias)).astype(np.float32)
    q, keys, single_anchor = head.q.astype(np.float32), head.k.astype(np.float32).T.copy(), anchor.astype(np.float32)
    # Row i of the bias matrix is the window of the table that starts at n - i.
    bands = sliding_window_view(head.bias.table(n, np.float32), n)
    rows = max(1, min(n, _AT_ONCE // n))
    logits, above = np.empty((rows, n), np.float32), np.empty((rows, n), np.bool_)
    begin, waiting, blocks = 0, 0, []
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        z, inside = logits[: stop - start], above[: stop - start]
        np.matmul(q[start:stop], keys, out=z)
        z += bands[n - stop + 1 : n - start + 1][::-1]
        floor = np.maximum(z.max(1), single_anchor[start:stop]) - reach[start:stop]
        np.greater(z, floor[:, None], out=inside)
        place = np.flatnonzero(inside)
        blocks.append(place + start * n)
        waiting += len(place)
        if waiting >= _TOGETHER or stop == n:
            flat = np.concatenate(blocks)
            yield begin, stop, flat // n, flat % n
            begin, waiting, blocks = stop, 0, []


def weighed(
    head: EdgeHead, anchor: Matrix, row: Long, key: Long, logit: Matrix, near_misses: int, scored: NDArray[np.int32]
) -> tuple[Matrix, HeadPairs]:
    """Weigh the candidates of a block of queries, by rising row and key: their ``row`` in the block, ``key`` and ``logit`` [C];
    ``anchor``: the anchor's logits of the block [R]; ``scored`` [R] as in ``HeadPairs``. Returns mixed values [R, D] and the
    selection of these queries.
    """
    rows = len(anchor)
    counts = np.bincount(row, minlength=rows)
    # The anchor goes before each row's candidates, so that no row is empty.
    pointer = np.concatenate([[0], np.cumsum(counts + 1)])
    real = np.ones(pointer[-1], np.bool_)
    real[pointer[:-1]] = False
    z = np.empty(pointer[-1])
    z[real], z[pointer[:-1]] = logit, anchor
    top = np.maximum.reduceat(z, pointer[:-1])
    owner = np.repeat(np.arange(rows), counts + 1)
    half = (z - top[owner]) / 2.0
    tau = thresholds(half, owner, pointer[:-1])
    margin = half - tau[owner]
    own = np.maximum(margin[pointer[:-1]], 0.0) ** 2
    margin = margin[real]
    chosen = np.flatnonzero(margin > 0)
    weight = margin[chosen] ** 2
    mixed = own[:, None] * head.anchor_value
    for dimension, values in enumerate(head.v.T):
        mixed[:, dimension] += np.bincount(row[chosen], weight * values[key[chosen]], rows)
    near = np.flatnonzero((margin <= 0) & (margin > -NEAR_WINDOW)) if near_misses else np.zeros(0, np.int64)
    near = best_of_rows(near, row, logit, near_misses)
    begins, sure = np.arange(rows + 1), np.ones(rows, np.bool_)
    selected = np.searchsorted(row[chosen], begins), key[chosen].astype(np.int32), weight, logit[chosen]
    missed = np.searchsorted(row[near], begins), key[near].astype(np.int32), logit[near]
    return mixed, HeadPairs(tau + top / 2.0, own, *selected, *missed, sure, scored)


def thresholds(half: Matrix, owner: Long, first: Long) -> Matrix:
    """Return the thresholds tau [R] of the values ``half`` = z / 2 [C], whose largest in each row is 0.

    ``owner`` [C]: the row of each value; ``first`` [R]: where the rows begin, none of them empty. Newton's method from the
    left, then the closed form over the values above the threshold.
    """
    rows = len(first)
    tau = np.full(rows, -1.0)
    live = half > -1.0
    value, owner = half[live], owner[live]
    for _ in range(_MAX_NEWTON_STEPS):
        excess = np.maximum(value - tau[owner], 0.0)
        step = (np.bincount(owner, excess * excess, rows) - 1.0) / (2.0 * np.bincount(owner, excess, rows))
        tau += np.maximum(step, 0.0)
        if not (step > 1e-7).any():
            break
    above = value > tau[owner]
    value, owner = value[above], owner[above]
    count = np.bincount(owner, minlength=rows)
    mean = np.bincount(owner, value, rows) / count
    spread = np.bincount(owner, (value - mean[owner]) ** 2, rows)
    return np.asarray(mean - np.sqrt(np.maximum(1.0 - spread, 0.0) / count))


# Queries that are weighed at once.
_ROWS = 2048


def attend_matches(head: EdgeHead, gates: Matrix, matches: Matches, near_misses: int) -> tuple[Matrix, HeadPairs]:
    """Return the mixed values [N, D] and the selection among the pairs that match; ``gates``: those of the head, of every set
    of shared types [2^T]; ``near_misses``: at most so many per query.

    Raises ``SelectionError`` as ``attention.attend`` does.
    """
    anchor = anchor_logits(head)
    parts = []
    for start in range(0, len(anchor), _ROWS):
        stop = min(start + _ROWS, len(anchor))
        own = matches.rows(start, stop)
        row, key = own.row, own.key.astype(np.int64)
        content = np.einsum("cd,cd->c", head.q[start + row], head.k[key])
        logit = content + (head.bias.of(own.offset) + gates[own.shared])
        parts.append(weighed(head, anchor[start:stop], row, key, logit, near_misses, np.diff(own.pointer).astype(np.int32)))
    mixed, pairs = zip(*parts, strict=True)
    return np.concatenate(mixed), joined(pairs)


def gates_of(gate: Matrix) -> Matrix:
    """Return a head's gate of every set of shared types [2^T], that of its highest type, from its gates of the types [T]."""
    among = (np.arange(1 << len(gate))[:, None] >> np.arange(len(gate))) & 1
    return np.asarray(np.where(among == 1, gate, -np.inf).max(-1))
