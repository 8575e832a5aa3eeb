"""Windows of a log that keep their events have the bits of windows judged alone, whatever they have in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import SparseMixModel
from sparsemix.encoding import encoder
from sparsemix.encoding.sequence import Event
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.kept_events import KeptEvents
from tests.support.properties import examples
from tests.support.sparsemix.small_models import plant_sequence, small_model

LOG = plant_sequence(700)
_MODEL = small_model()
MODEL = SparseMixModel(_MODEL.network, encoder.vocabulary_of([event.message for event in LOG.events]), _MODEL.neutral)
LINES = ("pump on", "valve 3 open at 2.5 bar", "---", "pump off", "valve 3 open at 2.7 bar, torque 12 Nm")


def windows(log: tuple[Event, ...], places: list[tuple[int, int]]) -> None:
    """Compare every window, some events of a log, with itself alone."""
    kept = KeptEvents()
    for start, length in places:
        events = log[start : start + length]
        (x, known), (alone, share) = MODEL.embed_known(events, kept=kept), MODEL.embed_known(events)
        assert torch.equal(x, alone)
        assert known == share


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("shift", [0, 1, 7, 60, 99, 100, 150, 300, -30])
def test_a_window_has_the_bits_of_itself_alone(monkeypatch: pytest.MonkeyPatch, shift: int, several: bool) -> None:
    if several:
        monkeypatch.setattr(encoder, "_EVENTS", 16)
    first = max(-2 * shift, 0)
    windows(LOG.events, [(first, 100), (first + shift, 100), (first + 2 * shift, 100), (first + 2 * shift, 60)])


@examples(100)
@given(
    log=st.lists(st.tuples(st.sampled_from(LINES), st.none() | st.integers(0, 3)), min_size=1, max_size=60),
    places=st.lists(st.tuples(st.integers(0, 59), st.integers(1, 60)), min_size=2, max_size=5),
    first=st.sampled_from([1, 4, 64]),
    at_once=st.sampled_from([3, 16_384]),
)
def test_lines_that_repeat_and_lines_without_time_or_words(
    log: list[tuple[str, int | None]], places: list[tuple[int, int]], first: int, at_once: int
) -> None:
    events = tuple(
        Event(text, text, None if time is None else float(10 * number + time), None, None, number + 1)
        for number, (text, time) in enumerate(log)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "_FIRST", first)
        patch.setattr(encoder, "_EVENTS", at_once)
        windows(events, [(start % len(events), length) for start, length in places])


def test_decision_and_trace_are_those_of_the_window_alone() -> None:
    kept = KeptEvents()
    for start in (0, 20, 37, 37, 300):
        sequence = replace(LOG, events=LOG.events[start : start + 100])
        alone, run = (run_or_fall_back(MODEL, sequence, kept=one).run for one in (None, kept))
        assert run.decision.weights_sha256 == MODEL.weights_sha256
        assert run.decision.event_probability.tobytes() == alone.decision.event_probability.tobytes()
        assert run.decision.sequence_probability == alone.decision.sequence_probability
        assert [run.trace.layer_blob(layer) for layer in range(2)] == [alone.trace.layer_blob(layer) for layer in range(2)]
        assert run.decision.known_share == alone.decision.known_share


def test_only_new_events_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, read = KeptEvents(), list[int]()
    MODEL.embed_known(LOG.events[:300], kept=kept)
    monkeypatch.setattr(encoder, "_FIRST", 8)
    tokens = encoder.tokens_of
    monkeypatch.setattr(encoder, "tokens_of", lambda messages: read.append(len(messages)) or tokens(messages))
    x, _ = MODEL.embed_known(LOG.events[50:350], kept=kept)
    assert sorted(read) == [1, 8, 50]
    assert np.isfinite(x.numpy()).all()
