"""A database in the hands of its owner: stored rows are changed without any guard."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import sql

from audit.storage.database import sqlite_path
from audit.storage.schema import METADATA

__all__ = ["Forger", "NoChange", "Row", "forging"]

Row = dict[str, Any]
_WHERE = "_where"  # under this name a row carries what finds it again


class NoChange(Exception):  # noqa: N818 - no error: another mutation is drawn
    """The database refused a value, or treats it as equal to the stored one."""


@contextmanager
def forging(url: str) -> Iterator[Forger]:
    """Open a connection that may do anything; its changes are committed at the end.

    Meanwhile triggers and NOT NULL, which would refuse a forged value, are gone. Keys stay: without them it would be another
    database. In the end its catalogue is as it was.
    """
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            tables = connection.execute("SELECT sql, name FROM sqlite_master WHERE type = 'table'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            _rewrite(connection, [(sql.replace(" NOT NULL", ""), name) for sql, name in tables])
            yield Forger(connection, "sqlite")
            connection.commit()
            _rewrite(connection, tables)
            for _, statement in triggers:
                connection.execute(statement)
            connection.commit()
        return
    required = [
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if not column.nullable and not column.primary_key
    ]
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, column in required:
            alter = sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL")
            connection.execute(alter.format(sql.Identifier(table), sql.Identifier(column)))
        yield Forger(connection, "postgresql")
        for table, column in required:  # not by ALTER TABLE, which would look for a forged NULL
            again = "UPDATE pg_attribute SET attnotnull = true WHERE attrelid = %s::regclass AND attname = %s"
            connection.execute(again, [table, column])


def _rewrite(connection: sqlite3.Connection, tables: Sequence[tuple[str, str]]) -> None:
    connection.commit()
    connection.execute("PRAGMA writable_schema = ON")
    connection.executemany("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", tables)
    connection.commit()
    connection.execute("PRAGMA writable_schema = RESET")


class Forger:
    """Access to rows by their physical place, so that every column can be changed, keys included."""

    def __init__(self, connection: Any, kind: str) -> None:
        self.connection, self.kind = connection, kind
        self._place = "rowid" if kind == "sqlite" else "ctid"
        self._mark = "?" if kind == "sqlite" else "%s"

    def rows(self, table: str) -> list[Row]:
        """Return all rows, in the order of their keys."""
        keys = ", ".join(f'"{column.name}"' for column in METADATA.tables[table].primary_key)
        names = [column.name for column in METADATA.tables[table].columns]
        listed = ", ".join(f'"{name}"' for name in names)
        found = self.connection.execute(f"SELECT {self._place}, {listed} FROM {table} ORDER BY {keys}").fetchall()  # noqa: S608
        return [{_WHERE: row[0], **dict(zip(names, row[1:], strict=True))} for row in found]

    def update(self, table: str, row: Row, **values: Any) -> None:
        """Change cells of a row. Raises `NoChange`."""
        names = list(values)
        listed = ", ".join(f'"{name}"' for name in names)
        before = self._cells(table, row[_WHERE], names)
        placed = ", ".join(f'"{name}" = {self._mark_for(values[name])}' for name in names)
        where = self._execute(
            f"UPDATE {table} SET {placed} WHERE {self._place} = {self._mark} RETURNING {self._place}",  # noqa: S608
            [*map(_raw, values.values()), row[_WHERE]],
        )
        after = self._cells(table, where, names)
        if before == after:
            raise NoChange(f"{table}.{listed}")
        row[_WHERE] = where

    def delete(self, table: str, row: Row) -> None:
        """Remove a row."""
        self._execute(f"DELETE FROM {table} WHERE {self._place} = {self._mark} RETURNING 1", [row[_WHERE]])  # noqa: S608

    def insert(self, table: str, row: Row) -> None:
        """Add a row. Raises `NoChange` when a key refuses it."""
        names = [name for name in row if name != _WHERE]
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join(self._mark_for(row[name]) for name in names)
        self._execute(f"INSERT INTO {table} ({listed}) VALUES ({marks}) RETURNING 1", [_raw(row[name]) for name in names])  # noqa: S608

    def _cells(self, table: str, where: Any, names: list[str]) -> Any:
        kind = "typeof" if self.kind == "sqlite" else "pg_typeof"
        listed = ", ".join(f'{kind}("{name}"), "{name}"' for name in names)
        return self._one(f"SELECT {listed} FROM {table} WHERE {self._place} = {self._mark}", [where])  # noqa: S608

    def _mark_for(self, value: Any) -> str:
        """Return the placeholder for a value: SQLite stores bytes as text only with a cast."""
        return "CAST(? AS TEXT)" if isinstance(value, RawText) else self._mark

    def _execute(self, statement: str, values: list[Any]) -> Any:
        return self._one(statement, values)[0]

    def _one(self, statement: str, values: list[Any]) -> Any:
        try:
            found = self.connection.execute(statement, values).fetchone()
        except (sqlite3.Error, psycopg.Error, OverflowError, UnicodeError) as error:
            raise NoChange(str(error)) from error
        if found is None:
            raise NoChange("no such row")
        return found


class RawText(bytes):
    """Text by its bytes, which need not be UTF-8."""


def _raw(value: Any) -> Any:
    return bytes(value) if isinstance(value, RawText) else value


def another(value: Any, others: list[Any], rng: random.Random, kind: str) -> Any:
    """Return another value than `value` for a cell: edited, NULL, of another type, or with a bit flipped."""
    way = rng.choice(("edit", "edit", "edit", "null", "type", "flip", "other"))
    if way in ("null", "other"):
        return None if way == "null" else rng.choice(others)
    if way == "type" and kind == "sqlite":
        return rng.choice((str(value).encode(), 7, 2.5, "7", b"\x00\xff", str(value)))
    if isinstance(value, str):
        return _text(value, rng, flip=way == "flip" and kind == "sqlite")
    if isinstance(value, bytes):
        return _bytes(value, rng)
    if isinstance(value, int):
        return rng.choice((value + 1, value - 1, -value, 0, value * 10 + 1, 2**40 + value))
    return rng.choice(("", "x")) if value is None else rng.choice((value + 2.0**-40, value * 2 + 1, -value - 1.0, 1e300))


def _text(value: str, rng: random.Random, *, flip: bool) -> Any:
    raw = value.encode("utf-8", "surrogateescape")
    if flip and raw:
        return RawText(_bytes(raw, rng, cut=False))
    at = rng.randrange(len(value) + 1)
    one = value[at : at + 1]
    return rng.choice(
        (
            value + rng.choice("0a \n\u3000\u0430"),
            value[:at] + value[at + 1 :],
            value[:at] + rng.choice('0123456789abcdef"\\é') + value[at + 1 :],
            value[:at] + one + value[at:],
            " " + value,
            value.upper(),
            value.swapcase(),
            value[::-1],
            "",
        )
    )


def _bytes(value: bytes, rng: random.Random, *, cut: bool = True) -> bytes:
    if not value:
        return b"x"
    at = rng.randrange(len(value))
    flipped = value[:at] + bytes([value[at] ^ 1 << rng.randrange(8)]) + value[at + 1 :]
    return rng.choice((flipped, flipped, value[:at], value + b"\x00", b"")) if cut else flipped
