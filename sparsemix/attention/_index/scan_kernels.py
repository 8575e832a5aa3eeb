"""The compiled loop that looks at every key, for queries that no bound helps and for short sequences.

Four queries share the loaded keys, so a key costs a fraction of its cost in the index; from a few thousand events on, an index
that excludes most keys is still faster.

Releases the GIL and runs in ordinary threads, like ``index_kernels``.

Axis letters: N events, D head dimension (a multiple of 8, padded with zeros), B blocks, W keys a block, S queries.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled
from sparsemix.kernels.simd import QUERIES, score_block, score_four
from sparsemix.kernels.simd import WIDTH as BLOCK

Float = NDArray[np.float32]
Int = NDArray[np.int32]
Long = NDArray[np.int64]


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
    own_key, own_logit = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float32)
    found_key = np.empty((QUERIES, n + BLOCK), np.int32)
    found_logit = np.empty((QUERIES, n + BLOCK), np.float32)
    four = np.empty(QUERIES, np.int64)
    count = np.empty(QUERIES, np.int64)
    best = np.empty(QUERIES, np.float32)
    floor = np.empty(QUERIES, np.float32)
    below = np.empty(QUERIES, np.float32)
    scanned = np.empty(4 * which.shape[0] + 64, np.int32)
    ends = np.empty(which.shape[0], np.int64)
    total = 0
    for first in range(0, which.shape[0], QUERIES):
        for k in range(QUERIES):
            s = min(first + k, which.shape[0] - 1)
            i = which[s]
            four[k], below[k], count[k] = i, reach[i], 0
            # The query's own block gives a first floor.
            _, best[k] = score_block(
                query[i], i, i // BLOCK, blocks, position, bias[: 2 * n + 1], anchor[i], own_key, own_logit, 0
            )
            floor[k] = max(least[s], best[k] - below[k])
        for b in range(blocks.shape[0]):
            score_four(query, four, b, blocks, position, bias, below, best, floor, found_key, found_logit, count)
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
