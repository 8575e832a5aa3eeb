"""What the map of one head shows, what a click on it means, and the rings of an attribution over it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from dashboard.features.analyse.selection.views.heatmap import AWAY, BLOCK, TOWARDS, block_sums, clicked, rings
from dashboard.features.analyse.selection.views.heatmap import pair_map as figure_of
from dashboard.features.analyse.selection.views.region import MAX_BINS, MAX_ROWS, MAX_SINGLE, bin_pairs, region_of
from dashboard.texts import Texts
from dashboard.views.pair_map import MIN_SPAN, Viewport
from dashboard.views.pairs import region_places
from sparsemix import Attribution
from tests.support.dashboard.traces import head, random_head, sequence, trace

SAY = Texts("en").plain
TRACE = trace(
    head(40, {(30, 2): 0.75, (30, 20): 0.25, (5, 5): 1.0}),
    head(40, {(30, 20): 0.5, (20, 1): 0.5, (39, 38): 0.5}),
)


def binned(selection, viewport):
    return bin_pairs(selection, viewport, *region_places(selection, viewport.query, viewport.key))


def pair_map(events, selection, viewport, say):
    return figure_of(events, selection, region_of(events, selection, viewport), say)


@pytest.mark.parametrize("n", [1, 7, 127, 128, 129, 1000])
def test_bins_hold_every_pair_once_and_its_largest_weight(n):
    made, whole = random_head(n, 4 * n, n), Viewport.whole(n)
    bins = binned(made, whole)
    assert max(bins.count.shape) <= MAX_BINS
    assert bins.count.sum() == 4 * n
    assert np.array_equal(np.isnan(bins.weight), bins.count == 0)
    rows, columns = bins.count.shape
    for row, column in {(0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)}:
        cell = bins.cells((row, row + 1), (column, column + 1))
        (q0, q1), (k0, k1) = cell.query, cell.key
        query, key = made.query_index, made.key_index
        inside = (query >= q0) & (query < q1) & (key >= k0) & (key < k1)
        assert bins.count[row, column] == inside.sum()
        if inside.any():
            assert bins.weight[row, column] == made.weight[inside].max()


def test_bins_of_a_part_leave_the_rest_out():
    made = random_head(500, 5000, 1)
    inside = (made.query_index >= 100) & (made.query_index < 420) & (made.key_index >= 30) & (made.key_index < 75)
    assert binned(made, Viewport((100, 420), (30, 75))).count.sum() == inside.sum()


def test_few_pairs_are_shown_singly_and_a_click_names_the_pair():
    made, whole = head(40, {(30, 2): 0.25, (30, 29): 0.75, (7, 7): 1.0}), Viewport.whole(40)
    (markers,) = pair_map(sequence(["x"] * 40), made, whole, SAY).data
    assert markers.type == "scattergl" and markers.marker.opacity == 1
    found = {(int(y), int(x)): int(id) for x, y, id in zip(markers.x, markers.y, markers.customdata, strict=True)}
    assert set(found) == {(30, 2), (30, 29), (7, 7)}
    assert all(clicked(made, region_of(sequence([]), made, whole), id) == pair for pair, id in found.items())


def test_many_pairs_are_binned_under_nearly_invisible_markers_and_a_click_names_the_cell():
    made, whole = random_head(2000, MAX_SINGLE * 3), Viewport.whole(2000)
    image, markers = pair_map(sequence(["x"] * 2000), made, whole, SAY).data
    bins = binned(made, whole)
    assert image.type == "heatmap" and image.hoverinfo == "skip"
    assert markers.marker.opacity == markers.unselected.marker.opacity == 0.01
    count, weight = block_sums(bins)
    assert count.sum() == bins.count.sum()
    assert weight.max() == np.nanmax(bins.weight)
    assert len(markers.x) == (count > 0).sum() <= (MAX_BINS // BLOCK) ** 2
    for x, y, id in zip(markers.x, markers.y, markers.customdata, strict=True):
        cell = clicked(made, region_of(sequence([]), made, whole), int(id))
        assert isinstance(cell, Viewport)
        assert cell.query[0] <= y < cell.query[1] and cell.key[0] <= x < cell.key[1]


def test_the_hover_names_lines_times_weight_and_count():
    few = pair_map(sequence([f"line {i}" for i in range(20)]), head(20, {(12, 3): 0.5}), Viewport.whole(20), SAY)
    words = few.data[0].text[0]
    assert "13 · 2026-02-25 06:13:32" in words and "line 12" in words and "line 3" in words and "0.500" in words
    many = pair_map(sequence(["x"] * 256), random_head(256, 9000), Viewport.whole(256), SAY).data[1].text[0]
    assert "line 1 – 8" in many and "pairs:" in many
    undated = sequence(["x"] * 256, start=None)
    assert "· 2026" not in pair_map(undated, random_head(256, 9000), Viewport.whole(256), SAY).data[1].text[0]


def test_tags_in_a_line_are_shown_as_typed():
    hostile = "<b onmouseover=alert(1)>x</b> & <a href='javascript:alert(1)'>"
    figure = pair_map(sequence([hostile] * 9), head(9, {(5, 1): 0.5}), Viewport.whole(9), SAY)
    assert "<b onmouse" not in figure.data[0].text[0] and "&lt;b onmouseover" in figure.data[0].text[0]
    assert "<a href" not in figure.data[0].text[0]


def test_axes_show_line_numbers_and_queries_downwards():
    figure = pair_map(sequence(["x"] * 600), head(600, {(5, 1): 0.5}), Viewport((99, 300), (0, 600)), SAY)
    assert list(figure.layout.yaxis.ticktext) == ["100", "150", "200", "250", "300"]
    assert list(figure.layout.yaxis.tickvals) == [99, 149, 199, 249, 299]
    assert tuple(figure.layout.yaxis.range) == (299.5, 98.5) and tuple(figure.layout.xaxis.range) == (-0.5, 599.5)
    assert figure.layout.dragmode == "select"


def test_the_colour_scale_stays_the_same_while_zooming():
    made = head(50, {(40, 3): 0.9, (4, 2): 0.1})
    for viewport in (Viewport.whole(50), Viewport((0, 10), (0, 10))):
        assert pair_map(sequence(["x"] * 50), made, viewport, SAY).data[0].marker.cmax == pytest.approx(0.9)


def test_a_head_without_pairs_still_has_a_map():
    figure = pair_map(sequence(["x"] * 9), head(9, {}), Viewport.whole(9), SAY)
    assert len(figure.data[0].x) == 0
    json.loads(figure.to_json())


def test_a_box_becomes_the_events_inside_and_stays_in_the_log():
    assert Viewport.of_box(600, {"x": [10.4, 99.6], "y": [300.2, 200.9]}) == Viewport((201, 301), (11, 100))
    assert Viewport.of_box(600, {"x": [-50, 700], "y": [598.9, 599.4]}) == Viewport((600 - MIN_SPAN, 600), (0, 600))
    assert Viewport.of_box(5, {"x": [1, 1.2], "y": [4, 4]}) == Viewport.whole(5)


@pytest.mark.parametrize(
    ("query", "key", "lines"), [(500, 480, (430, 551)), (20, 900, (0, 1121)), (1990, 1995, (1940, 2000)), (3, 3, (0, 54))]
)
def test_a_pair_is_shown_with_all_lines_between_its_two_and_some_around(query, key, lines):
    assert Viewport.around(2_000, query, key) == Viewport(lines, lines)


def test_line_numbers_become_events_and_back():
    made = sequence(["x"] * 600)
    view = Viewport.of_lines(made, (101, 200), (400, 301))
    assert view == Viewport((100, 200), (300, 400)) and view.lines(made) == ((101, 200), (301, 400))
    turned = replace(made, events=made.events[::-1])
    view = Viewport.of_lines(turned, (101, 200), (400, 301))
    assert view == Viewport((400, 500), (200, 300)) and view.lines(turned) == ((200, 101), (400, 301))
    assert Viewport.of_lines(made, (900, 950), (1, 2)) == Viewport((600 - MIN_SPAN, 600), (0, MIN_SPAN))


def test_two_million_pairs_of_fifty_thousand_events_make_a_small_figure():
    made, long = random_head(50_000, 2_000_000), sequence(["x"] * 50_000)
    figure = pair_map(long, made, Viewport.whole(50_000), SAY)
    size = len(figure.to_json())
    assert size < 500_000


@pytest.mark.parametrize("n", [3, 60, 700])
def test_a_region_counts_its_pairs_and_names_the_strongest(n):
    made = random_head(n, 5 * n, n)
    viewport = Viewport((n // 3, n), (0, n - n // 4))
    found = region_of(sequence([]), made, viewport)
    inside = (made.query_index >= n // 3) & (made.key_index < n - n // 4)
    other = inside & (made.query_index != made.key_index)
    assert (found.pairs, found.others) == (inside.sum(), other.sum())
    query, place = found.top
    assert np.array_equal(made.query_index[place], query)
    assert np.array_equal(made.weight[place], np.sort(made.weight[other])[::-1][:MAX_ROWS])
    assert (found.bins is None) == (found.pairs <= MAX_SINGLE)


def made(value: dict[int, float]) -> Attribution:
    events = np.array(sorted({30, 2, 20, 1, *value}))
    values = np.array([value.get(event, 0.0) for event in events.tolist()], np.float32)
    return Attribution("integrated_gradients", 30, events, values, 1.0, 0.0, 0.0, 50)


def test_the_pairs_of_the_target_in_this_head_get_rings() -> None:
    found = rings(TRACE, 0, 0, made({2: 4.0, 20: -1.0}), Viewport.whole(40))
    assert set(zip(found.y.tolist(), found.x.tolist(), strict=True)) == {(30, 2), (30, 20)}
    by_key = dict(zip(found.x.tolist(), zip(found.marker.color, found.marker.size, strict=True), strict=True))
    assert by_key[2][0] == TOWARDS
    assert by_key[20][0] == AWAY
    assert by_key[2][1] > by_key[20][1]
    shapes = dict(zip(found.x.tolist(), found.marker.symbol, strict=True))
    assert shapes[2] != shapes[20]  # colour is never alone


def test_pairs_of_others_and_outside_the_view_get_none() -> None:
    assert rings(TRACE, 0, 1, made({38: 9.0}), Viewport((38, 40), (30, 40))) is None
    found = rings(TRACE, 0, 0, made({2: 4.0}), Viewport((25, 35), (0, 10)))
    assert found.x.tolist() == [2]


def test_values_of_zero_are_no_trouble() -> None:
    found = rings(TRACE, 0, 0, made({}), Viewport.whole(40))
    assert np.isfinite(np.array(found.marker.size, dtype=float)).all()
