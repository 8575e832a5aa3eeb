"""What is kept of a layer, and computed in parts, has the bits of the whole layer."""

from __future__ import annotations

import pytest
import torch

from sparsemix.explain import layer_state
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.layer_state import LayerState, output
from sparsemix.explain.rerun import Rerun
from sparsemix.model.network import Layer
from tests.support.sparsemix.small_models import plant_sequence, small_model

# Three parts, the last of them longer than the others.
MODEL, SEQUENCE = small_model(), plant_sequence(1546)
RUN = MODEL.run_with_trace(SEQUENCE, keep_layers=True)


def states() -> list[LayerState]:
    return Rerun(MODEL, SEQUENCE, RUN.trace).layers


def test_a_few_events_are_projected_to_the_bits_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_state, "_KEPT", 1)
    monkeypatch.setattr(layer_state, "_AT_ONCE", 0)
    index = torch.tensor([1545, 3, 511, 512, 1024, 1535, 1536, 3])
    head = torch.arange(len(index)) % MODEL.config.heads
    with torch.no_grad():
        for state in states():
            for part, whole in zip((state.q, state.k, state.v), state.layer.projected(state.x), strict=True):
                few, one = part.at(index), part.at(index, head)
                assert torch.equal(few, whole[:, index])
                assert torch.equal(one, whole[head, index])
                assert torch.equal(part.all, whole)
                assert torch.equal(part.at(index, head), one)


def test_a_part_that_others_displace_at_once_is_given_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_state, "_KEPT", 0)
    monkeypatch.setattr(layer_state, "_AT_ONCE", 0)
    with torch.no_grad():
        for state in states():
            assert torch.equal(state.q.at(torch.tensor([3, 600])), state.q.all[:, [3, 600]])


def test_a_layer_computed_in_parts_has_the_bits_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.no_grad():
        for state, heads in zip(states(), RUN.trace.heads, strict=True):
            whole = output(state.layer, state.x, heads, None)
            with monkeypatch.context() as patch:
                patch.setattr(layer_state, "_PARTS", 1)
                parts = output(state.layer, state.x, heads, None)
            assert all(torch.equal(one, other) for one, other in zip(whole, parts, strict=True))
            assert torch.equal(state.tau, whole[1])


def test_effects_project_no_queries_and_no_values_of_all_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_state, "_AT_ONCE", 0)
    rerun, asked = Rerun(MODEL, SEQUENCE, RUN.trace), set[str]()
    projected = Layer.projected

    def seen(layer: Layer, x: torch.Tensor, which: str = "qkv") -> tuple[torch.Tensor, ...]:
        asked.update(which if len(x) == len(SEQUENCE) else "")
        return projected(layer, x, which)

    monkeypatch.setattr(Layer, "projected", seen)
    pair_effects(rerun, 1200)
    assert asked == {"k"}
