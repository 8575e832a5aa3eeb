"""The store under test: every test that takes `store` runs against SQLite and against a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from audit import AuditStore
from audit.people import passwords, sealed_keys
from audit.storage.database import Database
from tests.support import postgres
from tests.support.audit.databases import Databases
from tests.support.audit.forging import copied, fill
from tests.support.audit.team import Clock

STORES = ["sqlite", "postgresql"]
RECOMMENDED = passwords._hasher
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SEALING = {name: getattr(sealed_keys, name) for name in ("_MEMORY", "_PASSES", "_LANES")}


@contextmanager
def cheap() -> Iterator[None]:
    """Let passwords be hashed and keys be sealed at the least cost that argon2id has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: CHEAP)
        for name, value in {"_MEMORY": 8, "_PASSES": 1, "_LANES": 1}.items():
            patch.setattr(sealed_keys, name, value)
        yield


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Start a throw-away PostgreSQL server, or use the one that SPARSEMIX_TEST_POSTGRESQL names."""
    named = os.environ.get("SPARSEMIX_TEST_POSTGRESQL")
    if named:
        server_databases = Databases(named)
        yield server_databases
        server_databases.close()
        return
    if postgres.programs() is None:
        message = "PostgreSQL's server is not installed: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    # Not below pytest's own folder: the user whom the server runs as cannot read it.
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    server = postgres.Server(folder, durable=False).start()
    server_databases = Databases(server.url())
    yield server_databases
    server_databases.close()
    server.stop("immediate")
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def one_connection_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that asks for a second connection while its thread holds one.

    With SQLite's rollback journal a writer whose commit is due waits for the first connection and lets no second one in: the
    thread would wait for itself, and everybody else for that thread.
    """
    held = threading.local()

    def guarded(name: str) -> Callable[..., AbstractContextManager[Connection]]:
        plain = getattr(Database, name)

        @contextmanager
        def once(self: Database) -> Iterator[Connection]:
            already = getattr(held, "by", {})
            if self.path is not None and self.place in already:
                raise AssertionError(f"{name} inside {already[self.place]} on one thread")
            held.by = already | {self.place: name}
            try:
                with plain(self) as connection:
                    yield connection
            finally:
                held.by = {place: how for place, how in held.by.items() if place != self.place}

        return once

    for name in ("read", "write"):
        monkeypatch.setattr(Database, name, guarded(name))


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create an empty record in SQLite, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "audit.db"
    AuditStore(path).close()
    return path


@pytest.fixture(params=STORES)
def new_record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Return what makes an empty record, another one at every call, and returns its address."""
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        return databases.copy
    empty: Path = request.getfixturevalue("empty_file")
    return lambda: f"sqlite:///{shutil.copy(empty, tmp_path_factory.mktemp('record') / 'audit.db')}"


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of an empty record."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('empty_file'), tmp_path / 'audit.db')}"
        return
    databases = request.getfixturevalue("databases")
    copy = databases.copy()
    yield copy
    databases.drop(copy)


@pytest.fixture
def store(url: str) -> Iterator[AuditStore]:
    """Yield an empty record."""
    opened = AuditStore(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def timed(url: str, clock: Clock) -> Iterator[AuditStore]:
    """Yield an empty record whose time is `clock`."""
    opened = AuditStore(url, clock=clock)
    yield opened
    opened.close()


def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fill: Callable[[AuditStore], None]) -> str:
    """Return the address of a record that `fill` wrote, in the database that `request.param` names; copy it to change it."""
    address = f"sqlite:///{tmp_path_factory.mktemp('built') / 'audit.db'}"
    if request.param == "postgresql":
        address = request.getfixturevalue("databases").copy()
    store = AuditStore(address)
    with cheap():
        fill(store)
    assert store.verify().ok
    store.close()
    return address


@contextmanager
def copy_of(address: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield a copy of a record, to change."""
    with copied(address, tmp_path, None if address.startswith("sqlite") else request.getfixturevalue("databases")) as copy:
        yield copy


@pytest.fixture(scope="session", params=STORES)
def intact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the record that `forging.fill` writes."""
    return built(request, tmp_path_factory, fill)


@pytest.fixture
def forged(intact: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield a copy of `intact`, to forge."""
    with copy_of(intact, request, tmp_path) as copy:
        yield copy


@pytest.fixture(autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash and seal at little cost: the real one is slow, and `test_signing_in.py` and `test_keys.py` check it."""
    with cheap():
        yield
