"""Replay: the same bits from stored input and weights, and an account of what differs when they do not come."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from audit import AuditStore, BlobRef, NotFound, new_id
from dashboard.service.decide import replay
from dashboard.service.decide.pipeline import analyse
from dashboard.service.decide.replay import account, replay_bits
from sparsemix import RunCancelled, SelectionTrace, SparseMixModel, read_bytes
from sparsemix.trace.selection_trace import blob_sha256
from tests.support.audit.team import add
from tests.support.dashboard.fixtures import LOG, build_model


def record(store: AuditStore, model: SparseMixModel) -> str:
    return analyse(LOG, "line.log", model=model, access=store.single_user("test"))


def forged(store: AuditStore, model: SparseMixModel, **changes: object) -> str:
    """Record a decision as another machine might have recorded it."""
    old = store.decision(record(store, model))
    new = replace(old, id=new_id(), **changes)  # type: ignore[arg-type]
    add(store, new, {})
    return new.id


def test_replay_is_bit_identical(store: AuditStore, model: SparseMixModel) -> None:
    found = replay_bits(store, record(store, model), model=model)
    assert found.identical
    assert found.weights == "loaded"
    assert not found.surroundings
    assert "identical" in account(found)


def test_a_replay_can_be_stopped_while_the_file_is_read(store: AuditStore, model: SparseMixModel) -> None:
    id, told = record(store, model), list[str]()

    def stop(_share: float, stage: str) -> None:
        told.append(stage)
        if len(told) > 1:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        replay_bits(store, id, model=model, progress=stop)
    assert told == ["read", "read"]


def test_stored_weights_replay_after_the_model_has_changed(store: AuditStore, model: SparseMixModel) -> None:
    id = record(store, model)
    for present in (build_model(event_threshold=0.9), None):
        found = replay_bits(store, id, model=present)
        assert found.identical
        assert found.weights == "record"


def test_without_stored_weights_the_given_ones_are_used_and_compared(store: AuditStore, model: SparseMixModel) -> None:
    id = forged(store, model, weights_blob=None)
    with pytest.raises(NotFound, match="--weights"):
        replay_bits(store, id)
    other = replay_bits(store, id, model=build_model(event_threshold=0.9))
    assert not other.same_weights
    assert not other.identical
    assert "not comparable" in account(other)


def test_another_output_is_told(store: AuditStore, model: SparseMixModel) -> None:
    found = replay_bits(store, forged(store, model, score=0.25, label="odd"), model=model)
    assert not found.identical
    assert all(layer.same for layer in found.layers)
    assert "recorded odd 0.25" in account(found)


def test_another_selection_is_told_by_layer_and_pairs(store: AuditStore, model: SparseMixModel) -> None:
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    head = run.trace.heads[0][0]
    fewer = replace(
        head,
        query_ptr=np.minimum(head.query_ptr, len(head.key_index) - 1),
        **{name: getattr(head, name)[:-1] for name in ("key_index", "weight", "logit", "route")},
    )
    trace = SelectionTrace(((fewer, *run.trace.heads[0][1:]), *run.trace.heads[1:]))
    blobs = [trace.layer_blob(layer) for layer in range(2)]
    old = store.decision(record(store, model))
    refs = tuple(BlobRef(i, blob_sha256(blob), trace.pair_count(i), 1.0) for i, blob in enumerate(blobs))
    new = replace(old, id=new_id(), selections=refs)
    add(store, new, {blob_sha256(blobs[0]): blobs[0]})
    found = replay_bits(store, new.id, model=model)
    assert [(layer.same, layer.only_recorded, layer.only_replayed) for layer in found.layers] == [(False, 0, 1), (True, 0, 0)]
    assert "layer 1 differs: 0 pairs only in the record, 1 only now" in account(found)


def test_other_surroundings_are_told_but_are_no_difference(store: AuditStore, model: SparseMixModel) -> None:
    runtime = {"torch": "0.1", "abacus": "7"}
    found = replay_bits(store, forged(store, model, runtime=runtime), model=model)
    assert found.identical
    assert found.surroundings["torch"][0] == "0.1"
    assert found.surroundings["abacus"] == ("7", "–")


@pytest.mark.deep
def test_the_command(store: AuditStore, model: SparseMixModel, capsys: pytest.CaptureFixture[str]) -> None:
    id = record(store, model)
    place = str(store.database.path)
    assert replay.main([id, "--db", place, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["identical"] is True
    assert told["weights"] == "record"
    assert replay.main([forged(store, model, score=0.5), "--db", place]) == 1
    assert "the output differs" in capsys.readouterr().out
    assert replay.main(["0" * 32, "--db", place]) == 2
    assert "error" in capsys.readouterr().err
