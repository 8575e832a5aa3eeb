"""The optimiser of all training here: AdamW, with a separate rate for parameters that would otherwise hardly move.

Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization" (arXiv 1711.05101).
"""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

from sparsemix.model.network import Network

Module = TypeVar("Module", bound=nn.Module)

# Endings of the names of the slow parameters: scales, distance biases, and how sharply a sequence pools its events.
_DYNAMIC = ("past_raw", "future_raw", "future_offset", "log_scale", "sharpness")
_WARM_UP = 50  # steps


class Optimizer:
    """AdamW over a module; ``dynamic_rate``: how much faster the slow parameters (``_DYNAMIC``) learn."""

    def __init__(self, module: nn.Module, learning_rate: float, *, weight_decay: float, dynamic_rate: float) -> None:
        named = dict(module.named_parameters())
        self._module, self._rate, self._factors = module, learning_rate, (dynamic_rate, 1.0)
        self.inner = torch.optim.AdamW(
            [
                {"params": [p for name, p in named.items() if name.endswith(_DYNAMIC)], "weight_decay": 0.0},
                {"params": [p for name, p in named.items() if not name.endswith(_DYNAMIC)], "weight_decay": weight_decay},
            ],
            betas=(0.9, 0.98),
        )

    def step(self, loss: torch.Tensor, step: int, left: float) -> None:
        """Take one step down the gradient of ``loss``; ``step``: its number from 0; ``left``: share of the learning rate that
        is left by its decay."""
        rate = self._rate * min(1.0, (step + 1) / _WARM_UP) * left
        for group, factor in zip(self.inner.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor
        self.inner.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._module.parameters(), 1.0)
        self.inner.step()


def set_kind(network: Network, kind: str) -> None:
    """Set the kind of attention of every layer."""
    for layer in network.stack:
        layer.attention.kind = kind


class Average(Generic[Module]):
    """A moving average of a module's weights, which is steadier than the weights themselves where there are few examples.

    Source: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging".
    """

    def __init__(self, module: Module, kept: float = 0.997) -> None:
        """Start the average at the module's weights; ``kept``: largest share of the average that a step keeps."""
        self.module, self._kept = copy.deepcopy(module), kept

    @torch.no_grad()
    def follow(self, module: nn.Module, step: int) -> None:
        """Take in the weights after ``step`` steps; the first steps count more, or the random start would stay for long."""
        share = 1.0 - min(self._kept, step / (step + 9.0))
        for mean, value in zip(self.module.parameters(), module.parameters(), strict=True):
            mean.lerp_(value, share)
