"""Databases on one PostgreSQL server: a template that holds the schema, and copies of it that are made in advance."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from audit import AuditStore

__all__ = ["Databases"]

_READY = 3


class Databases:
    """Databases created and dropped through `address`, whose user may create databases; a thread does so while tests run."""

    def __init__(self, address: str) -> None:
        self.address = address
        with psycopg.connect(address) as connection:
            # Twice as fast as writing every block to the log; older servers always copy files.
            self._how = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
        self._there: set[str] = set()
        self._worker = ThreadPoolExecutor(1)
        self.template = self.empty()
        AuditStore(self.template).close()
        self._ready: list[Future[str]] = [self._worker.submit(self._create, self.template) for _ in range(_READY)]

    def empty(self) -> str:
        """Create a database without tables and return its address."""
        return self._create("template0")

    def copy(self, of: str | None = None) -> str:
        """Return the address of a new copy of the database at `of`, by default of an empty record."""
        if of is not None:
            return self._create(of)
        self._ready.append(self._worker.submit(self._create, self.template))
        return self._ready.pop(0).result()

    def drop(self, url: str) -> None:
        """Remove a database soon, even when somebody is still connected to it."""
        self._worker.submit(self.drop_now, url)

    def drop_now(self, url: str) -> None:
        """Remove a database."""
        self._run(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")
        self._there.discard(url)

    def close(self) -> None:
        """Remove all remaining databases."""
        self._worker.shutdown()
        for url in list(self._there):
            self.drop_now(url)

    def _create(self, of: str) -> str:
        name = f"t{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {_name(of)} {self._how}")
        url = make_url(self.address).set(database=name).render_as_string(hide_password=False)
        self._there.add(url)
        return url

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)


def _name(url: str) -> str:
    return make_url(url).database or "" if "://" in url else url
