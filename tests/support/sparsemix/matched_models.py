"""A model whose first layer matches identifiers, and logs with identifiers, for the tests of this package."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sparsemix import SparseMixConfig, SparseMixModel, TokenSequence, read_bytes
from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.entities import EntityType
from sparsemix.judges import Labelled
from sparsemix.model.network import Network
from tests.support.sparsemix.small_models import SMALL

MATCHED = replace(
    SMALL,
    judge=Labelled(entities=(EntityType(("lot-#",), 4), EntityType(("order #", "for #"), 3), EntityType(("unit * runs",), 5))),
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


def matched_data(count: int, events: int = 120) -> DataSet:
    """Return logs whose events are labelled: those of every third lot are faulty."""
    items = []
    for number in range(count):
        sequence = matched_sequence(events, seed=number)
        bad = [any(f"lot-{lot}" in event.message.split() for lot in range(0, 200, 3)) for event in sequence.events]
        items.append(Item(f"log{number}", sequence, None, tuple("fault" if one else "ok" for one in bad)))
    return DataSet("matched", tuple(items))
