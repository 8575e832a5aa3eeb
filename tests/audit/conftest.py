"""The store under test: whatever takes this fixture runs against memory and against SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import AuditStore, MemoryStore, open_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditStore]:
    made: AuditStore = MemoryStore() if request.param == "memory" else open_store(tmp_path / "audit.db")
    yield made
    made.close()
