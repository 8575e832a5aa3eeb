import numpy as np
import pandas as pd
import pytest

from dashboard.views.pairs import Range, pair_rows, region_places, strongest_places, top_pairs
from sparsemix import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.trace.pair_file import COLUMNS
from sparsemix.trace.selection_trace import SelectionTrace
from tests.support.dashboard.traces import head, random_head, sequence, trace


def region_pairs(events: TokenSequence, made: SelectionTrace, queries: Range, keys: Range, limit: int) -> pd.DataFrame:
    """The strongest pairs of the first head within ranges of queries and keys."""
    selection = made.heads[0][0]
    places = strongest_places(selection, *region_places(selection, queries, keys), limit)
    return pair_rows(events, 0, 0, selection, *places)


SIX = sequence([f"line {i}" for i in range(6)])


def test_the_strongest_pairs_of_an_event_come_from_all_layers_and_heads():
    made = SelectionTrace(
        (
            (head(6, {(5, 0): 0.2, (5, 4): 0.8}), head(6, {(5, 1): 0.9, (4, 1): 1.0})),
            (head(6, {(5, 2): 0.5}), head(6, {})),
        )
    )
    table = top_pairs(SIX, made, [5], 3)
    assert list(table.columns) == list(COLUMNS)
    assert table[["layer", "head", "key"]].values.tolist() == [[0, 1, 1], [0, 0, 4], [1, 0, 2]]
    first = table.iloc[0]
    assert (first.query_line, first.key_line, first.query_text, first.key_text) == (6, 2, "line 5", "line 1")
    assert first.weight == pytest.approx(0.9) and first.margin == pytest.approx(0.9) and first.distance == 4
    assert table.route.tolist() == ["content", "local", "content"]


def test_equal_weights_are_ordered_by_position():
    made = trace(head(6, {(3, k): 0.5 for k in range(6)}), head(6, {(2, 1): 0.5, (3, 0): 0.5}))
    table = top_pairs(SIX, made, [3, 2, 3], 4)
    assert table[["head", "query", "key"]].values.tolist() == [[0, 3, 0], [0, 3, 1], [0, 3, 2], [0, 3, 3]]


def test_no_events_and_no_pairs_give_an_empty_table_with_all_columns():
    made = trace(head(6, {(1, 0): 0.5}))
    for table in (top_pairs(SIX, made, [], 5), top_pairs(SIX, made, [4], 5), top_pairs(SIX, made, [1], 0)):
        assert table.empty and list(table.columns) == list(COLUMNS)


def test_an_event_outside_or_a_foreign_trace_is_refused():
    made = trace(head(6, {(1, 0): 0.5}))
    for wrong in ([6], [-1]):
        with pytest.raises(TraceError):
            top_pairs(SIX, made, wrong, 5)
    with pytest.raises(TraceError):
        top_pairs(sequence(["a", "b"]), made, [0], 5)


def test_a_region_holds_its_pairs_and_no_others():
    made = trace(head(6, {(q, k): 0.1 + 0.1 * q + 0.01 * k for q in range(6) for k in range(q)}))
    table = region_pairs(SIX, made, (2, 5), (1, 3), 100)
    assert {(row.query, row.key) for row in table.itertuples()} == {(2, 1), (3, 1), (3, 2), (4, 1), (4, 2)}
    assert table.weight.is_monotonic_decreasing
    assert region_pairs(SIX, made, (4, 2), (0, 6), 10).empty
    assert len(region_pairs(SIX, made, (-5, 99), (-5, 99), 100)) == 15


def test_the_region_agrees_with_a_plain_search_on_random_pairs():
    n, made = 300, trace(random_head(300, 4000, 3))
    selection = made.heads[0][0]
    query, inside = selection.query_index, (selection.query_index >= 40) & (selection.query_index < 200)
    inside &= (selection.key_index >= 10) & (selection.key_index < 90)
    expected = sorted(zip(-selection.weight[inside], query[inside], selection.key_index[inside], strict=True))[:50]
    table = region_pairs(sequence(["x"] * n), made, (40, 200), (10, 90), 50)
    assert [(-np.float32(row.weight), row.query, row.key) for row in table.itertuples()] == expected


def test_a_million_pairs_are_cut_before_their_texts_are_looked_up():
    made, long = trace(random_head(50_000, 1_000_000)), sequence(["x"] * 50_000)
    assert len(region_pairs(long, made, (0, 50_000), (0, 50_000), 500)) == 500
    assert len(top_pairs(long, made, np.arange(0, 50_000, 7).tolist(), 500)) == 500
