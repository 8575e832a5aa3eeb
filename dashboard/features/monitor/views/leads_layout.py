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
Box = tuple[float, float, float, float]
WIDTH = 900  # pixels, unless a single part needs more; the page shows nine tenths of them at least
LABEL, _STEP, _ROW = 160, 100, 62  # pixels: beside a part for its labels, from layer to layer, from node to node
_LEAST = 45  # pixels from layer to layer
RADIUS, BESIDE = 13, 3  # pixels: of a node, and from there to its label
_WORDS = (154, 28)  # pixels of a label
_HALF = WIDTH / 2
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the nodes and the size of all, in pixels from the top left; ``sides``: where the label of a node has
    room, -1 left, 1 right, 0 below, None nowhere without covering another label or node."""

    places: tuple[Place, ...]
    sides: tuple[int | None, ...]
    width: float
    height: float


def layout(nodes: int, edges: Sequence[Ends]) -> Layout:
    """Lay out nodes 0, 1, ... and edges that join different ones. There is room for labels left of the first layer and right
    of the last."""
    places: list[Place] = [(0.0, 0.0)] * nodes
    sides = [0] * nodes
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
            sides[node] = -1 if column == 0 else 1 if column == last else 0
        end = top + _ROW * (1 + max(row for _, row in part.values()) + (0.5 if across else 0))
        bottom = [end, end] if across else [end if at == side else was for at, was in enumerate(bottom)]
    return Layout(tuple(places), _with_room(places, sides), float(width), max(bottom))


def label_box(place: Place, side: int) -> Box:
    """Return left, top, right and bottom of the label on this side of a node."""
    (x, y), (wide, high) = place, _WORDS
    if not side:
        return x - wide / 2, y + RADIUS, x + wide / 2, y + RADIUS + high
    near = x + side * (RADIUS + BESIDE)
    return min(near, near + side * wide), y - high / 2, max(near, near + side * wide), y + high / 2


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes have more than an edge in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _with_room(places: Sequence[Place], sides: Sequence[int]) -> tuple[int | None, ...]:
    """Return the sides of labels, None for those below their nodes that would cover a node or another label; the labels of
    earlier nodes stay."""
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in places]
    taken += [label_box(place, side) for place, side in zip(places, sides, strict=True) if side]
    shown: list[int | None] = []
    for place, side in zip(places, sides, strict=True):
        box = label_box(place, side)
        if not side and any(overlap(box, other) for other in taken):
            shown.append(None)
            continue
        shown.append(side)
        taken.append(box)
    return tuple(shown)


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
