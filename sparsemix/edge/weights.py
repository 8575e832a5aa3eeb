"""Weights as arrays, read and written without torch: safetensors files, with matrices as float32, float16 or int8.

float32 is what the full model's file holds. float16 and int8 (one scale a row, the largest magnitude being 127) round the
matrices; what they stand for is weights of their own, with an identity of their own, which the full model can load, run and
replay (``exporter.stored_as``). What is small beside the matrices stays as it is.

Source: the safetensors format (a JSON header after its length as 8 little-endian bytes, then the arrays).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError, WeightsError

Arrays = Mapping[str, NDArray[Any]]

FORMATS = ("float32", "float16", "int8")
_NAMES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I8": "<i1"}
_SCALE = ".scale"
_MOST = 512 * 2**20
_MOST_HEADER = 16 * 2**20
_LARGEST = 127


def read(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Arrays by name and metadata of a safetensors file. Raises WeightsError when it is damaged."""
    if not 8 <= len(data) <= _MOST:
        raise WeightsError("this is no weights file")
    (size,) = struct.unpack_from("<Q", data)
    try:
        if size > min(_MOST_HEADER, len(data) - 8):
            raise ValueError("its header is longer than it is")
        header = json.loads(data[8 : 8 + size])
        metadata = {str(name): str(value) for name, value in header.pop("__metadata__", {}).items()}
        body = memoryview(data)[8 + size :]
        return {name: _array(body, said) for name, said in header.items()}, metadata
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"the weights file is damaged: {error}") from error


def _array(body: memoryview, said: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(_NAMES[said["dtype"]]), tuple(int(one) for one in said["shape"])
    start, end = (int(one) for one in said["data_offsets"])
    if not 0 <= start <= end <= len(body) or min(shape, default=0) < 0:
        raise ValueError("an array lies outside the file")
    return np.frombuffer(body[start:end], kind).reshape(shape)


def write(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    """A safetensors file, arrays by name."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    kinds = {np.dtype(kind): name for name, kind in _NAMES.items()}
    parts, end = [], 0
    for name, array in sorted(arrays.items()):
        part = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": kinds[array.dtype], "shape": list(array.shape), "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def packed(arrays: Arrays, kind: str) -> dict[str, NDArray[Any]]:
    """The arrays of a full model with every matrix as ``kind``, one of FORMATS. Raises ConfigError for another one."""
    if kind not in FORMATS:
        raise ConfigError(f"weights are kept as {', '.join(FORMATS)}, not as {kind}")
    found: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if kind == "float32" or array.ndim != 2 or not (name == "embedding" or name.endswith(".weight")):
            found[name] = array
        elif kind == "float16":
            largest = np.finfo(np.float16).max
            found[name] = np.clip(array, -largest, largest).astype(np.float16)
        else:
            scale = np.abs(array).max(1) / np.float32(_LARGEST)
            scale[scale == 0] = 1.0
            found[name] = np.rint(array / scale[:, None]).clip(-_LARGEST, _LARGEST).astype(np.int8)
            found[name + _SCALE] = scale
    return found


def unpacked(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """What ``packed`` arrays stand for: float32 matrices. Raises WeightsError for a matrix whose scales do not fit."""
    found: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.dtype == np.int8:
            scale = arrays.get(name + _SCALE)
            if scale is None or scale.dtype != np.float32 or scale.shape != array.shape[:1] or array.ndim != 2:
                raise WeightsError(f"{name} has no scale for every row")
            found[name] = array.astype(np.float32) * scale[:, None]
        elif array.dtype == np.float16:
            found[name] = array.astype(np.float32)
        elif not name.endswith(_SCALE):
            found[name] = array
    return found
