"""What a terminal shows of progress and of what is told."""

import sys

import pytest

from sparsemix.terminal import end_progress, tell, tell_progress


def shown(written: str) -> list[str]:
    """Return the lines that a terminal shows."""
    return [line.rpartition("\r\x1b[K")[2] for line in written.split("\n")]


def test_a_terminal_writes_over_progress_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for number in range(3):
        tell_progress(f"sequence {number} of 2")
    tell("called faulty: 1 of 2")
    tell_progress("100% done")
    end_progress()
    assert shown(capsys.readouterr().err) == ["called faulty: 1 of 2", ""]


def test_elsewhere_every_line_stays(capsys: pytest.CaptureFixture[str]) -> None:
    tell_progress("sequence 1 of 2")
    tell("called faulty: 1 of 2")
    end_progress()
    assert capsys.readouterr().err == "sequence 1 of 2\ncalled faulty: 1 of 2\n"
