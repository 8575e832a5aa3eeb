"""What was practised: what a model selects in its own data, and what it selects elsewhere and never there."""

from __future__ import annotations

from dataclasses import replace

from sparsemix import TokenSequence, read_bytes
from sparsemix.monitoring.drift import profile_of
from sparsemix.monitoring.drift.profile import MOST_SEQUENCES, new_kinds, training_profile_of
from tests.unit.sparsemix.monitoring.test_profile import MODEL


def of(*messages: str) -> TokenSequence:
    lines = [f"2026-03-02T10:00:{i:02d}Z INFO ST01 PLC {message}" for i, message in enumerate(messages)]
    return read_bytes(("\n".join(lines) + "\n").encode(), "x.log")


KNOWN = [of("pump on", "pump off", "valve shut", "login ok"), of("valve shut", "pump on", "login ok", "pump off")]


def test_nothing_that_was_practised_is_called_new() -> None:
    practised = training_profile_of(MODEL, KNOWN)
    assert practised is not None
    assert practised.runs == 2
    assert new_kinds(practised, [profile_of(one, MODEL.run_with_trace(one)) for one in KNOWN]) == []


def test_new_messages_give_kinds_that_were_never_practised() -> None:
    practised = training_profile_of(MODEL, KNOWN)
    assert practised is not None
    other = of("door open", "belt torn", "belt torn", "door open")
    profile = profile_of(other, MODEL.run_with_trace(other))
    found = new_kinds(practised, [profile, profile])
    assert {(one.effect, one.cause) for one in found} == {(kind.effect, kind.cause) for kind in profile.named}
    assert {one.profiles for one in found} == {2}
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)


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
