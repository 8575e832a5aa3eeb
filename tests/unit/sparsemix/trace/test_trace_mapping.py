"""A mapped trace is the same trace: column by column, in what it writes, and to the compiled loops; its file has no name."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.trace.mapped_columns import mapped
from tests.support.properties import examples
from tests.unit.sparsemix.trace.test_trace import head, trace


@given(st.integers(1, 40), st.integers(0, 1_000))
@examples(30)
def test_it_is_the_same_trace(n: int, seed: int) -> None:
    made = trace(n, seed)
    found = mapped(made)
    for (_, _, before), (_, _, after) in zip(made, found, strict=True):
        for field in fields(before):
            was, now = getattr(before, field.name), getattr(after, field.name)
            assert now.dtype == was.dtype and np.array_equal(now, was), field.name
    assert [found.layer_blob(layer) for layer in range(2)] == [made.layer_blob(layer) for layer in range(2)]


def test_layers_may_have_different_heads() -> None:
    made = type(trace(3, 0))(((head(5, 1),), (head(5, 2), head(5, 3, pairs=0), head(5, 4))))
    assert [len(heads) for heads in mapped(made).heads] == [1, 3]


def test_no_file_is_left_and_writing_stays_here(tmp_path: Path) -> None:
    made = trace(20, 7)
    one, two = mapped(made, tmp_path), mapped(made, tmp_path)
    assert list(tmp_path.iterdir()) == []
    one.heads[0][0].threshold[:] = 9.0
    assert not np.array_equal(one.heads[0][0].threshold, two.heads[0][0].threshold)
    assert np.array_equal(two.heads[0][0].threshold, made.heads[0][0].threshold)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        mapped(trace(3, 1), tmp_path / "missing")
