"""Whole records copied from one database into another: pages of an SQLite file, or rows, table by table.

Rows are copied as they are stored, forged cells included: what is wrong with them is for verification to say. One row of
`blobs` and a few hundred rows of any other table are in memory at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, MetaData, Table, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from audit.errors import Conflict, InvalidRecord, Tampered
from audit.records.atomic_files import replacing
from audit.storage.database import sqlite_path
from audit.storage.engines import create_private_file, postgres_engine, refuse_standby, sqlite_engine, translated

_PAGES = 1024  # copied between two calls of `progress`
_ROWS = 500  # in memory at a time
_NOT_COPIED = ("alembic_version", "schema_migrations")  # the migrations write these


def copy_pages(source: Path, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy an SQLite database while others use it, as it is at one moment, into a new file with mode 0600.

    With a rollback journal nobody can commit while this runs, for half a minute at most: then they are refused.
    """
    create_private_file(target)
    uri = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        translated(str(source)),
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("PRAGMA busy_timeout=30000")
        # SQLite's own copy would begin again after every commit of others; within a transaction it sees one state.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(writing, pages=_PAGES, progress=lambda _, left, total: progress and progress(total - left, total))
        reading.execute("COMMIT")
    make_one_file(target)


def make_one_file(path: Path) -> None:
    """Give an SQLite file that nobody has open a rollback journal: then it needs no files beside it, nor a place to write."""
    with translated(str(path)), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def copy_rows(source: Connection, target: Connection, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy every row of every table that the target has, within the caller's transactions; the target holds no rows yet.

    Raises `InvalidRecord` when a table or a column of it is missing in the source, `Tampered` for rows that the target refuses:
    a value that no record has, or a reference to a row that is gone.
    """
    known = MetaData()
    known.reflect(target, only=lambda name, _: name not in _NOT_COPIED)
    there = inspect(source)
    names = set(there.get_table_names())  # a view of that name could compute for ever
    tables = known.sorted_tables  # what others refer to comes first
    for table in tables:
        columns = {column["name"] for column in there.get_columns(table.name)} if table.name in names else set()
        if not {column.name for column in table.columns} <= columns:
            raise InvalidRecord(f"the record to copy has no table {table.name} of this schema")
    counts = {table.name: int(source.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one()) for table in tables}  # noqa: S608
    done, total = 0, sum(counts.values())
    for table in tables:
        if table.name == "log_head":  # the migrations wrote that of an empty log
            target.execute(table.delete())
        insert = _insert(table, "?" if target.dialect.name == "sqlite" else "%s")
        for rows in _rows(source, table):
            try:
                target.exec_driver_sql(insert, rows)
            except (DataError, IntegrityError, ProgrammingError, UnicodeEncodeError) as error:
                raise Tampered(f"table {table.name} has a row that no record has, or that refers to a missing one") from error
            done += len(rows)
            if progress is not None:
                progress(done, total)


def _rows(source: Connection, table: Table) -> Iterator[list[tuple[object, ...]]]:
    # Entries and reviews in their order: some refer to earlier ones.
    order = ["seq"] if "seq" in table.columns else [column.name for column in table.primary_key]
    statement = f'SELECT {_names(table)} FROM "{table.name}" ORDER BY {", ".join(order)}'  # noqa: S608 - names of our own tables
    at_once = 1 if table.name == "blobs" else _ROWS
    options = {"stream_results": True, "yield_per": at_once}
    for part in source.execute(text(statement), execution_options=options).partitions():
        yield [tuple(row) for row in part]


def _insert(table: Table, place: str) -> str:
    places = ", ".join([place] * len(table.columns))
    return f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({places})'  # noqa: S608 - names of our own tables


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


@contextmanager
def filling(url: str | Path) -> Iterator[Connection]:
    """Yield a transaction on a database without tables: a new SQLite file, or an empty PostgreSQL database.

    What is written there appears as a whole, or not at all. Raises `Conflict` when something is there already.
    """
    path = sqlite_path(url)
    if path is None:
        address = make_url(str(url))
        engine = postgres_engine(address, read_only=False)
        place = address.render_as_string(hide_password=True)
        try:
            with translated(place), engine.begin() as connection:
                refuse_standby(connection)
                if inspect(connection).get_table_names():
                    raise Conflict(f"{place} holds tables already and is never overwritten: give an empty database")
                yield connection
        finally:
            engine.dispose()
        return
    if path.exists():
        raise Conflict(f"{path} exists already and is never overwritten: choose another path")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        create_private_file(partial)
        engine = sqlite_engine(partial, read_only=False)
        try:
            with translated(str(path)), engine.execution_options(write=True).begin() as connection:
                yield connection
        finally:
            engine.dispose()
