"""Entries that their maker had no right to, written past the program: they count nowhere, are shown where they belong, and stop
nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from audit import Access, AuditStore, Gate, Role, Tampered, Verdict, gate
from audit.__main__ import main
from audit.checkpoint_places import checkpoint_folder, checkpoint_key
from audit.checkpoint_schedule import CheckpointKeeper
from audit.log.chain import Tip
from audit.log.entries import seal
from audit.log.proving import commitment
from audit.log.signatures import meaning_of, public_half, sign
from audit.people import keys
from audit.records.payload import to_payload
from audit.storage.database import sqlite_path
from audit.storage.schema import log_head
from audit.verify import queue_check
from tests.support.audit.builders import decision, review, sha
from tests.support.audit.forging import edit, value
from tests.support.audit.team import enrol, give, record, set_up
from tests.support.audit.unfounded import append, stored

Team = Mapping[str, Access]


@pytest.fixture
def team(store: AuditStore) -> Team:
    root = set_up(store)
    people = {name: enrol(store, root, name, Role.REVIEWER) for name in ("rita", "bob")}
    return {"root": root, **people, "vera": enrol(store, root, "vera", Role.VIEWER)}


def write(store: AuditStore, actor: str, kind: str, subject: str, content: Any) -> int:
    """Write an entry past the program; return its number."""
    with store.database.write() as connection:
        return append(connection, store.database.now(connection), actor, kind, subject, content)


def word(access: Access, id: str, **changes: Any) -> dict[str, Any]:
    """Return the content of a review as the program makes it."""
    person = access.person
    said = {"reviewer_id": person.id, "reviewer_name": person.name, "role": "reviewer", "authentication": person.authentication}
    now = person.authenticated_at
    return to_payload(review(id, **said, opened_at=now, submitted_at=now, authenticated_at=now)) | changes


def write_signed(store: AuditStore, access: Access, id: str, content: Any, other: Any = None, **changes: Any) -> int:
    """Write a review with its signature, by the person's own key or another; ``changes``: fields of it that are others."""
    assert access.signer is not None
    decided, by = access.case(id).entry_hash, access.person.id
    seq = write(store, by, "review", id, content)
    hash = store.entries(seq - 1, 1)[0].hash
    made = sign(other or access.signer.private, hash, meaning_of("review", content), content.get("shown_sha256"), decided)
    write(store, by, "signature", hash, made | changes)
    return seq


def test_the_right_key_with_another_signature_counts_nowhere(store: AuditStore, team: Team) -> None:
    id, bob = record(store), team["bob"]
    assert bob.signer is not None
    seq = write_signed(store, bob, id, word(bob, id), keys.new_key(), key=public_half(bob.signer.private))
    # The list is asked before the gate, which checks all that it rests on.
    (summary,) = store.decisions()
    assert (summary.gate, summary.latest_review) == (Gate.HELD, None)
    assert f"Entry {seq}" in (summary.refused or "") and store.reviews(id) == []
    changes, seen = store.gate_changes(0)
    assert ([change.seq for change in changes], seen) == ([summary.seq], store.log_size())
    assert "its signature is wrong" in gate(store, id).reason and store.verify().problem_seq == seq


@pytest.mark.parametrize(
    "changes",
    [{"more": 1}, {"comment": 7}, {"seen": 3}, {"pairs": {}}, {"reason": "none"}, {"pairs": [{}]}, {"verdict": "flag"}],
    ids=str,
)
def test_a_signed_content_that_is_no_review_stops_its_decision_alone(
    store: AuditStore, team: Team, changes: dict[str, Any]
) -> None:
    id, rita = record(store), team["rita"]
    seq = write_signed(store, rita, id, word(rita, id, **changes))
    other = record(store, gate=Gate.RELEASED, required_reviews=0)
    listed = {one.decision.id: one for one in store.decisions()}
    assert "is not a review" in (listed[id].refused or "") and listed[other].gate is Gate.RELEASED
    assert gate(store, other) and not gate(store, id)
    assert store.verify().problem_seq == seq


def _twice(store: AuditStore, team: Team, id: str) -> None:
    again, by = to_payload(decision(gate=Gate.RELEASED, required_reviews=0)) | {"id": id}, team["rita"].person.id
    with store.database.write() as connection:
        store.database.append(connection, actor=by, type="decision", subject=id, payload=again)


def _unsigned(store: AuditStore, team: Team, id: str) -> None:
    write(store, team["bob"].person.id, "review", id, {})


def _requested(store: AuditStore, team: Team, id: str) -> None:
    write(store, team["vera"].person.id, "review_requested", id, {"why": "again", "due_at": None})


def _policy(store: AuditStore, team: Team, _: str) -> None:
    write(store, team["vera"].person.id, "policy", "reviews", {})


def _before_another(store: AuditStore, team: Team, id: str) -> None:
    _unsigned(store, team, id)
    give(team["rita"], id)


@pytest.mark.parametrize("forge", [_twice, _unsigned, _requested, _policy, _before_another])
def test_a_list_shows_every_decision_for_which_the_gate_is_closed(
    store: AuditStore, team: Team, forge: Callable[[AuditStore, Team, str], None]
) -> None:
    id, other = record(store), record(store, gate=Gate.RELEASED, required_reviews=0)
    forge(store, team, id)
    listed = {one.decision.id: one for one in store.decisions()}
    assert listed[id].refused is not None and listed[id].gate is Gate.HELD
    assert (listed[other].refused is None) == bool(gate(store, other)) == (forge is not _policy)


def test_a_decision_that_nobody_may_make_says_so_when_it_is_opened(store: AuditStore, team: Team) -> None:
    made = decision()
    write(store, "system", "decision", made.id, to_payload(made))
    with pytest.raises(Tampered, match="without the right to it"):
        team["rita"].case(made.id)


def test_changes_of_gates_go_on_after_refused_entries(store: AuditStore, team: Team) -> None:
    id, made = record(store), decision()
    start = store.log_size()
    write(store, "system", "decision", made.id, to_payload(made))
    write(store, team["rita"].person.id, "failed_input", sha(b"x"), [])
    write(store, team["rita"].person.id, "review_requested", id, [])
    given = give(team["bob"], record(store), Verdict.FLAG)
    changes, seen = store.gate_changes(start)
    assert seen == store.log_size()
    told = [(change.decision.id, change.after) for change in changes if hasattr(change, "decision")]
    assert told == [(given.decision_id, Gate.HELD), (given.decision_id, Gate.REJECTED)]


def test_lists_are_made_again_beside_refused_entries(store: AuditStore, team: Team) -> None:
    id = record(store)
    for content in ({}, [], {"pairs": 7}):
        write(store, team["bob"].person.id, "review", id, content)
    _twice(store, team, id)
    with store.database.write() as connection:
        assert queue_check.rebuild(store.database, connection) == 1
    assert [one.decision.id for one in store.decisions()] == [id]


def test_a_permission_to_delete_by_no_number_is_none(store: AuditStore, team: Team, url: str) -> None:
    if sqlite_path(url) is None:
        pytest.skip("this column of PostgreSQL holds nothing but numbers")
    id = record(store)
    team["root"].admin.erase(id, "asked for", early=True)
    edit(url, "UPDATE erased_entries SET seq='abc'")
    assert "no entry erased it" in gate(AuditStore(url), id).reason
    assert "no entry erased it" in (AuditStore(url).verify().problem_text or "")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_opens_nothing(store: AuditStore, length: int) -> None:
    record(store)
    with store.database.write() as connection:
        size, last = connection.execute(log_head.select().with_only_columns(log_head.c.size, log_head.c.last_hash)).one()
        salt, payload = b"\1" * length, b"{}"
        now = store.database.now(connection)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("audit.log.entries.secrets.token_bytes", lambda _: salt)
            entry, sealed = seal(Tip(size, last), ts=now, actor="a", type="note", subject="x", payload={})
        assert entry.commitment == commitment(salt, payload)
        stored(connection, entry, sealed, {})
    assert store.verify().problem_seq == size + 1


def test_a_process_remembers_what_it_stored(store: AuditStore, url: str, team: Team) -> None:
    id = record(store)
    give(team["rita"], id)
    assert gate(store, id)
    size, last_hash, ts = (value(url, f"SELECT {name} FROM log_head") for name in ("size", "last_hash", "ts"))  # noqa: S608
    team["bob"].queue.request_review(id, "odd")
    edit(url, *(f"DELETE FROM {table} WHERE seq > {size}" for table in ("payloads", "log")))  # noqa: S608
    edit(url, f"UPDATE log_head SET size={size}, last_hash='{last_hash}', ts='{ts}'")  # noqa: S608
    assert "this program has read" in gate(store, id).reason


def test_the_command_gate_takes_no_older_copy_than_was_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPARSEMIX_CHECKPOINTS", "SPARSEMIX_CHECKPOINT_KEY"):
        monkeypatch.delenv(name, raising=False)
    path, before = tmp_path / "audit.db", tmp_path / "before.db"
    store = AuditStore(path)
    id = record(store, gate=Gate.RELEASED, required_reviews=0)
    store.close()
    shutil.copyfile(path, before)
    store = AuditStore(path)
    store.single_user("Ann").queue.request_review(id, "odd")
    keeper = CheckpointKeeper(store, checkpoint_key(path), checkpoint_folder(path))
    assert keeper.look(now=True) is not None
    store.close()
    assert main(["gate", id, "--db", str(path)]) == 3
    shutil.copyfile(before, path)
    assert main(["gate", id, "--db", str(path)]) == 2
