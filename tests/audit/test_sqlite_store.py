"""What only the SQLite store has: private files, safe pragmas, recorded migrations, helpful refusals."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit import AuditError, Checkpoint, SqlStore, StoreUnavailable, default_location, open_store
from audit.migrations import STEPS
from audit.sqlite_engine import wal_is_safe
from tests.audit.builders import blobs_of, decision, flagged, review


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    made = SqlStore(path)
    yield made
    made.close()


def test_the_record_outlives_the_store(path: Path) -> None:
    first = SqlStore(path)
    recorded = decision()
    first.record_decision(recorded, blobs_of())
    first.record_review(flagged(recorded.id))
    head = first.head()
    first.close()
    second = open_store(f"sqlite:///{path}")
    assert second.head() == head
    assert second.decision(recorded.id) == recorded
    assert second.record_event("a", "export", "x", {}).seq == 3
    assert second.verify(checkpoint=Checkpoint("o", head.size, head.root)).ok
    second.close()


def test_files_are_private(store: SqlStore, path: Path) -> None:
    store.record_event("a", "export", "x", {})
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_migrations_are_recorded_once(store: SqlStore, path: Path) -> None:
    SqlStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM schema_migrations")]
    assert names == [name for name, _ in STEPS]


def test_writing_connections_are_durable_and_check_references(store: SqlStore) -> None:
    with store._read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("busy_timeout", "foreign_keys", "journal_mode", "synchronous")
        }
    expected = ("wal", 2) if wal_is_safe() else ("delete", 3)
    assert (found["busy_timeout"], found["foreign_keys"]) == (5000, 1)
    assert (found["journal_mode"], found["synchronous"]) == expected


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
def test_wal_is_used_only_where_it_is_fixed(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_wal_mode_keeps_the_same_promises(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.sqlite_engine.wal_is_safe", lambda: True)
    writer = SqlStore(path)
    recorded = decision()
    writer.record_decision(recorded, blobs_of())
    reader = SqlStore(path, read_only=True)
    assert {file.name for file in path.parent.iterdir()} == {"audit.db", "audit.db-wal", "audit.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    writer.record_review(review(recorded.id))
    assert reader.verify().size == 2
    reader.close()
    writer.close()


def test_a_reader_changes_nothing(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="check the path"):
        SqlStore(path, read_only=True)
    assert not path.exists()
    SqlStore(path).close()
    before = path.read_bytes()
    reader = SqlStore(path, read_only=True)
    with pytest.raises(StoreUnavailable, match="readonly"):
        reader.record_event("a", "export", "x", {})
    assert reader.verify().ok
    reader.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_foreign_files_are_refused(path: Path, read_only: bool) -> None:
    path.write_bytes(b"plant log, no database\n" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        SqlStore(path, read_only=read_only)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE other (x)")
    with pytest.raises(StoreUnavailable, match="path"):
        SqlStore(path, read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_refused(path: Path, read_only: bool) -> None:
    SqlStore(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('9999_future', 'x')")
    with pytest.raises(StoreUnavailable, match="newer"):
        SqlStore(path, read_only=read_only)


def test_an_older_schema_is_not_upgraded_by_a_reader(path: Path) -> None:
    SqlStore(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM schema_migrations")
    with pytest.raises(StoreUnavailable, match="older"):
        SqlStore(path, read_only=True)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://host/db", "sqlite:x://:y:z"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        open_store(url)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot create"):
        SqlStore(tmp_path / "file" / "audit.db")


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "50% of ライン?#1" / "a b.db")
    store.record_event("a", "export", "x", {})
    store.close()
    assert (tmp_path / "50% of ライン?#1" / "a b.db").is_file()


def test_a_failing_write_leaves_nothing(store: SqlStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON selections BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(AuditError, match="disk full"):
        store.record_decision(decision(), blobs_of())
    assert store.head().size == 0
    assert store.verify().ok
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER full")
    recorded = decision()
    assert store.record_decision(recorded, blobs_of()).seq == 1
    assert store.record_review(review(recorded.id)).seq == 2


def test_the_default_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARSEMIX_AUDIT_DB", raising=False)
    assert default_location() == "data/audit.db"
    open_store().close()
    assert (tmp_path / "data" / "audit.db").is_file()
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "other.db"))
    open_store().close()
    assert (tmp_path / "other.db").is_file()
