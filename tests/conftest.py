"""What all tests share: the profiles of property tests, and the marker of tests that need a PostgreSQL server."""

import os
import tempfile

import pytest
from hypothesis import settings

from tests.support.paths import ROOT
from tests.support.properties import examples

UNIT = ROOT / "tests" / "unit"

_KEYS = tempfile.TemporaryDirectory(prefix="sparsemix-")  # by default the program's key for PostgreSQL lies in data/
os.environ.setdefault("SPARSEMIX_PROGRAM_KEY", f"{_KEYS.name}/program.key")

settings.register_profile("default", examples())
settings.register_profile("deep", examples())
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every case that a fixture or a parameter puts on PostgreSQL, so that `-m "not postgresql"` leaves it out.

    Those of unit tests are deep too: `make test` runs units on SQLite, and integration on both.
    """
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "postgresql" in parameters.values():
            item.add_marker("postgresql")
            if item.path.is_relative_to(UNIT):
                item.add_marker("deep")
