"""Heads that match identifiers: the fast path equals the dense reference, forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.matches import Matches
from sparsemix.errors import ConfigError
from tests.benchmarks.brute_force import dense_matches
from tests.support.sparsemix.entity_logs import entities_of
from tests.support.sparsemix.reference_attention import near_queries

TYPES = (EntityType(("order #",), 5), EntityType(("gate #",), 3), EntityType(("lot #",), 4))


def made_up(events: int, seed: int) -> tuple[EntityAttention, torch.Tensor, Matches]:
    rng = np.random.default_rng(seed)
    texts = [
        f"order {rng.integers(0, 9)} gate {rng.integers(0, 4)} lot {rng.integers(0, 30)}" if n % 7 else "idle"
        for n in range(events)
    ]
    torch.manual_seed(seed)
    attention = EntityAttention(16, 3, 8, len(TYPES)).double()
    with torch.no_grad():
        attention.gate.copy_(torch.randn_like(attention.gate))
        attention.past_raw.copy_(torch.randn_like(attention.past_raw))
        attention.future_raw.copy_(torch.randn_like(attention.future_raw))
        attention.future_offset.copy_(torch.randn_like(attention.future_offset))
        attention.anchor_value.normal_()
    return attention, torch.randn(1, events, 16, dtype=torch.float64), entities_of(texts, TYPES).all_matches


@pytest.mark.parametrize("events", [1, 2, 31, 257])
def test_outputs_and_gradients_equal_those_of_all_logits_written_out(events: int) -> None:
    attention, x, matches = made_up(events, events)
    x.requires_grad_()
    fast, statistics = attention(x, matches=matches)
    dense = dense_matches(attention, x, matches)
    assert (fast - dense).abs().max() < 1e-12
    direction = torch.randn_like(fast)
    named = dict(attention.named_parameters())
    ours, theirs = (
        torch.autograd.grad((out * direction).sum(), [x, *named.values()], retain_graph=True) for out in (fast, dense)
    )
    for name, one, other in zip(["x", *named], ours, theirs, strict=True):
        assert (one - other).abs().max() < 1e-11, name
    assert statistics.certified is not None
    assert statistics.certified.tolist() == [1.0] * 3


def test_a_trace_holds_the_pairs_and_their_logits() -> None:
    attention, x, matches = made_up(131, 5)
    q, k, v = attention.project(x)
    mixed, heads = attention.select(q[0], k[0], v[0], 2, None, matches, mixed=torch.empty_like(q[0]))
    assert torch.equal(mixed, attention.select(q[0], k[0], v[0], 2, None, matches)[0])
    fast, _ = attention(x, matches=matches)
    assert (attention.out(mixed.transpose(0, 1).flatten(1)) - fast[0]).abs().max() < 1e-12
    z = attention.dense_logits(q, k, matches)[0].detach().numpy()
    for h, pairs in enumerate(heads):
        query, near = pairs.query, near_queries(pairs)
        assert np.allclose(z[h, query, pairs.key], pairs.logit, atol=1e-12)
        assert np.allclose(z[h, near, pairs.near_key], pairs.near_logit, atol=1e-12)
        assert np.isfinite(pairs.logit).all()
        assert (pairs.weight > 0).all()
        assert np.bincount(near, minlength=131).max() <= 2
        assert (pairs.near_logit / 2 <= pairs.threshold[near] + 1e-12).all()
        total = pairs.anchor_weight + np.bincount(query, pairs.weight, 131)
        assert np.allclose(total, 1.0)
        assert pairs.certified.all()
        assert (pairs.scored == np.diff(matches.pointer)).all()
        bias = attention.pair_bias(h, query, pairs.key, matches)
        content = (q[0, h, query] * k[0, h, pairs.key.astype(np.int64)]).sum(-1).detach().numpy()
        assert np.allclose(bias + content, pairs.logit, atol=1e-12)
    assert attention.pair_bias(0, np.array([0]), np.array([1]), matches)[0] == -np.inf
    rows = np.array([3, 130, 7])
    gates = attention.gate_rows(rows, matches)
    distance = torch.stack([torch.from_numpy(attention.bias(h).of(np.arange(131) - rows[:, None])) for h in range(3)])
    content = torch.einsum("hrd,hnd->hrn", q[0, :, rows], k[0])
    assert torch.allclose(content + distance + gates, torch.from_numpy(z[:, rows, :-1]), atol=1e-12)


def test_sharing_two_identifiers_counts_as_the_one_that_the_head_prefers() -> None:
    attention, _, _ = made_up(3, 0)
    gates, gate = attention.gates.detach(), attention.gate.detach()
    assert torch.equal(gates[:, 0b101], gate[:, [0, 2]].amax(-1))
    assert (gates[:, 0] == -torch.inf).all()


def test_every_head_starts_with_a_type_of_its_own_and_at_any_distance() -> None:
    attention = EntityAttention(16, 3, 8, 3)
    assert attention.gate.argmax(-1).tolist() == [0, 1, 2]
    far = attention.bias(0).of(np.array([-60_000, 60_000]))
    assert (far > -0.3).all()


def test_without_matches_nothing_is_computed() -> None:
    attention, x, _ = made_up(3, 0)
    with pytest.raises(ConfigError, match="matches"):
        attention(x)
