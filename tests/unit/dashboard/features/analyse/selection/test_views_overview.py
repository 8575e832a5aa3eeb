"""All heads at a glance: counts, distances, and what a click names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.analyse.selection.views.overview import overview, overview_figure
from dashboard.texts import Texts
from dashboard.views.pair_map import CLASSES, class_words, distance_class
from tests.support.sparsemix.small_models import plant_sequence, small_model

TRACE = small_model().run_with_trace(plant_sequence(150)).trace
SAY = Texts("en").plain


@pytest.mark.parametrize("bins", [1, 7, 48, 400])
def test_every_pair_is_counted_once_and_where_it_lies(bins: int) -> None:
    for one in overview(TRACE, bins):
        selection = TRACE.heads[one.layer][one.head]
        assert one.count.sum() == one.pairs == len(selection.key_index)
        step = -(-150 // len(one.count))
        rows = np.bincount(selection.query_index // step, minlength=len(one.count))
        assert one.count.sum(1).tolist() == rows.tolist()
        assert one.profile.sum() == pytest.approx(1.0)


def test_the_profile_goes_from_long_before_over_the_line_itself_to_long_after() -> None:
    for one in overview(TRACE):
        selection = TRACE.heads[one.layer][one.head]
        distance = selection.query_index - selection.key_index
        assert one.profile[CLASSES - 1] == pytest.approx(np.mean(distance == 0))
        assert one.profile[: CLASSES - 1].sum() == pytest.approx(np.mean(distance > 0))
        assert one.profile[CLASSES - 2] == pytest.approx(np.mean(distance == 1))


@given(st.integers(-200_000, 200_000))
def test_a_distance_lies_in_the_class_that_names_it(distance: int) -> None:
    (found,) = distance_class(np.array([distance])).tolist()
    words = class_words(found).replace(",", "")
    low, _, high = words.rstrip("+").partition("–")
    assert int(low) <= abs(distance)
    assert words.endswith("+") or abs(distance) <= int(high or low)
    assert np.sign(found) == np.sign(distance)


def test_a_click_names_its_head_and_little_is_sent() -> None:
    heads = overview(TRACE)
    figure = overview_figure(heads, SAY)
    (targets,) = (trace for trace in figure.data if trace.type == "scatter")
    for place, one in enumerate(heads):
        mine = np.array(targets.customdata) == place
        assert f"{one.pairs:,} ({one.pairs / 150:.1f} per line)" in np.array(targets.text)[mine][0]
        title = next(note for note in figure.layout.annotations if note.text == f"{one.layer + 1}.{one.head + 1}")
        assert np.mean(targets.x[mine]) == pytest.approx(title.x, abs=1)
        assert np.min(targets.y[mine]) > title.y
    assert [note.text for note in figure.layout.annotations] == ["1.1", "1.2", "2.1", "2.2"]
    assert len(figure.to_json()) < 400_000


@pytest.mark.parametrize("events", [2, 30, 150])
def test_every_cell_with_pairs_is_coloured(events: int) -> None:
    made = small_model().run_with_trace(plant_sequence(events)).trace
    heads = overview(made)
    (image,) = (trace for trace in overview_figure(heads, SAY).data if trace.type == "heatmap")
    coloured = np.isfinite(image.z).sum()
    scale = (48 / len(heads[0].count)) ** 2
    assert coloured == pytest.approx(sum((one.count > 0).sum() for one in heads) * scale, rel=0.25)
