"""The compact form of a trace: lossless, the same bytes, small, and safe to read when damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import SelectionTrace, TraceError
from sparsemix.trace import codec, columns
from sparsemix.trace.head_selection import HeadSelection, Route
from tests.support.properties import examples
from tests.unit.sparsemix.trace.test_trace import head
from tests.unit.sparsemix.trace.test_trace_grid import entmax_head, quantised, same

METADATA = {b"sparsemix_trace": b"2"}


def layer(*heads: HeadSelection) -> bytes:
    return SelectionTrace((heads,)).layer_blob(0)


def version(blob: bytes) -> bytes:
    return pa.ipc.open_stream(blob).schema.metadata[b"sparsemix_trace"]


def rewritten(blob: bytes, change: Callable[[dict[str, Any]], object], schema: pa.Schema = codec.COMPACT_SCHEMA) -> bytes:
    """Return the blob with the row of its first head changed."""
    rows = [batch.to_pylist()[0] for batch in pa.ipc.open_stream(blob)]
    change(rows[0])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema.with_metadata(METADATA)) as writer:
        for row in rows:
            writer.write_batch(pa.RecordBatch.from_pylist([row], schema=schema))
    return sink.getvalue().to_pybytes()


def plane(*values: int) -> bytes:
    return pa.Codec("zstd").compress(bytes(values), asbytes=True)


@examples(150)
@given(st.integers(1, 80), st.integers(0, 10_000), st.integers(0, 20), st.sampled_from([None, 1, 3, 40]))
def test_heads_on_the_grid_come_back_bit_for_bit(n: int, seed: int, pairs: int, spread: int | None) -> None:
    heads = tuple(quantised(entmax_head(n, seed + i, pairs, spread)) for i in range(2))
    blob = layer(*heads)
    assert version(blob) == b"2"
    (restored,) = SelectionTrace.from_blobs([blob]).heads
    assert all(same(one, other) for one, other in zip(heads, restored, strict=True))
    assert layer(*restored) == blob


@examples(40)
@given(st.integers(2, 30), st.integers(0, 1_000))
def test_keys_in_any_order_and_twice_come_back(n: int, seed: int) -> None:
    rng, base = np.random.default_rng(seed), entmax_head(n, seed, 6)
    shuffled = rng.integers(0, n, len(base.key_index)).astype(np.int32)
    one = quantised(replace(base, key_index=shuffled, route=np.zeros(len(shuffled), np.uint8)))
    blob = layer(one)
    assert version(blob) == b"2"
    assert same(one, SelectionTrace.from_blobs([blob]).heads[0][0])


def test_keys_at_both_ends_of_a_long_sequence_come_back() -> None:
    n = 300_000
    counts = np.zeros(n, np.int64)
    counts[[0, n - 1]] = 1_000
    key = np.concatenate([np.arange(n - 1_000, n), np.arange(1_000)]).astype(np.int32)
    pointer = np.concatenate([[0], np.cumsum(counts)])
    one = quantised(
        HeadSelection(
            query_ptr=pointer,
            key_index=key,
            weight=np.full(2_000, 1e-3, np.float32),
            logit=np.zeros(2_000, np.float32),
            route=np.zeros(2_000, np.uint8),
            threshold=np.linspace(-4_000, 4_000, n, dtype=np.float32),
            anchor_weight=(counts == 0).astype(np.float32),
            certified=np.arange(n) % 3 > 0,
            near_ptr=pointer,
            near_index=key[::-1].copy(),
            near_logit=np.repeat(np.array([-8_000.5, 7_999.5], np.float32), 1_000),
        )
    )
    blob = layer(one)
    assert version(blob) == b"2"
    assert same(one, SelectionTrace.from_blobs([blob]).heads[0][0])


def test_a_sequence_of_one_event_that_selects_nothing_comes_back() -> None:
    one = quantised(replace(entmax_head(1, 0, 0), anchor_weight=np.ones(1, np.float32)))
    assert same(one, SelectionTrace.from_blobs([layer(one)]).heads[0][0])


def test_heads_off_the_grid_are_kept_exactly_in_the_plain_form() -> None:
    for odd in (head(9, 1), entmax_head(9, 1), replace(quantised(entmax_head(9, 1)), threshold=np.full(9, -0.0, np.float32))):
        blob = layer(quantised(entmax_head(9, 2)), odd)
        assert version(blob) == b"1"
        assert same(odd, SelectionTrace.from_blobs([blob]).heads[0][1])


def test_routes_that_do_not_follow_from_the_distance_are_kept() -> None:
    good = quantised(entmax_head(40, 3, 6))
    for route in (good.route ^ 1, np.full(len(good.route), Route.ANCHOR, np.uint8)):
        odd = replace(good, route=route)
        assert same(odd, SelectionTrace.from_blobs([layer(odd)]).heads[0][0])


def test_layers_too_large_to_be_read_back_are_written_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    one = quantised(entmax_head(40, 3))
    for name, limit in (("MAX_LENGTH", 39), ("MAX_NUMBERS", 2 * (40 + len(one.key_index) + len(one.near_index)) - 1)):
        with monkeypatch.context() as limited:
            compact = layer(one, one)
            limited.setattr(columns, name, limit)
            assert version(layer(one, one)) == b"1"
            with pytest.raises(TraceError, match="too large"):
                SelectionTrace.from_blobs([compact])


def test_long_traces_take_at_most_three_bytes_a_pair() -> None:
    # Random weights and keys, eight of the latter a query as in the first layer of a long log: harder than trained heads.
    heads = tuple(quantised(entmax_head(20_000, seed, 16, 50, anchored=0.001)) for seed in range(2))
    blob = layer(*heads)
    assert len(blob) <= 3 * sum(len(one.key_index) for one in heads)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(length=None),
        lambda row: row.update(length=7),
        lambda row: row.update(length=2**32 - 1),
        lambda row: row.update(local_window=None),
        lambda row: row.update(pairs=None),
        lambda row: row.update(pairs=[None]),
        lambda row: row.update(pairs=[]),
        lambda row: row.update(pairs=[plane(255, 255, 255)] * 4),
        lambda row: row.update(pairs=[plane(1, 1, 1)] * 5),
        lambda row: row.update(pairs=[b"no zstd frame"]),
        lambda row: row.update(rank=[plane(0, 16, 0)]),
        lambda row: row.update(rank=[plane(17, 16, 16)]),
        lambda row: row.update(distance=[plane(0, 0, 1)]),
        lambda row: row.update(distance=[plane(0, 0, 6)]),
        lambda row: row.update(code=[plane(0)]),
        lambda row: row.update(code=[plane(255)] * 2),
        lambda row: row.update(code_last=[plane(0, 255), plane(0, 255)]),
        lambda row: row.update(anchor=[plane(255, 255, 255)] * 2),
        lambda row: row.update(threshold=[plane(255, 255, 255)] * 4),
        lambda row: row.update(near_rank=[plane(16)]),
        lambda row: row.update(near_margin=[plane(1)]),
    ],
)
def test_numbers_that_cannot_be_are_refused(change: Callable[[dict[str, Any]], object]) -> None:
    good = quantised(
        HeadSelection(
            query_ptr=np.array([0, 1, 1, 3]),
            key_index=np.array([0, 0, 2], np.int32),
            weight=np.array([1.0, 0.64, 0.36], np.float32),
            logit=np.zeros(3, np.float32),
            route=np.array([1, 0, 1], np.uint8),
            threshold=np.array([0.5, 0.25, 0.5], np.float32),
            anchor_weight=np.array([0, 1, 0], np.float32),
            certified=np.array([True, False, True]),
            near_ptr=np.zeros(4, np.int64),
            near_index=np.zeros(0, np.int32),
            near_logit=np.zeros(0, np.float32),
        )
    )
    blob = layer(good)
    assert same(good, SelectionTrace.from_blobs([rewritten(blob, lambda _row: None)]).heads[0][0])
    with pytest.raises(TraceError):
        SelectionTrace.from_blobs([rewritten(blob, change)])


def test_another_schema_is_refused() -> None:
    blob = layer(quantised(entmax_head(5, 1)))
    other = codec.COMPACT_SCHEMA.set(0, pa.field("length", pa.int64()))
    with pytest.raises(TraceError, match="no selection trace"):
        SelectionTrace.from_blobs([rewritten(blob, lambda _row: None, other)])


BLOB = layer(*(quantised(entmax_head(12, seed)) for seed in range(2)))


@examples(400)
@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255), st.integers(0, len(BLOB)))
def test_a_damaged_blob_raises_only_trace_errors(position: int, change: int, cut: int) -> None:
    damaged = bytearray(BLOB)
    damaged[position] ^= change
    for data in (bytes(damaged), bytes(damaged[:cut])):
        try:
            SelectionTrace.from_blobs([data])
        except TraceError:
            continue
