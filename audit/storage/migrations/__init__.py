"""The schema's history as Alembic revisions (`versions/`); a released revision never changes.

A record from before Alembic has a table `schema_migrations` instead. Its schema is that of the first revision, so it is
upgraded from there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from audit.errors import StoreUnavailable

__all__ = ["migrate", "require_current", "revisions"]

_BEFORE_ALEMBIC = "schema_migrations"
_FIRST = "0001"


def _config() -> Config:
    config = Config()
    # A "%" in the folder's name must not be interpolated.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def revisions() -> tuple[str, ...]:
    """Return all revisions, oldest first."""
    return tuple(reversed([script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]))


def migrate(connection: Connection) -> None:
    """Apply the missing revisions in the caller's transaction. Raises `StoreUnavailable` for a foreign database."""
    current = _current(connection)
    if current == revisions()[-1]:
        return
    if current is None and inspect(connection).get_table_names():
        raise StoreUnavailable("this database holds other tables and no audit record; choose another path")
    config = _config()
    config.attributes["connection"] = connection
    if current == _FIRST and inspect(connection).has_table(_BEFORE_ALEMBIC):
        command.stamp(config, _FIRST)
    command.upgrade(config, "head")


def require_current(connection: Connection) -> None:
    """Raise `StoreUnavailable` unless exactly the known revisions were applied."""
    current = _current(connection)
    if current is None:
        raise StoreUnavailable("this database holds no audit record; check the path")
    if current != revisions()[-1]:
        raise StoreUnavailable("this audit database is from an older version; open it once with the app to upgrade it")


def _current(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and inspect(connection).has_table(_BEFORE_ALEMBIC):
        return _FIRST
    if revision is not None and revision not in revisions():
        raise StoreUnavailable(f"this audit database is from a newer version ({revision}); update the software")
    return revision
