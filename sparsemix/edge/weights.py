"""Weights as arrays, read without torch: safetensors files, with matrices as float32, float16 or int8.

float32 is the format of the full model's file. float16 and int8 (one scale a row, the largest magnitude being 127) round the
matrices; the rounded matrices are separate weights with their own identity, which the full model can load, run and replay
(``exporter.stored_as``). Arrays that are small beside the matrices are not rounded.

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
    """Read the arrays, by name, and the metadata of a safetensors file. Raises ``WeightsError`` when it is damaged."""
    if not 8 <= len(data) <= _MOST:
        raise WeightsError("this is not a weights file")
    (size,) = struct.unpack_from("<Q", data)
    try:
        if size > min(_MOST_HEADER, len(data) - 8):
            raise ValueError("its header is longer than it is")
        header = json.loads(data[8 : 8 + size])
        metadata = {str(name): str(value) for name, value in header.pop("__metadata__", {}).items()}
        body = memoryview(data)[8 + size :]
        return {name: _array(body, about) for name, about in header.items()}, metadata
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"the weights file is damaged: {error}") from error


def _array(body: memoryview, about: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(_NAMES[about["dtype"]]), tuple(int(number) for number in about["shape"])
    start, end = (int(number) for number in about["data_offsets"])
    if not 0 <= start <= end <= len(body) or min(shape, default=0) < 0:
        raise ValueError("an array lies outside the file")
    return np.frombuffer(body[start:end], kind).reshape(shape)


def packed(arrays: Arrays, kind: str) -> dict[str, NDArray[Any]]:
    """Return a full model's arrays with every matrix as ``kind``. Raises ``ConfigError`` when ``kind`` is not in FORMATS."""
    if kind not in FORMATS:
        raise ConfigError(f"weights are kept as {', '.join(FORMATS)}, not as {kind}")
    result: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if kind == "float32" or array.ndim != 2 or not (name == "embedding" or name.endswith(".weight")):
            result[name] = array
        elif kind == "float16":
            largest = np.finfo(np.float16).max
            result[name] = np.clip(array, -largest, largest).astype(np.float16)
        else:
            scale = np.abs(array).max(1) / np.float32(_LARGEST)
            scale[scale == 0] = 1.0
            result[name] = np.rint(array / scale[:, None]).clip(-_LARGEST, _LARGEST).astype(np.int8)
            result[name + _SCALE] = scale
    return result


def unpacked(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return float32 matrices from ``packed`` arrays. Raises ``WeightsError`` when the scales of a matrix do not fit."""
    result: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.dtype == np.int8:
            scale = arrays.get(name + _SCALE)
            if scale is None or scale.dtype != np.float32 or scale.shape != array.shape[:1] or array.ndim != 2:
                raise WeightsError(f"{name} has no scale for every row")
            result[name] = array.astype(np.float32) * scale[:, None]
        elif array.dtype == np.float16:
            result[name] = array.astype(np.float32)
        elif not name.endswith(_SCALE):
            result[name] = array
    return result
