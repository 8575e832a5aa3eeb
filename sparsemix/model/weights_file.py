"""Weights as a file: safetensors, never pickle, with the configuration in its metadata, and checked whole when read.

The same model gives the same bytes, so their SHA-256 is its identity. One metadata entry and no more: of several, safetensors
writes no certain order.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from sparsemix.config import SparseMixConfig
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.model.network import Network
from sparsemix.priors import column_evidence, expectation, ngram_evidence
from sparsemix.priors.column_evidence import Behaviour
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.ngram_evidence import Evidence


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned beside a network's parameters, as ``SparseMixModel`` has it."""

    vocabulary: NDArray[np.uint32]
    neutral: Tensor
    calibration: tuple[float, float]
    reference: NDArray[np.float64]
    expectation: Expectation | None
    evidence: Evidence | Behaviour | None = None


def write(network: Network, beside: Weights) -> bytes:
    """The file's bytes."""
    tensors = {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}
    tensors["vocabulary"] = torch.from_numpy(beside.vocabulary.astype(np.int64))
    tensors["neutral"] = beside.neutral.detach().float().contiguous()
    tensors["calibration"] = torch.tensor(beside.calibration, dtype=torch.float64)
    if len(beside.reference):
        tensors["reference"] = torch.from_numpy(beside.reference)
    if beside.expectation is not None:
        tensors |= {f"expectation.{name}": torch.from_numpy(one) for name, one in expectation.pack(beside.expectation).items()}
    if isinstance(beside.evidence, Behaviour):
        tensors |= {f"behaviour.{name}": torch.from_numpy(one) for name, one in column_evidence.pack(beside.evidence).items()}
    elif beside.evidence is not None:
        tensors |= {f"evidence.{name}": torch.from_numpy(one) for name, one in ngram_evidence.pack(beside.evidence).items()}
    return save_tensors(tensors, {"config": network.config.to_json()})


def read(data: bytes) -> tuple[Network, Weights]:
    """Read what ``write`` wrote. Raises WeightsError on anything else."""
    try:
        config = SparseMixConfig.from_json(_metadata(data)["config"])
        tensors = load_tensors(data)
        expected, told, behaved = (_part(tensors, f"{name}.") for name in ("expectation", "evidence", "behaviour"))
        expects = expectation.unpack(expected) if expected else None
        tells = column_evidence.unpack(behaved) if behaved else ngram_evidence.unpack(told) if told else None
        network = Network(config)
        vocabulary = tensors.pop("vocabulary").numpy().astype(np.uint32)
        neutral, calibration = tensors.pop("neutral"), tensors.pop("calibration")
        reference = tensors.pop("reference", torch.zeros(0, dtype=torch.float64))
        _check_shapes(network, tensors)
        network.load_state_dict(tensors)
    except (SafetensorError, ConfigError, KeyError, RuntimeError) as error:
        raise WeightsError(f"these are no weights of this version of SparseMix: {error}") from error
    if config.kinds != (0 if expects is None else len(expects.known)) or config.evidence != (tells is not None):
        raise WeightsError("what is expected, or said by n-grams or columns, does not fit the configuration")
    if isinstance(tells, Behaviour) and tells.weight.shape[::2] != (max(1, len(config.classes)), len(config.scales)):
        raise WeightsError("the columns that say something, or the faults that they tell apart, do not fit the configuration")
    if neutral.shape != (config.d_model,) or calibration.shape != (2,):
        raise WeightsError("the neutral event or the calibration has the wrong shape")
    if reference.ndim != 1 or bool((reference.diff() < 0).any()):
        raise WeightsError("the scores of normal sequences are not in ascending order")
    if not all(bool(torch.isfinite(t).all()) for t in (*tensors.values(), neutral, calibration, reference)):
        raise WeightsError("the weights hold values that are not finite")
    fitted = (float(calibration[0]), float(calibration[1]))
    return network, Weights(vocabulary, neutral, fitted, reference.double().numpy(), expects, tells)


def _check_shapes(network: Network, tensors: dict[str, Tensor]) -> None:
    """Raises WeightsError when the tensors are not those that the configuration asks for, in a sentence."""
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in tensors.items()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        name = wrong[0]
        shapes = f"{name} has shape {found.get(name, 'none')}, the file's own configuration asks for {wanted.get(name, 'none')}"
        raise WeightsError(f"the weights do not fit their configuration: {shapes} ({len(wrong)} such tensors)")


def _part(tensors: dict[str, Tensor], named: str) -> dict[str, NDArray[Any]]:
    """Takes the columns whose names begin so out of the tensors."""
    return {name.removeprefix(named): tensors.pop(name).numpy() for name in list(tensors) if name.startswith(named)}


def _metadata(data: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: a JSON header after its length as 8 little-endian bytes."""
    if len(data) < 8:
        raise WeightsError("the weights file is too short")
    (size,) = struct.unpack("<Q", data[:8])
    try:
        header = json.loads(data[8 : 8 + size])
        return dict(header["__metadata__"])
    except (ValueError, TypeError, KeyError) as error:
        raise WeightsError("the weights file has no readable header") from error
