"""How the server starts: on this machine only, with its guards on, wherever it is started from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard import __main__ as command


def test_guards_are_fixed_on_the_command_line() -> None:
    found = command.options(command.parser().parse_args([]))
    assert found[0] == "run"
    assert found[1].endswith("dashboard/app.py")
    for option in (
        "--server.address=localhost",
        "--server.port=8501",
        "--server.enableXsrfProtection=true",
        "--server.enableCORS=true",
        "--server.maxUploadSize=64",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
    ):
        assert option in found


def test_paths_are_taken_from_where_the_command_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(command.cli, "main", lambda args, **_named: started.append(args))
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", "x")
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", "unchanged")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    command.main(["--db", "mine.db", "--port", "9000"])
    assert os.environ["SPARSEMIX_AUDIT_DB"] == str(tmp_path / "mine.db")
    assert os.environ["SPARSEMIX_WEIGHTS"] == "unchanged"
    assert Path.cwd() == command.ROOT
    assert "--server.port=9000" in started[0]
