"""Triggers that refuse to change or remove evidence, for both databases.

The owner of the database can drop the triggers, which `audit.storage.catalogue` finds. They keep honest programs from mistakes;
the log's hashes and the checkpoints outside detect the rest. A row may be deleted only when an erasure names it
(`erased_entries`, `erased_blobs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from audit.errors import StoreUnavailable

_REFUSE = "BEGIN RAISE EXCEPTION USING MESSAGE = 'the table ' || TG_TABLE_NAME || ' is append-only'; END"
_ENTRY_ERASED = "EXISTS (SELECT 1 FROM erased_entries e WHERE e.target = OLD.seq)"
_BLOB_ERASED = "EXISTS (SELECT 1 FROM erased_blobs e WHERE e.sha256 = OLD.sha256)"


# Table -> its keys (SQLite's INSERT OR REPLACE must not replace by them) and when its rows may be deleted.
EVIDENCE: Mapping[str, tuple[tuple[tuple[str, ...], ...], str | None]] = {
    "log": ((("seq",),), None),
    "payloads": ((("seq",),), _ENTRY_ERASED),
    "blobs": ((("sha256",),), _BLOB_ERASED),
    "erased_entries": ((("target",),), None),
    "erased_blobs": ((("sha256", "seq"),), None),
}


def guard(connection: Connection) -> None:
    """Create the triggers of every table of evidence."""
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}.get(connection.dialect.name)
    if statements is None:
        raise StoreUnavailable(f"{connection.dialect.name} is not supported; use SQLite or PostgreSQL")
    for statement in statements():
        connection.exec_driver_sql(statement)


def unguard(connection: Connection) -> None:
    """Drop the triggers of SQLite's tables, for a migration that replaces them."""
    for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _sqlite() -> Iterator[str]:
    for table, (keys, erasable) in EVIDENCE.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
        when = f"WHEN NOT {erasable} " if erasable else ""
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when}{refuse}"
        # INSERT OR REPLACE deletes the old row without firing DELETE triggers.
        taken = " OR ".join(" AND ".join(f'"{name}" = NEW."{name}"' for name in key) for key in keys)
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608 - names of our own tables
        yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refuse}"


def _refuse_delete(table: str, erasable: str) -> str:
    return f"BEGIN IF {erasable} THEN RETURN OLD; END IF; RAISE EXCEPTION 'the table {table} is append-only'; END"


def _postgresql() -> Iterator[str]:
    yield f"CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ {_REFUSE} $$"
    for table, (_, erasable) in EVIDENCE.items():
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"
        if erasable is None:
            yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            continue
        # A trigger's WHEN may hold no query on PostgreSQL.
        body = _refuse_delete(table, erasable)
        yield f"CREATE FUNCTION {table}_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
        yield (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse_delete()"
        )
