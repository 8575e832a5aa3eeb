"""Layers of a trace as plain columns, version 1: exact, some ten bytes a pair.

One record batch a head, one row a query; pairs and near misses are list columns, whose offsets *are* the CSR pointers. Written
for selections that do not lie on the grid (``trace_grid``), and read for those recorded before there was one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.trace.head_selection import HeadSelection

VERSION = b"1"
SCHEMA = pa.schema(
    {
        "head": pa.uint8(),
        "query": pa.int32(),
        "key_index": pa.list_(pa.int32()),
        "weight": pa.list_(pa.float32()),
        "logit": pa.list_(pa.float32()),
        "route": pa.list_(pa.uint8()),
        "threshold": pa.float32(),
        "anchor_weight": pa.float32(),
        "certified": pa.bool_(),
        "near_index": pa.list_(pa.int32()),
        "near_logit": pa.list_(pa.float32()),
    }
)
OPTIONS = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3), use_threads=False)


def to_batch(index: int, head: HeadSelection) -> pa.RecordBatch:
    """The record batch of one head, the ``index``-th of its layer."""
    n = head.length
    columns = {
        "head": np.full(n, index, np.uint8),
        "query": np.arange(n, dtype=np.int32),
        "key_index": _lists(head.query_ptr, head.key_index),
        "weight": _lists(head.query_ptr, head.weight),
        "logit": _lists(head.query_ptr, head.logit),
        "route": _lists(head.query_ptr, head.route),
        "threshold": head.threshold,
        "anchor_weight": head.anchor_weight,
        "certified": head.certified,
        "near_index": _lists(head.near_ptr, head.near_index),
        "near_logit": _lists(head.near_ptr, head.near_logit),
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def from_batches(batches: Iterable[pa.RecordBatch]) -> tuple[HeadSelection, ...]:
    """The heads of what ``to_batch`` wrote. Raises TraceError on values that are missing or contradict each other."""
    return tuple(_head(batch) for batch in batches)


def _lists(pointer: NDArray[np.int64], values: NDArray[np.generic]) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(pointer.astype(np.int32)), pa.array(values))


def _head(batch: pa.RecordBatch) -> HeadSelection:
    def column(name: str) -> NDArray[np.generic]:
        return _numbers(batch.column(name))

    def flat(name: str) -> NDArray[np.generic]:
        return _numbers(batch.column(name).values)

    def pointer(name: str) -> NDArray[np.int64]:
        return np.array(batch.column(name).offsets.to_numpy(), dtype=np.int64)

    if any(column.null_count for column in batch.columns):
        raise TraceError("the selection blob lacks values")
    return HeadSelection(
        query_ptr=pointer("key_index"),
        key_index=flat("key_index"),  # type: ignore[arg-type]
        weight=flat("weight"),  # type: ignore[arg-type]
        logit=flat("logit"),  # type: ignore[arg-type]
        route=flat("route"),  # type: ignore[arg-type]
        threshold=column("threshold"),  # type: ignore[arg-type]
        anchor_weight=column("anchor_weight"),  # type: ignore[arg-type]
        certified=column("certified"),  # type: ignore[arg-type]
        near_ptr=pointer("near_index"),
        near_index=flat("near_index"),  # type: ignore[arg-type]
        near_logit=flat("near_logit"),  # type: ignore[arg-type]
    )


def _numbers(array: pa.Array) -> NDArray[np.generic]:
    if array.null_count:
        raise TraceError("the selection blob lacks values")
    # A copy: what Arrow hands out is read-only, for which compiled code would be compiled once more.
    return np.array(array.to_numpy(zero_copy_only=False))
