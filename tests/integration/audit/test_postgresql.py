"""Only on PostgreSQL: servers that do not answer, standbys, foreign databases, durability, locks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from audit import AuditStore, StoreUnavailable, gate
from tests.support import postgres
from tests.support.audit.databases import Databases
from tests.support.audit.team import record


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    copy = databases.copy()
    yield copy
    databases.drop(copy)


def test_a_commit_is_acknowledged_once_it_is_on_disk(url: str, databases: Databases) -> None:
    with psycopg.connect(databases.address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {url.partition('?')[0].rpartition('/')[2]} SET synchronous_commit = off")
    store = AuditStore(url)
    with store.database.write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
    store.close()


def test_a_reader_changes_nothing(url: str, databases: Databases) -> None:
    reader = AuditStore(url, read_only=True)
    with pytest.raises(StoreUnavailable, match="read-only"):
        reader.record_event("a", "note", "x", {})
    assert reader.head().size == 0
    reader.close()
    empty = databases.empty()
    with pytest.raises(StoreUnavailable, match="holds no audit record"):
        AuditStore(empty, read_only=True)
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    databases.drop(empty)


def test_a_foreign_database_is_left_alone(databases: Databases) -> None:
    foreign = databases.empty()
    with psycopg.connect(foreign) as connection:
        connection.execute("CREATE TABLE other (x int)")
    for read_only in (True, False):
        with pytest.raises(StoreUnavailable, match="no audit record"):
            AuditStore(foreign, read_only=read_only)
    with psycopg.connect(foreign) as connection:
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == [("other",)]
    databases.drop(foreign)


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="the server does not answer") as refused:
        AuditStore(f"postgresql://aiko:geheim@/audit?host={tmp_path}")
    assert "geheim" not in str(refused.value)


def test_a_server_that_went_away_closes_the_gate(url: str, databases: Databases) -> None:
    store = AuditStore(url)
    id = record(store, required_reviews=1)
    databases.drop_now(url)
    answer = gate(store, id)
    assert (answer.released, answer.gate) == (False, None)
    assert "cannot be read" in answer.reason
    store.close()


def test_connections_that_the_server_closed_are_replaced(url: str, databases: Databases) -> None:
    store = AuditStore(url)
    id = record(store)
    with psycopg.connect(databases.address, autocommit=True) as connection:
        name = url.partition("?")[0].rpartition("/")[2]
        closed = connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        assert closed.fetchall()
    assert store.decision(id).id == id
    store.close()


def test_a_standby_is_refused() -> None:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    try:
        server = postgres.Server(folder, durable=False)
        (server.data / "standby.signal").touch()
        server.start()
        try:
            for read_only in (True, False):
                with pytest.raises(StoreUnavailable, match="standby"):
                    AuditStore(server.url(), read_only=read_only)
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)
