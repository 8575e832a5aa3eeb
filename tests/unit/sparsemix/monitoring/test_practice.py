"""What was practised: what a model selects in its own data, and what it selects elsewhere and never there."""

from __future__ import annotations

from dataclasses import replace

from sparsemix import TokenSequence, read_bytes
from sparsemix.monitoring.drift.profile import MOST_SEQUENCES, training_profile_of
from tests.unit.sparsemix.monitoring.test_profile import MODEL


def of(*messages: str) -> TokenSequence:
    lines = [f"2026-03-02T10:00:{i:02d}Z INFO ST01 PLC {message}" for i, message in enumerate(messages)]
    return read_bytes(("\n".join(lines) + "\n").encode(), "x.log")


KNOWN = [of("pump on", "pump off", "valve shut", "login ok"), of("valve shut", "pump on", "login ok", "pump off")]


def test_the_sequences_that_were_run_are_counted() -> None:
    practised = training_profile_of(MODEL, KNOWN)
    assert practised is not None
    assert practised.runs == 2


def test_of_many_sequences_only_some_are_run_evenly_chosen() -> None:
    practised = training_profile_of(MODEL, KNOWN * 100)
    assert practised is not None
    assert practised.runs <= MOST_SEQUENCES
    assert practised.runs > MOST_SEQUENCES // 2


def test_without_sequences_or_a_selection_there_is_nothing() -> None:
    assert training_profile_of(MODEL, []) is None
    before = MODEL.network.config
    try:
        MODEL.network.config = replace(before, attention="softmax")
        assert training_profile_of(MODEL, KNOWN) is None
    finally:
        MODEL.network.config = before
