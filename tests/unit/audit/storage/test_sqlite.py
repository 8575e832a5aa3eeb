"""Only on SQLite: private files, safe pragmas, helpful refusals of files that are not a record."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit import (
    AuditError,
    AuditStore,
    Checkpoint,
    PairReview,
    PairVerdict,
    Role,
    StoreUnavailable,
    default_location,
    open_store,
)
from audit.storage.engines import wal_is_safe
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import give, join, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def store(path: Path) -> Iterator[AuditStore]:
    opened = AuditStore(path)
    yield opened
    opened.close()


def test_the_record_outlives_the_store(path: Path) -> None:
    first = AuditStore(path)
    id = record(first)
    give(join(first, "r1", Role.REVIEWER), id)
    head = first.head()
    recorded, reviews = first.decision(id), first.reviews(id)
    first.close()
    second = open_store(f"sqlite:///{path}")
    assert second.head() == head
    assert (second.decision(id), second.reviews(id)) == (recorded, reviews)
    assert second.record_event("a", "note", "x", {}).seq == head.size + 1
    assert second.verify(checkpoint=Checkpoint("o", head.size, head.root)).ok
    second.close()


def test_files_are_private(store: AuditStore, path: Path) -> None:
    store.record_event("a", "note", "x", {})
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_writing_connections_are_durable_and_check_references(store: AuditStore) -> None:
    expected = ("wal", 2) if wal_is_safe() else ("delete", 3)
    for opened in (store.database.read, store.database.write):
        with opened() as connection:
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("foreign_keys", "journal_mode", "synchronous")
            }
        assert settings["foreign_keys"] == 1
        assert (settings["journal_mode"], settings["synchronous"]) == expected
    with store.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 46, 1), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_versions_with_the_wal_bug_are_known(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_a_wal_is_used_where_it_is_safe(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.storage.engines.wal_is_safe", lambda: True)
    writer = AuditStore(path)
    id = record(writer)
    reader = AuditStore(path, read_only=True)
    assert {file.name for file in path.parent.iterdir()} == {"audit.db", "audit.db-wal", "audit.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    give(writer.single_user("Aiko"), id)
    assert reader.verify().size == 2
    reader.close()
    writer.close()


def test_a_reader_changes_nothing(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="check the path"):
        AuditStore(path, read_only=True)
    assert not path.exists()
    AuditStore(path).close()
    before = path.read_bytes()
    reader = AuditStore(path, read_only=True)
    with pytest.raises(StoreUnavailable, match="readonly"):
        reader.record_event("a", "note", "x", {})
    assert reader.verify().ok
    reader.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_foreign_files_are_refused(path: Path, read_only: bool) -> None:
    path.write_bytes(b"plant log, no database\n" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        AuditStore(path, read_only=read_only)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE other (x)")
    with pytest.raises(StoreUnavailable, match="path"):
        AuditStore(path, read_only=read_only)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("other",)]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "sqlite:x://:y:z"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(url)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot create"):
        AuditStore(tmp_path / "file" / "audit.db")


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    store = AuditStore(tmp_path / "50% of ライン?#1" / "a b.db")
    store.record_event("a", "note", "x", {})
    store.close()
    assert (tmp_path / "50% of ライン?#1" / "a b.db").is_file()


def test_a_failing_write_leaves_nothing(store: AuditStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON queue BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(AuditError, match="nothing was stored; free some space"):
        store.record_decision(decision(), blobs_of())
    assert store.head().size == 0
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER full")
    assert store.verify().ok
    assert store.record_decision(decision(), blobs_of()).seq == 1


def test_the_default_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SPARSEMIX_AUDIT_DB", "SPARSEMIX_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert default_location() == "data/audit.db"
    open_store().close()
    assert (tmp_path / "data" / "audit.db").is_file()
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "other.db"))
    open_store().close()
    assert (tmp_path / "other.db").is_file()
    monkeypatch.setenv("SPARSEMIX_DATABASE_URL", f"sqlite:///{tmp_path}/third.db")
    open_store().close()
    assert (tmp_path / "third.db").is_file()


@pytest.mark.parametrize("table", ["decision_files", "doubted_pairs"])
def test_a_row_that_hides_between_two_entries_is_noticed(store: AuditStore, path: Path, table: str) -> None:
    """An INTEGER column of SQLite also holds 1.5: it belongs to no entry, and it is not beyond the last entry."""
    give(join(store, "aiko", Role.REVIEWER), record(store), pairs=(PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS),))
    with closing(sqlite3.connect(path)) as connection, connection:
        names = ", ".join(name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name != "seq")
        connection.execute(f"INSERT INTO {table} (seq, {names}) SELECT seq + 0.5, {names} FROM {table} LIMIT 1")  # noqa: S608
    report = store.verify()
    assert not report.ok
    assert "the log has no such entry" in (report.problem_text or "")
