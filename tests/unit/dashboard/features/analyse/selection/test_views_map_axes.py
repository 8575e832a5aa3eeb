"""The map by distance and by kind of event, and what its cells show."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.features.analyse.selection.views.heatmap import pair_map
from dashboard.features.analyse.selection.views.map_axes import (
    MAX_DISTANCE_ROWS,
    ROWS_A_MARKER,
    boxed_classes,
    clicked_distance,
    clicked_templates,
    distance_map,
    distances_of,
    kinds_of,
    template_map,
)
from dashboard.features.analyse.selection.views.pair_filter import MOST_TEMPLATES, event_templates
from dashboard.features.analyse.selection.views.region import region_of
from dashboard.texts import Texts
from dashboard.views.pair_map import Viewport, distance_class
from sparsemix.encoding.sequence import template
from sparsemix.trace.selection_trace import HeadSelection
from tests.support.dashboard.traces import head, random_head, sequence

SAY = Texts("en").plain


def by_distance(made: HeadSelection, viewport: Viewport):
    query = made.query_index.astype(np.int64)
    inside = (query >= viewport.query[0]) & (query < viewport.query[1])
    inside &= (made.key_index >= viewport.key[0]) & (made.key_index < viewport.key[1])
    return distances_of(viewport, query[inside], made.key_index[inside], made.weight[inside])


@pytest.mark.parametrize("n", [1, 2, 9, 113, 2000])
def test_every_pair_stands_in_the_cell_of_its_effect_and_distance(n: int) -> None:
    made = random_head(n, 6 * n, n)
    found = by_distance(made, Viewport.whole(n))
    assert found.count.sum() == 6 * n and len(found.count) <= MAX_DISTANCE_ROWS
    signed = distance_class(made.query_index - made.key_index)
    for marker in {0, found.count.size // ROWS_A_MARKER // 2}:
        (first, last), (low, high) = clicked_distance(found, marker)
        inside = (made.query_index >= first) & (made.query_index < last) & (signed >= low) & (signed <= high)
        row, column = divmod(marker, found.count.shape[1])
        cells = found.count[row * ROWS_A_MARKER : (row + 1) * ROWS_A_MARKER, column]
        assert cells.sum() == inside.sum()
        if inside.any():
            assert np.nanmax(found.weight[row * ROWS_A_MARKER : (row + 1) * ROWS_A_MARKER, column]) == made.weight[inside].max()


def test_the_hover_of_the_distance_map_names_lines_and_distance_and_markers_are_few() -> None:
    made = head(600, {(300, 295): 0.5, (300, 300): 0.25, (10, 200): 0.75})
    figure = distance_map(sequence(["x"] * 600), by_distance(made, Viewport.whole(600)), SAY, top=0.75)
    words = dict(zip(figure.data[1].x.tolist(), figure.data[1].text, strict=True))
    assert "4–7 lines before" in words[-3] and "The line itself" in words[0] and "128–255 lines after" in words[8]
    assert "0.750" in words[8] and "pairs: 1" in words[8]
    crowded = by_distance(random_head(100_000, 400_000), Viewport.whole(100_000))
    figure = distance_map(sequence(["x"] * 100_000), crowded, SAY, top=1.0)
    assert len(figure.data[1].x) <= 1024 and len(figure.to_json()) < 400_000


def test_a_box_on_the_distance_map_becomes_classes() -> None:
    found = by_distance(random_head(600, 900), Viewport.whole(600))
    # To the left is before the effect: those classes are positive.
    assert boxed_classes(found, [-4.4, -1.6]) == (2, 4)
    assert boxed_classes(found, [0.4, 2.6]) == (-2, -1)
    assert boxed_classes(found, [2.2, 2.4]) == (-2, -2)
    assert boxed_classes(found, [-99, 99]) == (-found.after, found.before)


def test_templates_are_the_frequent_ones_and_the_rest_is_one_more() -> None:
    texts = [f"kind{'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP'[i % 40]} value={i}" for i in range(400)] + ["kinda value=7"]
    lines = sequence(texts)
    found = event_templates(lines)
    assert len(found.texts) == MOST_TEMPLATES and found.texts[0] == template("kinda value=7")
    assert found.count.sum() == 401 and found.count[-1] == 10 * (40 - MOST_TEMPLATES)
    for text in (found.texts[0], found.texts[-1]):
        assert [template(texts[i]) == text for i in range(401)] == found.named(text).tolist()
    others = found.named(None)
    assert others.sum() == found.count[-1] and not any(template(texts[i]) in found.texts for i in np.flatnonzero(others))
    assert not found.named("never seen").any()


def test_pairs_are_counted_by_the_kinds_of_both_lines_and_a_click_names_them() -> None:
    texts = ["torque 1", "torque 2", "torque 3", "stop <b>A1</b>", "stop <b>A2</b>", "alone"]
    made = head(6, {(3, 0): 0.25, (4, 1): 0.75, (4, 2): 0.25, (5, 3): 1.0, (1, 0): 0.5})
    templates = event_templates(sequence(texts), most=2)
    found = kinds_of(templates, made.query_index.astype(np.int64), made.key_index, made.weight)
    assert found.count.tolist() == [[1, 0, 0], [3, 0, 0], [0, 1, 0]]
    assert found.weight[1, 0] == 0.75 and np.isnan(found.weight[0, 1])
    figure = template_map(found, SAY, top=1.0)
    kinds = {
        clicked_templates(found, marker): text
        for marker, text in zip(figure.data[1].customdata, figure.data[1].text, strict=True)
    }
    assert set(kinds) == {("torque <*>", "torque <*>"), (templates.texts[1], "torque <*>"), (None, templates.texts[1])}
    words = kinds[templates.texts[1], "torque <*>"]
    assert (
        "torque &lt;*&gt;" in words and "stop &lt;" in words and "<b>" not in words and "0.750" in words and "pairs: 3" in words
    )
    assert "all other kinds" in kinds[None, templates.texts[1]]


def test_a_crowded_template_map_has_few_markers_and_stays_small() -> None:
    texts = [f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]} {'word ' * 30}" for i in range(5_000)]
    made, templates = random_head(5_000, 90_000), event_templates(sequence(texts))
    found = kinds_of(templates, made.query_index.astype(np.int64), made.key_index, made.weight)
    figure = template_map(found, SAY, top=1.0, shown="count")
    assert len(figure.data[1].x) <= 1024 and len(figure.to_json()) < 400_000
    # More kinds than labels have room for: every second one is named beside the map, all of them at hover.
    named = [bool(label) for label in figure.layout.yaxis.ticktext]
    assert named == [place % 2 == 0 for place in range(len(named))] and "" not in figure.data[1].text


def test_cells_show_the_largest_weight_or_the_logarithm_of_their_number() -> None:
    made = random_head(300, 9_000)
    viewport = Viewport.whole(300)
    lines = sequence(["x"] * 300)
    region = region_of(lines, made, viewport)
    weight = pair_map(lines, made, region, SAY).data[0]
    count = pair_map(lines, made, region, SAY, shown="count").data[0]
    assert np.array_equal(weight.z, region.bins.weight, equal_nan=True)
    some = region.bins.count > 0
    assert np.allclose(10 ** count.z[some], region.bins.count[some]) and np.isnan(count.z[~some]).all()
    assert weight.colorbar.title.text == "Weight" and count.colorbar.title.text == "Pairs"
