"""A network over tokens: the layers of ``network`` between a token embedding and one classification a position.

Axis letters: B batch, N tokens, M model dimension, C classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sparsemix.attention.pairs import SelectionStatistics
from sparsemix.config import SparseMixConfig
from sparsemix.model.network import Layer


class SequenceModel(nn.Module):
    """Class logits at every position; ``config.attention`` is the kind of attention to start with."""

    def __init__(self, vocabulary: int, classes: int, config: SparseMixConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, config.d_model)
        self.embed_norm = nn.RMSNorm(config.d_model)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.d_model)
        self.head = nn.Linear(config.d_model, classes)

    @property
    def blocks(self) -> list[Layer]:
        """The layers, first layer first."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def set_kind(self, kind: str) -> None:
        """Attention is "entmax15" or "softmax" from the next forward pass on."""
        for layer in self.blocks:
            layer.attention.kind = kind

    def embed(self, tokens: Tensor) -> Tensor:
        """``tokens`` int64 [B, N] -> what the first layer sees [B, N, M]."""
        return torch.as_tensor(self.embed_norm(self.embedding(tokens)))

    def forward(self, tokens: Tensor) -> tuple[Tensor, list[SelectionStatistics]]:
        """``tokens`` int64 [B, N] -> logits [B, N, C] and the selection statistics of every layer."""
        x = self.embed(tokens)
        statistics = []
        for layer in self.layers:
            x, found = layer(x)
            statistics.append(found)
        return torch.as_tensor(self.head(self.norm(x))), statistics
