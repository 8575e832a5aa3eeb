"""Files written completely or not at all: what was there stays until the new file is whole, and nothing is left behind."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sparsemix.atomic_files import replacing


def test_the_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.txt"
    for text in ("first", "second"):
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
            assert path.exists() == (text == "second")
    assert path.read_text(encoding="utf-8") == "second"
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), replacing(path) as partial:
        partial.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_in_its_place_is_an_error_that_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match=r"a\.txt"), replacing(tmp_path / "a.txt") as partial:
        partial.write_text("new", encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_two_writers_at_once_do_not_meet_and_everyone_may_read(tmp_path: Path) -> None:
    path, plain = tmp_path / "a.txt", tmp_path / "plain.txt"
    plain.touch()
    with replacing(path) as one, replacing(path) as other:
        assert one != other
        one.write_text("one", encoding="utf-8")
        other.write_text("other", encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
