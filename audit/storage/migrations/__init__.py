"""The schema's history as Alembic revisions (`versions/`); a released revision never changes.

A record from before Alembic has a table `schema_migrations` instead. Its schema is that of the first revision, so it is
upgraded from there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from audit.errors import StoreUnavailable
from audit.storage.caches import rebuild

_BEFORE_ALEMBIC = "schema_migrations"
_FIRST = "0001"
_FOLDER = Path(__file__).parent
_VERSIONS = table("alembic_version", column("version_num"))


@cache
def revisions() -> tuple[str, ...]:
    """Return all revisions, oldest first: their files are named by them."""
    return tuple(sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py")))


def migrate(connection: Connection, to: str = "head") -> None:
    """Apply the missing revisions, up to the one named, in the caller's transaction; at the last, make the caches again.

    Raises `StoreUnavailable` for a foreign database.
    """
    current = _current(connection)
    if current == revisions()[-1]:
        return
    if current is None and inspect(connection).get_table_names():
        raise StoreUnavailable("this database holds other tables and no audit record; choose another path")
    # Only a record that is made or upgraded needs Alembic, whose import takes as long as all other work at a start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # A "%" in the folder's name must not be interpolated.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if current == _FIRST and inspect(connection).has_table(_BEFORE_ALEMBIC):
        command.stamp(config, _FIRST)
    command.upgrade(config, to)
    if to == "head" and current is not None:
        rebuild(connection)


def require_current(connection: Connection) -> None:
    """Raise `StoreUnavailable` unless exactly the known revisions were applied."""
    current = _current(connection)
    if current is None:
        raise StoreUnavailable("this database holds no audit record; check the path")
    if current != revisions()[-1]:
        raise StoreUnavailable("this audit database is from an older version; open it once with the app to upgrade it")


def _current(connection: Connection) -> str | None:
    revision: str | None = None
    if inspect(connection).has_table(_VERSIONS.name):
        revision = max(map(str, connection.scalars(select(_VERSIONS.c.version_num))), default=None)
    if revision is None and inspect(connection).has_table(_BEFORE_ALEMBIC):
        return _FIRST
    if revision is not None and revision not in revisions():
        raise StoreUnavailable(f"this audit database is from a newer version ({revision}); update the software")
    return revision
