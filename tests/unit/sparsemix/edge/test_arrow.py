"""Layers written by hand: read by the reader of traces, the same bytes as Arrow's where frames are the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import SelectionTrace, TraceError
from sparsemix.edge import runtime
from sparsemix.edge.runtime import frame, layer_blob
from sparsemix.trace import codec, columns
from sparsemix.trace.selection_trace import schema_message
from tests.support.properties import examples
from tests.unit.sparsemix.trace.test_trace import head
from tests.unit.sparsemix.trace.test_trace_grid import entmax_head, quantised, same

SCHEMA = schema_message(codec.COMPACT_SCHEMA, columns.VERSION)
ZSTD = pa.Codec("zstd", compression_level=1)


@examples(100)
@given(st.integers(1, 80), st.integers(0, 10_000), st.integers(0, 20), st.integers(1, 3))
def test_a_layer_comes_back_bit_for_bit(n: int, seed: int, pairs: int, heads: int) -> None:
    made = tuple(quantised(entmax_head(n, seed + at, pairs)) for at in range(heads))
    (restored,) = SelectionTrace.from_blobs([layer_blob(made, SCHEMA)]).heads
    assert all(same(one, other) for one, other in zip(made, restored, strict=True))


@examples(100)
@given(st.integers(1, 80), st.integers(0, 10_000), st.integers(0, 20))
def test_with_the_same_frames_the_bytes_are_those_of_arrow(n: int, seed: int, pairs: int) -> None:
    made = tuple(quantised(entmax_head(n, seed + at, pairs)) for at in range(2))
    blob = layer_blob(made, SCHEMA, lambda plane: ZSTD.compress(plane, asbytes=True))
    assert blob == SelectionTrace((made,)).layer_blob(0)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 65_791, 65_792, 65_793, 2**17, 2**17 + 1, 2**18, 300_000])
def test_frames_are_zstd(size: int) -> None:
    noise = np.random.default_rng(size).integers(0, 256, size).astype(np.uint8)
    half = noise.copy()
    half[: size // 2] = 7
    for data in (noise, half, np.full(size, 5, np.uint8)):
        assert ZSTD.decompress(frame(data), size, asbytes=True) == data.tobytes()
    assert len(frame(np.full(size, 5, np.uint8))) <= 9 + 4 * (1 + size // 2**17)


def test_what_no_reader_would_take_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TraceError, match="grid"):
        layer_blob([head(9, 1)], SCHEMA)
    made = quantised(entmax_head(40, 3))
    monkeypatch.setattr(columns, "MAX_LENGTH", 39)
    with pytest.raises(TraceError, match="too large"):
        layer_blob([made], SCHEMA)


def test_the_schema_is_what_a_stream_begins_with() -> None:
    blob = SelectionTrace(((quantised(entmax_head(4, 1)),),)).layer_blob(0)
    assert blob.startswith(SCHEMA)
    assert blob.endswith(runtime._END)
