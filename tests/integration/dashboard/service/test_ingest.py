"""Decisions of an edge runtime in the record: checked, recorded once, and what does not fit left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit import Access, AuditStore, open_store
from dashboard.__main__ import main as dashboard
from dashboard.service.decide.pipeline import analyse, load
from dashboard.service.decide.replay import replay_bits
from dashboard.service.edge_intake.ingest import IntakeResult, ingest, main
from sparsemix import SelectionTrace, SparseMixModel
from sparsemix.edge import folder
from sparsemix.edge.exporter import export, stored_as
from sparsemix.edge.runtime import WEIGHTS, Runtime
from sparsemix.errors import EdgeError
from sparsemix.readers import ReadOptions
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.sparsemix.matched_models import MATCHED, matched_model, matched_sequence


def decided(tmp_path: Path, model: SparseMixModel, logs: list[bytes], kind: str = "float32", out: str = "out") -> Path:
    """The decisions of a device on these logs."""
    export(model, tmp_path / "runtime", kind)
    runtime = Runtime(tmp_path / "runtime")
    for log in logs:
        with folder.writing(tmp_path / out) as chain:
            said, parts = runtime.decide(log, "line4-2026-11-25.log", ReadOptions(), None)
            folder.write(tmp_path / out, chain, said, parts)
    return tmp_path / out


def logs(number: int) -> list[bytes]:
    return [LOG + f"2026-03-02T10:05:{at:02d}+09:00 INFO ST01 PLC step {at}\n".encode() for at in range(number)]


def states(found: list[IntakeResult]) -> list[str]:
    return [taken.state for taken in found]


def forge(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], object]) -> Path:
    """The decision with something else in it, its hashes made to fit. Returns its folder."""
    kept = folder.read(path)
    said, parts = dict(json.loads(json.dumps(kept.content))), dict(kept.parts)
    change(said, parts)
    said["parts"] = {name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)} for name, data in parts.items()}
    shutil.rmtree(path)
    path.mkdir()
    for name, data in parts.items():
        (path / name).write_bytes(data)
    (path / folder.DECISION).write_text(json.dumps(said))
    return path


def shortened(value: object) -> object:
    """Return JSON with 12 digits of each number: layers that were kept are multiplied in other shapes than layers made again,
    and on some processors the last digit of an effect differs."""
    return json.loads(json.dumps(value), parse_float=lambda number: float(f"{float(number):.12g}"))


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_decisions_are_recorded_as_if_made_here(tmp_path: Path, model: SparseMixModel, access: Access, kind: str) -> None:
    place = decided(tmp_path, model, logs(2), kind)
    found = ingest(place, access, model)
    assert states(found) == ["recorded", "recorded"]
    assert not any(taken.problem for taken in found)
    store, full = access.store, stored_as(model, kind)
    here = store.decision(analyse(logs(1)[0], "line4-2026-11-25.log", model=full, access=access))
    edge = store.decision(str(found[0].id))
    for name in ("label", "score", "threshold", "weights_sha256", "config_sha256", "input_sha256", "sequence_sha256", "gate"):
        assert getattr(edge, name) == getattr(here, name), name
    assert [one.sha256 for one in edge.selections] == [one.sha256 for one in here.selections]
    for name in ("flagged", "highest", "agreement", "without_pair", "hold_reasons", "source", "reading", "known_share"):
        assert shortened(edge.details[name]) == shortened(here.details[name]), name
    kept = folder.read(folder.folders(place)[0])
    assert edge.started_at == kept.content["started_at"]
    assert edge.code_revision.startswith("sparsemix edge ")
    said = edge.details["edge"]
    assert isinstance(said, dict)
    assert (said["sha256"], said["number"], said["gap"], said["weights_as"]) == (kept.sha256, 1, False, kind)
    assert store.verify().ok
    assert replay_bits(store, edge.id).identical
    assert len(load(store, edge.id).sequence) == 25


def test_decisions_of_weights_that_match_identifiers_are_recorded(tmp_path: Path, access: Access) -> None:
    # Familiar, or the dashboard judges the file by itself.
    model, log = (
        matched_model(config=replace(MATCHED, familiarity_floor=0.0)),
        "\n".join(event.text for event in matched_sequence(60).events).encode(),
    )
    (found,) = ingest(decided(tmp_path, model, [log]), access, model)
    assert (found.state, found.problem) == ("recorded", None)
    here = access.store.decision(analyse(log, "line4-2026-11-25.log", model=model, access=access))
    edge = access.store.decision(str(found.id))
    assert [one.sha256 for one in edge.selections] == [one.sha256 for one in here.selections]
    assert (edge.label, edge.score) == (here.label, here.score)
    assert replay_bits(access.store, edge.id).identical


@pytest.mark.deep
def test_ingesting_twice_records_nothing_twice(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(2))
    first = ingest(place, access, model)
    assert states(ingest(place, access, model)) == ["known", "known"]
    assert access.count_decisions() == 2
    decided(tmp_path, model, logs(3)[2:])
    again = ingest(place, access, model)
    assert states(again) == ["known", "known", "recorded"]
    assert [taken.id for taken in again[:2]] == [taken.id for taken in first]


def test_the_same_file_decided_twice_on_a_device_is_two_decisions(
    tmp_path: Path, model: SparseMixModel, access: Access
) -> None:
    place = decided(tmp_path, model, [LOG, LOG])
    assert states(ingest(place, access, model)) == ["recorded", "recorded"]
    assert states(ingest(place, access, model)) == ["known", "known"]


def test_what_was_cleared_away_after_it_was_recorded_is_no_gap(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(1))
    ingest(place, access, model)
    shutil.rmtree(folder.folders(place)[0])
    decided(tmp_path, model, logs(2)[1:])
    (found,) = ingest(place, access, model)
    assert (found.state, found.problem) == ("recorded", None)
    shutil.rmtree(folder.folders(place)[0])
    assert ingest(place, access, model) == []


def test_a_missing_decision_is_noticed(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(4))
    made = folder.folders(place)
    shutil.rmtree(made[1])
    shutil.rmtree(made[3])
    found = ingest(place, access, model)
    assert states(found) == ["recorded", "recorded", "refused"]
    assert "missing or was changed" in str(found[1].problem)
    assert "the last, is missing" in str(found[2].problem)
    assert access.store.decision(str(found[1].id)).details["edge"]["gap"] is True  # type: ignore[index]


def test_a_damaged_decision_is_left_out_and_the_rest_goes_on(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(3))
    (folder.folders(place)[1] / "layer-0.arrow").write_bytes(b"nothing")
    found = ingest(place, access, model)
    assert states(found) == ["recorded", "refused", "recorded"]
    assert "its hash differs" in str(found[1].problem)
    assert "missing or was changed" in str(found[2].problem)


FORGERIES: dict[str, tuple[Callable[[dict[str, Any], dict[str, bytes]], object], str]] = {
    "another label": (lambda said, _: said["decision"].update(label="else"), "decides otherwise"),
    "another probability": (lambda said, _: said["decision"].update(sequence_probability=0.123), "decides otherwise"),
    "no number": (lambda said, _: said["decision"].update(sequence_probability=None), "decides otherwise"),
    "not a number": (lambda said, _: said["decision"].update(sequence_probability=float("nan")), "decides otherwise"),
    "a fact more": (lambda said, _: said["decision"].update(more=1), "decides otherwise"),
    "other events": (lambda _, parts: parts.update({folder.EVENTS: bytes(100)}), "other probabilities"),
    "fewer events": (lambda _, parts: parts.update({folder.EVENTS: bytes(4)}), "one probability an event"),
    "no events": (lambda _, parts: parts.pop(folder.EVENTS), "one probability an event"),
    "another input": (lambda _, parts: parts.update({folder.INPUT: LOG}), "other events"),
    "no log": (lambda _, parts: parts.update({folder.INPUT: b"\x89PNG\r\n"}), "PNG"),
    "layers swapped": (lambda _, parts: parts.update({"layer-0.arrow": parts["layer-1.arrow"]}), "other pairs"),
    "no trace": (lambda _, parts: parts.update({"layer-0.arrow": b"x"}), "selection blob"),
    "a layer less": (lambda _, parts: parts.pop("layer-1.arrow"), "number of layers"),
    "other weights": (lambda said, _: said.update(weights_sha256="0" * 64), "neither in the record"),
    "another configuration": (lambda said, _: said.update(config_sha256="0" * 64), "another configuration"),
    "no reading": (lambda said, _: said.pop("reading"), "does not say"),
    "reading by other rules": (lambda said, _: said.update(reading={"rules": 9}), "rules"),
    "a decision of words": (lambda said, _: said.update(decision="fault"), "decides otherwise"),
    "no moment": (lambda said, _: said.update(started_at="yesterday"), "started_at"),
    "runtime is a list": (lambda said, _: said.update(runtime=[]), "does not say"),
}


@pytest.mark.parametrize(("change", "why"), FORGERIES.values(), ids=FORGERIES.keys())
def test_what_the_full_model_does_not_decide_is_refused(
    tmp_path: Path, model: SparseMixModel, access: Access, change: Callable[..., object], why: str
) -> None:
    """Even where every hash fits."""
    place = decided(tmp_path, model, logs(1))
    forge(folder.folders(place)[0], change)
    found = ingest(place, access, model)
    assert found[0].state == "refused"
    assert why in str(found[0].problem)
    assert access.count_decisions() == 0


def test_what_another_machine_rounds_otherwise_is_replayed_to_the_bit(
    tmp_path: Path, model: SparseMixModel, access: Access
) -> None:
    """The record has what the full model gives; of the device's it has the hash."""
    place = decided(tmp_path, model, logs(1))
    (path,) = folder.folders(place)
    (blob,) = [data for name, data in folder.read(path).parts.items() if name == "layer-0.arrow"]
    heads = [replace(head, logit=head.logit + np.float32(1e-3)) for head in SelectionTrace.from_blobs([blob]).heads[0]]
    other = SelectionTrace((tuple(heads),)).layer_blob(0)
    assert other != blob
    forge(path, lambda _, parts: parts.update({"layer-0.arrow": other}))
    (found,) = ingest(place, access, model)
    assert (found.state, found.problem) == ("recorded", None)
    assert replay_bits(access.store, str(found.id)).identical
    edge = access.store.decision(str(found.id)).details["edge"]
    assert edge["parts"]["layer-0.arrow"] == sha256(other).hexdigest()  # type: ignore[index,call-overload]


def test_by_default_the_weights_are_the_program_s(
    tmp_path: Path, model: SparseMixModel, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(weights))
    place, db = decided(tmp_path, model, logs(1)), str(tmp_path / "audit.db")
    assert main([str(place), "--db", db]) == 0


def test_a_number_given_twice_is_refused(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(1))
    (path,) = folder.folders(place)
    copied = path.with_name(f"000001-{'f' * 12}")
    shutil.copytree(path, copied)
    forge(copied, lambda said, _: said.update(name="other.log"))
    assert sorted(states(ingest(place, access, model))) == ["recorded", "refused"]


@pytest.mark.deep
def test_the_same_bytes_decided_often_are_taken_in_once_each(
    tmp_path: Path, model: SparseMixModel, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = decided(tmp_path, model, [LOG] * 3)
    assert states(ingest(place, access, model)) == ["recorded"] * 3
    assert states(ingest(place, access, model)) == ["known"] * 3
    # Two who take the same folder in at once: neither sees what the other is about to record.
    real, first = Access.from_edge, []

    def too_early(self: Access, input_sha256: str, edge_sha256: str) -> str | None:
        first.append(edge_sha256)
        return None if len(first) == 1 else real(self, input_sha256, edge_sha256)

    monkeypatch.setattr(Access, "from_edge", too_early)
    assert states(ingest(place, access, model)) == ["known"] * 3
    assert access.count_decisions() == 3
    assert access.store.verify().ok


def test_weights_are_those_of_the_record_or_those_given(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    place = decided(tmp_path, model, logs(1))
    other = SparseMixModel.from_bytes(build_model(event_threshold=0.4).to_bytes())
    for given in (None, other):
        (found,) = ingest(place, access, given)
        assert "neither in the record nor given" in str(found.problem)
    analyse(LOG, "line.log", model=model, access=access)
    assert states(ingest(place, access, None)) == ["recorded"]


@pytest.mark.parametrize("kind", ["float32", "float16", "int8"])
def test_a_device_s_own_copy_of_the_weights_will_do(
    tmp_path: Path, model: SparseMixModel, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place, db = decided(tmp_path, model, logs(1), kind), str(tmp_path / "audit.db")
    assert main([str(place), "--db", db, "--weights", str(tmp_path / "runtime" / WEIGHTS), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "recorded"


def test_a_folder_without_decisions_is_told(tmp_path: Path, model: SparseMixModel, access: Access) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(EdgeError):
            ingest(place, access, model)


def test_the_command_says_what_became_of_each(
    tmp_path: Path, model: SparseMixModel, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, db = decided(tmp_path, model, logs(2)), str(tmp_path / "audit.db")
    arguments = [str(place), "--db", db, "--weights", str(weights)]
    assert main([*arguments, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["state"] for one in told] == ["recorded", "recorded"]
    shutil.rmtree(folder.folders(place)[0])
    with pytest.raises(SystemExit) as ended:
        dashboard(["ingest", *arguments])
    assert ended.value.code == 0, "it is in the record"
    assert "known as " in capsys.readouterr().out
    (folder.folders(place)[0] / folder.INPUT).write_bytes(b"x")
    assert main(arguments) == 1
    assert "refused; " in capsys.readouterr().out
    assert main([str(tmp_path / "none"), "--db", db]) == 2
    assert main([*arguments[:-1], str(tmp_path / "none")]) == 2
    store: AuditStore = open_store(db)
    assert store.verify().ok
    store.close()
