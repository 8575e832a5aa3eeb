"""Files that commands are given: none hangs a command or steers the terminal, whatever it is and however it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit import AuditStore
from audit.__main__ import main
from audit.export import verify_bundle
from tests.support.paths import ROOT


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARSEMIX_DATABASE_URL", raising=False)
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", "audit.db")
    store = AuditStore(tmp_path / "audit.db")
    store.record_event("a", "note", "all", {})
    store.close()
    assert main(["tiles", "write", "share"]) == 0
    assert main(["proof", "write", "1", "--checkpoint", "share/checkpoint-000000000001.txt", "--out", "proof"]) == 0
    assert main(["backup", "b"]) == 0
    assert main(["witness", "init", "w", "--name", "w", "--ed25519"]) == 0
    os.mkfifo("pipe")
    return tmp_path


COMMANDS = [
    "verify --checkpoint {} --public-key share/public_key.txt",
    "verify --checkpoint share/checkpoint-000000000001.txt --public-key {}",
    "verify --checkpoint share/checkpoint-000000000001.txt --public-key share/public_key.txt --witnesses {}",
    "proof check proof --public-key {}",
    "proof check {} --public-key share/public_key.txt",
    "tiles check share --public-key {}",
    "witness trust w {}",
    "checkpoint --dir new --key {}",
    "backup new --with-keys --key {}",
    "restore b --db new.db --checkpoint share --public-key {}",
    "restore b --db new.db --checkpoint {} --public-key share/public_key.txt",
    "weights add {} --card b/manifest.json",
    "weights add proof --card {}",
]


@pytest.mark.parametrize("file", ["pipe", "/dev/zero"])
def test_no_pipe_is_waited_for_and_no_device_read(desk: Path, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for command in COMMANDS:
        assert main(command.format(file).split()) == 2, command
        told = capsys.readouterr().err
        assert told.startswith("error: ") and f"{file} is not a regular file" in told, command
    for option in ("--public-key", "--checkpoint"):
        assert verify_bundle.main([option, file]) == 2
        assert f"{file} is not a regular file" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["backup", "checkpoint --dir", "checkpoint --out", "export --out", "tiles write", "checkpoint --key {} --out k"]
)
def test_a_name_cannot_steer_the_terminal(desk: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    name = "esc\x1b[31m\u202e\nerror: x"
    given = [name if part == "{}" else part for part in command.split()]
    assert main(given if name in given else [*given, name]) == 0
    told = capsys.readouterr()
    assert "\\x1b[31m\\u202e\\n" in told.out or command == "checkpoint --out"
    assert all(line.isprintable() for line in (told.out + told.err).splitlines())


@pytest.mark.parametrize("command", ["backup", "checkpoint --dir", "verify --db"])
def test_a_name_that_is_no_text_is_refused(desk: Path, command: str) -> None:
    given = [sys.executable, "-m", "audit", *command.split(), os.fsencode(desk) + b"/bad\xff"]
    done = subprocess.run(given, cwd=desk, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ") and b"bad\\udcff is not text in UTF-8" in done.stderr


@pytest.mark.parametrize("origin", ["a\u202eb", "a\x7fb", "a\x85b", "a\u200bb", "a\ufeff"])
def test_a_name_of_a_log_has_nothing_unseen(desk: Path, origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checkpoint", "--dir", "new", "--origin", origin]) == 2
    assert "control or formatting" in capsys.readouterr().err
    assert main(["checkpoint", "--dir", "new", "--origin", "工場.example/ログ"]) == 0
