"""The compiled loops that look at every key, for queries that no bound helps and for short sequences.

Four queries share the loaded keys, so a key costs a fraction of its cost in the index; from a few thousand events on, an index
that excludes most keys is still faster.

Releases the GIL and runs in ordinary threads, like ``index_kernels``.

Axis letters: N events, D head dimension (a multiple of 8, padded with zeros), B blocks, W keys a block, S queries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.attention.pair_kernels import attend, dot
from sparsemix.kernels.compiled import compiled
from sparsemix.kernels.simd_all import QUERIES, append_above, score_four
from sparsemix.kernels.vectors import WIDTH as BLOCK

Float = NDArray[np.float32]
Int = NDArray[np.int32]
Long = NDArray[np.int64]
Real = NDArray[Any]

# For the rounding of the floor itself, which does not grow with the logits.
_ROOM = 1e-6
_LARGEST = 1e16
# Blocks whose logits are kept at once.
_TILE = 64


@compiled()
def attend_all(
    q: Real,
    k: Real,
    v: Real,
    anchor: Real,
    anchor_value: Real,
    valid: NDArray[np.bool_],
    log: NDArray[np.float64],
    past: float,
    future: float,
    future_offset: float,
    near_misses: int,
    near_window: float,
) -> tuple[Any, ...]:
    """Compute the attention of one head over one sequence, all queries looking at all keys: in one call, which on a short
    sequence takes longer than its loops. Arguments as of ``prepared`` and ``pair_kernels.attend``; returns mixed values and the
    columns of ``HeadPairs``."""
    window = near_window if near_misses > 0 else 0.0
    query, keys, single_anchor, reach, bias, single_bias = prepared(q, k, anchor, log, past, future, future_offset, window)
    which = np.flatnonzero(valid)
    least = np.full(which.shape[0], -np.inf, np.float32)
    nothing = np.zeros(q.shape[0] + 1, np.int64), np.empty(0, np.int32)
    laid_out = in_order(keys, valid)
    pointer, key = scan(0, which, least, query, single_anchor, reach, single_bias, *laid_out, *nothing)
    none = np.empty(0, np.float64)
    attended = attend(0, q, k, v, anchor, anchor_value, valid, bias, pointer, key, near_misses, near_window, none)
    scored = np.zeros(q.shape[0], np.int32)
    scored[which] = which.shape[0]
    return *attended, np.ones(q.shape[0], np.bool_), scored


@compiled()
def single(x: Real) -> Float:
    """Return queries or keys [N, D] in single precision, padded with zeros to a multiple of eight columns."""
    n, d_head = x.shape
    found = np.zeros((n, (d_head + 7) // 8 * 8), np.float32)
    for i in range(n):
        for d in range(d_head):
            found[i, d] = x[i, d]
    return found


@compiled()
def prepared(
    q: Real, k: Real, anchor: Real, log: NDArray[np.float64], past: float, future: float, future_offset: float, window: float
) -> tuple[Any, ...]:
    """Return what a search compares: queries, keys [N, D] and the anchor's logits [N] in single precision; ``reach`` float32
    [N]: keys below max z - reach are neither selected nor within ``window``, whatever the rounding (``distance_bias.rounding``
    explains the bound); and the distance bias by offset j - i + N (``DistanceBias.table``), as the type of ``q`` [2 N] and in
    single precision [2 N + 16], -inf for places that hold no key: scanning reads a whole block at once.

    ``q``, ``k`` [N, D]; ``anchor`` logits [N]; ``log``: log(1 + distance) for distances 0 to N.
    """
    n, d_head = q.shape
    query, keys = single(q), single(k)
    reach = np.empty(n, np.float32)
    longest = 0.0
    for i in range(n):
        longest = max(longest, np.sqrt(dot(k[i], k[i])))
    slope = max(past, future) * log[n] + abs(future_offset)
    for i in range(n):
        error = (d_head + 8) * 2.0**-24 * (np.sqrt(dot(q[i], q[i])) * longest + abs(anchor[i]) + slope)
        reach[i] = 2.0 + 2.0 * window + _ROOM + 4.0 * error
    bias = np.empty(2 * n, q.dtype)
    single_bias = np.full(2 * n + BLOCK, -np.inf, np.float32)
    for distance in range(n + 1):
        bias[n - distance] = -past * log[distance]
    for distance in range(1, n):
        bias[n + distance] = future_offset - future * log[distance]
    single_bias[: 2 * n] = bias
    return query, keys, anchor.astype(np.float32), reach, bias, single_bias


@compiled()
def usable(q: Real, k: Real, v: Real, anchor_key: Real, anchor_value: Real) -> Any:
    """Return whether all values are finite, and those of queries and keys so far below the limit of single precision that
    their products stay finite."""
    return (
        _below(q.ravel(), _LARGEST)
        and _below(k.ravel(), _LARGEST)
        and _below(anchor_key, _LARGEST)
        and _below(v.ravel(), np.inf)
        and _below(anchor_value, np.inf)
    )


@compiled()
def _below(values: Real, most: float) -> Any:
    below = True
    # By index: over values, LLVM would take them one by one. Not-a-number is not below.
    for i in range(values.shape[0]):
        below &= abs(values[i]) < most
    return below


@compiled()
def in_order(keys: Float, valid: NDArray[np.bool_]) -> tuple[Float, Int]:
    """Lay out all keys by time: ``keys`` [N, D] -> ``blocks`` [B, D, W], and ``position`` int32 [B, W], 2 N without a key."""
    n, d_head = keys.shape
    count = (n + BLOCK - 1) // BLOCK
    blocks = np.zeros((count, d_head, BLOCK), np.float32)
    position = np.full((count, BLOCK), 2 * n, np.int32)
    for i in range(n):
        if valid[i]:
            position[i // BLOCK, i % BLOCK] = i
            for d in range(d_head):
                blocks[i // BLOCK, d, i % BLOCK] = keys[i, d]
    return blocks, position


@compiled()
def scan(
    start: int,
    which: Long,
    least: Float,
    query: Float,
    anchor: Float,
    reach: Float,
    bias: Float,
    blocks: Float,
    position: Int,
    pointer: Long,
    key: Int,
) -> tuple[Long, Int]:
    """Find the candidates of the queries ``which`` int64 [S], by rising place, and add them to those of the other queries.

    The queries begin at ``start``. ``least`` [S]: a known floor; ``query`` [N, D]; ``anchor`` [N]; ``reach`` [N]: keys below
    max z - reach cannot be candidates; ``bias`` [2 N + 16] by offset j - i + N; ``blocks`` and ``position`` as ``in_order``
    made them. ``pointer`` and ``key`` hold the candidates of the other queries only. Returns both with the new candidates in
    their places.
    """
    n = query.shape[0]
    score = np.empty((QUERIES, _TILE * BLOCK), np.float32)
    found_key = np.empty((QUERIES, n + BLOCK), np.int32)
    found_logit = np.empty((QUERIES, n + BLOCK), np.float32)
    four = np.empty(QUERIES, np.int64)
    count = np.empty(QUERIES, np.int64)
    best = np.empty(QUERIES, np.float32)
    floor = np.empty(QUERIES, np.float32)
    scanned = np.empty(4 * which.shape[0] + 64, np.int32)
    ends = np.empty(which.shape[0], np.int64)
    total = 0
    for first in range(0, which.shape[0], QUERIES):
        for k in range(QUERIES):
            s = min(first + k, which.shape[0] - 1)
            four[k], best[k], floor[k], count[k] = which[s], anchor[which[s]], least[s], 0
        # A tile at a time: its logits stay in the fastest cache until the floor is known.
        for begin in range(0, blocks.shape[0], _TILE):
            end = min(begin + _TILE, blocks.shape[0])
            score_four(query, four, begin, end, blocks, position, bias, score, best)
            for k in range(QUERIES):
                floor[k] = max(floor[k], best[k] - reach[four[k]])
                place = begin * BLOCK
                count[k] = append_above(score, k, end - begin, place, floor[k], found_key, found_logit, count[k])
        for k in range(min(QUERIES, which.shape[0] - first)):
            if total + count[k] > scanned.shape[0]:
                larger = np.empty(max(2 * scanned.shape[0], total + count[k]), np.int32)
                larger[:total] = scanned[:total]
                scanned = larger
            for j in range(count[k]):
                if found_logit[k, j] > floor[k]:
                    scanned[total] = found_key[k, j]
                    total += 1
            ends[first + k] = total
    together, candidates = _together(start, which, ends, scanned, pointer, key)
    return together, candidates


@compiled()
def _together(start: int, which: Long, ends: Long, scanned: Int, pointer: Long, key: Int) -> tuple[Long, Int]:
    """Return one list of candidates: those found in the index, and for the queries ``which`` the scanned ones."""
    together = np.zeros_like(pointer)
    out = np.empty(key.shape[0] + (ends[-1] if ends.shape[0] else 0), np.int32)
    total, s = 0, 0
    for r in range(pointer.shape[0] - 1):
        if s < which.shape[0] and which[s] == start + r:
            begin = ends[s - 1] if s else 0
            for j in range(begin, ends[s]):
                out[total] = scanned[j]
                total += 1
            s += 1
        for j in range(pointer[r], pointer[r + 1]):
            out[total] = key[j]
            total += 1
        together[r + 1] = total
    return together, out
