"""Training checkpoints as safetensors: weights, optimizer moments and where the run stands. Never pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sparsemix.errors import WeightsError
from sparsemix.network import Network


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


def save_checkpoint(
    path: Path,
    network: Network,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor],
    standing: Standing,
    plan: str,
) -> None:
    """Write a checkpoint, replacing ``path`` only when it is complete; ``plan`` names the run it belongs to."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    metadata = {"standing": json.dumps(asdict(standing)), "plan": plan}
    save_file({name: value.clone().contiguous() for name, value in tensors.items()}, partial, metadata)
    partial.replace(path)


def load_checkpoint(
    path: Path, network: Network, optimizer: torch.optim.Optimizer, plan: str
) -> tuple[dict[str, Tensor], Standing]:
    """Restore network and optimizer in place; return the best weights and the standing.

    Raises WeightsError when the file is damaged or belongs to another plan or model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        if metadata.get("plan") != plan:
            raise WeightsError(f"{path} belongs to another training run; choose another folder or remove it")
        standing = Standing(**json.loads(metadata["standing"]))
        groups: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "optimizer": {}}
        for name, value in tensors.items():
            group, rest = name.split(".", 1)
            groups[group][rest] = value
        network.load_state_dict(groups["network"])
        state = optimizer.state_dict()
        for name, value in groups["optimizer"].items():
            index, key = name.split(".", 1)
            state["state"].setdefault(int(index), {})[key] = value
        optimizer.load_state_dict(state)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise WeightsError(f"the checkpoint {path} cannot be read: {error}") from error
    return groups["best"], standing
