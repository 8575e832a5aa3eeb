"""SelectionTrace: which pairs every layer and head selected, and how sure the search was.

Per layer and head the pairs are CSR arrays (``head_selection``). A layer is written as one Arrow IPC stream, a record batch per
head: compactly when its heads lie on the grid, as those of every run do (``grid``), else as plain, exact columns (``codec``).
The same trace gives the same bytes, so a blob's SHA-256 identifies the selection.

A trace can lie outside the process's own memory (``mapped``): its columns are in a file without a name, mapped into memory. The
system keeps the parts that are in use in memory and takes back the others, without writing them anywhere, so a server can hold
more traces ready than fit. The file has no name from the moment it is made: nobody can change columns that were checked when
they were read, and the file is gone with the last column.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.trace import codec, columns
from sparsemix.trace.head_selection import HeadSelection, Route

__all__ = ["HeadSelection", "Route", "SelectionTrace", "blob_sha256", "mapped", "schema_message"]

_VERSION_KEY = b"sparsemix_trace"
_ALIGNED = 64  # bytes: alignment of arrays for vector registers


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
        """Yield (layer, head, selection) in order."""
        for layer, heads in enumerate(self.heads):
            for index, head in enumerate(heads):
                yield layer, index, head

    @property
    def length(self) -> int:
        """Return the number of events N."""
        return self.heads[0][0].length

    def pair_count(self, layer: int) -> int:
        """Return the number of pairs of all heads of a layer."""
        return sum(len(head.key_index) for head in self.heads[layer])

    def certified_share(self, layer: int) -> float:
        """Return the share of a layer's (head, query) whose search proved that it missed no pair."""
        return float(np.mean([head.certified.mean() for head in self.heads[layer]]))

    def selected_per_query(self) -> float:
        """Return the mean number of pairs per query and head."""
        return float(np.mean([len(head.key_index) / head.length for _, _, head in self]))

    def layer_blob(self, layer: int) -> bytes:
        """Return one layer as an Arrow IPC stream; its ``blob_sha256`` identifies the selection."""
        heads = self.heads[layer]
        compact = [codec.compact_batch(head) for head in heads] if columns.fits(heads) else [None]
        if None not in compact:
            # The columns are zstd frames already.
            return _stream(columns.VERSION, compact, pa.ipc.IpcWriteOptions())
        plain = [codec.plain_batch(index, head) for index, head in enumerate(heads)]
        return _stream(codec.PLAIN_VERSION, plain, codec.PLAIN_OPTIONS)

    @classmethod
    def from_blobs(cls, blobs: list[bytes]) -> SelectionTrace:
        """Read what ``layer_blob`` wrote, layer by layer. Raises `TraceError` for anything else."""
        return cls(tuple(_read_layer(blob) for blob in blobs))


def blob_sha256(blob: bytes) -> str:
    """Return the SHA-256 of a blob, in hex."""
    return sha256(blob).hexdigest()


def _stream(version: bytes, batches: Sequence[pa.RecordBatch], options: pa.ipc.IpcWriteOptions) -> bytes:
    schema = batches[0].schema.with_metadata({_VERSION_KEY: version})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def schema_message(schema: pa.Schema, version: bytes) -> bytes:
    """Return the first message of a layer's stream: its columns and the version."""
    return bytes(schema.with_metadata({_VERSION_KEY: version}).serialize().to_pybytes())


def _read_layer(blob: bytes) -> tuple[HeadSelection, ...]:
    try:
        with pa.ipc.open_stream(blob) as reader:
            version = (reader.schema.metadata or {}).get(_VERSION_KEY)
            if version == columns.VERSION and reader.schema.equals(codec.COMPACT_SCHEMA):
                return codec.heads_of_compact(_validated(reader))
            if version == codec.PLAIN_VERSION and reader.schema.equals(codec.PLAIN_SCHEMA):
                return tuple(map(codec.plain_head, _validated(reader)))
            raise TraceError("the blob is no selection trace of this version")
    # ValueError: names or metadata that are not UTF-8.
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TraceError(f"the selection blob cannot be read: {error}") from error


def _validated(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch.validate(full=True)
        yield batch


def mapped(trace: SelectionTrace, folder: Path | None = None) -> SelectionTrace:
    """Return the trace with its columns in an unnamed file in ``folder`` (by default the system's folder for temporary files).

    Writes to a column stay in this process (a private mapping). Raises `OSError` when the disk is full.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        starts = [_written(file, head) for _, _, head in trace]
        file.truncate(-(-max(file.tell(), 1) // _ALIGNED) * _ALIGNED)
        file.flush()
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    flat = [replace(head, **_columns(memory, head, start)) for (_, _, head), start in zip(trace, starts, strict=True)]
    ends = np.cumsum([len(heads) for heads in trace.heads]).tolist()
    return SelectionTrace(tuple(tuple(flat[end - len(heads) : end]) for end, heads in zip(ends, trace.heads, strict=True)))


def _written(file: Any, head: HeadSelection) -> list[int]:
    """Write a head's columns, and return where each begins."""
    starts = []
    for field in fields(head):
        file.seek(-(-file.tell() // _ALIGNED) * _ALIGNED)
        starts.append(file.tell())
        file.write(np.ascontiguousarray(getattr(head, field.name)).data)
    return starts


def _columns(memory: mmap.mmap, head: HeadSelection, starts: list[int]) -> dict[str, NDArray[Any]]:
    views = {}
    for field, start in zip(fields(head), starts, strict=True):
        column = getattr(head, field.name)
        views[field.name] = np.frombuffer(memory, column.dtype, len(column), start) if len(column) else column
    return views
