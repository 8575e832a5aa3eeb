"""Weights go live when somebody who may has put them to use: until then nothing that they decide is released by itself."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from audit import Access, AuditStore, Gate, Role
from audit.people import sessions
from dashboard.service.batch import command
from dashboard.service.decide import hold_policy, weights_used
from dashboard.service.decide.pipeline import analyse
from dashboard.service.edge_intake import ingest
from sparsemix import SparseMixModel
from sparsemix.edge import folder
from sparsemix.edge.exporter import export, stored_as
from sparsemix.edge.runtime import Runtime
from sparsemix.readers import ReadOptions
from tests.support.dashboard.app import PASSWORD
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.gates import app_of, served
from tests.support.dashboard.submitting import submit


@pytest.fixture
def new() -> SparseMixModel:
    """Weights that have nothing against the log, and that nobody has put to use."""
    return build_model(familiarity_floor=0.0, sequence_threshold=0.99, event_threshold=0.99)


@pytest.fixture
def ann(store: AuditStore, root: Access) -> Access:
    """Who may have logs decided on, and review, and no more."""
    with store.database.write() as connection:
        made = sessions.create(
            store.database, connection, root.person.id, login="ann", name="Ann", roles=(Role.REVIEWER,), password=PASSWORD
        )
        return store.access(sessions.open_session(store.database, connection, made, "password (argon2id)").token)


def outcome(access: Access, id: str) -> tuple[Gate, object]:
    decision = access.decision(id)
    return decision.gate, decision.details["hold_reasons"]


def decided(access: Access, model: SparseMixModel) -> tuple[Gate, object]:
    return outcome(access, analyse(LOG, "line.log", model=model, access=access))


HELD, RELEASED = (Gate.HELD, [hold_policy.NOT_PUT_TO_USE]), (Gate.RELEASED, [])


def test_weights_release_nothing_before_a_lead_puts_them_to_use(ann: Access, root: Access, new: SparseMixModel) -> None:
    assert decided(ann, new) == HELD
    root.weights.register(new.to_bytes(), "new", {})
    assert decided(ann, new) == HELD
    root.weights.use(new.weights_sha256)
    assert decided(ann, new) == RELEASED
    # What was judged by them just before others were put to use, or by who goes on with them, rests on the lead's word, too.
    root.weights.use(None)
    assert decided(ann, new) == RELEASED
    root.weights.retire(new.weights_sha256, "they miss the press")
    assert decided(ann, new) == HELD
    root.weights.retire(new.weights_sha256, "they do not", retired=False)
    assert decided(ann, new) == RELEASED


def test_who_may_put_weights_to_use_has_their_own_decide(root: Access, new: SparseMixModel) -> None:
    assert decided(root, new) == RELEASED


def test_the_program_s_own_weights_need_nobody_s_word(
    ann: Access, new: SparseMixModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new.save(tmp_path / "new.safetensors")
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(tmp_path / "new.safetensors"))
    assert decided(ann, new) == RELEASED
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(tmp_path / "none.safetensors"))
    assert decided(ann, new) == HELD


def test_the_program_s_weights_are_not_read_for_every_decision(
    ann: Access, new: SparseMixModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, loaded = tmp_path / "new.safetensors", list[Path]()
    new.save(path)
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(path))
    real: Callable[[Path], SparseMixModel] = weights_used.SparseMixModel.load
    monkeypatch.setattr(weights_used.SparseMixModel, "load", lambda path: (loaded.append(path), real(path))[1])
    assert [decided(ann, new) for _ in range(3)] == [RELEASED] * 3
    assert loaded.count(path) == 1


def test_a_decision_held_for_its_weights_is_due_and_no_trial(ann: Access, new: SparseMixModel) -> None:
    decision = ann.decision(analyse(LOG, "line.log", model=new, access=ann))
    assert decision.sampling_route == hold_policy.NOT_PUT_TO_USE
    assert decision.due_at is not None and decision.required_reviews > 0


def test_a_batch_by_weights_that_were_named_is_held(
    ann: Access, new: SparseMixModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command has it."""
    (tmp_path / "line.log").write_bytes(LOG)
    new.save(tmp_path / "new.safetensors")
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))
    words = ["--input", str(tmp_path / "*.log"), "--weights", str(tmp_path / "new.safetensors"), "--workers", "1"]
    assert command.main([*words, "--db", str(tmp_path / "audit.db"), "--as", "ann", "--password-stdin"]) == 0
    (found,) = ann.decisions()
    assert outcome(ann, found.decision.id) == HELD


def test_a_gate_whose_weights_were_named_releases_nothing(
    store: AuditStore, root: Access, token: str, new: SparseMixModel, tmp_path: Path
) -> None:
    new.save(tmp_path / "new.safetensors")
    with served(app_of(store, tmp_path / "new.safetensors", tmp_path / "state"), token) as client:
        told = submit(client).json()["decision"]
        assert told["released"] is False
        assert outcome(root, told["id"]) == HELD
        root.weights.register(new.to_bytes(), "new", {})
        root.weights.use(new.weights_sha256)
        assert submit(client, LOG + LOG).json()["decision"]["released"] is True


def device(folder_: Path, model: SparseMixModel, kind: str, *logs: bytes) -> Path:
    """What a device with these weights decided."""
    export(model, folder_ / "runtime", kind)
    runtime = Runtime(folder_ / "runtime")
    for log in logs:
        with folder.writing(folder_ / "decisions") as chain:
            folder.write(folder_ / "decisions", chain, *runtime.decide(log, "line.log", ReadOptions(), None))
    return folder_ / "decisions"


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_what_a_device_decided_is_held_as_its_weights_are(
    ann: Access, root: Access, new: SparseMixModel, tmp_path: Path, kind: str
) -> None:
    logs = [LOG, LOG + LOG, LOG * 3]
    place, given = device(tmp_path, new, kind, *logs), [new, None, None]
    made = folder.folders(place)
    taking = ingest.Intake(ann, new)
    first, chain = taking.take(made[0], None)
    assert outcome(ann, str(first.id)) == HELD
    root.weights.register(new.to_bytes(), "new", {})
    root.weights.use(new.weights_sha256)
    # Rounded weights are as good as those that they were rounded from, which the record has by now.
    for at, path in enumerate(made[1:], 1):
        taken, chain = ingest.Intake(ann, given[at]).take(path, chain)
        assert outcome(ann, str(taken.id)) == RELEASED, taken.problem


def test_where_rounded_weights_come_from_is_not_the_device_s_to_say(
    ann: Access, root: Access, model: SparseMixModel, new: SparseMixModel, tmp_path: Path
) -> None:
    root.weights.register(model.to_bytes(), "in use", {})
    root.weights.use(model.weights_sha256)
    place = device(tmp_path, new, "int8", LOG)
    (path,) = folder.folders(place)
    said = path / folder.DECISION
    said.write_text(said.read_text().replace(new.weights_sha256, model.weights_sha256))
    taken, _ = ingest.Intake(ann, stored_as(new, "int8")).take(path, None)
    assert taken.state == "recorded", taken.problem
    assert outcome(ann, str(taken.id)) == HELD
