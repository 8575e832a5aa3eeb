"""Weights file: safetensors, never pickle, with the configuration in its metadata, and fully checked when read.

The same model gives the same bytes, so their SHA-256 is its identity. There is exactly one metadata entry, because safetensors
writes several entries in no certain order.
"""

from __future__ import annotations

import json
import struct

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from sparsemix.config import SparseMixConfig
from sparsemix.encoding.of_file import EARLIER_FEATURES, FEATURES, MATCHED
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges import knowledge
from sparsemix.judges.following import Knowledge
from sparsemix.model.learned_lines import NONE_KNOWN, Hashes
from sparsemix.model.network import Network

_MOST_HEADER = 16 * 2**20
_SPARE = 2**24
"""Values that a configuration may ask for beside those of the file: then the shapes tell what is wrong."""


Learned = tuple[NDArray[np.float64], Knowledge, Hashes]
"""What was learned besides the network: see ``SparseMixModel``."""


def write(
    network: Network, vocabulary: NDArray[np.uint32], neutral: Tensor, calibration: tuple[float, float], learned: Learned
) -> bytes:
    """Return the file's bytes."""
    reference, known, lines = learned
    tensors = {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}
    tensors["vocabulary"] = torch.from_numpy(vocabulary.astype(np.int64))
    tensors["neutral"] = neutral.detach().float().contiguous()
    tensors["calibration"] = torch.tensor(calibration, dtype=torch.float64)
    if len(reference):
        tensors["reference"] = torch.from_numpy(reference)
    if len(lines):
        tensors["lines"] = torch.from_numpy(lines)
    for part, columns in known.packed().items():
        tensors |= {f"{part}.{name}": torch.from_numpy(column) for name, column in columns.items()}
    return save_tensors(tensors, {"config": network.config.to_json()})


def read(data: bytes) -> tuple[Network, NDArray[np.uint32], Tensor, tuple[float, float], Learned]:
    """Read what ``write`` wrote. Raises `WeightsError` for anything else."""
    try:
        config = SparseMixConfig.from_json(_metadata(data)["config"])
        tensors = load_tensors(data)
        known = knowledge.read(config.judge, tensors)
        _check_room(config, tensors)
        network = Network(config)
        vocabulary = tensors.pop("vocabulary").numpy().astype(np.uint32)
        neutral, calibration = tensors.pop("neutral"), tensors.pop("calibration")
        reference = tensors.pop("reference", torch.zeros(0, dtype=torch.float64))
        lines = tensors.pop("lines", torch.from_numpy(NONE_KNOWN))
        _check_shapes(network, tensors)
        network.load_state_dict(tensors)
    except (SafetensorError, ConfigError, KeyError, RuntimeError, TypeError) as error:
        raise WeightsError(f"these are no weights of this version of SparseMix: {error}") from error
    if config.judge.by_itself and config.features not in (EARLIER_FEATURES, FEATURES):
        raise WeightsError(
            f"weights that judge a file by itself have {FEATURES} or {EARLIER_FEATURES} features, not {config.features}"
        )
    if config.judge.by_itself and not {kind.name for kind in config.judge.entities} <= {kind.name for kind in MATCHED}:
        raise WeightsError(f"weights that judge a file by itself match by {', '.join(kind.name for kind in MATCHED)} only")
    if neutral.shape != (config.d_model,) or calibration.shape != (2,):
        raise WeightsError("the neutral event or the calibration has the wrong shape")
    if reference.ndim != 1 or bool((reference.diff() < 0).any()):
        raise WeightsError("the scores of normal sequences are not in ascending order")
    if lines.ndim != 1 or lines.dtype != torch.int64 or bool((lines.diff() < 0).any()):
        raise WeightsError("the hashes of lines learned from are not in ascending order")
    if not all(bool(torch.isfinite(t).all()) for t in (*tensors.values(), neutral, calibration, reference)):
        raise WeightsError("the weights hold values that are not finite")
    fitted = (float(calibration[0]), float(calibration[1]))
    return network, vocabulary, neutral, fitted, (reference.double().numpy(), known, lines.numpy())


def _check_room(config: SparseMixConfig, tensors: dict[str, Tensor]) -> None:
    """Raise `WeightsError` when the configuration asks for more values than the file has: a line of it could ask for all of the
    memory."""
    held = _SPARE + sum(tensor.numel() for tensor in tensors.values())
    of_layers = config.layers * (4 * config.heads * config.d_head + 3 * config.d_ff)
    if config.layers > len(tensors) or config.d_model * (config.features + config.judge.outputs + of_layers) > held:
        raise WeightsError("the weights do not fit their configuration: it asks for more values than the file has")


def _check_shapes(network: Network, tensors: dict[str, Tensor]) -> None:
    """Raise `WeightsError` when the tensors are not those that the configuration requires."""
    required = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    actual = {name: tuple(value.shape) for name, value in tensors.items()}
    wrong = sorted(name for name in required.keys() | actual.keys() if required.get(name) != actual.get(name))
    if wrong:
        name = wrong[0]
        shapes = (
            f"{name} has shape {actual.get(name, 'none')}, the file's own configuration asks for {required.get(name, 'none')}"
        )
        raise WeightsError(f"the weights do not fit their configuration: {shapes} ({len(wrong)} such tensors)")


def _metadata(data: bytes) -> dict[str, str]:
    """Return the metadata of a safetensors file: a JSON header after its length as 8 little-endian bytes."""
    if len(data) < 8:
        raise WeightsError("the weights file is too short")
    (size,) = struct.unpack("<Q", data[:8])
    if size > _MOST_HEADER:
        raise WeightsError("the header of the weights file is too long")
    try:
        header = json.loads(data[8 : 8 + size])
        return dict(header["__metadata__"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WeightsError("the weights file has no readable header") from error
