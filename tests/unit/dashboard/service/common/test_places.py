"""Where what belongs to a record lies: beside its file, and for PostgreSQL in a place that no other record has."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import StoreUnavailable
from dashboard.service.common.places import HOME, beside


def test_beside_a_file() -> None:
    assert beside("data/audit.db", "gate") == beside("sqlite:///data/audit.db", "gate") == Path("data/audit.db.gate")
    assert beside(Path("/srv/audit.db"), "live") == Path("/srv/audit.db.live")


def test_every_database_has_its_own_whatever_the_password() -> None:
    found = beside("postgresql://app:secret@host/plant", "gate")
    assert found == beside("postgresql+psycopg://other:changed@host/plant", "gate")
    assert found.parent == HOME / "data" and found.name.startswith("plant-") and "secret" not in found.name
    others = (
        "postgresql://app:secret@host/plant2",
        "postgresql://app:secret@other/plant",
        "postgresql://app:secret@host:5433/plant",
        "postgresql:///plant?host=/run/one",
        "postgresql:///plant?host=/run/two",
    )
    assert len({found, *(beside(other, "gate") for other in others)}) == 1 + len(others)
    assert beside("postgresql://host/..%2Fout", "gate").parent == HOME / "data"


def test_the_address_of_no_record_is_refused() -> None:
    with pytest.raises(StoreUnavailable):
        beside("mysql://host/plant", "gate")
