"""Attention in NumPy beside the compiled loops and the search: the same pairs, near misses and numbers in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.attention._index.index_search import HeadInput, IndexSearch
from sparsemix.attention.distance_bias import NEAR_WINDOW, DistanceBias
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.edge import attention
from sparsemix.edge.attention import EdgeHead, attend
from sparsemix.errors import SelectionError
from tests.support.properties import examples

EXACT = ("pointer", "key", "near_pointer", "near_key", "certified")
CLOSE = ("weight", "logit", "threshold", "anchor_weight", "near_logit")


def made(n: int, seed: int, scale: float = 1.5, depth: int = 5) -> EdgeHead:
    rng = np.random.default_rng(seed)
    q, k, v = (rng.normal(size=(n, depth)) * factor for factor in (scale, scale, 1.0))
    key, value = rng.normal(size=(2, depth))
    past, future, offset = rng.random(3) * (1.0, 2.0, -3.0)
    return EdgeHead(q, k, v, key, value, DistanceBias(past, future, offset))


def by_search(head: EdgeHead, near_misses: int) -> tuple[np.ndarray, HeadPairs]:
    row = HeadInput(head.q, head.k, head.v, head.anchor_key, head.anchor_value, head.bias, np.ones(len(head.q), np.bool_))
    (mixed,), (pairs,) = IndexSearch().run([row], near_misses, NEAR_WINDOW)
    return mixed, pairs


def assert_same(head: EdgeHead, near_misses: int = 3) -> None:
    (mixed, pairs), (wanted, there) = attend(head, near_misses), by_search(head, near_misses)
    for name in EXACT:
        assert np.array_equal(getattr(pairs, name), getattr(there, name)), name
        assert getattr(pairs, name).dtype == getattr(there, name).dtype
    # A logit is a sum of products, and as coarse in its last bits as they are large, however small it comes out.
    products = float((np.abs(head.q) @ np.abs(head.k).T).max())
    room = 1e-12 + 1e-14 * max(float(np.abs(there.threshold).max()), products)
    for name in CLOSE:
        assert getattr(pairs, name) == pytest.approx(getattr(there, name), abs=room), name
    assert mixed.dtype == np.float64
    assert mixed == pytest.approx(wanted, abs=10 * room)


@pytest.mark.parametrize("n", [1, 2, 3, 17, 100, 333])
@pytest.mark.parametrize("near_misses", [0, 1, 3])
def test_it_selects_what_the_search_selects(n: int, near_misses: int) -> None:
    for seed in range(3):
        assert_same(made(n, seed), near_misses)


@examples(60)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 1.0, 8.0, 300.0]), st.sampled_from([1, 4, 16]))
def test_it_does_so_for_flat_and_for_steep_logits(n: int, seed: int, scale: float, depth: int) -> None:
    assert_same(made(n, seed, scale, depth))


def test_borders_of_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    head = made(97, 1)
    wanted, there = attend(head, 3)
    for at_once, together in ((1, 1), (97 * 5, 40), (97 * 97, 10**6)):
        monkeypatch.setattr(attention, "_AT_ONCE", at_once)
        monkeypatch.setattr(attention, "_TOGETHER", together)
        mixed, pairs = attend(head, 3)
        assert all(np.array_equal(getattr(pairs, name), getattr(there, name)) for name in EXACT)
        assert mixed == pytest.approx(wanted, abs=1e-13)


def test_a_long_sequence_agrees_with_the_index() -> None:
    assert_same(made(3001, 4, 2.0))


def test_weights_are_those_of_a_dense_layer() -> None:
    head = made(41, 5)
    _, pairs = attend(head, 0)
    offset = np.arange(41) - np.arange(41)[:, None]
    z = head.q @ head.k.T + head.bias.table(41, np.float64)[offset + 41]
    anchored = np.concatenate([z, (head.q @ head.anchor_key)[:, None]], 1)
    dense = dense_entmax15(torch.from_numpy(anchored)).numpy()
    found = np.zeros_like(dense)
    found[pairs.query, pairs.key] = pairs.weight
    found[:, -1] = pairs.anchor_weight
    assert found == pytest.approx(dense, abs=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e17])
def test_numbers_that_cannot_be_compared_are_refused(bad: float) -> None:
    for name in ("q", "k", "anchor_key"):
        head = made(5, 0)
        getattr(head, name)[0] = bad
        with pytest.raises(SelectionError, match="finite"):
            attend(head, 3)
