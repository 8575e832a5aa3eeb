"""The vector loops of the index against what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled
from sparsemix.kernels.simd import highest, nearest, reachable

D = 8
NOWHERE = 2**24


@compiled()
def _highest(values: NDArray[np.float32], begin: int, end: int) -> Any:
    return highest(values, begin, end)


@compiled()
def _nearest(key: NDArray[np.float32], centroid: NDArray[np.float32], half: NDArray[np.float32]) -> Any:
    return nearest(key, centroid, half, 0, centroid.shape[0])


@compiled()
def _bounds(query: Any, box: Any, recent: Any, coming: Any, slopes: Any, i: int) -> tuple[Any, ...]:
    name, content, bound = np.empty(32, np.int32), np.empty(32, np.float32), np.empty(32, np.float32)
    lowest: Any = np.float32(-1e30)
    found = reachable(query, box, box, 0, box.shape[0], recent, coming, slopes, i, lowest, name, content, bound)
    return name[:found], content[:found], bound[:found]


@pytest.mark.parametrize("seed", range(5))
def test_the_first_of_the_highest_values_is_found_between_two_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(4, size=80).astype(np.float32)
    values[rng.random(80) < 0.2] = -np.inf
    for begin in range(0, 40, 3):
        for end in range(begin + 1, 64, 5):
            assert _highest(values, begin, end) == begin + int(values[begin:end].argmax())
    assert _highest(np.full(32, -np.inf, np.float32), 3, 9) == 3


@pytest.mark.parametrize("tiles", [1, 3])
def test_the_nearest_centroid_is_found_and_one_that_is_not_there_is_never_near(tiles: int) -> None:
    rng = np.random.default_rng(tiles)
    centroid = rng.normal(size=(16 * tiles, D)).astype(np.float32)
    half = (centroid**2).sum(1) / 2
    half[::5] = np.inf
    laid_out = np.ascontiguousarray(centroid.reshape(tiles, 16, D).swapaxes(1, 2))
    there = np.flatnonzero(np.isfinite(half))
    for key in rng.normal(size=(200, D)).astype(np.float32):
        away = ((centroid[there].astype(np.float64) - key) ** 2).sum(1)
        assert _nearest(key, laid_out, half.astype(np.float32)) == there[away.argmin()]


@pytest.mark.parametrize("slope", [0.0, 0.1, 2.7, 40.0])
def test_no_bound_of_a_box_is_below_the_logit_of_its_nearest_key_nor_far_above_it(slope: float) -> None:
    """A box of one key: its bound may exceed the key's logit by 0.02 of what the bias loses when the distance doubles."""
    rng = np.random.default_rng(3)
    i = 2**22
    near = np.unique(np.concatenate([2 ** rng.integers(0, 22, 64), 2 ** rng.integers(1, 22, 64) - 1, rng.integers(1, i, 384)]))
    for some in (near[k : k + 16] for k in range(0, len(near) - 16, 16)):
        for behind in (True, False):
            query, key = rng.normal(size=D).astype(np.float32), rng.normal(size=(16, D)).astype(np.float32)
            box = np.ascontiguousarray(key.T[None])
            nowhere = np.full(16, NOWHERE, np.int32)
            recent, coming = ((i - some), nowhere) if behind else (nowhere, i + some)
            # Without a later key, the bound is that of one far away.
            slopes = np.array([slope, slope / 2, -1e6 if behind else -0.5], np.float32)
            found, content, bound = _bounds(query, box, recent.astype(np.int32), coming.astype(np.int32), slopes, i)
            assert sorted(found) == list(range(16))
            log = np.log2(1.0 + some)[found]
            bias = -slopes[0] * log if behind else slopes[2] - slopes[1] * log
            exact = key[found].astype(np.float64) @ query
            np.testing.assert_allclose(content, exact, atol=1e-5)
            above = bound - (exact + bias)
            assert above.min() >= -1e-5 * (1 + slope)
            assert above.max() <= 1e-5 + 0.021 * slope


def test_a_box_without_earlier_keys_is_bound_by_its_later_keys_alone() -> None:
    box = np.zeros((1, D, 16), np.float32)
    nowhere = np.full(16, NOWHERE, np.int32)
    _, _, bound = _bounds(np.ones(D, np.float32), box, nowhere, np.full(16, 101, np.int32), np.float32([1, 1, -3]), 100)
    np.testing.assert_allclose(bound, -4.0, atol=0.03)
