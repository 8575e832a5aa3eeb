"""Compiled loops that build the index of a head's keys: assigning them to groups and cells, and laying them out.

Every function releases the GIL and is started from ordinary threads (``parallel``). Numba's own parallel regions are not used:
after a parallel region its OpenMP runtime and torch's compete for the cores, and torch's attention ran 27 times slower.

Axis letters: N events, D head dimension (a multiple of 8, padded with zeros), G groups (a multiple of 16), C = 16 G cells, B
blocks, W keys a block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled
from sparsemix.kernels.simd import fetch, nearest
from sparsemix.kernels.vectors import WIDTH as BLOCK

Float = NDArray[np.float32]
Int = NDArray[np.int32]

# Keys per cell, on average, and rounds of k-means inside a group.
_CELL = 24
_TURNS = 2
# Keys far apart are asked for so many before they are read.
_AHEAD = 16


@compiled()
def assign(keys: Float, centroid: Float, valid: NDArray[np.bool_], cell: Int) -> None:
    """Find the nearest centroid of every valid key: ``keys`` [N, D], ``centroid`` [C / 16, D, 16] -> ``cell`` [N]; -1 for the
    others. Ties go to the smallest cell."""
    half_norm = _half_norm(centroid)
    for i in range(keys.shape[0]):
        cell[i] = nearest(keys[i], centroid, half_norm, 0, centroid.shape[0]) if valid[i] else -1


@compiled()
def _half_norm(centroid: Float) -> Float:
    half: Float = ((centroid * centroid).sum(1) / np.float32(2.0)).ravel()
    return half


@compiled()
def centroids(keys: Float, cell: Int, centroid: Float) -> None:
    """Move every centroid [C / 16, D, 16] to the mean of its keys; a centroid without keys stays."""
    n, d_head = keys.shape
    total = np.zeros((BLOCK * centroid.shape[0], d_head), np.float64)
    count = np.zeros(total.shape[0], np.int64)
    for i in range(n):
        c = cell[i]
        if c >= 0:
            count[c] += 1
            for d in range(d_head):
                total[c, d] += keys[i, d]
    for c in range(total.shape[0]):
        if count[c] > 0:
            for d in range(d_head):
                centroid[c // BLOCK, d, c % BLOCK] = total[c, d] / count[c]


@compiled()
def split(keys: Float, group: Int, groups: int, cell: Int) -> None:
    """Split every group into up to sixteen cells by k-means: ``group`` int32 [N] (-1: not there) -> ``cell`` int32 [N], cells
    of group g being 16 g to 16 g + 15. Groups of few keys get fewer cells, so that blocks are not left half empty."""
    d_head = keys.shape[1]
    cell[:] = -1
    begin, member = _members(group, groups)
    centroid = np.zeros((1, d_head, BLOCK), np.float32)
    own = np.empty(keys.shape[0], np.int32)
    for g in range(groups):
        size = begin[g + 1] - begin[g]
        cells = min(BLOCK, (size + _CELL - 1) // _CELL)
        # Together in memory: they are looked at three times.
        some = np.empty((size, d_head), np.float32)
        for m in range(size):
            fetch(keys, member[min(begin[g] + m + _AHEAD, member.shape[0] - 1)] * d_head)
            some[m] = keys[member[begin[g] + m]]
        for c in range(cells):
            centroid[0, :, c] = some[c * size // cells]
        for turn in range(_TURNS + 1):
            half = _half_norm(centroid)
            # In groups with fewer cells, the unused cells are never nearest.
            half[cells:] = np.inf
            for m in range(size):
                own[m] = nearest(some[m], centroid, half, 0, 1)
            if turn < _TURNS:
                centroids(some, own[:size], centroid)
        for m in range(size):
            cell[member[begin[g] + m]] = g * BLOCK + own[m]


@compiled()
def _members(owner: Int, owners: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``begin`` and ``member``: the members of owner o are ``member[begin[o]:begin[o + 1]]``, rising; members of owner
    -1 are left out."""
    begin = np.zeros(owners + 1, np.int64)
    for i in range(owner.shape[0]):
        if owner[i] >= 0:
            begin[owner[i] + 1] += 1
    for o in range(owners):
        begin[o + 1] += begin[o]
    filled = begin[:-1].copy()
    member = np.empty(begin[owners], np.int64)
    for i in range(owner.shape[0]):
        if owner[i] >= 0:
            member[filled[owner[i]]] = i
            filled[owner[i]] += 1
    return begin, member


@compiled()
def lay_out(keys: Float, cell: Int, groups: int, step: int) -> tuple[Any, ...]:
    """Lay out the keys by cell, in each cell by time, in blocks.

    Returns ``before`` int32 [N / step, C] (the slot of every cell's last key before each ``step``-th event; without any, one
    less than its first slot), ``first_block`` int64 [C + 1], ``blocks`` [B, D, W], ``position`` int32 [B, W] (2 N where a block
    is not full), ``slot`` int32 [N] (block * W + place), ``following`` int32 [N] (the next key of the same cell, or 2 N),
    ``following_group`` int32 [N] (the same for groups), and the boxes of cells, ``low`` and ``high`` [G, D, 16], and of groups,
    ``group_low`` and ``group_high`` [G / 16, D, 16] (0 where there are no keys).
    """
    n, d_head = keys.shape
    cells = groups * BLOCK
    begin, member = _members(cell, cells)
    first_block = np.zeros(cells + 1, np.int64)
    for c in range(cells):
        first_block[c + 1] = first_block[c] + (begin[c + 1] - begin[c] + BLOCK - 1) // BLOCK
    blocks = np.zeros((first_block[cells], d_head, BLOCK), np.float32)
    position = np.full((first_block[cells], BLOCK), 2 * n, np.int32)
    slot = np.zeros(n, np.int32)
    before = np.empty(((n + step - 1) // step, cells), np.int32)
    last = (first_block[:-1] * BLOCK - 1).astype(np.int32)
    following = np.full(n, 2 * n, np.int32)
    following_group = np.full(n, 2 * n, np.int32)
    last_group = np.full(groups, -1, np.int32)
    low = np.zeros((groups, d_head, BLOCK), np.float32)
    high = np.zeros((groups, d_head, BLOCK), np.float32)
    group_low = np.zeros((groups // BLOCK, d_head, BLOCK), np.float32)
    group_high = np.zeros((groups // BLOCK, d_head, BLOCK), np.float32)
    least, most = np.empty(d_head, np.float32), np.empty(d_head, np.float32)
    # Cell by cell, so that every block is written in one go.
    for c in range(cells):
        if begin[c] == begin[c + 1]:
            continue
        least[:] = np.inf
        most[:] = -np.inf
        for m in range(begin[c], begin[c + 1]):
            fetch(keys, member[min(m + _AHEAD, member.shape[0] - 1)] * d_head)
            i = member[m]
            b, w = first_block[c] + (m - begin[c]) // BLOCK, (m - begin[c]) % BLOCK
            slot[i] = b * BLOCK + w
            position[b, w] = i
            if m + 1 < begin[c + 1]:
                following[i] = member[m + 1]
            for d in range(d_head):
                x = keys[i, d]
                blocks[b, d, w] = x
                least[d] = min(least[d], x)
                most[d] = max(most[d], x)
        g = c // BLOCK
        new_group = last_group[g] < 0
        last_group[g] = 0
        tile, lane = g // BLOCK, g % BLOCK
        for d in range(d_head):
            low[g, d, c % BLOCK] = least[d]
            high[g, d, c % BLOCK] = most[d]
            group_low[tile, d, lane] = least[d] if new_group else min(group_low[tile, d, lane], least[d])
            group_high[tile, d, lane] = most[d] if new_group else max(group_high[tile, d, lane], most[d])
    last_group[:] = -1
    for i in range(n):
        if i % step == 0:
            before[i // step] = last
        if cell[i] >= 0:
            last[cell[i]] = slot[i]
            g = cell[i] // BLOCK
            if last_group[g] >= 0:
                following_group[last_group[g]] = i
            last_group[g] = i
    return before, first_block, blocks, position, slot, following, following_group, low, high, group_low, group_high
