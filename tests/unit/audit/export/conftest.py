"""An intact bundle, and a copy of it to forge."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.audit.bundles import RECORD


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return RECORD.write(tmp_path_factory.mktemp("intact") / "bundle", old=(3, 7))


@pytest.fixture
def folder(intact: Path, tmp_path: Path) -> Path:
    """Return a private copy to forge."""
    return Path(shutil.copytree(intact, tmp_path / "bundle"))
