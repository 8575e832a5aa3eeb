"""From bytes to a recorded decision and back, on both stores."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from audit import AuditStore, Gate, MemoryStore, NotFound, Tampered, open_store
from dashboard import policy
from dashboard.pipeline import analyse, display_name, load, load_evidence, replay_bits
from sparsemix import InputError, RunCancelled, SelectionTrace, SparseMixModel, read_bytes
from tests.dashboard.conftest import LOG, build_model


def record(store: AuditStore, model: SparseMixModel, data: bytes = LOG, name: str = "line.log") -> str:
    return analyse(data, name, model=model, store=store, caller="test")


def test_decision_is_recorded_with_input_and_one_blob_a_layer(store: AuditStore, model: SparseMixModel) -> None:
    id = record(store, model)
    decision = store.decision(id)
    assert store.blob(decision.input_sha256) == LOG
    assert decision.input_sha256 == sha256(LOG).hexdigest()
    assert [s.layer for s in decision.selections] == [0, 1]
    assert decision.weights_sha256 == model.weights_sha256
    assert decision.event_count == 24
    assert decision.deterministic
    assert decision.code_revision.startswith("sparsemix ")
    assert "torch" in decision.runtime
    assert decision.started_at <= decision.ended_at
    assert store.verify().ok


def test_loading_gives_the_run_that_was_recorded(store: AuditStore, model: SparseMixModel) -> None:
    loaded = load(store, record(store, model))
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    assert [loaded.trace.layer_blob(i) for i in (0, 1)] == [run.trace.layer_blob(i) for i in (0, 1)]
    assert loaded.sequence.sha256 == run.decision.input_sha256
    assert loaded.summary.decision.score == run.decision.sequence_probability


def test_details_name_the_flagged_events(store: AuditStore, model: SparseMixModel) -> None:
    details = store.decision(record(store, model)).details
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    assert details["flagged_count"] == len(run.decision.flagged)
    assert [row[0] for row in details["flagged"]] == run.decision.flagged.tolist()  # type: ignore[attr-defined]
    assert len(details["highest"]) == 5  # type: ignore[arg-type]
    assert details["hold_reasons"]


def test_two_runs_of_the_same_file_share_blobs_but_are_two_decisions(store: AuditStore, model: SparseMixModel) -> None:
    first, second = record(store, model), record(store, model)
    assert first != second
    assert store.decision(first).selections == store.decision(second).selections


def test_unknown_decision(store: AuditStore) -> None:
    with pytest.raises(NotFound):
        load(store, "0" * 32)


def test_bad_input_stores_nothing(store: AuditStore, model: SparseMixModel) -> None:
    with pytest.raises(InputError):
        record(store, model, b"\x00\x01")
    assert store.head().size == 0


@pytest.mark.parametrize("stage", ["read", "encode", "layer 1", "layer 2", "done", "store"])
def test_cancelled_run_stores_nothing(store: AuditStore, model: SparseMixModel, stage: str) -> None:
    def stop(_share: float, now: str) -> None:
        if now == stage:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        analyse(LOG, "line.log", model=model, store=store, caller="test", progress=stop)
    assert store.head().size == 0
    with pytest.raises(NotFound):
        store.blob(sha256(LOG).hexdigest())


def test_progress_rises_from_nothing_to_nearly_all(store: AuditStore, model: SparseMixModel) -> None:
    shares: list[float] = []
    analyse(LOG, "x.log", model=model, store=store, caller="t", progress=lambda share, _stage: shares.append(share))
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.98 <= shares[-1] <= 1.0


def test_replay_is_bit_identical(store: AuditStore, model: SparseMixModel) -> None:
    assert replay_bits(store, record(store, model), model=model).identical


def test_replay_by_another_model_says_so(store: AuditStore, model: SparseMixModel) -> None:
    other = build_model(event_threshold=0.9)
    result = replay_bits(store, record(store, model), model=other)
    assert not result.same_model
    assert not result.identical


class Swapped:
    """A store whose blobs were exchanged behind its back."""

    def __init__(self, store: AuditStore, blobs: dict[str, bytes]) -> None:
        self._store, self._blobs = store, blobs

    def blob(self, sha256: str) -> bytes:
        return self._blobs.get(sha256) or self._store.blob(sha256)


def test_stored_evidence_that_changed_is_refused(model: SparseMixModel) -> None:
    store = MemoryStore()
    decision = store.decision(record(store, model))
    other = SelectionTrace(model.run_with_trace(read_bytes(LOG + LOG, "x.log")).trace.heads)
    cases = [
        {decision.input_sha256: LOG.replace(b"step 3", b"step 4")},
        {decision.selections[0].sha256: b"nonsense"},
        {s.sha256: other.layer_blob(s.layer) for s in decision.selections},
    ]
    for blobs in cases:
        with pytest.raises(Tampered):
            load_evidence(Swapped(store, blobs), decision)  # type: ignore[arg-type]


def test_record_survives_a_restart(model: SparseMixModel, tmp_path: Path) -> None:
    id = record(open_store(tmp_path / "audit.db"), model)
    assert load(open_store(tmp_path / "audit.db"), id).summary.decision.id == id


def test_name_settles_the_reader_when_loading_too(store: AuditStore, model: SparseMixModel) -> None:
    table = b"a\n1\n2\n3\n"
    loaded = load(store, record(store, model, table, "dir/one column.csv"))
    assert loaded.sequence.source_format == "csv"
    assert loaded.summary.decision.input_name == "one column.csv"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\a.log", "a.log"),
        ("a\0b\n.log", "a_b_.log"),
        ("", "unnamed"),
        ("<b>=1.csv", "<b>=1.csv"),
    ],
)
def test_display_name(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_long_name_keeps_its_extension() -> None:
    shown = display_name("x" * 5000 + ".csv.gz")
    assert len(shown) <= 200
    assert shown.endswith(".csv.gz")


def test_policy_holds_for_every_reason_and_draws_a_tenth_of_the_rest(model: SparseMixModel) -> None:
    run = model.run_with_trace(read_bytes(LOG, "x.log"))
    calm = replace(run.decision, label="normal", sequence_probability=0.01, known_share=1.0)
    hashes = [sha256(bytes([a, b])).hexdigest() for a in range(40) for b in range(50)]
    routes = [policy.route(calm, run.trace, h) for h in hashes]
    assert {r.gate for r in routes} == {Gate.RELEASED}
    assert {r.inclusion_probability for r in routes} == {0.1}
    assert 140 <= sum(r.route == "random_control" for r in routes) <= 260
    uncertified = SelectionTrace(
        (tuple(replace(h, certified=np.zeros(h.length, bool)) for h in run.trace.heads[0]), *run.trace.heads[1:])
    )
    cases = [
        (replace(calm, label="fault"), run.trace, "fault"),
        (replace(calm, known_share=0.2), run.trace, "unfamiliar_input"),
        (calm, uncertified, "uncertified"),
        (replace(calm, sequence_probability=0.35), run.trace, "low_confidence"),
    ]
    for decision, trace, expected in cases:
        routing = policy.route(decision, trace, hashes[0])
        assert (routing.gate, routing.route, routing.inclusion_probability) == (Gate.HELD, expected, 1.0)
    everything = policy.route(run.decision, uncertified, hashes[0])
    assert "uncertified" in everything.reasons
    assert everything.route == everything.reasons[0]


def test_policy_text_states_its_numbers(model: SparseMixModel) -> None:
    text = policy.text(model.run_with_trace(read_bytes(LOG, "x.log")).decision)
    assert "0.50" in text
    assert "90%" in text
    assert "10%" in text
