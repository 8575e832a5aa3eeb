"""The command of the benchmarks says before it begins what cannot be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main


@pytest.mark.deep
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["attention", "--json", "x.json", "--lengths", "1"], "at least 2 events"),
        (["attention", "--json", "x.json", "--lengths", "8192", "--rivals", "dense entmax"], "none of these rivals"),
        (["attention", "--json", "x.json", "--budget", "0"], "at least one block"),
        (["collapse", "--json", "."], "is a folder"),
        (["accuracy", "--json", "no/such/x.json"], "no folder"),
        (["real", "--data-dir", "no/such", "--json", "x.json"], "no folder no/such with data"),
        (["real", "--data-dir", ".", "--json", "no/such/x.json"], "no folder no/such to write"),
    ],
)
def test_what_cannot_be_measured_is_said_before_it_is_begun(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("numbers", ["x", "-1", "0,-3"])
def test_what_is_no_list_of_whole_numbers_is_refused_in_words(numbers: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["accuracy", "--json", "x.json", f"--seeds={numbers}"])
    assert ended.value.code == 2
    assert "is not a whole number" in capsys.readouterr().err
