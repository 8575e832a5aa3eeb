"""A model that has learned only the words of generated logs, for tests of the app without shipped weights."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from sample_data import PlantConfig, generate
from sparsemix import SparseMixConfig, SparseMixModel, read_bytes
from sparsemix.encoding.encoder import vocabulary_of
from sparsemix.model.network import Network


def save_untrained(path: Path) -> None:
    """Write the weights file."""
    torch.manual_seed(0)
    config = SparseMixConfig()
    messages: list[str] = []
    for seed in range(6):
        text = "\n".join(generate(PlantConfig(events=2_000, language="mixed" if seed % 2 else "en"), seed).lines)
        messages += [event.message for event in read_bytes(text.encode(), "made-up.log").events]
    network = Network(config)
    with torch.no_grad():
        for layer in network.layers:
            # As selective and near-sighted as a trained model: else all lines reach all others, and everything takes long.
            layer.attention.log_scale += math.log(8)
            layer.attention.past_raw.fill_(3.0)
    SparseMixModel(network, vocabulary_of(messages), torch.randn(config.d_model)).save(path)
