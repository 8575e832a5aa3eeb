"""The gate's answers prove themselves: to a client that remembers, and against a record that was put back or rewritten."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from audit import AuditStore, Role, Verdict, create_key, open_checkpoint, public_key
from audit.checkpoint_schedule import CheckpointKeeper
from audit.people import sessions
from audit.storage.database import Draft
from dashboard.service.gate.proofs import Proofs
from dashboard.service.gate.remembering_client import released
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.forging import owner
from tests.support.audit.team import add, maker_of_accounts
from tests.support.dashboard.gates import administrator, app_of, served
from tests.support.dashboard.submitting import review

HELD = decision()


class Plant:
    """A record of one held decision, the gate on it, and a client that remembers."""

    def __init__(self, tmp_path: Path, weights: Path) -> None:
        self.path, self._weights, self._state = tmp_path / "plant.db", weights, tmp_path / "state"
        self.key, self.folder, self.memory = tmp_path / "key", tmp_path / "outside", tmp_path / "seen.json"
        store = AuditStore(self.path)
        self.token = administrator(store).tokens.issue("mes", (Role.SERVICE,), days=1).token
        add(store, HELD, blobs_of())
        store.close()
        self.line = public_key(create_key(self.key))

    def keep(self, name: str) -> None:
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(self.path.with_name(name))) as target:
            source.backup(target)

    def restore(self, name: str) -> None:
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        self.path.write_bytes(self.path.with_name(name).read_bytes())

    def grow(self, count: int, word: str = "honest") -> None:
        store = AuditStore(self.path)
        with store.database.write() as connection:
            store.database.append_all(connection, [Draft("a", "note", word, {"n": n}) for n in range(count)])
        store.close()

    def ask(self) -> bool:
        store = AuditStore(self.path)
        proofs = Proofs(store, self.key, self.folder)
        try:
            with served(app_of(store, self._weights, self._state, proofs=proofs)) as client:
                return released(str(client.base_url).rstrip("/"), self.token, HELD.id, self.line, self.memory)
        finally:
            store.close()

    def forget(self) -> None:
        """Take away what this machine knows of what it signed."""
        for path in self.folder.glob("*"):
            path.unlink()


@pytest.fixture
def plant(tmp_path: Path, weights: Path) -> Plant:
    return Plant(tmp_path, weights)


def test_a_client_goes_along_while_the_log_grows(plant: Plant) -> None:
    for more in (0, 0, 1, 7, 300):
        plant.grow(more)
        assert plant.ask() is False
    store = AuditStore(plant.path)
    assert json.loads(plant.memory.read_text())["size"] == store.log_size()
    review(store.access(_session(store)), HELD.id, Verdict.APPROVE)
    store.close()
    assert plant.ask() is True


def _session(store: AuditStore) -> str:
    with store.database.write() as connection:
        maker = maker_of_accounts(store, connection)
        made = sessions.create(
            store.database, connection, maker, login="ann", name="Ann", roles=(Role.REVIEWER,), password=None
        )
        return sessions.open_session(store.database, connection, made, "password (argon2id)").token


@pytest.mark.parametrize("again", [0, 5, 20, 40])
def test_a_record_that_was_put_back_is_refused(plant: Plant, again: int) -> None:
    plant.keep("older.db")
    plant.grow(20)
    plant.ask()
    plant.restore("older.db")
    plant.grow(again, "other")
    with pytest.raises(ValueError, match="proves nothing: what is stored is not what was signed"):
        plant.ask()  # the gate itself knows what it signed
    plant.forget()
    with pytest.raises(ValueError, match="rolled back"):
        plant.ask()


def test_without_a_key_the_newest_checkpoint_is_given(plant: Plant, weights: Path, tmp_path: Path) -> None:
    store = AuditStore(plant.path)
    proofs = Proofs(store, tmp_path / "no key", plant.folder)
    with served(app_of(store, weights, tmp_path / "state", proofs=proofs), plant.token) as client:

        def log() -> dict[str, object]:
            return client.get(f"/v1/decisions/{HELD.id}").json()["log"]

        assert (log()["checkpoint"], log()["inclusion"]) == (None, None) and "no key" in str(log()["why"])
        assert not (tmp_path / "no key").exists()
        CheckpointKeeper(store, plant.key, plant.folder).look()
        note = str(log()["checkpoint"])
        size = store.log_size()
        assert open_checkpoint(note, plant.line).size == size and log()["inclusion"]
        store.record_event("a", "note", HELD.id, {})
        assert log()["checkpoint"] == note and log()["inclusion"] is None and "rests on entry" in str(log()["why"])
    store.close()


def test_all_answers_of_a_lot_are_of_one_checkpoint(plant: Plant, weights: Path, tmp_path: Path) -> None:
    store = AuditStore(plant.path)
    with served(
        app_of(store, weights, tmp_path / "state", proofs=Proofs(store, plant.key, plant.folder)), plant.token
    ) as client:
        log = client.get("/v1/lots", params={"name": HELD.input_name, "since": 2}).json()["decisions"][0]["log"]
        assert len(log["consistency"]) > 0 and base64.b64decode(log["inclusion"][0])
        beyond = client.get(f"/v1/decisions/{HELD.id}", params={"since": 10**6}).json()["log"]
        assert beyond["consistency"] is None and "1000000" in beyond["why"] and beyond["checkpoint"]
        for bad in ("0", "-1", "x", str(2**53)):
            assert client.get(f"/v1/decisions/{HELD.id}", params={"since": bad}).status_code == 422
    store.close()


def test_an_entry_that_was_changed_below_the_gate_closes_it(plant: Plant, weights: Path, tmp_path: Path) -> None:
    store = AuditStore(plant.path)
    proofs = Proofs(store, plant.key, plant.folder)
    with served(app_of(store, weights, tmp_path / "state", proofs=proofs), plant.token) as client:
        assert client.get(f"/v1/decisions/{HELD.id}").json()["log"]["inclusion"]
        for value in ("other", b"\x00"):
            with owner(str(plant.path)) as forged:
                forged.execute("UPDATE log SET actor = ? WHERE type = 'decision'", (value,))
            answer = client.get(f"/v1/decisions/{HELD.id}").json()
            assert (answer["released"], answer["gate"], answer["log"]["inclusion"]) == (False, None, None)
            assert "what is stored is not what was" in answer["reason"]
    store.close()
