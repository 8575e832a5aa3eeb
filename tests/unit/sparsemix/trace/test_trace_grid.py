"""The grid of a trace: how far numbers move, and that the selection does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.trace.grid import FULL, MAX_THRESHOLD, GridCodes, numbers_of, on_grid
from sparsemix.trace.head_selection import HeadSelection
from tests.support.properties import examples
from tests.unit.sparsemix.trace.test_trace import head


def entmax_head(n: int, seed: int, pairs: int = 4, spread: int | None = None, anchored: float = 0.3) -> HeadSelection:
    """Return a head as the attention makes it: margins from tiny to 1, squares that sum to 1 with the anchor's, rising keys,
    near misses best first. ``spread``: how far keys lie from their query, anywhere if None; ``anchored``: share of queries with
    a weight for the anchor."""
    rng = np.random.default_rng(seed)
    base = head(n, seed, pairs)
    query, counts = base.query_index, np.diff(base.query_ptr)
    near_query = np.repeat(np.arange(n), np.diff(base.near_ptr))

    def reach(query: np.ndarray, key: np.ndarray) -> np.ndarray:
        close = query - rng.integers(0, spread, len(query)) if spread else key
        return np.clip(close, 0, n - 1).astype(np.int32)

    key = reach(query, base.key_index)
    key = key[np.lexsort((key, query))]
    raw = rng.random(len(query)) ** 4 + 1e-12
    share = np.where(rng.random(n) < anchored, rng.random(n), 1.0) * (counts > 0)
    weight = raw / np.bincount(query, raw, n)[query] * share[query] if len(query) else raw
    threshold = rng.normal(scale=10.0, size=n)
    missed = rng.random(len(near_query)) / 2
    missed = missed[np.lexsort((missed, near_query))]
    return replace(
        base,
        key_index=key,
        weight=weight.astype(np.float32),
        logit=(2 * (threshold[query] + np.sqrt(weight))).astype(np.float32),
        route=(np.abs(key - query) <= 5).astype(np.uint8),
        threshold=threshold.astype(np.float32),
        anchor_weight=(1 - share).astype(np.float32),
        near_index=reach(near_query, base.near_index),
        near_logit=(2 * (threshold[near_query] - missed)).astype(np.float32),
    )


def quantised(head: HeadSelection) -> HeadSelection:
    """Return the head on the grid."""
    return replace(head, **on_grid(numbers_of(head), head.query_ptr, head.near_ptr))


def same(one: HeadSelection, other: HeadSelection) -> bool:
    """Return whether two heads agree in every bit and type."""
    return all(
        getattr(one, name).dtype == getattr(other, name).dtype
        and getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in HeadSelection.__dataclass_fields__
    )


@examples(60)
@given(st.integers(1, 60), st.integers(0, 10_000), st.integers(0, 30))
def test_numbers_move_less_than_promised_and_the_selection_not_at_all(n: int, seed: int, pairs: int) -> None:
    exact = entmax_head(n, seed, pairs)
    rounded = quantised(exact)
    for name in ("query_ptr", "key_index", "route", "certified", "near_ptr", "near_index"):
        assert np.array_equal(getattr(exact, name), getattr(rounded, name))
    margin = np.sqrt(exact.weight.astype(np.float64))
    assert np.abs(rounded.weight - exact.weight).max(initial=0) < 5e-5
    assert np.abs(rounded.anchor_weight - exact.anchor_weight).max(initial=0) < 5e-5
    assert np.abs(rounded.margin - margin)[margin > 1e-3].max(initial=0) < 5.1e-4
    assert np.abs(rounded.threshold - exact.threshold).max() <= 1 / 2048
    assert np.abs(rounded.near_logit - exact.near_logit).max(initial=0) < 3.1e-3


@examples(60)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_what_was_selected_keeps_a_weight_and_what_was_not_stays_below_the_threshold(n: int, seed: int) -> None:
    rounded = quantised(entmax_head(n, seed))
    near_query = np.repeat(np.arange(n), np.diff(rounded.near_ptr))
    assert (rounded.weight > 0).all()
    assert (rounded.margin > 0).all()
    assert (rounded.near_logit / 2 - rounded.threshold[near_query] <= 0).all()


@examples(60)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_a_head_on_the_grid_stays_where_it_is(n: int, seed: int) -> None:
    rounded = quantised(entmax_head(n, seed))
    assert same(quantised(rounded), rounded)
    codes = GridCodes.nearest(numbers_of(rounded), rounded.near_ptr)
    assert codes is not None
    assert codes.matches(rounded)


def test_every_code_comes_back_from_its_numbers() -> None:
    codes = np.arange(1, FULL + 1, dtype=np.int32)
    near = np.arange(2_000, dtype=np.int32)
    for threshold in (0, -1, 30 * 1024 + 7, MAX_THRESHOLD, -MAX_THRESHOLD):
        one = GridCodes(codes, np.array([0], np.int32), np.array([threshold], np.int32), near)
        pointer, near_pointer = np.array([0, len(codes)]), np.array([0, len(near)])
        near_one = replace(
            head(1, 0),
            query_ptr=pointer,
            key_index=np.zeros(len(codes), np.int32),
            route=np.zeros(len(codes), np.uint8),
            near_ptr=near_pointer,
            near_index=np.zeros(len(near), np.int32),
            **one.numbers(pointer, near_pointer),
        )
        back = GridCodes.nearest(numbers_of(near_one), near_pointer)
        assert back is not None
        assert np.array_equal(back.pair, codes)
        assert np.array_equal(back.near, near)
        assert (near_one.margin > 0).all()
    assert near_one.weight[-1] == 1.0


def test_a_query_with_one_pair_keeps_weight_and_margin_1() -> None:
    one = quantised(replace(entmax_head(1, 0, 0), **_single(1.0, 7.3)))
    assert one.weight.tolist() == [1.0]
    assert one.margin.tolist() == [1.0]


@pytest.mark.parametrize(
    ("weight", "threshold"), [(1.5, 0.0), (-0.1, 0.0), (np.nan, 0.0), (1.0, 1e5), (1.0, np.nan), (1.0, np.inf)]
)
def test_what_lies_outside_the_grid_is_left_alone(weight: float, threshold: float) -> None:
    odd = replace(entmax_head(1, 0, 0), **_single(weight, threshold))
    assert same(quantised(odd), odd)


def _single(weight: float, threshold: float) -> dict[str, np.ndarray]:
    return {
        "query_ptr": np.array([0, 1]),
        "key_index": np.zeros(1, np.int32),
        "weight": np.array([weight], np.float32),
        "logit": np.array([2 * (threshold + 1)], np.float32),
        "route": np.ones(1, np.uint8),
        "threshold": np.array([threshold], np.float32),
    }
