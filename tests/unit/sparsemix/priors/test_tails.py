"""Tails: how rare a value is among normal ones, in order, between the knots and beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparsemix.errors import WeightsError
from sparsemix.priors import tails
from sparsemix.priors.tails import NormalTail

values = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))


@given(values)
def test_the_depth_is_minus_log_of_the_share_that_reaches_a_value(normal: np.ndarray) -> None:
    tail = tails.fit(normal)
    reached = [(normal >= value).sum() for value in normal]
    assert tail.of(normal) == pytest.approx(-np.log((np.array(reached) + 1) / (len(normal) + 1)))


@given(values, values)
def test_what_lies_higher_is_never_less_rare(normal: np.ndarray, asked: np.ndarray) -> None:
    tail = tails.fit(normal)
    depth = tail.of(np.sort(asked))
    assert (np.diff(depth) >= 0).all() and (depth >= 0).all()
    assert tail.of(np.array([normal.max() + 1.0, normal.max() + 2.0])) == pytest.approx(
        np.sort(tail.of(np.array([normal.max() + 2.0, normal.max() + 1.0])))
    )
    assert tail.of(np.array([normal.max() + 1.0]))[0] > tail.of(normal).max()


def test_what_no_normal_value_reaches_is_as_rare_as_their_number_says_however_alike_they_are() -> None:
    tail = tails.fit(np.zeros(99))
    assert tail.of(np.array([0.0, 1.0])) == pytest.approx([0.0, np.log(100)])
    assert tail.of(np.array([2.0]))[0] > np.log(100)


def test_many_values_become_few_knots_and_the_rarest_stay() -> None:
    normal = np.random.default_rng(0).normal(size=20_000)
    tail = tails.fit(normal)
    assert len(tail.knot) <= 257 and tail.knot[-1] == normal.max()
    exact = -np.log((len(normal) - np.arange(len(normal)) + 1) / (len(normal) + 1))
    assert np.abs(tail.of(np.sort(normal)) - exact).max() < 0.1


def test_one_small_probability_is_enough_and_all_weights_are_one() -> None:
    depth, weights = np.array([[np.log(1000.0)], [0.0]]), np.array([0.5, 0.5])
    assert tails.combined(depth, weights)[0] == pytest.approx(np.log(500.5))
    assert tails.combined(np.full((3, 1), 2.0), np.array([0.2, 0.3, 0.5]))[0] == pytest.approx(2.0)


def test_a_tail_is_read_as_it_was_written() -> None:
    tail = tails.fit(np.array([1.0, 2.0, 2.0, 5.0]))
    again = tails.unpack(tails.pack(tail))
    assert np.array_equal(again.knot, tail.knot) and np.array_equal(again.depth, tail.depth) and again.excess == tail.excess


@pytest.mark.parametrize(
    ("knot", "depth", "excess"),
    [([], [], 1.0), ([1.0, 1.0], [0.0, 1.0], 1.0), ([0.0, 1.0], [1.0, 0.0], 1.0), ([0.0], [0.0], 0.0), ([np.nan], [0.0], 1.0)],
)
def test_a_damaged_tail_is_refused(knot: list[float], depth: list[float], excess: float) -> None:
    with pytest.raises(WeightsError):
        NormalTail(np.array(knot), np.array(depth), excess)


def test_damaged_arrays_are_refused() -> None:
    with pytest.raises(WeightsError):
        tails.unpack(np.zeros((3, 4)))
    with pytest.raises(WeightsError):
        tails.check_weights(np.array([0.5, 0.6]), 2)
