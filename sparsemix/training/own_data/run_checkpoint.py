"""A training run on somebody's data, kept so that it can go on after it was cut off, to the same bits.

Of three processes and more, up to rounding: ``world`` says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.errors import ConfigError
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import load_checkpoint, moments, restore, save_checkpoint
from sparsemix.training.own_data.plan import Plan
from sparsemix.training.own_data.training_sequences import Source

_WORDS = ("step", "share", "loss", "seconds", "next_look", "lowest", "history")


@dataclass(frozen=True, slots=True)
class Keeping:
    """The checkpoint's ``path``, which is written ``every`` so many seconds and at the end, and gone on from where it is."""

    path: Path
    every: float = 60.0

    def __post_init__(self) -> None:
        # Written so that what is not a number is refused, too.
        if not self.every >= 0:
            raise ConfigError("seconds between checkpoints must not be negative")


@dataclass(slots=True)
class Kept:
    """All that a run goes on from: the network, its ``average``, the ``best`` weights so far, the optimizer and the random
    state; ``step`` is the next to do from 0, the ``share`` of the way that is done, the moving ``loss`` and its ``history`` at
    every hundredth of the way, the loss of every step (``curve``), ``seconds`` so far; the ``lowest`` loss on the checks, and
    the share of the way at which they are looked at next."""

    network: Network
    average: Network
    best: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    rng: np.random.Generator
    step: int = 0
    share: float = 0.0
    loss: float = math.nan
    seconds: float = 0.0
    next_look: float = 0.0
    lowest: float = math.inf
    history: list[float] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)

    def write(self, path: Path, run: dict[str, str]) -> None:
        """The checkpoint of a ``run``."""
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimizer": moments(self.optimizer),
            "curve": {"loss": torch.tensor(self.curve, dtype=torch.float64)},
        }
        state = {name: getattr(self, name) for name in _WORDS}
        save_checkpoint(path, groups, {**state, "random": self.rng.bit_generator.state}, run)

    def go_on(self, path: Path, run: dict[str, str]) -> None:
        """From the checkpoint of this ``run``, where there is one. Raises WeightsError when it is another run's."""
        found = load_checkpoint(path, run)
        if found is None:
            return
        groups, state = found
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        self.best.update(groups["best"])
        restore(self.optimizer, groups["optimizer"])
        self.curve.extend(groups["curve"]["loss"].tolist())
        self.rng.bit_generator.state = state["random"]
        for name in _WORDS:
            setattr(self, name, state[name])


def run_of(network: Network, plan: Plan, sources: Sequence[Source], checks: Sequence[Source]) -> dict[str, str]:
    """What a run is made of, each as a hash. How long it is to go on for is none of it where a clock ends it."""
    weights, data = sha256(network.config.to_json().encode()), sha256()
    for name, value in network.state_dict().items():
        weights.update(f"{name} {tuple(value.shape)}".encode() + _bytes(value))
    for source in (*sources, *checks):
        data.update(b"sequence")
        for part in _parts(source):
            data.update(b"part" + part)
    settings = plan if plan.steps is not None else replace(plan, minutes=1.0)
    return {
        "settings": sha256(repr(settings).encode()).hexdigest(),
        "data": data.hexdigest(),
        "starting weights": weights.hexdigest(),
    }


def _parts(source: Source) -> list[bytes]:
    hashed, following = source.hashed, source.following
    beside = () if following is None else tuple(getattr(following, one.name) for one in fields(following))
    known = repr((source.faulty, source.fault)).encode()
    columns = (hashed.pointer, hashed.bucket, hashed.value, source.steps, source.step_faults, *beside)
    return [known, *(b"" if one is None else _bytes(one) for one in columns)]


def _bytes(values: Tensor | NDArray[np.generic]) -> bytes:
    return values.detach().numpy().tobytes() if isinstance(values, Tensor) else values.tobytes()
