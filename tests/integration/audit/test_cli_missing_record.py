"""Commands that make no sense with a new record say that there is none, and make none."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.__main__ import main


@pytest.mark.parametrize("command", [["feedback", "--out", "{}/f.zip"], ["export", "--out", "{}/b"], ["erase", "--due"]])
def test_a_mistyped_path_makes_no_record(tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "nowhere.db"
    assert main([*(argument.format(tmp_path) for argument in command), "--db", str(db)]) == 2
    assert f"there is no audit database at {db}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
