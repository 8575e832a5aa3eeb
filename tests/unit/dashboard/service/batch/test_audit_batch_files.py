"""Which files a batch takes, and what it says of folders that it cannot look into."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.service.batch import command
from dashboard.service.batch.files import digest, inputs
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Files in a folder, below it, and in what is hidden."""
    for name in ("a.log", "b/c.log", "b/locked/d.log", ".git/x.log", "b/.snapshot/y.log", "b/.z.log"):
        path = tmp_path / "logs [1]" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LOG)
    return tmp_path / "logs [1]"


@pytest.fixture
def locked(logs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that cannot be listed, as for somebody else than root."""
    real = os.scandir

    def scandir(path: Any = ".") -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return logs / "b" / "locked"


def test_files_are_named_by_their_whole_paths_and_what_is_hidden_is_left_out(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(logs)
    everything = [logs / "a.log", logs / "b" / "c.log", logs / "b" / "locked" / "d.log"]
    for wanted in (".", "**/*.log", "**", str(logs)):
        assert inputs(wanted) == (everything, {})
    assert inputs("b/*.log").files == [logs / "b" / "c.log"]


@pytest.mark.parametrize("wanted", [".", "**/*.log", "b/*/*.log", "b/**"])
def test_a_folder_that_cannot_be_listed_is_told(logs: Path, locked: Path, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "b" / "open").mkdir()
    (logs / "b" / "open" / "e.log").write_bytes(LOG)
    monkeypatch.chdir(logs)
    found = inputs(wanted)
    assert logs / "b" / "open" / "e.log" in found.files and locked / "d.log" not in found.files
    assert found.closed == {locked: "Permission denied"}
    with pytest.raises(FileNotFoundError, match=r"locked cannot be read: Permission denied"):
        inputs("b/lock*/*.log")


def test_what_may_not_be_looked_at_is_taken_and_will_fail(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can be listed and not entered."""
    real = Path.stat

    def stat(path: Path, **more: bool) -> os.stat_result:
        if path.parent.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **more)

    monkeypatch.setattr(Path, "stat", stat)
    assert logs / "b" / "locked" / "d.log" in inputs(str(logs)).files


def test_what_is_no_file_is_left_out(logs: Path) -> None:
    os.mkfifo(logs / "pipe")
    (logs / "gone.log").symlink_to(logs / "nowhere")
    (logs / "loop").symlink_to(logs)
    names = [path.name for path in inputs(str(logs)).files]
    assert names == ["a.log", "c.log", "d.log", "gone.log"]
    assert digest(logs / "gone.log") is None


def test_a_batch_that_could_not_look_into_a_folder_has_failed(
    logs: Path, locked: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(_tasks: object, _weights: Path) -> Iterator[Any]:
        return iter(())

    monkeypatch.setattr(command, "_engine", lambda _arguments: nothing)
    monkeypatch.setattr("audit.access.Access.decided", lambda *_: "0" * 32)
    words = ["--input", str(logs), "--weights", str(weights), "--db", str(logs / ".batch.db"), "--json"]
    assert command.main(words) == 1
    out = capsys.readouterr()
    assert f"failed: {locked}: the folder cannot be read: Permission denied" in out.err
    said = json.loads(out.out)
    assert (said["files"], said["already"], said["failed"]) == (3, 2, 1)
