"""Training checkpoints as safetensors: weights, optimizer moments and the state of the run. Never pickle.

A new checkpoint is on the disk before it replaces the previous checkpoint, which is kept beside it (``NAME.before``). Every
checkpoint carries a checksum of its content; where the newest is damaged or missing, training continues from the previous one.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
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


def save_checkpoint(path: Path, groups: Groups, state: Mapping[str, Any], run: Mapping[str, str]) -> None:
    """Write a checkpoint. ``state``: everything that is not a tensor, as JSON; ``run``: hashes of the parts of the run, each
    under the name that an error message uses when another run differs in that part."""
    tensors = {
        f"{group}.{name}": value.detach().to(CPU, copy=True).contiguous()
        for group, tensors_of_group in groups.items()
        for name, value in tensors_of_group.items()
    }
    content = json.dumps({"run": dict(run), "state": dict(state)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    save_file(tensors, partial, {"said": content, "sha256": _checksum(tensors, content)})
    _synced(partial)
    if path.exists():
        path.replace(before(path))
    partial.replace(path)
    _synced(path.parent)


def before(path: Path) -> Path:
    """Return the path of the checkpoint before the checkpoint at ``path``."""
    return path.with_name(f"{path.name}.before")


def load_checkpoint(path: Path, run: Mapping[str, str]) -> tuple[Groups, dict[str, Any]] | None:
    """Return tensors and state of the newest undamaged checkpoint; None where there is no checkpoint yet.

    Warns when that is not the newest checkpoint. Raises ``WeightsError`` when all checkpoints are damaged, or the newest
    undamaged one belongs to another run.
    """
    damaged: WeightsError | None = None
    for candidate in (path, before(path)):
        if not candidate.exists():
            continue
        try:
            groups, content = _read(candidate)
        except WeightsError as error:
            damaged = damaged or error
            continue
        other = [name for name in run.keys() | content["run"].keys() if run.get(name) != content["run"].get(name)]
        if other:
            differs = " and ".join(sorted(other))
            raise WeightsError(
                f"{candidate} belongs to another training run, of other {differs}; choose another file or remove it"
            )
        if damaged is not None:
            warnings.warn(f"{damaged}; going on from {candidate}", stacklevel=2)
        return groups, content["state"]
    if damaged is not None:
        raise damaged
    return None


def moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's tensors, as a group of a checkpoint."""
    states = optimizer.state_dict()["state"].items()
    return {f"{index}.{name}": value for index, state in states for name, value in state.items()}


def restore(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load the tensors of ``moments`` into an optimizer, in place."""
    state = optimizer.state_dict()
    for name, value in tensors.items():
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
        content = json.loads(metadata["said"])
        groups: Groups = {}
        for name, value in tensors.items():
            group, rest = name.split(".", 1)
            groups.setdefault(group, {})[rest] = value
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsError(f"the checkpoint {path} cannot be read: {error}") from error
    return groups, content


def _checksum(tensors: Mapping[str, Tensor], content: str) -> str:
    digest = sha256(content.encode())
    for name in sorted(tensors):
        digest.update(f"\n{name} {tuple(tensors[name].shape)} {tensors[name].dtype}\n".encode())
        digest.update(tensors[name].detach().numpy().tobytes())
    return digest.hexdigest()


def _synced(path: Path) -> None:
    """Write to the disk what the system still buffers of a file, or of a folder's names."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
