"""The layout of a directed graph: always the same, no two nodes at one place, arrows to the right where there is no cycle."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.monitor.views.leads_layout import LABEL, RADIUS, WIDTH, label_box, layout, overlap
from tests.support.properties import examples


@st.composite
def graphs(draw: st.DrawFn, *, cycles: bool = True) -> tuple[int, list[tuple[int, int]]]:
    nodes = draw(st.integers(2, 14))
    node = st.integers(0, nodes - 1)
    ends = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1] if cycles else pair[0] < pair[1])
    return nodes, draw(st.lists(ends, max_size=25, unique=True))


@examples(200)
@given(graph=graphs())
def test_every_node_has_a_place_of_its_own_inside(graph: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, edges = graph
    laid = layout(nodes, edges)
    assert laid == layout(nodes, edges) and laid.width >= WIDTH
    for number, (x, y) in enumerate(laid.places):
        assert LABEL <= x <= laid.width - LABEL and 0 < y < laid.height
        assert all(math.dist((x, y), other) > 40 for other in laid.places[:number])


@examples(200)
@given(graph=graphs())
def test_no_label_covers_another_or_a_node(graph: tuple[int, list[tuple[int, int]]]) -> None:
    laid = layout(*graph)
    labels = [label_box(place, side) for place, side in zip(laid.places, laid.sides, strict=True) if side is not None]
    nodes = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in laid.places]
    assert not any(overlap(label, other) for place, label in enumerate(labels) for other in [*labels[:place], *nodes])


@examples(200)
@given(graph=graphs(cycles=False))
def test_without_cycles_every_arrow_points_to_the_right(graph: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, edges = graph
    places = layout(nodes, edges).places
    assert all(places[one][0] < places[other][0] for one, other in edges)


def test_a_cycle_and_small_parts_side_by_side() -> None:
    laid = layout(7, [(0, 1), (1, 2), (2, 0), (3, 4), (5, 6)])
    x, y = zip(*laid.places, strict=True)
    assert x[0] < x[1] < x[2]
    assert y[3] == y[4] == y[5] == y[6] > max(y[:3]) and x[4] < x[5]
    assert laid.sides == (-1, 0, 1, -1, 1, -1, 1)
    assert layout(1, []).places == ((LABEL, 31.0),)
