"""What the program keeps about this machine lies where nobody else can put, read or remove it."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.service.common import own_folder as module
from dashboard.service.common.own_folder import own_folder


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    module._of_this_process.cache_clear()
    return tmp_path / f"sparsemix-{os.getuid()}"


def is_closed(folder: Path) -> bool:
    return not folder.is_symlink() and folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_folder_is_its_users_alone_and_stays(temporary: Path) -> None:
    assert own_folder() == temporary and is_closed(temporary)
    (temporary / "kept").touch()
    assert own_folder() == temporary and (temporary / "kept").exists()


def test_the_systems_folder_for_the_user_comes_first_where_it_is_the_users(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert own_folder() == runtime / "sparsemix" and is_closed(runtime / "sparsemix")
    runtime.chmod(0o755)
    assert own_folder() == temporary
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    assert own_folder() == temporary


def opened_to_others(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def link(place: Path) -> None:
    (place.parent / "elsewhere").mkdir(mode=0o700)
    place.symlink_to(place.parent / "elsewhere")


def somebody_elses(place: Path) -> None:
    place.mkdir(mode=0o700)
    os.chown(place, 65534, -1)


@pytest.mark.parametrize("made", [Path.touch, opened_to_others, link, os.mkfifo, somebody_elses])
def test_what_another_has_put_there_is_not_used_and_said(
    made: Callable[[Path], None], temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if made is somebody_elses and os.getuid() != 0:
        pytest.skip("only root gives a folder to somebody else")
    made(temporary)
    with caplog.at_level(logging.WARNING):
        first, second = own_folder(), own_folder()
    assert first == second != temporary and is_closed(first)
    assert caplog.text.count(f"{temporary} is not a folder of mode 0700") == 1 and "Remove it" in caplog.text
