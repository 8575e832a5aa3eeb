"""What a terminal shows of progress and of what is told."""

import sys

import pytest

from sparsemix.terminal import counted, end_progress, printable, share_teller, tell, tell_progress


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


def test_a_share_is_told_each_time_on_a_terminal_and_each_tenth_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for terminal, lines in ((False, 11), (True, 41)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        tell_share = share_teller()
        for step in range(41):
            tell_share(step / 40, "fitting")
        said = capsys.readouterr().err
        assert said.count("fitting") == lines and "  0% fitting" in said and "100% fitting" in said


def test_signs_that_move_the_cursor_are_not_shown() -> None:
    assert printable("line 1: \x1b[2J\x07 \u202e弁\nline 2\r") == "line 1:  [2J   弁\nline 2 "


def test_lines_hold_no_sign_that_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    tell("error: \x1b[2Jx\u202egol\x07.log\nsecond line")
    tell_progress("50% \x9b31m\u2066.log")
    assert capsys.readouterr().err == "error:  [2Jx gol .log\nsecond line\n50%  31m .log\n"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n": 1, "of": 9}, "1 of 9 lines looks odd; the 9 lines are read"),
        ({"n": 3, "of": 9}, "3 of 9 lines look odd; the 9 lines are read"),
        ({"n": 1, "of": 1}, "1 of 1 line looks odd; the 1 line is read"),
    ],
)
def test_what_is_counted_is_in_the_singular_where_it_is_one(values: dict[str, int], said: str) -> None:
    assert counted("{n:,} of {of:,} lines look odd; the {of:,} lines are read", values) == said
    assert counted("{text}, {n} entries", {"text": "1 lines", "n": 1}) == "1 lines, 1 entry", "what a file says stays as it is"
