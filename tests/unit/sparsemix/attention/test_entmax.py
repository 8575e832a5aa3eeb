"""entmax-1.5 over segments against the sort-based dense reference."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.attention.entmax import dense_entmax15, segment_entmax15, segment_sum
from tests.support.properties import examples

rows_of_logits = st.lists(
    st.lists(st.floats(-50, 50, allow_nan=False, width=32), min_size=1, max_size=40), min_size=1, max_size=6
)


def flatten(rows: list[list[float]]) -> tuple[torch.Tensor, torch.Tensor]:
    z = torch.tensor([v for row in rows for v in row], dtype=torch.float64)
    return z, torch.tensor([i for i, row in enumerate(rows) for _ in row])


@examples(200)
@given(rows_of_logits)
def test_rows_equal_the_dense_reference(rows: list[list[float]]) -> None:
    z, row = flatten(rows)
    p, tau = segment_entmax15(z, row, len(rows))
    expected = torch.cat([dense_entmax15(torch.tensor(r, dtype=torch.float64)) for r in rows])
    assert torch.allclose(p, expected, atol=1e-9)
    assert torch.allclose(segment_sum(p, row, len(rows)), torch.ones(len(rows), dtype=torch.float64))
    assert torch.allclose(p, (z / 2 - tau[row]).clamp_min(0) ** 2, atol=1e-9)


@examples(50)
@given(rows_of_logits, st.floats(-1e3, 1e3))
def test_a_constant_added_to_a_row_changes_nothing(rows: list[list[float]], shift: float) -> None:
    z, row = flatten(rows)
    assert torch.allclose(segment_entmax15(z, row, len(rows))[0], segment_entmax15(z + shift, row, len(rows))[0], atol=1e-6)


def test_far_below_the_best_is_exactly_zero() -> None:
    p, _ = segment_entmax15(torch.tensor([4.0, 2.0, 1.9, -30.0]), torch.zeros(4, dtype=torch.long), 1)
    assert p[1:].tolist() == [0.0, 0.0, 0.0]
    assert float(p[0]) == pytest.approx(1.0)


def test_equal_logits_share_equally() -> None:
    p, _ = segment_entmax15(torch.full((1000,), 7.0), torch.zeros(1000, dtype=torch.long), 1)
    assert torch.allclose(p, torch.full((1000,), 1e-3), atol=1e-6)


def test_the_gradient_passes_gradcheck() -> None:
    torch.manual_seed(0)
    z = torch.randn(23, dtype=torch.float64, requires_grad=True)
    row = torch.sort(torch.randint(0, 4, (23,))).values
    assert torch.autograd.gradcheck(lambda x: segment_entmax15(x, row, 4)[0], (z,))


def test_the_gradient_equals_autograd_through_the_dense_reference() -> None:
    torch.manual_seed(1)
    z = torch.randn(3, 17, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 17, dtype=torch.float64)
    (dense,) = torch.autograd.grad((dense_entmax15(z) * weight).sum(), z)
    row = torch.arange(3).repeat_interleave(17)
    (sparse,) = torch.autograd.grad((segment_entmax15(z.flatten(), row, 3)[0] * weight.flatten()).sum(), z)
    assert torch.allclose(dense, sparse, atol=1e-10)
