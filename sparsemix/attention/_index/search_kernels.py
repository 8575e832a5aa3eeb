"""The compiled loop that searches the index: candidates and certificates, query by query.

Releases the GIL and runs in ordinary threads, like ``index_kernels``, which builds the index.

z are the logits of a query. A key below the *floor* cannot be selected: z <= max z - 2 has no weight under entmax, nor has
z <= 2 tau, where tau is its threshold. The floor rises while better keys are found.

Axis letters: N events, D head dimension (a multiple of 8, padded with zeros), G groups, C = 16 G cells, B blocks, W keys a
block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import NUMBERS, compiled
from sparsemix.kernels.simd import reachable, score_block
from sparsemix.kernels.vectors import WIDTH as BLOCK

Float = NDArray[np.float32]
Int = NDArray[np.int32]

# Groups that are searched best first. The others are searched in order, because the floor hardly rises after the best.
_BEST_FIRST = 2
# From this many candidates on, 2 tau is worth its time: it lies clearly above max z - 2.
_MANY = 32


@compiled(NUMBERS)
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
    budget: int,
    patience: int,
) -> tuple[Any, ...]:
    """Find the candidates of the queries ``start`` to ``stop``.

    ``query`` [N, D]; ``anchor`` [N]; ``reach`` [N]: keys below max z - reach cannot be candidates; ``bias`` [2 N + 1] by offset
    j - i + N, its last entry -inf; the index as ``lay_out`` made it; ``budget``: blocks a query may score; ``patience``: blocks
    after which a query gives up on bounds, without candidates, and is scanned. Queries outside the mask (``cell`` -1) get
    nothing. Returns ``pointer`` int64 [stop - start + 1], ``key`` int32, and of every query ``certified`` and ``gave_up`` bool,
    ``reached`` float32, the floor, and ``scored`` int32, the keys of the blocks that it scored.
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
    favourite = np.arange(groups * BLOCK)
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
    gave_up = np.zeros(stop - start, np.bool_)
    reached = np.empty(stop - start, np.float32)
    scored = np.zeros(stop - start, np.int32)
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
        # A first floor, from the cell where the last query of the same content found its best key; the cell is scored again.
        likely = favourite[own]
        p = recent[likely] if recent[likely] != nowhere else coming[likely]
        _, best = score_block(vector, i, slot[p] // BLOCK, blocks, position, bias, anchor[i], found_key, found_logit, 0)
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
            if spent > patience:
                # Bounds exclude almost no key: looking at every key costs less than looking cell by cell.
                gave_up[i - start] = True
                count = 0
                break
            if taken < _BEST_FIRST:
                _best_first(open_group, group_content, group_bound, taken, opened)
            if taken in (_BEST_FIRST, 4 * _BEST_FIRST) and count > _MANY:
                floor = max(floor, _selected_floor(found_logit, count, anchor[i]) - (reach[i] - 2))
            if group_bound[taken] <= floor:
                continue
            g = open_group[taken]
            cells = reachable(vector, low, high, g, g + 1, recent, coming, bias, i, floor, open_cell, cell_content, cell_bound)
            for turn in range(cells):
                _best_first(open_cell, cell_content, cell_bound, turn, cells)
                if cell_bound[turn] <= floor:
                    break
                # One cell: from the query's place back, then from there forward.
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
                        favourite[own] = current
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
                        favourite[own] = current
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
        reached[i - start] = floor
        scored[i - start] = spent * BLOCK
    return pointer, key[:total].copy(), certified, gave_up, reached, scored


@compiled()
def _best_first(name: Int, content: Float, bound: Float, place: int, count: int) -> None:
    """Move the best of the remaining boxes to ``place``."""
    chosen = place
    for j in range(place + 1, count):
        if bound[j] > bound[chosen]:
            chosen = j
    name[place], name[chosen] = name[chosen], name[place]
    content[place], content[chosen] = content[chosen], content[place]
    bound[place], bound[chosen] = bound[chosen], bound[place]


@compiled(NUMBERS)
def _selected_floor(logit: Float, count: int, anchor: float) -> Any:
    """Return 2 tau of the logits found so far: more keys only raise it, so a key below it cannot be selected.

    Three Newton steps from the left: an underestimate of tau is enough for a floor. Summed in double precision, because
    the error of a sum grows with its length, and a floor that is too high would make a certificate wrong.
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


@compiled()
def _room(values: Any, least: int) -> Any:
    out = np.empty(max(2 * values.shape[0], least), values.dtype)
    out[: values.shape[0]] = values
    return out
