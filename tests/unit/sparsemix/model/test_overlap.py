"""What windows have in common is computed once, and the run is the same to the last bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sample_data import PlantConfig, generate
from sparsemix import SparseMixConfig, SparseMixModel, TokenSequence, read_bytes
from sparsemix.encoding.encoder import PLAIN, EventReading, encode, known_share
from sparsemix.encoding.hashing import Feature, hashed, hashed_apart
from sparsemix.encoding.scales import fit
from sparsemix.model.network import Network
from sparsemix.model.overlap import Overlap, Recent
from sparsemix.readers import Limits, ReadOptions, read_file
from tests.support.properties import examples
from tests.support.sparsemix.matched_models import MATCHED, matched_model, matched_sequence
from tests.unit.sparsemix.encoding.test_hashing import FEATURES

TRACES = b"2026-03-02T10:00:00Z ERROR ST01 PLC stopped\n\tat pump\n\tat valve\n2026-03-02T10:00:01Z INFO ST01 x=1\n"
YEARLESS = b"Dec 31 23:59:59 host app: last\nJan  1 00:00:01 host app: first\nno stamp at all\n\n"


def windows() -> list[bytes]:
    lines = [line.encode() + b"\n" for line in generate(PlantConfig(events=400, language="mixed"), 5).lines]
    sliding = [b"".join(lines[start : start + 150]) for start in range(0, 250, 40)]
    return [*sliding, TRACES * 3, sliding[2], YEARLESS * 2 + TRACES, sliding[2] + TRACES]


def read(data: bytes, overlap: Overlap | None = None) -> TokenSequence:
    parse = [] if overlap is None else [overlap.parse]
    return read_file(data, "line4.log", Limits(), ReadOptions(), *parse).sequence


@pytest.mark.parametrize("reading", [PLAIN, EventReading(context=3), EventReading(in_order=True)])
def test_reading_encoding_and_known_words_are_those_of_each_window_alone(reading: EventReading) -> None:
    overlap, vocabulary = Overlap(), np.array([1], np.uint32)
    for data in windows():
        alone, remembered = read(data), read(data, overlap)
        assert remembered == alone
        ours, theirs = overlap.encode(remembered.events, 64, reading), encode(alone.events, 64, reading)
        assert np.array_equal(ours.pointer, theirs.pointer)
        assert np.array_equal(ours.bucket, theirs.bucket)
        assert np.array_equal(ours.value.view(np.uint32), theirs.value.view(np.uint32))
        assert overlap.known_share(remembered.events, vocabulary) == known_share(alone.events, vocabulary)
        overlap.turn()


def test_runs_are_the_same_to_the_bit() -> None:
    config = SparseMixConfig(features=64, d_model=8, heads=2, d_head=4, d_ff=8)
    model, overlap = SparseMixModel(Network(config), np.array([1], np.uint32), torch.ones(8)), Overlap()
    for data in windows():
        alone, remembered = model.run_with_trace(read(data)), model.run_with_trace(read(data, overlap), overlap=overlap)
        overlap.turn()
        assert np.array_equal(alone.decision.event_probability, remembered.decision.event_probability)
        assert alone.decision.sequence_probability == remembered.decision.sequence_probability
        assert alone.decision.known_share == remembered.decision.known_share
        for layer in range(config.layers):
            assert alone.trace.layer_blob(layer) == remembered.trace.layer_blob(layer)


def matched_windows() -> list[bytes]:
    lines = [event.text.encode() + b"\n" for event in matched_sequence(300).events]
    return [*(b"".join(lines[start : start + 120]) for start in range(0, 180, 40)), windows()[0]]


def test_identifiers_are_those_of_each_window_alone() -> None:
    overlap, reading = Overlap(), MATCHED.judge.reading
    for data in matched_windows():
        ours, theirs = (where(read(data).events, 256, reading) for where in (overlap.encode, encode))
        for name in ("pointer", "bucket", "value"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
        assert ours.entities is not None and theirs.entities is not None
        for name in ("event", "code", "type", "nearest", "order", "pointer"):
            assert np.array_equal(getattr(ours.entities, name), getattr(theirs.entities, name)), name
        overlap.turn()


def test_runs_that_match_identifiers_are_the_same_to_the_bit() -> None:
    model, overlap = matched_model(), Overlap()
    for data in matched_windows():
        alone, remembered = model.run_with_trace(read(data)), model.run_with_trace(read(data, overlap), overlap=overlap)
        overlap.turn()
        assert np.array_equal(alone.decision.event_probability, remembered.decision.event_probability)
        for layer in range(model.config.layers):
            assert alone.trace.layer_blob(layer) == remembered.trace.layer_blob(layer)


def test_tables_with_scales_are_encoded_as_ever() -> None:
    table = b"time,pressure\n" + b"".join(b"2026-03-02T10:00:%02d,%d.5\n" % (second, second % 7) for second in range(40))
    events = read_bytes(table, "press.csv").events
    values = np.arange(40.0)[:, None] % 7 + 0.5
    reading = EventReading(scales=fit(["pressure"], [values]))
    assert np.array_equal(Overlap().encode(events, 64, reading).value, encode(events, 64, reading).value)


@examples(200)
@given(st.lists(FEATURES, min_size=1, max_size=6), st.sampled_from([1, 2, 7, 64]))
def test_rows_by_themselves_are_those_among_others_where_one_is_out_of_order(
    rows: Sequence[list[Feature]], features: int
) -> None:
    apart, out_of_order = hashed_apart(rows, features)
    together = hashed(rows, features)
    if out_of_order.any():
        assert np.array_equal(apart.pointer, together.pointer)
        assert np.array_equal(apart.bucket, together.bucket)
        assert np.array_equal(apart.value.view(np.uint32), together.value.view(np.uint32))
    one_by_one = [hashed_apart([row], features)[0].value.view(np.uint32) for row in rows]
    assert np.array_equal(np.concatenate(one_by_one), apart.value.view(np.uint32))


def test_only_what_the_last_two_windows_used_is_remembered() -> None:
    recent: Recent[str, int] = Recent()
    recent["a"] = 1
    recent.turn()
    assert (recent.get("a"), recent.get("b"), len(recent)) == (1, None, 1)
    recent.turn()
    recent.turn()
    assert (recent.get("a"), len(recent)) == (None, 0)
    overlap = Overlap()
    for data in windows():
        read(data, overlap)
        overlap.turn()
    assert overlap.lines <= 150 + 150
