"""Where the nodes of a directed graph stand: in layers from left to right, so that most edges point to the right.

The same graph gives the same places. Parts that no edge joins are laid out by themselves and set side by side. Within a part:
cycles are cut by the order of Eades, Lin, Smyth 1993 ("A fast and effective heuristic for the feedback arc set problem"), a
node's layer is its longest way from a beginning, and its height the mean of its neighbours', swept a few times (Sugiyama,
Tagawa, Toda 1981).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

Ends = tuple[int, int]
Place = tuple[float, float]
COLUMNS = 6  # nodes side by side, unless a single part needs more
_SWEEPS = 8


def layout(nodes: int, edges: Sequence[Ends]) -> list[Place]:
    """Return column and row of every node; rows count downwards from 0, edges join different nodes."""
    places: list[Place] = [(0.0, 0.0)] * nodes
    parts = [_layered(part, [ends for ends in edges if ends[0] in part]) for part in _parts(nodes, edges)]
    left, top, height = 0, 0.0, 0.0
    for part in sorted(parts, key=lambda part: -len(part)):
        wide = 1 + max(int(column) for column, _ in part.values())
        tall = 1 + max(row for _, row in part.values())
        if left and left + wide > COLUMNS:
            left, top, height = 0, top + height, 0.0
        for node, (column, row) in part.items():
            places[node] = (left + column, top + row)
        left, height = left + wide, max(height, tall)
    return places


def _parts(nodes: int, edges: Sequence[Ends]) -> list[set[int]]:
    """Return the nodes that edges join, part by part."""
    near = defaultdict(set)
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    parts: list[set[int]] = []
    left = set(range(nodes))
    while left:
        part, ahead = set(), [min(left)]
        while ahead:
            node = ahead.pop()
            if node not in part:
                part.add(node)
                ahead.extend(near[node] - part)
        parts.append(part)
        left -= part
    return parts


def _layered(part: set[int], edges: Sequence[Ends]) -> dict[int, Place]:
    order = {node: place for place, node in enumerate(_order(part, edges))}
    # Against the order an edge points back; turned round for the layout, it makes no cycle.
    forward = {ends if order[ends[0]] < order[ends[1]] else ends[::-1] for ends in edges}
    layer = dict.fromkeys(part, 0)
    for one, other in sorted(forward, key=lambda ends: order[ends[0]]):
        layer[other] = max(layer[other], layer[one] + 1)
    columns: dict[int, list[int]] = defaultdict(list)
    for node in sorted(part, key=order.__getitem__):
        columns[layer[node]].append(node)
    return _rows(columns, layer, forward)


def _order(part: set[int], edges: Sequence[Ends]) -> list[int]:
    """Return the nodes in an order that few edges contradict."""
    left = set(part)
    first: list[int] = []
    last: list[int] = []
    while left:
        into, out = dict.fromkeys(left, 0), dict.fromkeys(left, 0)
        for one, other in edges:
            if one in left and other in left:
                out[one] += 1
                into[other] += 1
        ends = sorted(node for node in left if not out[node])
        starts = sorted(node for node in left if not into[node])
        if ends:
            last = ends + last
            left -= set(ends)
        elif starts:
            first += starts
            left -= set(starts)
        else:
            node = min(left, key=lambda node: (into[node] - out[node], node))
            first.append(node)
            left.remove(node)
    return first + last


def _rows(columns: dict[int, list[int]], layer: dict[int, int], edges: Iterable[Ends]) -> dict[int, Place]:
    near = defaultdict(list)
    for one, other in sorted(edges):
        near[one].append(other)
        near[other].append(one)
    most = max(len(column) for column in columns.values())
    row: dict[int, float] = {}
    for column in columns.values():
        row |= _spread(column, most)
    for sweep in range(_SWEEPS):
        for number in sorted(columns, reverse=bool(sweep % 2)):
            column = columns[number]
            wanted = {node: sum(row[other] for other in near[node]) / max(1, len(near[node])) for node in column}
            column.sort(key=lambda node: (wanted[node], node))
            row |= _spread(column, most)
    return {node: (float(layer[node]), row[node]) for node in row}


def _spread(column: Sequence[int], most: int) -> dict[int, float]:
    """Return rows one apart, in the middle of the highest column."""
    above = (most - len(column)) / 2
    return {node: above + place for place, node in enumerate(column)}
