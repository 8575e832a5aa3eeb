"""Where the nodes of a directed graph stand: in layers from left to right, so that most edges point to the right.

The same graph gives the same places. Parts that no edge joins are laid out by themselves and set side by side. Within a part:
cycles are cut by the order of Eades, Lin, Smyth 1993 ("A fast and effective heuristic for the feedback arc set problem"), a
node's layer is its longest way from a beginning, and its height the mean of its neighbours', swept a few times (Sugiyama,
Tagawa, Toda 1981).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Ends = tuple[int, int]
Place = tuple[float, float]
WIDTH = 900  # pixels, unless a single part needs more
LABEL, _STEP, _ROW = 160, 130, 62  # pixels: beside a part for its labels, from layer to layer, from node to node
_LEAST, _LABELLED = 45, 80  # pixels from layer to layer: at least, and for labels between them
_HALF = WIDTH / 2
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the nodes and the size of all, in pixels from the top left; ``sides``: where the label of a node has
    room, -1 left, 1 right, 0 below, None nowhere."""

    places: tuple[Place, ...]
    sides: tuple[int | None, ...]
    width: float
    height: float


def layout(nodes: int, edges: Sequence[Ends]) -> Layout:
    """Lay out nodes 0, 1, ... and edges that join different ones. There is room for labels left of the first layer and right
    of the last."""
    places: list[Place] = [(0.0, 0.0)] * nodes
    sides: list[int | None] = [0] * nodes
    parts = [_layered(part, [ends for ends in edges if ends[0] in part]) for part in _parts(nodes, edges)]
    layers = [max(column for column, _ in part.values()) for part in parts]
    width = max([WIDTH, *(2 * LABEL + _LEAST * last for last in layers)])
    # Wide parts go across; the others go below each other on both sides, the largest first.
    bottom = [0.0, 0.0]
    for last, part in sorted(zip(layers, parts, strict=True), key=lambda one: (one[0] < 2, -len(one[1]))):
        across = last >= 2
        side = 0 if across or bottom[0] <= bottom[1] else 1
        top = max(bottom) if across else bottom[side]
        step = (width - 2 * LABEL) / last if across else _STEP
        for node, (column, row) in part.items():
            # Every other layer in between stands half a row lower, so that labels beside each other have room.
            lower = 0.5 if 0 < column < last and column % 2 else 0.0
            places[node] = (side * _HALF + LABEL + step * column, top + _ROW * (row + lower + 0.5))
            between = 0 if step >= _LABELLED else None
            sides[node] = -1 if column == 0 else 1 if column == last else between
        end = top + _ROW * (1 + max(row for _, row in part.values()) + (0.5 if across else 0))
        bottom = [end, end] if across else [end if at == side else was for at, was in enumerate(bottom)]
    return Layout(tuple(places), tuple(sides), float(width), max(bottom))


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
    # What leads to nothing else stands on the right, with room for its label.
    last, begin = max(layer.values()), {one for one, _ in edges}
    layer |= dict.fromkeys(part - begin, last)
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
