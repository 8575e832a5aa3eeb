"""What differs between SQLite and PostgreSQL: connections, durability, the kind of transaction.

SQLite follows sqlite.org/pragma.html#pragma_synchronous and sqlite.org/wal.html: FULL in WAL mode keeps every
acknowledged commit over a power loss; SQLite 3.7.0 to 3.51.2 can corrupt a database when a WAL is reset under concurrent
checkpoints (fixed in 3.51.3, 3.50.7 and 3.44.6), so affected versions use a rollback journal. A transaction that writes
takes the write lock at once (BEGIN IMMEDIATE): a read lock that has to be upgraded later would fail without waiting.

PostgreSQL writes at READ COMMITTED: everything that a write depends on is read under a row lock (the queue's row, then the head
of the log, always in this order), so that no conflict has to be detected afterwards. It reads at REPEATABLE READ, so that a
read sees one state of the record, as in SQLite. A standby is refused, because it lags.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Executable, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from audit.errors import Conflict, InvalidRecord, StoreUnavailable

T = TypeVar("T")
V = TypeVar("V")

_MANY = 10_000  # values in one statement: databases have a limit
_DISK_FULL = "53100"  # SQLSTATE
_BUSY_MS = 30_000  # a commit waits for running readers, such as a verification
_PATIENCE = 30.0  # seconds that a writer waits for its turn
_POOL = {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 24}


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Return whether this SQLite (`version` as a tuple) has the fix for the WAL-reset bug."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def create_private_file(path: Path) -> None:
    """Create an empty file with mode 0600 unless it exists; SQLite gives its journals the same mode.

    Raises `StoreUnavailable` when the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"cannot create the audit database {path}: {error.strerror}") from error


def sqlite_engine(path: Path, *, read_only: bool) -> Engine:
    """Return an engine for an existing file; it never creates one. The option `write` marks a writing transaction."""
    # mode=rw even for readers: after a crash, SQLite must roll the journal back before it can read.
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.text_factory = _lenient
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            journal, synchronous = ("WAL", "FULL") if wal_is_safe() else ("DELETE", "EXTRA")
            connection.execute(f"PRAGMA journal_mode={journal}")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            # Erased content is overwritten, however this SQLite was built.
            connection.execute("PRAGMA secure_delete=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, **_POOL)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("write", False):
            _begin_immediate(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _lenient(raw: bytes) -> str:
    """Decode text that may be forged and not UTF-8: verification has to see it rather than fail on it."""
    return raw.decode("utf-8", "surrogateescape")


def by_index(connection: Connection) -> None:
    """Make the rest of this transaction find rows by index, because it reads one narrow range after the other.

    PostgreSQL's planner looks at each range alone and would read whole tables for every range again.
    """
    if connection.dialect.name == "postgresql":
        methods = ("seqscan", "bitmapscan", "hashjoin")
        # Compiling a query, or starting processes for it, takes longer than one of these queries runs.
        simple = ["jit = off", "max_parallel_workers_per_gather = 0"]
        settings = [*simple, *(f"enable_{method} = off" for method in methods)]
        connection.exec_driver_sql("; ".join(f"SET LOCAL {setting}" for setting in settings))


def rows_of(connection: Connection, statement: Executable, values: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
    """Return rows as the driver gives them: plain tuples, a forged cell unchanged."""
    cursor = connection.execute(statement, values).cursor
    return [] if cursor is None else cursor.fetchall()


def read_fast(connection: Connection, read: Callable[[], T]) -> T:
    """Read with SQLite's own decoder, which is several times as fast; read again leniently where text is not UTF-8."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        return read()
    driver.text_factory = str
    try:
        return read()
    except (sqlite3.OperationalError, DBAPIError):
        driver.text_factory = _lenient
        return read()
    finally:
        driver.text_factory = _lenient


def _begin_immediate(connection: Connection) -> None:
    """Wait for the write lock with short random pauses: SQLite's own handler sleeps longer each time and starves some."""
    deadline = time.monotonic() + _PATIENCE
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise StoreUnavailable("the connection to the audit database was lost; try again")
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0.0005, 0.004))  # noqa: S311 - a pause is no secret
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


def postgres_engine(url: URL, *, read_only: bool) -> Engine:
    """Return an engine for a PostgreSQL database; a commit is acknowledged once it is on disk (synchronous_commit)."""
    settings = ["-c synchronous_commit=on", "-c lock_timeout=30s", "-c idle_in_transaction_session_timeout=60s"]
    if read_only:
        settings.append("-c default_transaction_read_only=on")
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={"options": " ".join(settings), "connect_timeout": 10},
        **_POOL,
    )


def refuse_standby(connection: Connection) -> None:
    """Raise `StoreUnavailable` on a standby, where claims would be stale and the log could end early."""
    if connection.dialect.name == "postgresql" and connection.execute(text("SELECT pg_is_in_recovery()")).scalar():
        raise StoreUnavailable("this PostgreSQL server is a standby; give the address of the primary")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Convert errors of the database: a broken UNIQUE constraint into `Conflict`, text that cannot be stored into
    `InvalidRecord`, all others into `StoreUnavailable` with the next step for the user."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise InvalidRecord("a value contains a lone surrogate, which is not a character") from error
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        reason = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
        if "NUL (0x00)" in reason:  # PostgreSQL's text cannot hold it
            raise InvalidRecord("a value contains a NUL character") from error
        if isinstance(error, IntegrityError) and "unique" in reason.lower():
            raise Conflict("somebody else did the same at the same moment; nothing was stored, read again") from error
        raise StoreUnavailable(f"cannot use the audit database {place}: {_advice(reason, error)}") from error


def _advice(reason: str, error: Exception) -> str:
    # PostgreSQL's text for a full disk varies with cause and language.
    if getattr(getattr(error, "orig", None), "sqlstate", None) == _DISK_FULL:
        reason = "disk is full"
    for sign, advice in (
        ("not a database", "the file is not a database; check the path"),
        ("malformed", "the file is damaged; restore a backup and verify that"),
        ("disk is full", "the disk is full, nothing was stored; free some space and try again"),
        ("No space left", "the disk is full, nothing was stored; free some space and try again"),
        ("disk I/O error", "the disk refused to write, nothing was stored; check space and disk, then try again"),
        ("locked", "it is busy; try again in a moment"),
        ("lock timeout", "it is busy; try again in a moment"),
        ("unable to open", "the file is missing or cannot be read; check path and permissions"),
        ("password authentication failed", "the password in its address is wrong"),
        ("permission denied", "this role may not do that; use the one that owns the record"),
        ("onnection", "the server does not answer; check its address and whether it runs"),
    ):
        if sign in reason:
            return advice
    return "it is busy; try again in a moment" if isinstance(error, PoolTimeout) else reason


def in_parts(values: Collection[V]) -> list[list[V]]:
    """Return the values in lists that one statement can hold."""
    listed = list(values)
    return [listed[start : start + _MANY] for start in range(0, len(listed), _MANY)]
