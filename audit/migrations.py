"""The schema's history: named steps, applied once each and recorded in `schema_migrations`.

A released step never changes; a new need is a new step at the end of `STEPS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Table, UniqueConstraint, inspect, select

from audit.errors import StoreUnavailable
from audit.schema import APPEND_ONLY, METADATA, migrations
from audit.validate import utc_now

__all__ = ["STEPS", "migrate", "require_current"]


def _append_only_tables(connection: Connection) -> None:
    METADATA.create_all(connection)
    for table in APPEND_ONLY:
        for statement in _triggers(table):
            connection.exec_driver_sql(statement)


def _triggers(table: Table) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'the table {table.name} is append-only'); END"
    for action in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name} {refuse}"
    # SQLite's INSERT OR REPLACE deletes the old row without firing DELETE triggers.
    keys = [list(table.primary_key.columns)]
    keys += [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    taken = " OR ".join(" AND ".join(f'"{c.name}" = NEW."{c.name}"' for c in key) for key in keys)
    exists = f"EXISTS (SELECT 1 FROM {table.name} WHERE {taken})"  # noqa: S608 - names of our own tables
    yield f"CREATE TRIGGER {table.name}_no_replace BEFORE INSERT ON {table.name} WHEN {exists} {refuse}"


STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (("0001_append_only_tables", _append_only_tables),)


def migrate(connection: Connection) -> None:
    """Apply the missing steps in the caller's transaction. Errors: `StoreUnavailable` if foreign."""
    applied = _applied(connection)
    if applied is None and inspect(connection).get_table_names():
        raise StoreUnavailable("this database holds other tables and no audit record; choose another path")
    _refuse_newer(applied or set())
    for name, step in STEPS:
        if name not in (applied or set()):
            step(connection)
            connection.execute(migrations.insert().values(name=name, applied_at=utc_now()))


def require_current(connection: Connection) -> None:
    """Errors: `StoreUnavailable` unless exactly the known steps were applied."""
    applied = _applied(connection)
    if applied is None:
        raise StoreUnavailable("this database holds no audit record; check the path")
    _refuse_newer(applied)
    if applied != {name for name, _ in STEPS}:
        raise StoreUnavailable("this audit database is from an older version; open it once with the app to upgrade it")


def _applied(connection: Connection) -> set[str] | None:
    if not inspect(connection).has_table(migrations.name):
        return None
    return set(connection.scalars(select(migrations.c.name)))


def _refuse_newer(applied: set[str]) -> None:
    unknown = sorted(applied - {name for name, _ in STEPS})
    if unknown:
        raise StoreUnavailable(f"this audit database is from a newer version ({unknown[-1]}); update the software")
