"""Pooling of a sequence's logit, and the share of attention beside counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.judges import Labelled, NormalCourse
from sparsemix.judges.next_events import NextKind
from sparsemix.model.network import Network
from tests.support.sparsemix.small_models import SMALL


@pytest.mark.parametrize(("pooling", "share"), [("median", 0.5), ("typical", 0.6)])
@given(logits=st.lists(st.floats(-9, 9), min_size=1, max_size=20), padding=st.integers(0, 5))
def test_the_typical_event_is_a_quantile_of_those_that_are_there(
    pooling: str, share: float, logits: list[float], padding: int
) -> None:
    network = Network(replace(SMALL, judge=Labelled(pooling=pooling)))
    event_logits = torch.tensor(logits, dtype=torch.float64)
    valid = torch.arange(len(logits) + padding) < len(logits)
    filled = torch.cat([event_logits, torch.full((padding,), 99.0, dtype=torch.float64)])
    expected = pytest.approx(float(np.quantile(logits, share)))
    assert float(network.pooled(event_logits)) == expected and float(network.pooled(filled, valid)) == expected


def test_a_soft_maximum_has_the_same_bits_for_any_number_of_threads() -> None:
    network = Network(replace(SMALL, judge=Labelled(pooling="soft"))).double()
    before, found = torch.get_num_threads(), dict[int, list[float]]()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            drawn = torch.Generator().manual_seed(0)
            rows = (torch.randn(50_001, generator=drawn, dtype=torch.float64) for _ in range(60))
            with torch.no_grad():
                found[threads] = [float(network.pooled(row)) for row in rows]
    finally:
        torch.set_num_threads(before)
    assert found[1] == found[2] == found[3]


def test_a_soft_maximum_of_parts_is_that_of_all_and_padding_has_no_gradient() -> None:
    network = Network(replace(SMALL, judge=Labelled(pooling="soft"))).double()
    event = torch.linspace(-3, 3, 40_000, dtype=torch.float64).requires_grad_()
    filled = torch.cat([event, torch.zeros(70_000, dtype=torch.float64)])
    pooled = network.pooled(filled, torch.arange(len(filled)) < len(event))
    sharpness = torch.nn.functional.softplus(network.sharpness)
    whole = ((sharpness * event).logsumexp(-1) - torch.tensor(40_000.0).double().log()) / sharpness
    assert torch.allclose(pooled, whole)
    (found,), (expected,) = (torch.autograd.grad(one, event, retain_graph=True) for one in (pooled, whole))
    assert torch.allclose(found, expected)


def test_attention_has_a_part_of_its_say_beside_counts() -> None:
    torch.manual_seed(0)
    network = Network(replace(SMALL, judge=NormalCourse(kinds=3))).double()
    x = torch.randn(1, 5, SMALL.d_model, dtype=torch.float64)
    following = NextKind(torch.tensor([0, 1, 2, 3, -1]), torch.tensor([0.5, 0.1, 0.9, 0.01, 1.0], dtype=torch.float64))
    with torch.no_grad():
        out = network.head(network.norm(x))[0]
        share, attended = out[:-1, -1].sigmoid(), out[:-1, :-1].softmax(-1).gather(-1, following.kind[:-1, None])[:, 0]
        for part in (1.0, 0.1):
            network.config = replace(SMALL, judge=NormalCourse(kinds=3, attended=part))
            mixed = part * share * attended + (1.0 - part * share) * following.expected[:-1]
            assert torch.allclose(network.event_logits(x, following)[0, :-1], -mixed.log())


@pytest.mark.parametrize("events", [0, 1, 511, 513, 515, 600, 1026, 1100])
def test_a_layer_computed_in_parts_is_the_layer_computed_at_once(events: int) -> None:
    torch.manual_seed(0)
    layer = Network(SMALL).double().stack[0]
    x = torch.randn(events, SMALL.d_model, dtype=torch.float64)
    mixed = torch.randn(SMALL.heads, events, SMALL.d_head, dtype=torch.float64)
    with torch.no_grad():
        whole = layer.after_attention(x[None], layer.attention.out(mixed.transpose(0, 1).flatten(1))[None])[0]
        torch.testing.assert_close(layer.after_mixing(x, mixed), whole, rtol=0, atol=1e-12)
        for part, expected in zip(layer.projected(x), layer.attention.project(layer.norm(x[None])), strict=True):
            torch.testing.assert_close(part, expected[0], rtol=0, atol=1e-12)
