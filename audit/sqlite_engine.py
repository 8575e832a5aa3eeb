"""Everything that is particular to SQLite: the file, the pragmas, the kind of transaction.

Durability follows sqlite.org/pragma.html#pragma_synchronous and sqlite.org/wal.html: FULL in WAL mode keeps
every acknowledged commit over a power loss; SQLite 3.7.0 to 3.51.2 can corrupt a database when a WAL is reset
under concurrent checkpoints (fixed in 3.51.3, 3.50.7 and 3.44.6), so affected versions use a rollback
journal.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from audit.errors import StoreUnavailable

__all__ = ["create_private_file", "sqlite_engine", "translated", "wal_is_safe"]

_BUSY_MS = 5000


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite (`version` as a tuple) has the fix for the WAL-reset bug."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def create_private_file(path: Path) -> None:
    """Create an empty file with mode 0600 unless it exists; SQLite gives its journals the same mode.

    Errors: `StoreUnavailable` when the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"cannot create the audit database {path}: {error.strerror}") from error


def sqlite_engine(path: Path, *, read_only: bool) -> Engine:
    """Return an engine for an existing file; it never creates one.

    A transaction takes the write lock at once (BEGIN IMMEDIATE) when the option `write` is set on the engine
    or connection: a read lock that has to be upgraded later would fail without waiting.
    """
    # mode=rw even for readers: after a crash, SQLite must roll the journal back before it can read.
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        # Forged text may be no UTF-8; verification has to see it rather than fail on it.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            journal, synchronous = ("WAL", "FULL") if wal_is_safe() else ("DELETE", "EXTRA")
            connection.execute(f"PRAGMA journal_mode={journal}")
            connection.execute(f"PRAGMA synchronous={synchronous}")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn database errors into `StoreUnavailable` with the next step for the user."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        if "not a database" in reason:
            advice = "the file is not a database; check the path"
        elif "malformed" in reason:
            advice = "the file is damaged; restore a backup and verify that"
        elif "locked" in reason or isinstance(error, PoolTimeout):
            advice = "it is busy; try again in a moment"
        elif "unable to open" in reason:
            advice = "it is missing or may not be read; check path and permissions"
        else:
            advice = reason
        raise StoreUnavailable(f"cannot use the audit database {path}: {advice}") from error
