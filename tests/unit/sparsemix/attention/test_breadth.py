"""Breadth: the penalty that still has a slope where many keys are selected."""

from __future__ import annotations

import pytest
import torch

from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from tests.support.sparsemix.reference_attention import ReferenceAttention


@pytest.fixture
def attention() -> AdaptiveSparseAttention:
    torch.manual_seed(0)
    return AdaptiveSparseAttention(16, 2, 8).double()


def test_breadth_is_the_same_however_pairs_are_found(attention: AdaptiveSparseAttention) -> None:
    x = torch.randn(2, 40, 16, dtype=torch.float64)
    valid = torch.arange(40) < torch.tensor([[40], [25]])
    reference = ReferenceAttention(16, 2, 8).double()
    reference.load_state_dict(attention.state_dict())
    found = [layer(x, valid=valid)[1].breadth for layer in (attention, reference)]
    q, k, v = attention.project(x)
    found.append(attention.dense(q, k, v, valid=valid)[1].breadth)
    assert torch.allclose(found[0], found[1]) and torch.allclose(found[0], found[2])


def test_many_equal_keys_have_a_slope(attention: AdaptiveSparseAttention) -> None:
    with torch.no_grad():
        attention.log_scale.fill_(-6.0)
    x = torch.randn(1, 200, 16, dtype=torch.float64)
    statistics = attention(x)[1]
    # The first head hardly prefers near keys, so it selects many.
    assert statistics.breadth is not None and statistics.selected[0] > 40
    (of_breadth,) = torch.autograd.grad(statistics.breadth[0], attention.past_raw, retain_graph=True)
    (of_sharpness,) = torch.autograd.grad(statistics.sharpness[0], attention.past_raw)
    assert of_breadth[0].abs() > 10 * of_sharpness[0].abs()
