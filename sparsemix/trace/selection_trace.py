"""SelectionTrace: which pairs every layer and head selected, and how sure the search was.

Per layer and head the pairs are CSR arrays (``head_selection``). A layer is written as one Arrow IPC stream, a record batch a
head: compactly (``trace_codec``) when its heads lie on the grid, as those of every run do (``trace_grid``), else as plain,
exact columns (``trace_plain``). The same trace gives the same bytes, so a blob's SHA-256 identifies the selection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa

from sparsemix.errors import TraceError
from sparsemix.trace import codec, columns
from sparsemix.trace import plain as trace_plain
from sparsemix.trace.head_selection import HeadSelection, Route

__all__ = ["HeadSelection", "Route", "SelectionTrace", "blob_sha256"]

_VERSION_KEY = b"sparsemix_trace"


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
        heads = self.heads[layer]
        compact = [codec.to_batch(head) for head in heads] if columns.fits(heads) else [None]
        if None not in compact:
            # The columns are zstd frames already.
            return _stream(columns.VERSION, compact, pa.ipc.IpcWriteOptions())
        plain = [trace_plain.to_batch(index, head) for index, head in enumerate(heads)]
        return _stream(trace_plain.VERSION, plain, trace_plain.OPTIONS)

    @classmethod
    def from_blobs(cls, blobs: list[bytes]) -> SelectionTrace:
        """Read what ``layer_blob`` wrote, layer by layer. Raises TraceError on anything else."""
        return cls(tuple(_read_layer(blob) for blob in blobs))


def blob_sha256(blob: bytes) -> str:
    """SHA-256 of a blob, in hex."""
    return sha256(blob).hexdigest()


def _stream(version: bytes, batches: Sequence[pa.RecordBatch], options: pa.ipc.IpcWriteOptions) -> bytes:
    schema = batches[0].schema.with_metadata({_VERSION_KEY: version})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def schema_message(schema: pa.Schema, version: bytes) -> bytes:
    """The first message of a layer's stream: its columns and the version."""
    return bytes(schema.with_metadata({_VERSION_KEY: version}).serialize().to_pybytes())


def _read_layer(blob: bytes) -> tuple[HeadSelection, ...]:
    try:
        with pa.ipc.open_stream(blob) as reader:
            version = (reader.schema.metadata or {}).get(_VERSION_KEY)
            if version == columns.VERSION and reader.schema.equals(codec.SCHEMA):
                return codec.from_batches(_validated(reader))
            if version == trace_plain.VERSION and reader.schema.equals(trace_plain.SCHEMA):
                return trace_plain.from_batches(_validated(reader))
            raise TraceError("the blob is no selection trace of this version")
    # ValueError: names or metadata that are not UTF-8.
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TraceError(f"the selection blob cannot be read: {error}") from error


def _validated(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch.validate(full=True)
        yield batch
