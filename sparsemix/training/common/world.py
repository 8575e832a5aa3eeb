"""Where training computes: the processes that train one network together, and the device of each.

Processes: ``torchrun --nproc-per-node 2 -m sparsemix train ...``. Every process draws the same batch, from the same generator,
and takes its share of the windows: with n processes, every n-th window. The divisor of a loss is counted over the whole batch,
so that the losses of the shares add up to the loss of a single process, and their gradients to its gradient:
DistributedDataParallel takes the mean of the gradients, so each loss is multiplied by the number of processes first. Dropout
masks and probes are drawn for the whole batch, too. All processes then hold the same weights, moments and random state, and
only the first process writes files and reports.

Processes communicate by gloo, and exchange gradients on GPUs by nccl. They send numbers in tensors, never pickled objects. A
single process needs none of this, and its bits are those of a program without process groups.

A restarted run continues to the same bits with one process or two. Three and more processes continue to the same result up to
rounding: DistributedDataParallel lays out gradients anew after a process's first step, the layout decides in which order the
processes' shares of a gradient are added, and with more than two numbers the order changes the last digit. With two numbers it
does not.

Devices: training runs on the processor by the compiled loops over selected pairs, or on a CUDA device with all pairs written
out. Both learn the same: exact entmax over all logits selects what the search selects, and only selected pairs get a gradient
either way. On a CUDA device, memory grows with the square of a window's length, which training keeps short. The order of its
sums is not fixed, so two runs agree only up to rounding. A trained network is moved back to the processor, where selecting,
tracing and replay run.

Source: Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training" (arXiv 2006.15704).
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
# Threads need milliseconds. Tensors that the frames of an error still hold are never released, so the wait has an end.
SETTLE_SECONDS = 2.0


def device_of(name: str) -> torch.device:
    """Return the device that this process computes on; of several CUDA devices, the one with ``torchrun``'s local rank.

    Raises ``ConfigError`` when there is no such device.
    """
    if name == "cpu":
        return CPU
    count, place = torch.cuda.device_count(), int(os.environ.get("LOCAL_RANK", "0"))
    if place >= count:
        raise ConfigError(
            f"CUDA device {place} is asked for, and PyTorch sees {count} here: every process needs a GPU of its own, and a "
            "build of PyTorch for it; without --device, training runs on the processor"
        )
    return torch.device("cuda", place)


def zero_loss(network: nn.Module) -> Tensor:
    """Return the loss of a process that has no share of a batch: 0, with a gradient of 0 in every parameter."""
    return torch.stack([parameter.sum() for parameter in network.parameters()]).sum() * 0.0


def moved(value: T, device: torch.device) -> T:
    """Return a tensor, or a dataclass with all its tensors, on ``device``; on the processor, return ``value`` itself."""
    return value if device == CPU else _moved(value, device)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _moved(getattr(value, part.name), device) for part in fields(value)})
    return value


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """``rank`` of this process among ``size`` of them, and the ``device`` that it trains on; ``sent`` are the tensors that
    gloo's threads may still hold, by id."""

    rank: int = 0
    size: int = 1
    device: torch.device = CPU
    sent: WeakValueDictionary[int, torch.Tensor] = field(default_factory=WeakValueDictionary, repr=False, compare=False)

    @property
    def leads(self) -> bool:
        """Return whether this is the process that writes files and reports."""
        return self.rank == 0

    @property
    def share(self) -> slice:
        """Return which windows of a batch belong to this process."""
        return slice(self.rank, None, self.size)

    def total(self, value: float) -> float:
        """Return the sum of a number over all processes."""
        if self.size == 1:
            return value
        sent = self._noted(torch.tensor([value], dtype=torch.float64))
        dist.all_reduce(sent)
        return float(sent[0])

    def from_first(self, values: Sequence[float]) -> list[float]:
        """Return the numbers of the first process on all processes; every process passes equally many numbers."""
        if self.size == 1:
            return list(values)
        sent = self._noted(torch.tensor(values, dtype=torch.float64))
        dist.broadcast(sent, 0)
        return [float(value) for value in sent]

    def agree(self, what: bytes) -> None:
        """Raise ``ConfigError`` unless ``what`` is the same on all processes."""
        if self.size == 1:
            return
        own = self._noted(torch.tensor(list(sha256(what).digest()), dtype=torch.uint8))
        digests = [self._noted(torch.empty_like(own)) for _ in range(self.size)]
        dist.all_gather(digests, own)
        others = [rank for rank, digest in enumerate(digests) if not torch.equal(digest, digests[0])]
        if others:
            raise ConfigError(
                f"processes {', '.join(map(str, others))} do not begin as process 0 does: give all processes the same data, "
                "settings, weights and checkpoint; on several machines, keep them in a folder that all machines share"
            )

    def spread(self, module: nn.Module) -> nn.Module:
        """Return the module with gradients averaged over all processes."""
        if self.size == 1:
            return module
        return DistributedDataParallel(module)

    def _noted(self, tensor: torch.Tensor) -> torch.Tensor:
        self.sent[id(tensor)] = tensor
        return tensor

    def settle(self) -> None:
        """Wait until gloo's threads have released the tensors that were sent.

        A module that was spread keeps these threads alive as long as the process. A thread that releases a Python tensor after
        the interpreter has begun to end aborts the process: std::terminate, exit status -6, and torchrun then takes the
        finished work for failed.
        """
        end = time.monotonic() + SETTLE_SECONDS
        while self.sent and time.monotonic() < end:
            time.sleep(0.001)
        # The last tensor counts as gone a moment before its thread is done with it.
        time.sleep(0.01)


ALONE = ProcessGroup()


@contextmanager
def joined(device: str = "cpu") -> Iterator[ProcessGroup]:
    """Join the processes that ``torchrun`` started, until the end of the block; without ``torchrun``, train alone.

    ``device``: the device of all processes. Raises ``ConfigError`` when this process has no such device.
    """
    own = device_of(device)
    if own != CPU:
        torch.cuda.set_device(own)
    if not dist.is_torchelastic_launched() or int(os.environ["WORLD_SIZE"]) == 1:
        yield ALONE if own == CPU else ProcessGroup(device=own)
        return
    store, rank, size = next(rendezvous("env://"))
    if os.environ["GROUP_WORLD_SIZE"] == "1":
        # torchrun keeps one store for all restarts, and restarted processes must not find the addresses of the processes
        # before them. Between machines these counts may differ; docs/guides/training.md says what to do there.
        store = dist.PrefixStore(f"start {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)  # type: ignore[attr-defined]
    dist.init_process_group("gloo" if own == CPU else "cpu:gloo,cuda:nccl", store=store, rank=rank, world_size=size)
    world = ProcessGroup(rank, size, own)
    try:
        yield world
    finally:
        try:
            # Ending nccl needs all processes at once, but they may end minutes apart, or one by an error while others wait.
            # Its resources are freed with the process.
            if own == CPU:
                dist.destroy_process_group()
        finally:
            world.settle()
