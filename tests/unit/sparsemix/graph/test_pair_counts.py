"""Counts can be added in any grouping, stay within bounds, and lose no pair untold."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
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
    parts = ("frequencies", "edges", "lags", "examples")
    return all(getattr(one, name) == getattr(other, name) for name in ("runs", "pairs", "first", "last", "kinds")) and all(
        np.array_equal(getattr(getattr(one, part), field.name), getattr(getattr(other, part), field.name))
        for part in parts
        for field in fields(getattr(one, part))
    )


@examples(100)
@given(parts=st.lists(counted(), min_size=1, max_size=6), cut=st.integers(0, 6))
def test_any_grouping_gives_the_same(parts: list[PairCounts], cut: int) -> None:
    whole = merged(parts)
    assert same(merged([merged(parts[:cut]), merged(parts[cut:])]), whole)
    assert same(added(iter(parts)), whole)
    assert same(merged([whole]), whole) and same(merged([merged([]), whole]), whole)
    assert whole.pairs == sum(part.pairs for part in parts) == int(whole.edges.pairs.sum())
    assert len(whole.runs) == len(parts) and whole.edges.runs.max(initial=0) <= len(parts)


@examples(100)
@given(parts=st.lists(counted(), min_size=1, max_size=7), most=st.integers(0, 6))
def test_the_strongest_stay_and_the_rest_is_told(parts: list[PairCounts], most: int) -> None:
    whole = merged(parts)
    kept = strongest(whole, most, most)
    assert len(kept.edges.earlier) == min(most, len(whole.edges.earlier))
    assert len(kept.kinds) <= max(most, 0) + 2 * len(kept.edges.earlier)
    assert kept.pairs == whole.pairs and kept.dropped_pairs == whole.pairs - int(kept.edges.pairs.sum())
    left = sorted(whole.edges.support.tolist())[::-1]
    assert sorted(kept.edges.support.tolist())[::-1] == left[:most]
    # What is told of the edges that stay is what was told before.
    names = {(whole.kinds[a], whole.kinds[b]): place for place, (a, b) in enumerate(_ends(whole))}
    for place, (a, b) in enumerate(_ends(kept)):
        before = names[kept.kinds[a], kept.kinds[b]]
        assert kept.edges.weight[place] == whole.edges.weight[before]
        assert _lags(kept, place) == _lags(whole, before)
    assert same(merged([kept]), kept)


@examples(30)
@given(parts=st.lists(counted(), min_size=1, max_size=9))
def test_examples_are_few_and_the_heaviest(parts: list[PairCounts]) -> None:
    table = merged(parts).examples
    assert np.bincount(table.edge).max(initial=0) <= MOST_EXAMPLES
    for edge in set(table.edge.tolist()):
        of_edge = table.edge == edge
        assert len(set(table.run[of_edge].tolist())) == of_edge.sum()
        assert np.all(np.diff(table.weight[of_edge]) <= 0)


def test_memory_is_told() -> None:
    small = counts_of(sequence(["a", "b"]), trace(head(2, {(1, 0): 1.0})), "0" * 64)
    large = counts_of(
        sequence([f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]),
        trace(head(200, {(i, i - 1): 1.0 for i in range(1, 200)})),
        "0" * 64,
    )
    assert 0 < small.nbytes < large.nbytes < 200_000


def _ends(counts: PairCounts) -> list[tuple[int, int]]:
    return list(zip(counts.edges.earlier.tolist(), counts.edges.later.tolist(), strict=True))


def _lags(counts: PairCounts, edge: int) -> list[tuple[int, int, int]]:
    rows = counts.lags.edge == edge
    return list(zip(*(getattr(counts.lags, name)[rows].tolist() for name in ("unit", "lag_class", "count")), strict=True))
