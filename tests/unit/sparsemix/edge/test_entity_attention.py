"""Attention over matching events in NumPy beside the heads of the full model: the same pairs, near misses and numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.edge import attention as edge_attention
from sparsemix.edge.attention import EdgeHead, attend_matches, gates_of
from sparsemix.encoding.matches import Matches
from sparsemix.errors import SelectionError
from tests.support.properties import examples
from tests.support.sparsemix.entity_logs import entities_of
from tests.support.sparsemix.matched_models import MATCHED, matched_sequence
from tests.unit.sparsemix.edge.test_attention import CLOSE, EXACT

TYPES = len(MATCHED.judge.entities)


def matches_of(events: int, seed: int = 3) -> Matches:
    # A log has at least two events.
    messages = [event.message for event in matched_sequence(events + 1, seed).events]
    return entities_of(messages[:events], MATCHED.judge.entities).all_matches


def full(seed: int, heads: int = 2) -> EntityAttention:
    torch.manual_seed(seed)
    attention = EntityAttention(6, heads, 4, TYPES).double()
    with torch.no_grad():
        for parameter in (attention.gate, attention.future_offset, attention.past_raw):
            parameter.add_(torch.randn(parameter.shape))
    return attention


def assert_same(attention: EntityAttention, matches: Matches, seed: int, scale: float, near_misses: int) -> None:
    torch.manual_seed(seed)
    q, k, v = (part[0].detach() for part in attention.project(scale * torch.randn(1, len(matches), 6, dtype=torch.float64)))
    wanted, there = attention.select(q, k, v, near_misses, matches=matches)
    for h in range(attention.heads):
        anchor = (part[h].detach().numpy() for part in (attention.anchor_key, attention.anchor_value))
        head = EdgeHead(*(part[h].numpy() for part in (q, k, v)), *anchor, attention.bias(h))
        gates = gates_of(attention.gate[h].detach().numpy())
        mixed, pairs = attend_matches(head, gates, matches, near_misses)
        for name in EXACT:
            assert np.array_equal(getattr(pairs, name), getattr(there[h], name)), name
            assert getattr(pairs, name).dtype == getattr(there[h], name).dtype
        for name in CLOSE:
            assert getattr(pairs, name) == pytest.approx(getattr(there[h], name), abs=1e-11), name
        assert mixed == pytest.approx(wanted[h].numpy(), abs=1e-11)


@pytest.mark.parametrize("near_misses", [0, 1, 3])
def test_it_selects_what_the_heads_of_the_full_model_select(near_misses: int) -> None:
    for events in (1, 2, 40, 200):
        assert_same(full(events), matches_of(events), 1, 1.0, near_misses)


@examples(40)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 3.0]))
def test_it_does_so_for_flat_and_for_steep_logits(events: int, seed: int, scale: float) -> None:
    assert_same(full(seed), matches_of(events, seed), seed, scale, 2)


def test_borders_of_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for rows in (1, 7, 96, 97):
        monkeypatch.setattr(edge_attention, "_ROWS", rows)
        assert_same(full(4), matches_of(97), 2, 1.0, 3)


def test_events_without_identifiers_keep_to_the_anchor() -> None:
    nothing = entities_of(["idle", "idle"], MATCHED.judge.entities).all_matches
    key, value = np.ones(4), np.arange(4.0)
    states = np.zeros((2, 4))
    mixed, pairs = attend_matches(EdgeHead(states, states, states, key, value, full(0).bias(0)), np.zeros(8), nothing, 3)
    assert not len(pairs.key) and not len(pairs.near_key)
    assert pairs.anchor_weight.tolist() == [1.0, 1.0]
    assert np.array_equal(mixed, np.stack([value, value]))


def test_gates_of_sets_are_those_of_their_highest_type() -> None:
    attention = full(5)
    for h in range(attention.heads):
        assert np.array_equal(gates_of(attention.gate[h].detach().numpy()), attention.gates[h].detach().numpy())


def test_numbers_that_cannot_be_compared_are_refused() -> None:
    states = np.full((2, 4), np.nan)
    head = EdgeHead(states, states, states, np.ones(4), np.ones(4), full(0).bias(0))
    with pytest.raises(SelectionError, match="finite"):
        attend_matches(head, np.zeros(8), matches_of(2), 3)
