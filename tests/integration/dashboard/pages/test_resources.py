"""Evidence that all sessions share: mapped out of the process's memory, and kept in it where the disk has no room."""

from __future__ import annotations

import tempfile
from mmap import mmap
from pathlib import Path

import pytest

from dashboard.service.decide.pipeline import analyse
from dashboard.shared import cache
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


@pytest.mark.parametrize("room", [True, False])
def test_evidence_is_there_whether_the_disk_has_room_or_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path, model: SparseMixModel, room: bool
) -> None:
    app = App(monkeypatch, tmp_path, weights)
    id = analyse(LOG, "a.log", model=model, access=app.access)
    if not room:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    loaded = cache.loaded(app.access, id)
    column = loaded.trace.heads[0][0].key_index
    assert len(column) > 0
    assert (column.base is not None and isinstance(column.base.obj, mmap)) is room
