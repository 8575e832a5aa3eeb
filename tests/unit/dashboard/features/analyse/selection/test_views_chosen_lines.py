"""Lines chosen in the text: those shown, their pairs' marks on the map, and their sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.analyse.selection.views.chosen_lines import (
    AROUND,
    MAX_LINES,
    MAX_MARKS,
    WAYS,
    chosen_events,
    event_sum,
    line_marks,
    line_table,
    lines_around,
    lines_in_view,
    pairs_in_view,
    pairs_of_lines,
)
from dashboard.features.analyse.selection.views.pair_filter import PairFilter, event_templates
from dashboard.features.analyse.selection.views.region import EVERYTHING, region_of
from dashboard.texts import Texts
from dashboard.views.pair_map import Viewport
from tests.support.dashboard.traces import head, random_head, sequence, trace

SAY = Texts("en").plain
MADE = head(9, {(5, 1): 0.5, (5, 5): 0.25, (5, 2): 0.25, (7, 5): 1.0, (8, 7): 0.75, (3, 3): 0.5})


@given(st.lists(st.integers(0, 59), min_size=1, max_size=9, unique=True), st.integers(0, 5))
def test_the_pairs_of_lines_are_those_with_one_of_them_at_either_end(lines: list[int], seed: int) -> None:
    made = random_head(60, 300, seed)
    query, place = pairs_of_lines(made, lines)
    wanted = np.isin(made.query_index, lines) | np.isin(made.key_index, lines)
    assert place.tolist() == np.flatnonzero(wanted).tolist()
    assert query.tolist() == made.query_index[wanted].tolist()


def test_marks_stay_in_view_obey_the_filter_and_are_not_too_many() -> None:
    made = random_head(300, 9_000)
    viewport = Viewport((100, 300), (0, 200))
    query, place = pairs_in_view(range(100, 150), made, viewport, PairFilter(margin=0.7), None, None)
    key = made.key_index[place]
    assert len(query) <= MAX_MARKS and (query >= 100).all() and (key < 200).all() and (made.margin[place] >= 0.7).all()
    assert np.isin(query, range(100, 150)).sum() + np.isin(key, range(100, 150)).sum() >= len(query)
    whole = pairs_in_view(range(100, 150), made, viewport, EVERYTHING, None, None)[1]
    assert made.weight[whole].min() >= np.sort(made.weight)[0]


def test_marks_tell_effect_from_cause_by_their_shape_on_all_axes() -> None:
    query, place = pairs_in_view([5], MADE, Viewport.whole(9), EVERYTHING, None, None)
    key = MADE.key_index[place].astype(np.int64)
    lines = line_marks("lines", query, key, [5], None)
    shapes = {(int(y), int(x)): shape for x, y, shape in zip(lines.x, lines.y, lines.marker.symbol, strict=True)}
    assert shapes == {(5, 1): "cross-thin", (5, 5): "cross-thin", (5, 2): "cross-thin", (7, 5): "x-thin"}
    distance = line_marks("distance", query, key, [5], None)
    # 5 - 1 = 4 lines before is class 3, 5 - 2 = 3 is class 2; before stands on the left.
    assert set(zip(distance.x.tolist(), distance.y.tolist(), strict=True)) == {(-3, 5), (0, 5), (-2, 5), (-2, 7)}
    kinds = line_marks("templates", query, key, [5], event_templates(sequence(["a 1", "a 2", "a 3", *"bcdefg"])))
    assert len(kinds.x) == 3


def test_the_sum_tells_pairs_among_the_lines_from_those_with_others() -> None:
    found = event_sum(sequence([f"line {i}" for i in range(9)]), trace(MADE, head(9, {(1, 5): 0.5, (0, 0): 1.0})), [5, 7])
    first, second = found.heads.to_dict("records")
    assert [first[way] for way in WAYS] == [2, 2, 1]
    assert [first[f"weight_{way}"] for way in WAYS] == [1.25, 0.75, 0.75]
    assert [second[way] for way in WAYS] == [0, 0, 1] and second["weight_out"] == 0.5 and second["head"] == 1
    # Line 1 is a cause in one head and an effect in the other.
    partners = found.partners.set_index("event")
    assert partners.index.tolist() == [1, 8, 2] and found.others == 3
    assert partners.loc[1, ["pairs", "weight", "weight_in", "weight_out"]].tolist() == [2, 1.0, 0.5, 0.5]
    assert partners.loc[8, "text"] == "line 8" and partners.loc[8, "line"] == 9


@pytest.mark.parametrize("lines", [[0], [3, 4, 5], list(range(40))])
def test_the_sum_holds_every_pair_of_the_lines_once(lines: list[int]) -> None:
    heads = [random_head(40, 200, seed) for seed in range(3)]
    found = event_sum(sequence(["x"] * 40), trace(*heads), lines)
    for made, row in zip(heads, found.heads.to_dict("records"), strict=True):
        touched = np.isin(made.query_index, lines) | np.isin(made.key_index, lines)
        assert sum(row[way] for way in WAYS) == touched.sum()
        assert sum(row[f"weight_{way}"] for way in WAYS) == pytest.approx(made.weight[touched].sum(), rel=1e-5)
    assert found.partners.weight.sum() == pytest.approx(found.heads[["weight_in", "weight_out"]].to_numpy().sum())


def test_a_chosen_pair_shows_its_two_ends_among_their_neighbours() -> None:
    events = lines_around(100, 60, 1)
    assert events.tolist() == [0, 1, 2, 3, 4, *range(60 - AROUND, 60 + AROUND + 1)]
    table = line_table(sequence([f"line {i}" for i in range(100)]), random_head(100, 300), events, (60, 1), SAY)
    marks = dict(zip(table.line.tolist(), table["mark"].tolist(), strict=True))
    assert marks[61] == "▶ Effect" and marks[2] == "◆ Cause" and marks[58] == "⋮"
    assert sum(bool(mark) for mark in marks.values()) == 3
    own = line_table(sequence(["x"] * 9), MADE, lines_around(9, 5, 5), (5, 5), SAY)
    assert own.loc[own.line == 6, "mark"].item() == "▶ Effect + ◆ Cause"


def test_every_line_says_how_many_pairs_it_takes_part_in() -> None:
    table = line_table(sequence([f"line {i}" for i in range(9)]), MADE, np.arange(9), None, SAY)
    assert table.as_effect.tolist() == [0, 0, 0, 1, 0, 3, 0, 1, 1]
    assert table.as_cause.tolist() == [0, 1, 1, 1, 0, 2, 0, 1, 0]
    assert "time" in table.columns and table.time[0] == "2026-02-25 06:13:20"
    assert "time" not in line_table(sequence(["x"] * 9, start=None), MADE, np.arange(9), None, SAY).columns


def test_a_large_part_shows_the_lines_of_its_strongest_pairs() -> None:
    small = random_head(50, 90)
    assert lines_in_view(small, region_of(small, Viewport((10, 20), (15, 40))))[0].tolist() == list(range(10, 40))
    large = random_head(5_000, 20_000)
    region = region_of(large, Viewport.whole(5_000))
    events, everything = lines_in_view(large, region)
    assert len(events) == MAX_LINES and everything == 5_000 and (np.diff(events) > 0).all()
    query, place = region.top_others
    strongest = {*query[:90].tolist(), *large.key_index[place[:90]].tolist()}
    assert strongest <= set(events.tolist())


def test_rows_become_events_and_rows_that_are_not_there_none() -> None:
    assert chosen_events([4, 9, 12], [2, 0]) == (4, 12)
    assert chosen_events([4], [0, 1, -1]) == (4,)
