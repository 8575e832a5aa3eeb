"""Counts can be added in any grouping, stay within bounds, and lose no pair untold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.graph.pair_counts import MOST_EXAMPLES, PairCounts, added, counts_of, merged, strongest
from tests.support.dashboard.traces import head, sequence, trace
from tests.support.properties import examples

WORDS = ("pump on", "pump off", "valve shut", "belt stop", "login ok")


@st.composite
def counted(draw: st.DrawFn) -> PairCounts:
    texts = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=9))
    event = st.integers(0, len(texts) - 1)
    # Weights of which any sum is exact.
    weights = st.integers(1, 16).map(lambda sixteenths: sixteenths / 16)
    pairs = draw(st.dictionaries(st.tuples(event, event), weights, max_size=12))
    start = draw(st.sampled_from([None, 1_772_000_000.0, 1_772_900_000.0]))
    return counts_of(sequence(texts, start=start), trace(head(len(texts), pairs)), draw(st.sampled_from(["a" * 64, "b" * 64])))


def same(one: PairCounts, other: PairCounts) -> bool:
    parts = ("runs", "pairs", "first", "last", "kinds", "frequencies", "edges", "lags", "examples")
    return all(getattr(one, part) == getattr(other, part) for part in parts)


@examples(100)
@given(parts=st.lists(counted(), min_size=1, max_size=6), cut=st.integers(0, 6))
def test_any_grouping_gives_the_same(parts: list[PairCounts], cut: int) -> None:
    whole = merged(parts)
    assert same(merged([merged(parts[:cut]), merged(parts[cut:])]), whole)
    assert same(added(iter(parts)), whole)
    assert same(merged([whole]), whole) and same(merged([merged([]), whole]), whole)
    assert whole.pairs == sum(part.pairs for part in parts) == sum(whole.edges["pairs"].to_pylist())
    assert len(whole.runs) == len(parts) and max(whole.edges["runs"].to_pylist(), default=0) <= len(parts)


@examples(100)
@given(parts=st.lists(counted(), min_size=1, max_size=7), most=st.integers(0, 6))
def test_the_strongest_stay_and_the_rest_is_told(parts: list[PairCounts], most: int) -> None:
    whole = merged(parts)
    kept = strongest(whole, most, most)
    assert len(kept.edges) == min(most, len(whole.edges))
    assert len(kept.kinds) <= max(most, 0) + 2 * len(kept.edges)
    assert kept.pairs == whole.pairs and kept.dropped_pairs == whole.pairs - sum(kept.edges["pairs"].to_pylist())
    left = sorted(whole.edges["support"].to_pylist())[::-1]
    assert sorted(kept.edges["support"].to_pylist())[::-1] == left[:most]
    # What is told of the edges that stay is what was told before.
    edges = set(kept.edges["edge"].to_pylist())
    for table in ("edges", "lags", "examples"):
        assert getattr(kept, table).to_pylist() == _rows(getattr(whole, table), edges)
    assert same(merged([kept]), kept)


@examples(30)
@given(parts=st.lists(counted(), min_size=1, max_size=9))
def test_examples_are_few_and_the_heaviest(parts: list[PairCounts]) -> None:
    table = merged(parts).examples
    for edge in set(table["edge"].to_pylist()):
        of_edge = _rows(table, {edge})
        assert len({row["run"] for row in of_edge}) == len(of_edge) <= MOST_EXAMPLES
        assert np.all(np.diff([row["weight"] for row in of_edge]) <= 0)


def test_memory_is_told() -> None:
    small = counts_of(sequence(["a", "b"]), trace(head(2, {(1, 0): 1.0})), "0" * 64)
    large = counts_of(
        sequence([f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]),
        trace(head(200, {(i, i - 1): 1.0 for i in range(1, 200)})),
        "0" * 64,
    )
    assert 0 < small.nbytes < large.nbytes < 200_000


def _rows(table: pa.Table, edges: set[int]) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["edge"] in edges]
