"""Backups: whole or not there, restored into either database, and what came after them is named."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from audit import AuditError, AuditStore, Conflict, InvalidRecord, Role, SignInFailed, StoreUnavailable, Tampered, gate
from audit.__main__ import main
from audit.backup.backup import write_backup
from audit.backup.known import known_checkpoints
from audit.backup.manifest import MANIFEST, RECORD, check_files, read_manifest
from audit.backup.restore import restore_backup
from audit.checkpoint_schedule import CheckpointKeeper
from audit.storage.schema import leases, sessions
from tests.support.audit.builders import SELECTION, UPLOAD, sha
from tests.support.audit.databases import Databases
from tests.support.audit.fixtures import STORES
from tests.support.audit.forging import edit
from tests.support.audit.team import PASSWORD, enrol, give, record

Fresh = Callable[[], str]


@pytest.fixture(params=STORES)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Return what makes the address of a database without anything."""
    if request.param == "sqlite":
        yield lambda: str(tmp_path / f"restored-{os.urandom(4).hex()}.db")
        return
    databases: Databases = request.getfixturevalue("databases")
    made: list[str] = []

    def empty() -> str:
        made.append(databases.empty())
        return made[-1]

    yield empty
    for url in made:
        databases.drop(url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a backup of a small SQLite record, with checkpoints and key."""
    path = tmp_path / "small.db"
    store = AuditStore(path)
    give(store.single_user("Aiko"), record(store))
    signed(store, tmp_path)
    store.close()
    write_backup(path, tmp_path / "small", checkpoints=tmp_path / "checkpoints", key=tmp_path / "key.pem")
    return tmp_path / "small"


def signed(store: AuditStore, folder: Path) -> None:
    CheckpointKeeper(store, folder / "key.pem", folder / "checkpoints").look(now=True)


def test_it_comes_back_in_either_database(store: AuditStore, url: str, folder: Path, fresh: Fresh) -> None:
    store.accounts.set_up("root", "Root", PASSWORD)
    old = store.accounts.sign_in("root", PASSWORD).token
    root = store.access(old).signing(PASSWORD)
    aiko = enrol(store, root, "aiko", Role.REVIEWER)
    ids = [record(store) for _ in range(3)]
    give(aiko, ids[0])
    root.admin.erase(ids[1], "asked for", early=True)
    claimed = aiko.queue.claim_decision(ids[2])
    head = store.head()
    manifest = write_backup(url, folder)
    assert (manifest.entries, manifest.root, manifest.problem) == (head.size, head.root, None)
    again = fresh()
    restored = restore_backup(folder, again)
    assert (restored.entries, restored.root, restored.problem, restored.missing) == (head.size, head.root, None, None)
    other = AuditStore(again)
    report = other.verify()
    assert report.ok, report.problem_text
    assert [entry.hash for entry in other.entries()][:-1] == [entry.hash for entry in store.entries()]
    entry = other.entries(head.size)[0]
    assert (entry.seq, entry.actor, entry.type) == (restored.seq, "system", "restored")
    assert (other.blob(sha(UPLOAD)), other.blob(sha(SELECTION))) == (UPLOAD, SELECTION)
    assert gate(other, ids[0]).released and not gate(other, ids[2]).released
    with other.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 0
        assert connection.scalar(select(leases.c.token)) == claimed.token
    with pytest.raises(SignInFailed):
        other.access(old).queue.claim()
    back = other.access(other.accounts.sign_in("root", PASSWORD).token).signing(PASSWORD)
    assert {account.login for account in back.admin.accounts()} >= {"root", "aiko"}
    give(enrol(other, back, "ben", Role.REVIEWER), record(other))
    assert other.verify().ok
    other.close()


def test_what_came_after_it_is_named(store: AuditStore, url: str, folder: Path, tmp_path: Path, fresh: Fresh) -> None:
    record(store)
    signed(store, tmp_path)
    write_backup(url, folder, checkpoints=tmp_path / "checkpoints")
    for _ in range(5):
        record(store)
    signed(store, tmp_path)
    newest = store.head()
    known = known_checkpoints(tmp_path / "checkpoints")
    again = fresh()
    restored = restore_backup(folder, again, known, checkpoints_to=tmp_path / "new")
    assert (restored.entries, restored.missing, restored.known) == (1, (2, 6), known[-1])
    other = AuditStore(again)
    told = json.loads(other.sealed(2).payload)
    assert told["missing"] == {"first": 2, "last": 6}
    assert told["known"] == {"origin": known[-1].origin, "size": 6, "root": newest.root, "root_key": None}
    # The new series goes on from the backup's checkpoints; the old one has the lost tail and refuses for ever.
    signed_now = CheckpointKeeper(other, tmp_path / "key.pem", tmp_path / "new").look(now=True)
    assert signed_now is not None and signed_now.name == "checkpoint-000000000002.txt"
    for _ in range(5):
        record(other)
    with pytest.raises(Tampered, match="first 6 entries are not those that were signed"):
        CheckpointKeeper(other, tmp_path / "key.pem", tmp_path / "checkpoints").look(now=True)
    assert other.verify(checkpoint=known[0]).ok and not other.verify(checkpoint=known[-1]).ok
    other.close()


def test_a_backup_of_another_log_contradicts_the_checkpoint(small: Path, tmp_path: Path) -> None:
    other = AuditStore(tmp_path / "other.db")
    record(other)
    CheckpointKeeper(other, tmp_path / "key.pem", tmp_path / "others").look(now=True)
    other.close()
    restored = restore_backup(small, tmp_path / "new.db", known_checkpoints(tmp_path / "others"))
    assert restored.problem is not None and "not those that a checkpoint signed" in restored.problem
    assert restored.seq is None


def test_nothing_is_left_of_one_that_fails(store: AuditStore, url: str, folder: Path) -> None:
    record(store)
    before = set(folder.parent.iterdir())
    with pytest.raises(StoreUnavailable, match="no folder"):
        write_backup(url, folder, checkpoints=folder.parent / "elsewhere")
    assert set(folder.parent.iterdir()) == before


def test_it_never_replaces_another(small: Path, tmp_path: Path) -> None:
    before = (small / MANIFEST).read_bytes()
    with pytest.raises(Conflict, match="never overwritten"):
        write_backup(tmp_path / "small.db", small)
    assert (small / MANIFEST).read_bytes() == before


def test_its_files_are_private_and_the_key_comes_only_when_asked_for(small: Path, tmp_path: Path) -> None:
    private = {path.name for path in small.rglob("*") if stat.S_IMODE(path.stat().st_mode) == 0o600}
    assert private == {path.name for path in small.rglob("*") if path.is_file()} >= {RECORD, "checkpoint.key", MANIFEST}
    assert stat.S_IMODE(small.stat().st_mode) == 0o700
    write_backup(tmp_path / "small.db", tmp_path / "without", checkpoints=tmp_path / "checkpoints")
    assert "checkpoint.key" not in read_manifest(tmp_path / "without").files
    with pytest.raises(InvalidRecord, match="--with-keys"):
        restore_backup(tmp_path / "without", tmp_path / "new.db", key_to=tmp_path / "new.key")
    assert not (tmp_path / "new.db").exists()
    restore_backup(small, tmp_path / "new.db", key_to=tmp_path / "new.key")
    assert (tmp_path / "new.key").read_bytes() == (tmp_path / "key.pem").read_bytes()
    assert stat.S_IMODE((tmp_path / "new.key").stat().st_mode) == 0o600


def test_only_an_empty_database_is_filled(small: Path, url: str, store: AuditStore, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="never overwritten"):
        restore_backup(small, url.removeprefix("sqlite:///"))
    assert store.head().size == 0
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "note.txt").write_text("")
    with pytest.raises(Conflict, match="evidence of what was lost"):
        restore_backup(small, tmp_path / "new.db", checkpoints_to=tmp_path / "old")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("name", [RECORD, "checkpoint.key", "checkpoints/public_key.txt"])
@pytest.mark.parametrize("how", ["cut", "flipped", "gone"])
def test_a_changed_file_is_refused(small: Path, tmp_path: Path, name: str, how: str) -> None:
    raw = bytearray((small / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (small / name).write_bytes(raw[:-1] if how == "cut" else raw)
    if how == "gone":
        (small / name).unlink()
    with pytest.raises(Tampered, match=name):
        restore_backup(small, tmp_path / "new.db")
    assert not list(tmp_path.glob("new.db*"))


def test_a_backup_that_was_cut_off_is_none(small: Path, tmp_path: Path) -> None:
    (small / MANIFEST).unlink()
    with pytest.raises(StoreUnavailable, match="not a complete backup"):
        restore_backup(small, tmp_path / "new.db")


@pytest.mark.parametrize("name", ["more.txt", "checkpoints/more.txt"])
def test_a_file_that_no_backup_has_is_refused(small: Path, name: str) -> None:
    (small / name).write_text("")
    with pytest.raises(InvalidRecord, match="no backup has a file"):
        check_files(small, read_manifest(small))


def test_a_link_is_not_followed(small: Path) -> None:
    shutil.move(small / RECORD, small.parent / "record.db")
    (small / RECORD).symlink_to(small.parent / "record.db")
    with pytest.raises(InvalidRecord, match="link"):
        check_files(small, read_manifest(small))


def test_a_rewritten_manifest_hides_nothing_from_verification(small: Path, tmp_path: Path) -> None:
    """Who changes the record and the manifest alike is found by the record itself."""
    edit(str(small / RECORD), "UPDATE decisions SET label='normal'")
    manifest = json.loads((small / MANIFEST).read_bytes())
    manifest["files"][RECORD]["sha256"] = sha((small / RECORD).read_bytes())
    manifest["files"][RECORD]["bytes"] = (small / RECORD).stat().st_size
    (small / MANIFEST).write_text(json.dumps(manifest))
    restored = restore_backup(small, tmp_path / "new.db")
    assert (restored.problem_seq, restored.seq) == (1, None)
    assert restored.problem is not None and '"label"' in restored.problem


def test_a_forged_trigger_is_not_restored(small: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(small / RECORD)) as connection, connection:
        connection.execute("CREATE TRIGGER quiet AFTER INSERT ON reviews BEGIN DELETE FROM queue; END")
    manifest = json.loads((small / MANIFEST).read_bytes())
    manifest["files"][RECORD] = {"bytes": (small / RECORD).stat().st_size, "sha256": sha((small / RECORD).read_bytes())}
    (small / MANIFEST).write_text(json.dumps(manifest))
    assert restore_backup(small, tmp_path / "new.db").problem is None
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        assert not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'quiet'").fetchone()[0]


def test_a_view_is_no_table(small: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(small / RECORD)) as connection, connection:
        connection.execute("ALTER TABLE drafts RENAME TO other")
        connection.execute("CREATE VIEW drafts AS SELECT * FROM other")
    manifest = json.loads((small / MANIFEST).read_bytes())
    manifest["files"][RECORD] = {"bytes": (small / RECORD).stat().st_size, "sha256": sha((small / RECORD).read_bytes())}
    (small / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InvalidRecord, match="no table drafts"):
        restore_backup(small, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_tampered_record_is_backed_up_as_it_is(forged: str, folder: Path, fresh: Fresh) -> None:
    edit(forged, "UPDATE reviews SET verdict='flag'")
    manifest = write_backup(forged, folder)
    assert manifest.problem is not None
    restored = restore_backup(folder, fresh())
    assert (restored.problem, restored.seq) == (manifest.problem, None)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_manifest_breaks_the_reader(data: st.DataObject, small: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir(exist_ok=True)
    raw = bytearray((small / MANIFEST).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    (bad / MANIFEST).write_bytes(raw[:cut] if data.draw(st.booleans()) else raw)
    try:
        check_files(bad, read_manifest(bad))
    except AuditError as error:
        assert len(str(error)) < 1_000


def test_the_commands_say_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, at = str(tmp_path / "audit.db"), ["--checkpoint", str(tmp_path / "audit.db.checkpoints")]
    store = AuditStore(db)
    record(store)
    series = ["checkpoint", "--db", db, "--dir", str(tmp_path / "audit.db.checkpoints")]
    assert main(series) == 0
    assert main(["backup", str(tmp_path / "b"), "--db", db, "--with-keys"]) == 0
    assert main(["restore", str(tmp_path / "b"), "--db", str(tmp_path / "whole.db"), *at]) == 0
    assert "nothing is missing" in capsys.readouterr().out
    record(store)
    record(store)
    assert main(series) == 0
    store.close()
    assert main(["backup", str(tmp_path / "b"), "--db", db]) == 2
    assert main(["restore", str(tmp_path / "b"), "--db", str(tmp_path / "new.db"), *at]) == 1
    told = capsys.readouterr()
    assert "never overwritten" in told.err and "MISSING: entries 2 to 3, 2 of them" in told.out
    assert main(["restore", str(tmp_path / "b"), "--db", str(tmp_path / "more.db")]) == 0
    assert "what came after the backup is not known" in capsys.readouterr().out
    note = str(tmp_path / "audit.db.checkpoints" / "checkpoint-000000000003.txt")
    assert main(["restore", str(tmp_path / "b"), "--db", str(tmp_path / "x.db"), "--checkpoint", note]) == 2
    assert "--public-key" in capsys.readouterr().err
    edit(db, "UPDATE decisions SET label='normal'")
    assert main(["backup", str(tmp_path / "forged"), "--db", db]) == 1
    assert "TAMPERED" in capsys.readouterr().out
