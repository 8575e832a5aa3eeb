"""SelectionTrace: which pairs every layer and head selected, and how sure the search was.

Per layer and head the pairs are CSR arrays: the pairs of query i are ``key_index[query_ptr[i]:query_ptr[i + 1]]``. A layer is
written as one Arrow IPC stream (zstd): one row for every (head, query), the pairs as list columns, whose offsets *are* the
CSR pointers. The same trace gives the same bytes, so a blob's SHA-256 identifies the selection.

A query that selected nothing has no pairs and an ``anchor_weight`` of 1; its route is "anchor".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.errors import TraceError

_VERSION = b"1"


class Route(IntEnum):
    """Why a pair was a candidate."""

    CONTENT = 0
    LOCAL = 1
    ANCHOR = 2


@dataclass(frozen=True, slots=True)
class HeadSelection:
    """The selection of one head over N queries.

    ``query_ptr`` int64 [N + 1]; per pair: ``key_index`` int32, ``weight``, ``logit`` float32, ``route`` uint8; per query:
    ``threshold`` float32 (tau, on the scale of logit / 2), ``anchor_weight`` float32, ``certified`` bool; near misses as CSR:
    ``near_ptr`` int64 [N + 1], ``near_index`` int32, ``near_logit`` float32, best first.
    """

    query_ptr: NDArray[np.int64]
    key_index: NDArray[np.int32]
    weight: NDArray[np.float32]
    logit: NDArray[np.float32]
    route: NDArray[np.uint8]
    threshold: NDArray[np.float32]
    anchor_weight: NDArray[np.float32]
    certified: NDArray[np.bool_]
    near_ptr: NDArray[np.int64]
    near_index: NDArray[np.int32]
    near_logit: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = self.length
        pairs = len(self.key_index)
        if n < 0 or self.query_ptr[0] != 0 or self.query_ptr[-1] != pairs or (np.diff(self.query_ptr) < 0).any():
            raise TraceError("query_ptr is not a CSR pointer of the pairs")
        if not len(self.weight) == len(self.logit) == len(self.route) == pairs:
            raise TraceError("the pair columns differ in length")
        if not len(self.threshold) == len(self.anchor_weight) == len(self.certified) == n == len(self.near_ptr) - 1:
            raise TraceError("the query columns differ in length")
        if self.near_ptr[0] != 0 or self.near_ptr[-1] != len(self.near_index) or (np.diff(self.near_ptr) < 0).any():
            raise TraceError("near_ptr is not a CSR pointer of the near misses")
        for index in (self.key_index, self.near_index):
            if len(index) and (index.min() < 0 or index.max() >= n):
                raise TraceError("a key lies outside the sequence")

    @property
    def length(self) -> int:
        """Number of queries N."""
        return len(self.query_ptr) - 1

    @property
    def query_index(self) -> NDArray[np.int32]:
        """The query of every pair, int32 [P]."""
        return np.repeat(np.arange(self.length, dtype=np.int32), np.diff(self.query_ptr))

    @property
    def margin(self) -> NDArray[np.float32]:
        """How clearly every pair was taken: logit / 2 - tau, float32 [P], > 0."""
        return (self.logit / 2 - self.threshold[self.query_index]).astype(np.float32)

    def pairs_of(self, query: int) -> slice:
        """Where the pairs of one query lie in the pair columns."""
        return slice(int(self.query_ptr[query]), int(self.query_ptr[query + 1]))

    def near_of(self, query: int) -> slice:
        """Where the near misses of one query lie."""
        return slice(int(self.near_ptr[query]), int(self.near_ptr[query + 1]))


@dataclass(frozen=True, slots=True)
class SelectionTrace:
    """The selections of one run: ``heads[layer][head]``, all over the same N events."""

    heads: tuple[tuple[HeadSelection, ...], ...]

    def __post_init__(self) -> None:
        if not self.heads or not all(self.heads):
            raise TraceError("a trace needs at least one layer and one head")
        if len({head.length for _, _, head in self}) != 1:
            raise TraceError("the heads of a trace differ in length")

    def __iter__(self) -> Iterator[tuple[int, int, HeadSelection]]:
        """(layer, head, selection) in order."""
        for layer, heads in enumerate(self.heads):
            for index, head in enumerate(heads):
                yield layer, index, head

    @property
    def length(self) -> int:
        """Number of events N."""
        return self.heads[0][0].length

    def pair_count(self, layer: int) -> int:
        """Pairs of all heads of a layer."""
        return sum(len(head.key_index) for head in self.heads[layer])

    def certified_share(self, layer: int) -> float:
        """Share of a layer's (head, query) whose search proved that it missed no pair."""
        return float(np.mean([head.certified.mean() for head in self.heads[layer]]))

    def selected_per_query(self) -> float:
        """Mean number of pairs per query and head."""
        return float(np.mean([len(head.key_index) / head.length for _, _, head in self]))

    def layer_blob(self, layer: int) -> bytes:
        """One layer as an Arrow IPC stream; ``blob_sha256`` of it identifies the selection."""
        rows = [_head_batch(index, head) for index, head in enumerate(self.heads[layer])]
        table = pa.Table.from_batches(rows).replace_schema_metadata({b"sparsemix_trace": _VERSION})
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3), use_threads=False)
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            for batch in table.to_batches():
                writer.write_batch(batch)
        return bytes(sink.getvalue().to_pybytes())

    @classmethod
    def from_blobs(cls, blobs: list[bytes]) -> SelectionTrace:
        """Read what ``layer_blob`` wrote, layer by layer. Raises TraceError on anything else."""
        return cls(tuple(_read_layer(blob) for blob in blobs))


def blob_sha256(blob: bytes) -> str:
    """SHA-256 of a blob, in hex."""
    return sha256(blob).hexdigest()


def _lists(pointer: NDArray[np.int64], values: NDArray[np.generic]) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(pointer.astype(np.int32)), pa.array(values))


def _head_batch(index: int, head: HeadSelection) -> pa.RecordBatch:
    n = head.length
    return pa.RecordBatch.from_pydict(
        {
            "head": pa.array(np.full(n, index, np.uint8)),
            "query": pa.array(np.arange(n, dtype=np.int32)),
            "key_index": _lists(head.query_ptr, head.key_index),
            "weight": _lists(head.query_ptr, head.weight),
            "logit": _lists(head.query_ptr, head.logit),
            "route": _lists(head.query_ptr, head.route),
            "threshold": pa.array(head.threshold),
            "anchor_weight": pa.array(head.anchor_weight),
            "certified": pa.array(head.certified),
            "near_index": _lists(head.near_ptr, head.near_index),
            "near_logit": _lists(head.near_ptr, head.near_logit),
        }
    )


def _flat(batch: pa.RecordBatch, name: str, dtype: str) -> NDArray[np.generic]:
    return np.ascontiguousarray(batch.column(name).values.to_numpy(zero_copy_only=False), dtype=dtype)


def _read_layer(blob: bytes) -> tuple[HeadSelection, ...]:
    try:
        with pa.ipc.open_stream(blob) as reader:
            if (reader.schema.metadata or {}).get(b"sparsemix_trace") != _VERSION:
                raise TraceError("the blob is no selection trace of this version")
            batches = list(reader)
        for batch in batches:
            batch.validate(full=True)
        return tuple(_read_head(batch) for batch in batches)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise TraceError(f"the selection blob cannot be read: {error}") from error


def _read_head(batch: pa.RecordBatch) -> HeadSelection:
    def column(name: str, dtype: str) -> NDArray[np.generic]:
        return np.ascontiguousarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=dtype)

    def pointer(name: str) -> NDArray[np.int64]:
        return np.asarray(batch.column(name).offsets.to_numpy(), dtype=np.int64)

    return HeadSelection(
        query_ptr=pointer("key_index"),
        key_index=_flat(batch, "key_index", "i4"),  # type: ignore[arg-type]
        weight=_flat(batch, "weight", "f4"),  # type: ignore[arg-type]
        logit=_flat(batch, "logit", "f4"),  # type: ignore[arg-type]
        route=_flat(batch, "route", "u1"),  # type: ignore[arg-type]
        threshold=column("threshold", "f4"),  # type: ignore[arg-type]
        anchor_weight=column("anchor_weight", "f4"),  # type: ignore[arg-type]
        certified=column("certified", "?"),  # type: ignore[arg-type]
        near_ptr=pointer("near_index"),
        near_index=_flat(batch, "near_index", "i4"),  # type: ignore[arg-type]
        near_logit=_flat(batch, "near_logit", "f4"),  # type: ignore[arg-type]
    )
