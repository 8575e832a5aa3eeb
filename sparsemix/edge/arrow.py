"""A layer as an Arrow IPC stream, written as ``SelectionTrace.layer_blob`` does but without Arrow and without zstd.

The columns are those of ``trace.columns``, and their schema is fixed: record batches differ only in numbers at fixed positions.
Frames are zstd frames of raw and of repeated blocks. Every decoder accepts them, and they are about as long as their content.
Given the same frames, the bytes are those that pyarrow writes.

Sources: Arrow columnar format, "Encapsulated message format" and Message.fbs (version 5); RFC 8878, sections 3.1.1 and
3.1.1.2.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.trace.columns import columns_of, fits, planes
from sparsemix.trace.head_selection import HeadSelection

Pack = Callable[[NDArray[np.uint8]], bytes]

_CONTINUES = b"\xff\xff\xff\xff"
_END = _CONTINUES + bytes(4)
_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST_IN_BLOCK = 2**17
_RAW, _REPEATED = 0, 1
# Message and RecordBatch as flatbuffers lay them out: tables of offsets first, then what changes from batch to batch.
_MESSAGE = struct.Struct("<I4x6HIxBHIq")
_BATCH = struct.Struct("<2x5HIIIq4x")


def layer_blob(heads: Sequence[HeadSelection], schema: bytes, pack: Pack | None = None) -> bytes:
    """Return one layer's stream; ``schema``: the stream's first message, as pyarrow writes it; ``pack``: makes a zstd frame of
    bytes, by default of raw and repeated blocks.

    Raises ``TraceError`` when heads do not lie on the grid of a trace, or are too large to be read back.
    """
    if not fits(heads):
        raise TraceError("the selection is too large for a trace")
    return schema + b"".join(_batch(head, pack or frame) for head in heads) + _END


def frame(data: NDArray[np.uint8]) -> bytes:
    """Return a zstd frame of ``data`` in blocks of at most 128 KiB; a block of equal bytes is stored as one byte."""
    parts = [_MAGIC, _frame_header(len(data))]
    starts = range(0, max(len(data), 1), _MOST_IN_BLOCK)
    for start in starts:
        block = data[start : start + _MOST_IN_BLOCK]
        last = start == starts[-1]
        same = len(block) > 1 and bool((block == block[0]).all())
        header = int(last) | (_REPEATED if same else _RAW) << 1 | len(block) << 3
        parts += [header.to_bytes(3, "little"), (block[:1] if same else block).tobytes()]
    return b"".join(parts)


def _frame_header(size: int) -> bytes:
    """Return the header of a single segment without checksum, with the size of the content in 1, 2 or 4 bytes."""
    if size < 256:
        return bytes([0x20, size])
    if size < 65_536 + 256:
        return struct.pack("<BH", 0x60, size - 256)
    return struct.pack("<BI", 0xA0, size)


def _batch(head: HeadSelection, pack: Pack) -> bytes:
    """Return one record batch of one row."""
    row = columns_of(head)
    if row is None:
        raise TraceError("the selection does not lie on the grid of a trace")
    buffers: list[bytes] = [b"", struct.pack("<I", head.length), b"", struct.pack("<i", row.local_window)]
    nodes = [1, 1]
    for array in row.arrays.values():
        frames = [pack(plane) for plane in planes(array)]
        ends = np.cumsum([0, *map(len, frames)]).astype("<i4")
        buffers += [b"", struct.pack("<ii", 0, len(frames)), b"", ends.tobytes(), b"".join(frames)]
        nodes += [1, len(frames)]
    body, spans = bytearray(), []
    for buffer in buffers:
        spans.append((len(body), len(buffer)))
        body += buffer + bytes(-len(buffer) % 8)
    return _metadata(nodes, spans, len(body)) + bytes(body)


def _metadata(nodes: Sequence[int], spans: Sequence[tuple[int, int]], body: int) -> bytes:
    """Return the message before a body of ``body`` bytes; ``nodes``: the length of every array, none of which has nulls;
    ``spans``: place and length of every buffer."""
    message = _MESSAGE.pack(20, 12, 22, 6, 5, 8, 12, 12, 3, 4, 24, body)
    batch = _BATCH.pack(10, 24, 12, 4, 8, 10, 16 * len(spans) + 28, 16, 1)
    vectors = struct.pack("<I", len(spans)) + b"".join(struct.pack("<qq", *span) for span in spans)
    vectors += struct.pack("<4xI", len(nodes)) + b"".join(struct.pack("<qq", length, 0) for length in nodes)
    metadata = message + batch + vectors
    return _CONTINUES + struct.pack("<i", len(metadata)) + metadata
