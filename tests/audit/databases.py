"""Databases on one PostgreSQL server: a template that holds the schema, and quick copies of it."""

from __future__ import annotations

from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from audit import AuditStore

__all__ = ["Databases"]


class Databases:
    """Made and dropped through `address`, whose user may create databases."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._made: list[str] = []
        self.template = self.empty()
        AuditStore(self.template).close()

    def empty(self) -> str:
        """The address of a new database without tables."""
        return self.copy("template0")

    def copy(self, of: str | None = None) -> str:
        """The address of a new database: a copy of `of` (an address or a name), by default of an empty record."""
        name, source = f"t{uuid4().hex}", _name(self.template if of is None else of)
        self._run(f"CREATE DATABASE {name} TEMPLATE {source}")
        url = make_url(self.address).set(database=name).render_as_string(hide_password=False)
        self._made.append(url)
        return url

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")
        self._made = [made for made in self._made if made != url]

    def close(self) -> None:
        """Remove what is left."""
        for url in list(self._made):
            self.drop(url)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)


def _name(url: str) -> str:
    return make_url(url).database or "" if "://" in url else url
