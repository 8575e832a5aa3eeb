"""The processes that train one network together: ``torchrun --nproc-per-node 2 -m sparsemix train ...``.

Every process draws the same batch, from the same generator, and takes its share: every so-many-th window. What a loss is
divided by is counted over the whole batch, so that the losses of the shares add up to the loss that one process has, and their
gradients to its gradient: DistributedDataParallel takes the mean of the gradients, so each loss is multiplied by the number of
processes before. Masks of dropout and probes are drawn for the whole batch, too. All processes then hold the same weights,
moments and random state, and the first one alone writes and speaks.

Processes talk by gloo, and of gradients on GPUs by nccl. What they send each other are numbers in tensors, never pickled
objects. Alone, a process needs none of this, and its bits are those of a program that knows of no others.

A run that is started again goes on to the same bits with one process or two. Three and more go on to the same up to rounding:
DistributedDataParallel lays out gradients anew after a process's first step, the layout says in which order the processes'
shares of a gradient are added, and of more than two numbers the order tells in the last digit. Two have no order.

Source: Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training" (arXiv 2006.15704).

Where training computes: on the processor by the compiled loops over selected pairs, or on a CUDA device with all pairs
written out.

What is learned is the same: exact entmax over all logits selects what the search selects, and only selected pairs get a
gradient either way. A device pays with memory that grows with the square of a window's length, which training keeps short. Of
what it adds up the order is not fixed, so that two runs agree to rounding only; a trained network comes back to the
processor, where selecting, tracing and replay are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

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


# Milliseconds do; what an error's frames still hold is not waited for any longer.
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class World:
    """``rank`` of this process among ``size`` of them, and the ``device`` that it trains on; ``sent`` are the tensors that
    gloo's threads may still hold, by id."""

    rank: int = 0
    size: int = 1
    device: torch.device = CPU
    sent: WeakValueDictionary[int, torch.Tensor] = field(default_factory=WeakValueDictionary, repr=False, compare=False)

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    @property
    def share(self) -> slice:
        """Which windows of a batch are this process's."""
        return slice(self.rank, None, self.size)

    def total(self, value: float) -> float:
        """The sum of what every process has."""
        return value if self.size == 1 else float(self._summed(torch.tensor([value], dtype=torch.float64))[0])

    def told(self, values: Sequence[float]) -> list[float]:
        """What the first process has, for all; every process gives as many numbers."""
        if self.size == 1:
            return list(values)
        sent = self._noted(torch.tensor(values, dtype=torch.float64))
        dist.broadcast(sent, 0)
        return [float(value) for value in sent]

    def agree(self, what: bytes) -> None:
        """Raises ConfigError unless all processes have the same."""
        if self.size == 1:
            return
        own = self._noted(torch.tensor(list(sha256(what).digest()), dtype=torch.uint8))
        found = [self._noted(torch.empty_like(own)) for _ in range(self.size)]
        dist.all_gather(found, own)
        others = [rank for rank, one in enumerate(found) if not torch.equal(one, found[0])]
        if others:
            raise ConfigError(
                f"processes {', '.join(map(str, others))} do not begin as process 0 does: all of them need the same data, "
                "settings, weights and checkpoint, on several machines from a folder that they share"
            )

    def spread(self, module: nn.Module) -> nn.Module:
        """The module whose gradients become the mean over all processes."""
        if self.size == 1:
            return module
        return DistributedDataParallel(module)

    def _summed(self, values: torch.Tensor) -> torch.Tensor:
        dist.all_reduce(self._noted(values))
        return values

    def _noted(self, tensor: torch.Tensor) -> torch.Tensor:
        self.sent[id(tensor)] = tensor
        return tensor

    def settle(self) -> None:
        """Wait until gloo's threads have let go of what was sent.

        A module that was spread keeps these threads for as long as the process lives, and one that lets go of a tensor of
        Python's when the interpreter has begun to end aborts the process: std::terminate, exit status -6, work lost that
        torchrun then takes for failed.
        """
        end = time.monotonic() + SETTLE_SECONDS
        while self.sent and time.monotonic() < end:
            time.sleep(0.001)
        # The last of them is told to be gone a moment before the thread is done with it.
        time.sleep(0.01)


ALONE = World()


@contextmanager
def joined(device: str = "cpu") -> Iterator[World]:
    """The world that ``torchrun`` started this process in, until the end; alone without it. ``device``: what all of its
    processes train on. Raises ConfigError where that is not there."""
    own = device_of(device)
    if own != CPU:
        torch.cuda.set_device(own)
    if not dist.is_torchelastic_launched() or int(os.environ["WORLD_SIZE"]) == 1:
        yield ALONE if own == CPU else World(device=own)
        return
    store, rank, size = next(rendezvous("env://"))
    if os.environ["GROUP_WORLD_SIZE"] == "1":
        # torchrun keeps one store for all restarts, and processes that it starts again must not find the addresses of those
        # before them. Between machines these counts may differ; what helps there is said in the README.
        store = dist.PrefixStore(f"start {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)  # type: ignore[attr-defined]
    dist.init_process_group("gloo" if own == CPU else "cpu:gloo,cuda:nccl", store=store, rank=rank, world_size=size)
    world = World(rank, size, own)
    try:
        yield world
    finally:
        try:
            # To end nccl takes all processes together, and they end minutes apart, or one by an error while others wait for it.
            # What it holds goes with the process.
            if own == CPU:
                dist.destroy_process_group()
        finally:
            world.settle()
