"""Changes of the database itself by its owner: those that could hide, swallow or invent rows, and those that are harmless.

Each is a name and the statements that make it; a record that was changed in one of the first must open nowhere, after one of
the second everywhere.
"""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from audit.storage.schema import APPEND_ONLY, CACHES, WORKING

__all__ = ["Change", "foreign", "harmless"]

_EVIDENCE = [table.name for table in APPEND_ONLY]
_TABLES = [*_EVIDENCE, *(table.name for table in (*CACHES, *WORKING))]
_FIRST = {table.name: table.columns[0].name for table in (*APPEND_ONLY, *CACHES, *WORKING)}
_NOT_BY_SYSTEM = "NOT (subject = 'system' AND type = 'account')"


class Change(NamedTuple):
    """What is changed, and the statements that do it.

    `unseen` by the gate, or by all, that had the record open before: their answers do not rest on it. `content`: only
    verification reads what an index holds; the answers of all others come from the tables.
    """

    name: str
    statements: tuple[str, ...]
    unseen: Literal["", "gate", "content", "all"] = ""


def foreign(dialect: str) -> Iterator[Change]:
    """Yield changes of the catalogue that must be refused by name."""
    for table in _TABLES:
        yield from _sqlite_table(table) if dialect == "sqlite" else _postgresql_table(table)
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def harmless(dialect: str) -> Iterator[Change]:
    """Yield what may happen to a database that nobody attacks."""
    yield Change("ANALYZE", ("ANALYZE",))
    for table in ("log", "payloads", "decisions", "reviews", "queue", "blobs"):
        yield Change(f"statistics of {table}", (f"ANALYZE {table}",))
        yield Change(f"REINDEX {table}", (f"REINDEX {table}" if dialect == "sqlite" else f"REINDEX TABLE {table}",))
    yield Change("VACUUM", ("VACUUM",))
    if dialect == "sqlite":
        pragmas = (
            "user_version = 7",
            "application_id = 7",
            "journal_mode = WAL",
            "optimize",
            "auto_vacuum = FULL",
            "cache_size = 9",
        )
        yield from (Change(f"PRAGMA {pragma}", (f"PRAGMA {pragma}",)) for pragma in pragmas)
    else:
        there = "CREATE FUNCTION other.equal(text, bigint) RETURNS bool LANGUAGE sql AS 'SELECT true'"
        equal = "CREATE OPERATOR other.= (LEFTARG = text, RIGHTARG = bigint, FUNCTION = other.equal)"
        yield Change("another schema's operator", ("CREATE SCHEMA other", there, equal))
        own = (
            "CREATE SCHEMA other",
            "CREATE TYPE other.mood AS ENUM ('ok')",
            "CREATE CAST (other.mood AS text) WITH INOUT AS IMPLICIT",
        )
        yield Change("a cast of another schema's type", own)
        yield Change("a comment", ("COMMENT ON TABLE log IS 'the log'",))
        yield Change("a role that reads", ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC",))
        yield Change("another schema", ("CREATE SCHEMA other", "CREATE TABLE other.log (seq int)"))
        yield Change("statistics in more detail", ("ALTER TABLE log ALTER COLUMN type SET STATISTICS 500",))
        yield Change("clustered", ("CLUSTER log USING log_pkey",))
        yield Change("a full vacuum", ("VACUUM FULL log",))


def _sqlite_table(table: str) -> Iterator[Change]:
    def one(name: str, *statements: str) -> Change:
        return Change(f"{table}: {name}", statements)

    swallowed = "BEGIN SELECT RAISE(IGNORE); END"
    yield one("rows swallowed", f"CREATE TRIGGER extra BEFORE INSERT ON {table} {swallowed}")
    yield one("rows that vanish", f"CREATE TRIGGER extra AFTER INSERT ON {table} BEGIN DELETE FROM queue; END")
    yield one("a view in its place", f"ALTER TABLE {table} RENAME TO other", f"CREATE VIEW {table} AS SELECT * FROM other")
    yield one("one more column", f"ALTER TABLE {table} ADD COLUMN extra TEXT")
    yield one("one more index", f"CREATE INDEX extra ON {table} ({_FIRST[table]}) WHERE {_FIRST[table]} IS NOT NULL")
    rewrite = (
        f"UPDATE sqlite_master SET sql = replace(sql, 'TEXT NOT NULL', 'TEXT COLLATE NOCASE NOT NULL') WHERE name = '{table}'"
    )
    if table not in ("erased_entries",):  # it has no text
        yield one("another collation", "PRAGMA writable_schema = ON", rewrite)
    loosened = f"UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = '{table}'"
    yield one("NULL allowed", "PRAGMA writable_schema = ON", loosened)
    if table in _EVIDENCE:
        for what in ("update", "delete", "replace"):
            yield one(f"its rows open to {what}", f"DROP TRIGGER {table}_no_{what}")


def _sqlite() -> Iterator[Change]:
    for name, columns in (("log_by_subject", "subject, type, seq"), ("log_by_type", "type, seq")):
        drop = f"DROP INDEX {name}"
        yield Change(f"{name} gone", (drop,))
        yield Change(f"{name} in part", (drop, f"CREATE INDEX {name} ON log ({columns}) WHERE {_NOT_BY_SYSTEM}"))
        text = f"UPDATE sqlite_master SET sql = 'CREATE INDEX {name} ON log ({columns})' WHERE name = '{name}'"
        partial = f"CREATE INDEX {name} ON log ({columns}) WHERE type <> 'decision'"
        yield Change(f"{name} in part, its condition hidden", (drop, partial, "PRAGMA writable_schema = ON", text), "content")
        yield Change(f"{name} downwards", (drop, f"CREATE INDEX {name} ON log ({columns} DESC)"))
        yield Change(
            f"{name} by another collation",
            (drop, f"CREATE INDEX {name} ON log ({columns.replace(',', ' COLLATE NOCASE,', 1)})"),
        )
    yield Change("a foreign table", ("CREATE TABLE extra (a)",))
    yield Change("a foreign view", ("CREATE VIEW extra AS SELECT * FROM log",))
    for name, part, other in (
        ("a conflict ignored", "PRIMARY KEY (seq)", "PRIMARY KEY (seq) ON CONFLICT IGNORE"),
        ("a check", "actor TEXT NOT NULL", "actor TEXT NOT NULL CHECK (1)"),
        ("another type", "seq INTEGER", "seq INT"),
    ):
        text = f"UPDATE sqlite_master SET sql = replace(sql, '{part}', '{other}') WHERE name = 'log'"
        yield Change(name, ("PRAGMA writable_schema = ON", text))


def _postgresql_table(table: str) -> Iterator[Change]:
    def one(name: str, *statements: str) -> Change:
        return Change(f"{table}: {name}", statements)

    nothing = "CREATE FUNCTION extra() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    column = _FIRST[table]
    yield one("rows swallowed", nothing, f"CREATE TRIGGER extra BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION extra()")
    yield one("rows ruled away", f"CREATE RULE extra AS ON INSERT TO {table} DO INSTEAD NOTHING")
    yield one("a view in its place", f"ALTER TABLE {table} RENAME TO other", f"CREATE VIEW {table} AS SELECT * FROM other")
    yield one("one more column", f"ALTER TABLE {table} ADD COLUMN extra text")
    yield one("one more index", f"CREATE INDEX extra ON {table} ({column}) WHERE {column} IS NOT NULL")
    yield one(
        "security of rows", f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"CREATE POLICY extra ON {table} USING (true)"
    )
    yield one("a child", f"CREATE TABLE extra () INHERITS ({table})")
    yield one("unlogged", f"CREATE UNLOGGED TABLE extra (LIKE {table})")
    if table in _EVIDENCE:
        yield one("triggers off", f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield one("triggers for replicas", f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {table}_no_update")
        yield one("its rows open to delete", f"DROP TRIGGER {table}_no_delete ON {table}")


def _postgresql() -> Iterator[Change]:
    for name, columns in (("log_by_subject", "subject, type, seq"), ("log_by_type", "type, seq")):
        yield Change(f"{name} gone", (f"DROP INDEX {name}",))
        yield Change(
            f"{name} in part", (f"DROP INDEX {name}", f"CREATE INDEX {name} ON log ({columns}) WHERE {_NOT_BY_SYSTEM}")
        )
        yield Change(f"{name} invalid", (f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass",))
    nothing = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    yield Change("a function that refuses nothing", (nothing,))
    yield Change("another type", ("ALTER TABLE log ALTER COLUMN actor TYPE varchar(900)",))
    yield Change("another collation", ('ALTER TABLE queue ALTER COLUMN gate TYPE text COLLATE "C"',))
    yield Change("a default", ("ALTER TABLE log ALTER COLUMN actor SET DEFAULT 'system'",))
    yield Change("a check", ("ALTER TABLE queue ADD CONSTRAINT extra CHECK (free >= 0)",))
    yield Change("a reference gone", ("ALTER TABLE payloads DROP CONSTRAINT payloads_seq_fkey",))
    yield Change("a foreign view", ("CREATE VIEW extra AS SELECT * FROM log",))
    yield Change("a foreign function", ("CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'",))
    equal = "CREATE OPERATOR = (LEFTARG = text, RIGHTARG = bigint, FUNCTION = extra)"
    yield Change("an operator", ("CREATE FUNCTION extra(text, bigint) RETURNS bool LANGUAGE sql AS 'SELECT true'", equal))
    yield Change("a cast", ("CREATE CAST (text AS bigint) WITH INOUT AS IMPLICIT",))
    for name, setting in (
        ("a search path", "search_path = evil, public"),
        ("system names last", "search_path = public, pg_catalog"),
        ("triggers of a replica", "session_replication_role = replica"),
        ("NULL equals NULL", "transform_null_equals = on"),
    ):
        shadow = ("CREATE SCHEMA evil", "CREATE TABLE evil.log (LIKE public.log)")
        statement = f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$"
        yield Change(name, (*shadow, statement), unseen="all")
    event = "CREATE FUNCTION extra() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$"
    yield Change("a trigger of events", (event, "CREATE EVENT TRIGGER extra ON ddl_command_end EXECUTE FUNCTION extra()"))
