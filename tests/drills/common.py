"""Shared parts of the drills: their databases, people without passwords, figures."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from audit import AuditStore, Role
from audit.storage.database import sqlite_path
from tests.support.audit.databases import Databases
from tests.support.audit.team import join
from tests.support.postgres import Server, programs

__all__ = ["Json", "Place", "admit", "both_stores", "each", "figures", "machine", "opened", "places", "say"]

Json = dict[str, Any]
_KEYS = tempfile.TemporaryDirectory(prefix="sparsemix-")  # by default the program's key for PostgreSQL lies in data/
os.environ.setdefault("SPARSEMIX_PROGRAM_KEY", f"{_KEYS.name}/program.key")
MISSING = "PostgreSQL's server is not installed; on Debian: apt-get install postgresql"


class Place(Protocol):
    """Where a drill makes and drops its databases."""

    kind: str
    server: Server | None  # the throw-away one, which a drill may stop

    def copy(self, of: str | None = None) -> str:
        """Create a record as a copy of another one, by default of an empty one; return its address."""

    def empty(self) -> str:
        """Return the address of a database without anything: a file that does not exist yet, or one without tables."""

    def drop(self, url: str) -> None:
        """Remove a record."""


class _Files:
    kind = "sqlite"
    server: Server | None = None

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._empty = self._new()
        AuditStore(self._empty).close()

    def _new(self) -> Path:
        return self._folder / f"{self._name}-{uuid4().hex[:12]}.db"

    def copy(self, of: str | None = None) -> str:
        path = self._new()
        shutil.copyfile(self._empty if of is None else of, path)
        path.chmod(0o600)
        return str(path)

    def empty(self) -> str:
        return str(self._new())

    def drop(self, url: str) -> None:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(url + end).unlink(missing_ok=True)

    def close(self) -> None:
        self.drop(str(self._empty))


class _Postgres:
    kind = "postgresql"

    def __init__(self, address: str, server: Server | None) -> None:
        self._databases, self.server = Databases(address), server

    def copy(self, of: str | None = None) -> str:
        return self._databases.copy(of)

    def empty(self) -> str:
        return self._databases.empty()

    def drop(self, url: str) -> None:
        self._databases.drop(url)

    def close(self) -> None:
        self._databases.close()


@contextmanager
def sqlite_files(path: Path | None = None) -> Iterator[Place]:
    """Yield files in a new folder, or beside `path`, under its name and a random number."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = _Files(path.resolve().parent, path.stem)
        yield made
        made.close()
        return
    with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder:
        yield _Files(Path(folder), "audit")


@contextmanager
def postgres(address: str | None = None, *, durable: bool = True) -> Iterator[Place]:
    """Yield databases on the server at `address`, or on a throw-away one. Raises `FileNotFoundError` without its programs."""
    if address is not None:
        made = _Postgres(address, None)
        try:
            yield made
        finally:
            made.close()
        return
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))  # not below another one: the server runs as its own user
    try:
        server = Server(folder, durable=durable).start()
        try:
            yield _Postgres(server.url(), server)
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def places(database: str | None, kind: str, *, durable: bool = True) -> Iterator[Place]:
    """Yield the place where databases of this kind are made: at the user's `database`, or a throw-away one."""
    path = sqlite_path(database) if database is not None else None
    with sqlite_files(path) if kind == "sqlite" else postgres(database, durable=durable) as made:
        yield made


def both_stores(database: str | None) -> tuple[list[str], Json]:
    """Return the kinds of stores to try, and those that cannot be tried, each with its reason."""
    if database is not None:
        return (["postgresql"] if sqlite_path(database) is None else ["sqlite"]), {}
    if programs() is None:
        say(MISSING)
        return ["sqlite"], {"postgresql": MISSING}
    return ["sqlite", "postgresql"], {}


def each(arguments: Namespace, drill: Callable[[Place], Json], *, durable: bool = True) -> Json:
    """Run a drill on every store that was asked for; it passes when it passes on all of them."""
    kinds, not_tried = both_stores(arguments.database)
    stores: Json = {}
    for kind in kinds:
        begun = time.monotonic()
        with places(arguments.database, kind, durable=durable) as place:
            stores[kind] = drill(place)
        stores[kind]["seconds"] = round(time.monotonic() - begun, 1)
    return {"ok": all(store["ok"] for store in stores.values()), "stores": stores, "not_tried": not_tried}


@contextmanager
def opened(url: str, **options: Any) -> Iterator[AuditStore]:
    """Open a store and close it afterwards."""
    store = AuditStore(url, **options)
    try:
        yield store
    finally:
        store.close()


def admit(store: AuditStore, login: str, *roles: Role) -> str:
    """Create a person with a session, without the cost of a password; return the token."""
    access = join(store, login, *roles)
    return str(access._token)


def figures(seconds: Sequence[float]) -> Json:
    """Return count, and median, 95th percentile and maximum in milliseconds."""
    if not seconds:
        return {"count": 0, "p50_ms": None, "p95_ms": None, "max_ms": None}
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    named = {"p50_ms": statistics.median(ordered), "p95_ms": p95, "max_ms": ordered[-1]}
    return {"count": len(ordered), **{name: round(1000 * value, 2) for name, value in named.items()}}


def machine() -> Mapping[str, object]:
    """Return the facts of the machine that figures depend on."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "cpus": cpus, "load": os.getloadavg()[0]}


_begun = time.monotonic()


def say(text: str) -> None:
    """Print progress on standard error: standard output is for the JSON."""
    print(f"{time.monotonic() - _begun:8.1f} s  {text}", file=sys.stderr, flush=True)
