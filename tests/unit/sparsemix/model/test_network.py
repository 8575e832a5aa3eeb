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
        torch.testing.assert_close(layer.after_mixing(x, [mixed]), whole, rtol=0, atol=1e-12)
        for part, expected in zip(layer.projected(x), layer.attention.project(layer.norm(x[None])), strict=True):
            torch.testing.assert_close(part, expected[0], rtol=0, atol=1e-12)
