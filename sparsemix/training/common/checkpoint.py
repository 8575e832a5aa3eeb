"""Training checkpoints as safetensors: weights, optimizer moments and where the run stands. Never pickle.

A checkpoint is on the disk before it takes the place of the one before, which is kept beside it (``NAME.before``). It carries
a checksum of all that it holds; where it is damaged or missing, the one before is gone on from.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sparsemix.errors import WeightsError
from sparsemix.training.common.world import CPU

Groups = dict[str, dict[str, Tensor]]
"""Tensors by group ("network", "optimizer", ...) and name."""


@dataclass(slots=True)
class Standing:
    """Where a training run stands.

    ``stage``, ``step`` (in the stage) and ``total_step`` are the next to do; ``loss`` is the moving task loss; ``penalty``
    the present factor of the penalties, which started at ``penalty_since`` (-1: not yet), and ``cost_factor`` one more for
    the search-cost penalty; ``gate``: the loss that they wait for, below 0 the plan's; ``soft``: attention is soft until then;
    ``best_f1`` of the stage and ``stale`` validations since; ``collapses`` so far.
    """

    stage: int = 0
    step: int = 0
    total_step: int = 0
    loss: float = -1.0
    penalty: float = 0.0
    penalty_since: int = -1
    cost_factor: float = 1.0
    gate: float = -1.0
    soft: bool = False
    best_f1: float = -1.0
    stale: int = 0
    collapses: int = 0


def save_checkpoint(path: Path, groups: Groups, state: Mapping[str, Any], run: Mapping[str, str]) -> None:
    """Write a checkpoint. ``state``: what is no tensor, as JSON; ``run``: hashes of what the run it belongs to is made of, each
    under the word that a person is told when another run's differs."""
    tensors = {
        f"{group}.{name}": value.detach().to(CPU, copy=True).contiguous()
        for group, some in groups.items()
        for name, value in some.items()
    }
    said = json.dumps({"run": dict(run), "state": dict(state)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    save_file(tensors, partial, {"said": said, "sha256": _checksum(tensors, said)})
    _synced(partial)
    if path.exists():
        path.replace(before(path))
    partial.replace(path)
    _synced(path.parent)


def before(path: Path) -> Path:
    """Where the checkpoint before the one at ``path`` lies."""
    return path.with_name(f"{path.name}.before")


def load_checkpoint(path: Path, run: Mapping[str, str]) -> tuple[Groups, dict[str, Any]] | None:
    """Tensors and state of the newest whole checkpoint, with a warning when it is not the newest; None where there is none yet.

    Raises WeightsError when all there are are damaged, or the newest whole one is another run's.
    """
    damaged: WeightsError | None = None
    for one in (path, before(path)):
        if not one.exists():
            continue
        try:
            groups, said = _read(one)
        except WeightsError as error:
            damaged = damaged or error
            continue
        other = [name for name in run.keys() | said["run"].keys() if run.get(name) != said["run"].get(name)]
        if other:
            differs = " and ".join(sorted(other))
            raise WeightsError(f"{one} belongs to another training run, of other {differs}; choose another file or remove it")
        if damaged is not None:
            warnings.warn(f"{damaged}; going on from {one}", stacklevel=2)
        return groups, said["state"]
    if damaged is not None:
        raise damaged
    return None


def moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's tensors, as a group of a checkpoint."""
    states = optimizer.state_dict()["state"].items()
    return {f"{index}.{name}": value for index, state in states for name, value in state.items()}


def restore(optimizer: torch.optim.Optimizer, found: Mapping[str, Tensor]) -> None:
    """Give an optimizer its tensors back, in place."""
    state = optimizer.state_dict()
    for name, value in found.items():
        index, key = name.split(".", 1)
        state["state"].setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(state)


def _read(path: Path) -> tuple[Groups, dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        if _checksum(tensors, metadata["said"]) != metadata["sha256"]:
            raise WeightsError(f"the checkpoint {path} cannot be read: it was changed or damaged")
        said = json.loads(metadata["said"])
        groups: Groups = {}
        for name, value in tensors.items():
            group, rest = name.split(".", 1)
            groups.setdefault(group, {})[rest] = value
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsError(f"the checkpoint {path} cannot be read: {error}") from error
    return groups, said


def _checksum(tensors: Mapping[str, Tensor], said: str) -> str:
    digest = sha256(said.encode())
    for name in sorted(tensors):
        digest.update(f"\n{name} {tuple(tensors[name].shape)} {tensors[name].dtype}\n".encode())
        digest.update(tensors[name].detach().numpy().tobytes())
    return digest.hexdigest()


def _synced(path: Path) -> None:
    """What the system still holds of a file, or of a folder's names, goes to the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
