"""Small models and sequences for the tests of this package."""

from __future__ import annotations

import numpy as np
import torch

from sample_data import PlantConfig, generate
from sparsemix import SparseMixConfig, SparseMixModel, TokenSequence, read_bytes
from sparsemix.judges.following import Knowledge
from sparsemix.model.network import Network

SMALL = SparseMixConfig(features=256, d_model=16, layers=2, heads=2, d_head=8, d_ff=16)


def plant_sequence(events: int, seed: int = 3) -> TokenSequence:
    """Return a generated log, read as an upload is."""
    return read_bytes("\n".join(generate(PlantConfig(events=events), seed).lines).encode(), "plant.log")


def small_model(seed: int = 0, config: SparseMixConfig = SMALL, knowledge: Knowledge = Knowledge()) -> SparseMixModel:  # noqa: B008
    """Return an untrained model whose heads select several keys each."""
    torch.manual_seed(seed)
    network = Network(config)
    return SparseMixModel(network, np.array([1, 2, 3], np.uint32), torch.randn(config.d_model), knowledge=knowledge)


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
