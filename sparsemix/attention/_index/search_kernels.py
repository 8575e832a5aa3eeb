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
from sparsemix.kernels.simd import fetch, highest, reachable, score_block
from sparsemix.kernels.vectors import WIDTH as BLOCK

Float = NDArray[np.float32]
Int = NDArray[np.int32]

# Groups that are searched best first. The others are searched in order, because the floor hardly rises after the best.
_BEST_FIRST = 2
# From this many candidates on, 2 tau is worth its time: it lies clearly above max z - 2.
_MANY = 32
_FEW = 64


@compiled(NUMBERS)
def search(
    start: int,
    stop: int,
    query: Float,
    anchor: Float,
    reach: Float,
    bias: Float,
    slopes: Float,
    cell: Int,
    before: Int,
    first_block: NDArray[np.int64],
    blocks: Float,
    position: Int,
    slot: Int,
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
    j - i + N, its last entry -inf; ``slopes`` as for ``reachable``; ``before`` [C]: a row of the index, as ``lay_out`` made it;
    ``budget``: blocks a query may score; ``patience``: blocks after which a query gives up on bounds, without candidates, and
    is scanned. Queries outside the mask (``cell`` -1) get nothing. Returns ``pointer`` int64 [stop - start + 1], ``key`` int32,
    and of every query ``certified`` and ``gave_up`` bool, ``reached`` float32, the floor, and ``scored`` int32, the keys of the
    blocks that it scored.
    """
    n = query.shape[0]
    groups = low.shape[0]
    nowhere: Any = np.int32(2 * n)
    most = max(bias[n], bias[n + 1])
    # Of every cell, and of every group: the place of the last key up to the query, and of the next; of cells the last one's
    # slot.
    last = before.copy()
    recent = np.full(groups * BLOCK, nowhere, np.int32)
    coming = np.full(groups * BLOCK, nowhere, np.int32)
    recent_group = np.full(groups, nowhere, np.int32)
    coming_group = np.full(groups, nowhere, np.int32)
    for c in range(groups * BLOCK):
        g = c // BLOCK
        if last[c] >= first_block[c] * BLOCK:
            recent[c] = position[last[c] // BLOCK, last[c] % BLOCK]
            recent_group[g] = recent[c] if recent_group[g] == nowhere else max(recent_group[g], recent[c])
        if last[c] + 1 < first_block[c + 1] * BLOCK:
            coming[c] = position[(last[c] + 1) // BLOCK, (last[c] + 1) % BLOCK]
            coming_group[g] = min(coming_group[g], coming[c])
    favourite = np.arange(groups * BLOCK)
    open_group = np.empty(groups, np.int32)
    group_content = np.empty(groups, np.float32)
    group_bound = np.empty(groups + BLOCK, np.float32)
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
        last[own] = slot[i]
        recent[own] = i
        coming[own] = following[i]
        recent_group[own // BLOCK] = i
        coming_group[own // BLOCK] = following_group[i]
        # Of most blocks, no processor's cache holds anything when they are first looked at.
        if i + 1 < stop and cell[i + 1] >= 0:
            likely = favourite[cell[i + 1]]
            b = max(last[likely] // BLOCK, first_block[likely])
            fetch(position, b * BLOCK)
            for d in range(blocks.shape[1]):
                fetch(blocks, (b * blocks.shape[1] + d) * BLOCK)
        vector = query[i]
        # A first floor, from the cell where the last query of the same content found its best key; the cell is scored again.
        likely = favourite[own]
        b = max(last[likely] // BLOCK, first_block[likely])
        _, best = score_block(vector, i, b, blocks, position, bias, most, anchor[i], found_key, found_logit, 0)
        floor = best - reach[i]
        opened = reachable(
            vector,
            group_low,
            group_high,
            0,
            group_low.shape[0],
            recent_group,
            coming_group,
            slopes,
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
                chosen = highest(group_bound, taken, opened)
                open_group[taken], open_group[chosen] = open_group[chosen], open_group[taken]
                group_bound[taken], group_bound[chosen] = group_bound[chosen], group_bound[taken]
            if taken in (_BEST_FIRST, 4 * _BEST_FIRST) and count > _MANY:
                floor = max(floor, _selected_floor(found_logit, count, anchor[i]) - (reach[i] - np.float32(2.0)))
            if group_bound[taken] <= floor:
                continue
            g = open_group[taken]
            cells = reachable(
                vector, low, high, g, g + 1, recent, coming, slopes, i, floor, open_cell, cell_content, cell_bound
            )
            for _ in range(cells):
                turn = highest(cell_bound, 0, cells)
                if cell_bound[turn] <= floor:
                    break
                cell_bound[turn] = -np.inf
                # One cell: from the query's place back, then from there forward.
                current = open_cell[turn]
                limit = cell_content[turn]
                p = recent[current]
                back = last[current] // BLOCK
                b = back
                while b >= first_block[current] and limit + bias[p - i + n] > floor:
                    if spent >= budget:
                        complete = False
                        break
                    spent += 1
                    # The block of the query's place also holds later keys.
                    near = max(bias[p - i + n], bias[n + 1])
                    added, top = score_block(vector, i, b, blocks, position, bias, near, floor, found_key, found_logit, count)
                    count += added
                    if top > best:
                        best = top
                        favourite[own] = current
                        floor = max(floor, best - reach[i])
                    b -= 1
                    if b >= first_block[current]:
                        p = position[b, BLOCK - 1]
                p = coming[current]
                ahead = (last[current] + 1) // BLOCK if p != nowhere else first_block[current + 1]
                if ahead == back and b < back:
                    ahead += 1
                    p = position[ahead, 0] if ahead < first_block[current + 1] else nowhere
                while complete and ahead < first_block[current + 1] and limit + bias[p - i + n] > floor:
                    if spent >= budget:
                        complete = False
                        break
                    spent += 1
                    near = bias[p - i + n]
                    added, top = score_block(
                        vector, i, ahead, blocks, position, bias, near, floor, found_key, found_logit, count
                    )
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
        _sort(key[begin:total])
        pointer[i - start + 1] = total
        certified[i - start] = complete
        reached[i - start] = floor
        scored[i - start] = spent * BLOCK
    return pointer, key[:total].copy(), certified, gave_up, reached, scored


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
def _sort(values: Int) -> None:
    """Sort by insertion while the values are few: the usual sort reserves memory first, which takes longer."""
    if values.shape[0] > _FEW:
        values.sort()
        return
    for j in range(1, values.shape[0]):
        value, place = values[j], j
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@compiled()
def _room(values: Any, least: int) -> Any:
    out = np.empty(max(2 * values.shape[0], least), values.dtype)
    out[: values.shape[0]] = values
    return out
