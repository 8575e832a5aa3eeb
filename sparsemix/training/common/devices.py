"""Where training computes: on the processor by the compiled loops over selected pairs, or on a CUDA device with all pairs
written out.

What is learned is the same: exact entmax over all logits selects what the search selects, and only selected pairs get a
gradient either way. A device pays with memory that grows with the square of a window's length, which training keeps short. Of
what it adds up the order is not fixed, so that two runs agree to rounding only; a trained network comes back to the
processor, where selecting, tracing and replay are.
"""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from sparsemix.errors import ConfigError

DEVICES = ("cpu", "cuda")
CPU = torch.device("cpu")

T = TypeVar("T")


def device_of(name: str) -> torch.device:
    """The device that this process computes on: of several CUDA devices the one that ``torchrun`` numbers it by.

    Raises ConfigError where there is none."""
    if name == "cpu":
        return CPU
    found, place = torch.cuda.device_count(), int(os.environ.get("LOCAL_RANK", "0"))
    if place >= found:
        raise ConfigError(
            f"CUDA device {place} is asked for, and PyTorch sees {found} here: every process needs a GPU of its own, and a "
            "build of PyTorch for it; training goes without --device, too"
        )
    return torch.device("cuda", place)


def moved(value: T, device: torch.device) -> T:
    """A tensor, or a dataclass with all tensors in it, on ``device``; itself where everything is there."""
    return value if device == CPU else _moved(value, device)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _moved(getattr(value, one.name), device) for one in fields(value)})
    return value
