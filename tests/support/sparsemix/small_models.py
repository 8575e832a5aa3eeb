"""Small models and sequences for the tests of this package."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sample_data import PlantConfig, generate
from sparsemix import SparseMixConfig, SparseMixModel, TokenSequence, read_bytes
from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.encoding.entities import EntityType
from sparsemix.model.network import Network

SMALL = SparseMixConfig(features=256, d_model=16, layers=2, heads=2, d_head=8, d_ff=16)


def plant_sequence(events: int, seed: int = 3) -> TokenSequence:
    """Return a generated log, read as an upload is."""
    return read_bytes("\n".join(generate(PlantConfig(events=events), seed).lines).encode(), "plant.log")


def small_model(seed: int = 0, config: SparseMixConfig = SMALL) -> SparseMixModel:
    """Return an untrained model whose heads select several keys each."""
    torch.manual_seed(seed)
    return SparseMixModel(Network(config), np.array([1, 2, 3], np.uint32), torch.randn(config.d_model))


def selecting_many() -> SparseMixModel:
    """Return an untrained model whose heads select some 300 keys a query: little but the distance tells keys apart."""
    model = small_model(config=SparseMixConfig(features=256, d_model=16, layers=2, heads=4, d_head=8, d_ff=16))
    with torch.no_grad():
        for layer in model.network.stack:
            layer.attention.start_bias(0.0)
            # softplus(-2.5) is 0.08: keys up to some 150 events away, on either side, have a weight.
            layer.attention.past_raw.fill_(-2.5)
            layer.attention.future_raw.fill_(-2.5)
            layer.attention.future_offset.zero_()
            layer.attention.log_scale.fill_(-4.0)
            layer.attention.anchor_key.zero_()
    return SparseMixModel(model.network, model.vocabulary, model.neutral)


MATCHED = replace(
    SMALL, entities=(EntityType(("lot-#",), 4), EntityType(("order #", "for #"), 3), EntityType(("unit * runs",), 5))
)
"""A configuration whose first layer matches identifiers of three types."""


def matched_sequence(events: int, seed: int = 3, apart: int = 6) -> TokenSequence:
    """Return a log whose events name lots, orders and units, about ``apart`` of each at a time; some name several or none."""
    rng = np.random.default_rng(seed)
    lines = []
    for at in range(events):
        lot, order, unit = (int(at / 9) + rng.integers(apart) for _ in range(3))
        says = [
            f"lot-{lot} pressed at {rng.normal(20, 3):.1f} bar",
            f"order {order} begun with lot-{lot}",
            f"unit u{'abcdefghij'[unit % 10]} runs for {order}",
            f"lot-{lot} joined to lot-{lot + 1}",
            "idle",
        ]
        lines.append(
            f"2026-03-02T10:{at // 60 % 60:02d}:{at % 60:02d}Z INFO {says[int(rng.choice(5, p=(0.3, 0.3, 0.2, 0.1, 0.1)))]}"
        )
    return read_bytes("\n".join(lines).encode(), "matched.log")


def matched_model(seed: int = 0, config: SparseMixConfig = MATCHED) -> SparseMixModel:
    """Return an untrained model whose first layer matches identifiers, each head with gates and distance biases of its own."""
    torch.manual_seed(seed)
    network = Network(config)
    attention = network.stack[0].attention
    assert isinstance(attention, EntityAttention)
    with torch.no_grad():
        attention.gate.add_(torch.randn(attention.gate.shape))
        for raw in (attention.past_raw, attention.future_raw, attention.future_offset):
            raw.add_(torch.rand(raw.shape))
    return SparseMixModel(network, np.array([1, 2, 3], np.uint32), torch.randn(config.d_model))
