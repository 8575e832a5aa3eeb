"""Compiled loops of the index search: assigning keys to cells, laying them out, and searching.

Every function releases the GIL and is started from ordinary threads (``parallel``). Numba's own parallel regions are not used:
after one of them its OpenMP runtime and torch's fight over the cores, and torch's attention ran 27 times slower.

Axis letters: N events, D head dimension (a multiple of 8, padded with zeros), G groups (a multiple of 16), C = 16 G cells, B
blocks, W keys a block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sparsemix.simd import WIDTH as BLOCK
from sparsemix.simd import reachable, score_block

Float = NDArray[np.float32]
Int = NDArray[np.int32]

# What may be reordered in a sum, no more: -inf stands for "not there" and must stay what it is.
_MATH = {"contract", "reassoc", "nsz", "nnan"}
# Groups taken best first; what is left then is taken in order: with the best ones seen, the floor hardly rises any more.
_BEST_FIRST = 2
# A query that has scored this share of all blocks gives up on bounds: in order, a block is scored some six times as fast.
_PATIENCE = 1 / 12
# Keys a cell, on average, and rounds of k-means inside a group.
_CELL = 24
_TURNS = 2


@njit(nogil=True, cache=True, fastmath=_MATH)  # type: ignore[untyped-decorator]
def assign(keys: Float, centroid: Float, half_norm: Float, valid: NDArray[np.bool_], cell: Int) -> None:
    """Nearest centroid of every valid key: ``keys`` [N, D], ``centroid`` [D, C], ``half_norm`` |c|^2 / 2 [C] -> ``cell`` [N];
    -1 for the others. Ties go to the smallest cell."""
    n = keys.shape[0]
    cells = centroid.shape[1]
    near = np.empty(cells, np.float32)
    for i in range(n):
        if not valid[i]:
            cell[i] = -1
            continue
        for c in range(cells):
            near[c] = -half_norm[c]
        _accumulate(keys[i], centroid, near)
        best, group = near[0], 0
        for g in range(0, cells, 16):
            top = near[g]
            for c in range(g, g + 16):
                top = max(top, near[c])
            if top > best:
                best, group = top, g
        c = group
        while near[c] < best:
            c += 1
        cell[i] = c


@njit(nogil=True, cache=True, fastmath=_MATH)  # type: ignore[untyped-decorator]
def _accumulate(vector: Float, matrix: Float, out: Float) -> None:
    """``out`` [C] += ``vector`` [D] @ ``matrix`` [D, C]."""
    for d in range(0, vector.shape[0], 4):
        a, b, c, e = vector[d], vector[d + 1], vector[d + 2], vector[d + 3]
        for j in range(out.shape[0]):
            out[j] += a * matrix[d, j] + b * matrix[d + 1, j] + c * matrix[d + 2, j] + e * matrix[d + 3, j]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def centroids(keys: Float, cell: Int, centroid: Float) -> None:
    """Move every centroid [D, C] to the mean of its keys; one without keys stays."""
    n, d_head = keys.shape
    total = np.zeros(centroid.shape, np.float64)
    count = np.zeros(centroid.shape[1], np.int64)
    for i in range(n):
        c = cell[i]
        if c >= 0:
            count[c] += 1
            for d in range(d_head):
                total[d, c] += keys[i, d]
    for c in range(centroid.shape[1]):
        if count[c] > 0:
            for d in range(d_head):
                centroid[d, c] = total[d, c] / count[c]


@njit(nogil=True, cache=True, fastmath=_MATH)  # type: ignore[untyped-decorator]
def split(keys: Float, group: Int, groups: int, cell: Int) -> None:
    """Split every group into up to sixteen cells by k-means: ``group`` int32 [N] (-1: not there) -> ``cell`` int32 [N], cells
    of group g being 16 g to 16 g + 15. Groups of few keys get fewer cells, so that blocks are not left half empty."""
    d_head = keys.shape[1]
    cell[:] = -1
    begin, member = _members(group, groups)
    centroid = np.empty((d_head, BLOCK), np.float32)
    total = np.empty((d_head, BLOCK), np.float32)
    near = np.empty(BLOCK, np.float32)
    count = np.empty(BLOCK, np.int64)
    for g in range(groups):
        size = begin[g + 1] - begin[g]
        cells = min(BLOCK, (size + _CELL - 1) // _CELL)
        for c in range(cells):
            for d in range(d_head):
                centroid[d, c] = keys[member[begin[g] + c * size // cells], d]
        for turn in range(_TURNS + 1):
            total[:] = 0.0
            count[:] = 0
            for c in range(BLOCK):
                near[c] = 0.0
                for d in range(d_head):
                    near[c] -= centroid[d, c] * centroid[d, c] * np.float32(0.5)
            half = near.copy()
            for m in range(begin[g], begin[g + 1]):
                i = member[m]
                for c in range(BLOCK):
                    near[c] = half[c]
                _accumulate(keys[i], centroid, near)
                best = 0
                for c in range(1, cells):
                    if near[c] > near[best]:
                        best = c
                cell[i] = g * BLOCK + best
                if turn < _TURNS:
                    count[best] += 1
                    for d in range(d_head):
                        total[d, best] += keys[i, d]
            for c in range(cells):
                if count[c] > 0:
                    for d in range(d_head):
                        centroid[d, c] = total[d, c] / count[c]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _members(owner: Int, owners: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who belongs to whom: those of owner o are ``member[begin[o]:begin[o + 1]]``, rising; owner -1 is left out."""
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


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def lay_out(keys: Float, cell: Int, groups: int) -> tuple[Any, ...]:
    """Keys by cell, in each cell by time, in blocks.

    Returns ``first_block`` int64 [C + 1], ``blocks`` [B, D, W], ``position`` int32 [B, W] (2 N where a block is not full),
    ``slot`` int64 [N] (block * W + place), ``following`` int32 [N] (the next key of the same cell, or 2 N), ``following_group``
    int32 [N] (the same for groups), and the boxes of cells, ``low`` and ``high`` [G, D, 16], and of groups, ``group_low`` and
    ``group_high`` [G / 16, D, 16] (0 where there are no keys).
    """
    n, d_head = keys.shape
    cells = groups * BLOCK
    begin, member = _members(cell, cells)
    first_block = np.zeros(cells + 1, np.int64)
    for c in range(cells):
        first_block[c + 1] = first_block[c] + (begin[c + 1] - begin[c] + BLOCK - 1) // BLOCK
    blocks = np.zeros((first_block[cells], d_head, BLOCK), np.float32)
    position = np.full((first_block[cells], BLOCK), 2 * n, np.int32)
    slot = np.zeros(n, np.int64)
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
        if cell[i] >= 0:
            g = cell[i] // BLOCK
            if last_group[g] >= 0:
                following_group[last_group[g]] = i
            last_group[g] = i
    return first_block, blocks, position, slot, following, following_group, low, high, group_low, group_high


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def in_order(keys: Float, valid: NDArray[np.bool_]) -> tuple[Float, Int]:
    """All keys by time in blocks, for queries that no bound helps: ``blocks`` and ``position`` as in ``lay_out``."""
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


@njit(nogil=True, cache=True, fastmath=_MATH)  # type: ignore[untyped-decorator]
def search(
    start: int,
    stop: int,
    query: Float,
    anchor: Float,
    reach: Float,
    bias: Float,
    cell: Int,
    first_block: NDArray[np.int64],
    blocks: Float,
    position: Int,
    slot: NDArray[np.int64],
    following: Int,
    following_group: Int,
    low: Float,
    high: Float,
    group_low: Float,
    group_high: Float,
    all_blocks: Float,
    all_position: Int,
    budget: int,
) -> tuple[Any, ...]:
    """Candidates of the queries ``start`` to ``stop``.

    ``query`` [N, D]; ``anchor`` [N]; ``reach`` [N]: keys below max z - reach are of no interest; ``bias`` [2 N + 1] by offset
    j - i + N, its last entry -inf; the index as ``lay_out`` and ``in_order`` made it; ``budget``: blocks a query may score.
    Queries outside the mask (``cell`` -1) get nothing. Returns ``pointer`` int64 [stop - start + 1], ``key`` int32,
    ``certified`` bool and ``scored`` int64 blocks a query.
    """
    n = query.shape[0]
    groups = low.shape[0]
    nowhere: Any = np.int32(2 * n)
    recent = np.full(groups * BLOCK, nowhere, np.int32)
    coming = np.full(groups * BLOCK, nowhere, np.int32)
    recent_group = np.full(groups, nowhere, np.int32)
    coming_group = np.full(groups, nowhere, np.int32)
    for p in range(n - 1, -1, -1):
        if cell[p] >= 0:
            coming[cell[p]] = p
            coming_group[cell[p] // BLOCK] = p
    for p in range(start):
        if cell[p] >= 0:
            recent[cell[p]] = p
            coming[cell[p]] = following[p]
            recent_group[cell[p] // BLOCK] = p
            coming_group[cell[p] // BLOCK] = following_group[p]
    open_group = np.empty(groups, np.int32)
    group_content = np.empty(groups, np.float32)
    group_bound = np.empty(groups, np.float32)
    open_cell = np.empty(BLOCK, np.int32)
    cell_content = np.empty(BLOCK, np.float32)
    cell_bound = np.empty(BLOCK, np.float32)
    # No key is found twice, so there is always room for one more block.
    found_key = np.empty(n + BLOCK, np.int32)
    found_logit = np.empty(n + BLOCK, np.float32)
    key = np.empty(4 * (stop - start) + 64, np.int32)
    pointer = np.zeros(stop - start + 1, np.int64)
    certified = np.ones(stop - start, np.bool_)
    scored = np.zeros(stop - start, np.int64)
    allowed = all_blocks.shape[0] <= budget
    patience = int(all_blocks.shape[0] * _PATIENCE)
    total = 0
    for i in range(start, stop):
        own = cell[i]
        if own < 0:
            pointer[i - start + 1] = total
            continue
        recent[own] = i
        coming[own] = following[i]
        recent_group[own // BLOCK] = i
        coming_group[own // BLOCK] = following_group[i]
        vector = query[i]
        # Its own block gives the query a first floor; the block is scored again with its cell, if at all.
        _, best = score_block(vector, i, slot[i] // BLOCK, blocks, position, bias, anchor[i], found_key, found_logit, 0)
        floor = best - reach[i]
        opened = reachable(
            vector,
            group_low,
            group_high,
            0,
            group_low.shape[0],
            recent_group,
            coming_group,
            bias,
            i,
            floor,
            open_group,
            group_content,
            group_bound,
        )
        count = 0
        spent = 1
        complete = True
        for taken in range(opened):
            if allowed and spent > patience:
                # Bounds hardly exclude anything: looking at every key in order costs less than looking cell by cell.
                count = 0
                spent += all_blocks.shape[0]
                for b in range(all_blocks.shape[0]):
                    added, top = score_block(vector, i, b, all_blocks, all_position, bias, floor, found_key, found_logit, count)
                    count += added
                    if top > best:
                        best = top
                        floor = max(floor, best - reach[i])
                break
            if taken < _BEST_FIRST:
                _best_first(open_group, group_content, group_bound, taken, opened)
            if taken in (_BEST_FIRST, 4 * _BEST_FIRST) and count > 1:
                floor = max(floor, _selected_floor(found_logit, count, anchor[i]) - (reach[i] - 2))
            if group_bound[taken] <= floor:
                continue
            g = open_group[taken]
            cells = reachable(vector, low, high, g, g + 1, recent, coming, bias, i, floor, open_cell, cell_content, cell_bound)
            for turn in range(cells):
                _best_first(open_cell, cell_content, cell_bound, turn, cells)
                if cell_bound[turn] <= floor:
                    break
                # One cell: from the query's place back, then from there on.
                current = open_cell[turn]
                limit = cell_content[turn]
                p = recent[current]
                back = slot[p] // BLOCK if p != nowhere else first_block[current] - 1
                b = back
                while b >= first_block[current] and limit + bias[p - i + n] > floor:
                    if spent >= budget:
                        complete = False
                        break
                    spent += 1
                    added, top = score_block(vector, i, b, blocks, position, bias, floor, found_key, found_logit, count)
                    count += added
                    if top > best:
                        best = top
                        floor = max(floor, best - reach[i])
                    b -= 1
                    if b >= first_block[current]:
                        p = position[b, BLOCK - 1]
                p = coming[current]
                ahead = slot[p] // BLOCK if p != nowhere else first_block[current + 1]
                if ahead == back and b < back:
                    ahead += 1
                    p = position[ahead, 0] if ahead < first_block[current + 1] else nowhere
                while complete and ahead < first_block[current + 1] and limit + bias[p - i + n] > floor:
                    if spent >= budget:
                        complete = False
                        break
                    spent += 1
                    added, top = score_block(vector, i, ahead, blocks, position, bias, floor, found_key, found_logit, count)
                    count += added
                    if top > best:
                        best = top
                        floor = max(floor, best - reach[i])
                    ahead += 1
                    if ahead < first_block[current + 1]:
                        p = position[ahead, 0]
                if not complete:
                    break
            if not complete:
                break
        if total + count > key.shape[0]:
            key = _room(key, total + count)
        begin = total
        for j in range(count):
            if found_logit[j] > floor:
                key[total] = found_key[j]
                total += 1
        key[begin:total].sort()
        pointer[i - start + 1] = total
        certified[i - start] = complete
        scored[i - start] = spent
    return pointer, key[:total].copy(), certified, scored


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _best_first(name: Int, content: Float, bound: Float, place: int, count: int) -> None:
    """Bring the best of what is left to ``place``."""
    chosen = place
    for j in range(place + 1, count):
        if bound[j] > bound[chosen]:
            chosen = j
    name[place], name[chosen] = name[chosen], name[place]
    content[place], content[chosen] = content[chosen], content[place]
    bound[place], bound[chosen] = bound[chosen], bound[place]


@njit(nogil=True, cache=True, fastmath=_MATH)  # type: ignore[untyped-decorator]
def _selected_floor(logit: Float, count: int, anchor: float) -> Any:
    """2 tau of the logits found so far: with more keys it only rises, so what lies below it cannot be selected any more.

    Three Newton steps from the left: an underestimate of tau, which is all that a floor needs. Summed in double precision, for
    the error of a sum grows with its length, and a floor that is too high would make a certificate untrue.
    """
    top = anchor
    for j in range(count):
        top = max(top, logit[j])
    tau = -1.0
    for _ in range(3):
        excess = max(0.5 * (np.float64(anchor) - top) - tau, 0.0)
        first, second = excess, excess * excess
        for j in range(count):
            excess = max(0.5 * (np.float64(logit[j]) - top) - tau, 0.0)
            first += excess
            second += excess * excess
        tau += max((second - 1.0) / (2.0 * first), 0.0)
    return np.float32(top + 2.0 * tau)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _room(values: Any, least: int) -> Any:
    out = np.empty(max(2 * values.shape[0], least), values.dtype)
    out[: values.shape[0]] = values
    return out
