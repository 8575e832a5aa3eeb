"""Hashed rows: bit for bit those of scikit-learn and scipy, which made them at first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

from sparsemix.encoding.hashing import HashedEvents, NamedRows, added, hashed, joined, murmur3, summed
from sparsemix.encoding.tokens import Feature
from tests.support.properties import examples

NUMBERS = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 0.1, 1 / 3]), st.floats(-4, 4))
FEATURES = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), NUMBERS), max_size=60)


def by_sklearn(rows: list[list[Feature]], features: int) -> csr_matrix:
    return FeatureHasher(n_features=features, input_type="pair", dtype=np.float32).transform(rows)


def assert_same(actual: HashedEvents, expected: csr_matrix) -> None:
    expected.sort_indices()
    assert np.array_equal(actual.pointer, expected.indptr)
    assert np.array_equal(actual.bucket, expected.indices)
    assert np.array_equal(actual.value.view(np.uint32), expected.data.astype(np.float32).view(np.uint32))


@given(st.lists(st.binary(max_size=40)))
def test_murmur_is_murmur(names: list[bytes]) -> None:
    assert murmur3(names).tolist() == [murmurhash3_32(name, seed=0) for name in names]


@examples(200)
@given(st.lists(FEATURES, min_size=1, max_size=5), st.sampled_from([1, 2, 7, 64, 4096]))
def test_rows_are_those_of_scikit_learn(rows: list[list[Feature]], features: int) -> None:
    assert_same(hashed([NamedRows.of(rows)], features), by_sklearn(rows, features))
    assert_same(hashed([NamedRows.of([row]) for row in rows], features), by_sklearn(rows, features))
    assert_same(
        hashed([joined([NamedRows.of(rows), NamedRows.of(rows[::-1])])], features),
        by_sklearn([one + other for one, other in zip(rows, rows[::-1], strict=True)], features),
    )


@pytest.mark.parametrize("features", [1, 5, 64])
def test_sums_of_many_features_in_one_bucket_keep_their_order(features: int) -> None:
    """Sum values for which another order would change the last bit."""
    rng = np.random.default_rng(features)
    for length in (3, 16, 17, 40, 300):
        rows = [
            [(f"n{name}", float(value)) for name, value in zip(rng.integers(0, 99, length), rng.random(length), strict=True)]
        ]
        assert_same(hashed([NamedRows.of(rows * 3)], features), by_sklearn(rows * 3, features))


@examples(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 40))
def test_sums_of_rows_are_those_of_scipy(seed: int, length: int, features: int) -> None:
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(2):
        row = np.sort(rng.integers(0, length, 50))
        bucket, value = rng.integers(0, features, 50), rng.integers(-2, 3, 50).astype(np.float32) / np.float32(3)
        parts.append((row, bucket, value))
    expected = [csr_matrix((value, (row, bucket)), shape=(length, features)) for row, bucket, value in parts]
    actual = [summed(*part, length) for part in parts]
    assert_same(actual[0], expected[0])
    assert_same(added(*actual), expected[0] + expected[1])


def test_no_rows_are_no_rows() -> None:
    assert len(hashed([NamedRows.of([])], 8)) == 0
