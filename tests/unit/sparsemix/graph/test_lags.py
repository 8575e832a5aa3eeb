"""Classes of lags: close to the lag, in its order, and with the quartiles of all lags."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.graph.pair_counts import lag_classes, quartiles, readable
from tests.support.properties import examples

lags = st.lists(st.floats(1e-5, 1e9), min_size=1, max_size=60)


@examples(200)
@given(values=lags)
def test_quartiles_are_within_five_percent(values: list[float]) -> None:
    classes, counts = np.unique(lag_classes(np.array(values)), return_counts=True)
    lag = quartiles(classes, counts, whole=False)
    wanted = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    assert [lag.low, lag.median, lag.high] == pytest.approx(wanted.tolist(), rel=0.05)


def test_small_whole_lags_are_exact() -> None:
    whole = np.arange(1, 12)
    classes = lag_classes(whole)
    assert len(set(classes.tolist())) == len(whole)
    for lag, of in zip(whole.tolist(), classes.tolist(), strict=True):
        assert quartiles(np.array([of]), np.array([3]), whole=True).median == lag


def test_a_lag_is_told_with_the_digits_that_are_known() -> None:
    assert [readable(lag) for lag in (1.044, 103.07, 88_752.0, 0.0)] == [1.0, 103.0, 88_800.0, 0.0]


@pytest.mark.parametrize(("value", "shown"), [(0.0, 0.0), (-5.0, 0.0), (1e-9, 0.0), (1e300, 2.0**40)])
def test_what_is_out_of_range_stays_at_its_ends(value: float, shown: float) -> None:
    lag = quartiles(lag_classes(np.array([value])), np.array([1]), whole=False)
    assert lag.median == pytest.approx(shown, rel=0.05)
