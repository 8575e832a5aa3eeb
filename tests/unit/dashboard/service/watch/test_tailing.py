"""A growing log, whatever becomes of it: every line once, in order, whole."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.watch import log_tail
from dashboard.service.watch.log_tail import MOST_BYTES, Tail
from tests.support.properties import examples

STEPS = st.lists(st.sampled_from(["write", "write", "write", "poll", "rotate", "empty", "restart"]), min_size=1, max_size=40)


def texts(tail: Tail) -> list[bytes]:
    return [line.data for line in tail.poll()]


@given(steps=STEPS, sizes=st.randoms(use_true_random=False))
@examples(150)
def test_any_schedule_of_pieces_rotations_and_truncations_gives_the_lines_that_were_written(steps, sizes) -> None:  # type: ignore[no-untyped-def]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "line4.log"
        file = path.open("ab", buffering=0)
        tail, found, written, number, turned = Tail(path), [], [], 0, 0
        rest = b""  # of a line that has begun
        cut_off = 0  # so many lines had been found when the file was emptied
        tail.poll(0)

        def ended() -> None:
            nonlocal rest
            file.write(rest)
            rest = b""

        for step in steps:
            if step == "write":
                ended()
                for _ in range(sizes.randrange(4)):
                    number += 1
                    # Never first in a file: one that is emptied and filled with the same bytes again is not told from itself.
                    blank = b"\n" * sizes.choice([0, 0, 1, 2])
                    line = b"%d %s\n" % (number, b"x" * sizes.randrange(30)) + blank
                    written += line.splitlines(keepends=True)
                    cut = sizes.randrange(len(line) + 1)
                    file.write(rest + line[:cut])
                    rest = line[cut:]
            elif step == "rotate":
                ended()
                file.close()
                turned += 1
                # Names that tell nothing of the order, none of them twice; times that do, however quick the test is.
                older = path.with_name(f"line4.log.{sizes.randrange(10**9)}{turned:02}")
                path.rename(older)
                os.utime(older, (turned, turned))
                file = path.open("ab", buffering=0)
                # Two rotations between two looks are one too many for anybody.
                found += tail.poll(0)
            elif step == "empty":
                # As copytruncate: what is not read by then is lost to everybody.
                ended()
                found += tail.poll()
                os.ftruncate(file.fileno(), 0)
                cut_off = len(found)
            elif step == "restart" and len(found) > cut_off:
                tail.close()
                tail = Tail(path, found[-1].place)
                assert not tail.gap
                found += tail.poll(0)
            elif step == "poll":
                found += tail.poll()
        ended()
        found += tail.poll()
        found += tail.poll()
        assert [line.data for line in found] == written
        assert tail.unread == 0
        tail.close()
        file.close()


def test_going_on_behind_an_empty_line_finds_the_file_that_it_was_in(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one two three\n\n")
    last = Tail(path).poll()[-1]
    path.rename(tmp_path / "a.log.1")
    with (tmp_path / "a.log.1").open("ab") as file:
        file.write(b"late\n")
    path.write_bytes(b"a new file that is long enough\n")
    again = Tail(path, last.place)
    assert texts(again) == [b"late\n", b"a new file that is long enough\n"]
    assert not again.gap


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntw")
    tail = Tail(path)
    assert texts(tail) == [b"one\n"]
    assert texts(tail) == []
    assert tail.unread == 2
    with path.open("ab") as file:
        file.write(b"o\r\n")
    assert texts(tail) == [b"two\r\n"]
    assert tail.unread == 0


def test_a_rotated_file_is_read_to_its_end_when_the_new_one_has_begun(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n")
    tail = Tail(path)
    assert texts(tail) == [b"one\n"]
    writer = path.open("ab", buffering=0)
    path.rename(tmp_path / "a.log.1")
    path.touch()
    writer.write(b"late")  # the writer has not changed over yet
    assert texts(tail) == []
    path.write_bytes(b"new\n")
    assert texts(tail) == [b"late\n", b"new\n"]
    assert (tail.rotations, tail.truncations) == (1, 0)
    writer.close()


def test_a_file_that_was_emptied_and_is_as_long_again_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path)
    tail.poll()
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(b"eins\nzwei\ndrei\n")
    assert texts(tail) == [b"eins\n", b"zwei\n", b"drei\n"]
    assert tail.truncations == 1


def test_several_rotations_between_two_looks_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n")
    tail = Tail(path)
    assert texts(tail) == [b"1\n"]
    # The tail looks at the name between them, and has no room for what it sees.
    for number in (2, 3):
        path.rename(tmp_path / f"a.log.{number}")
        path.write_bytes(b"%d\n" % number)
        assert tail.poll(0) == []
    assert texts(tail) == [b"2\n", b"3\n"]
    monkeypatch.setattr(log_tail, "_MOST_FILES", 2)
    for number in (4, 5, 6):
        path.rename(tmp_path / f"a.log.{number}")
        path.write_bytes(b"%d\n" % number)
        tail.poll(0)
    assert tail.problem is not None and not tail.gap
    # Number 6 was rotated away while two others waited.
    path.rename(tmp_path / "a.log.7")
    path.write_bytes(b"7\n")
    tail.poll(0)
    assert [(line.data, line.gap) for line in tail.poll()] == [(b"4\n", False)]
    assert [(line.data, line.gap) for line in tail.poll()] == [(b"7\n", True)]
    assert tail.problem is None and tail.gap


def test_a_file_that_could_not_be_opened_before_it_was_rotated_away_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n")
    tail = Tail(path)
    assert texts(tail) == [b"1\n"]

    def denied(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "open", denied)
        path.rename(tmp_path / "a.log.2")
        path.write_bytes(b"2\n")
        assert texts(tail) == [] and tail.problem is not None
        # It may be read after all.
        meanwhile.undo()
        assert texts(tail) == [b"2\n"] and not tail.gap
        meanwhile.setattr(os, "open", denied)
        path.rename(tmp_path / "a.log.3")
        path.write_bytes(b"3\n")
        assert texts(tail) == []
        path.rename(tmp_path / "a.log.4")
        path.write_bytes(b"")
        assert texts(tail) == []
    assert texts(tail) == []
    # An empty file has no line that could say it.
    path.rename(tmp_path / "a.log.5")
    path.write_bytes(b"5\n6\n")
    assert [(line.data, line.gap) for line in tail.poll()] == [(b"5\n", True), (b"6\n", False)]
    assert tail.gap and tail.problem is None


def test_a_line_that_is_too_long_is_cut_at_a_space(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"word " * 30_000 + b"\nnext\n" + b"x" * (MOST_BYTES + 9) + b"\n")
    tail = Tail(path)
    first, second, third = tail.poll()
    assert len(first.data) <= MOST_BYTES + 1 and first.data.endswith(b"word \n")
    assert (second.data, len(third.data), tail.cut) == (b"next\n", MOST_BYTES + 1, 2)
    for line, rest in ((first, 2), (second, 1), (third, 0)):
        again = Tail(path, line.place)
        assert not again.gap and len(again.poll()) == rest


def test_it_begins_at_the_end_or_waits_for_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    tail = Tail(path)
    assert texts(tail) == [] and tail.problem is not None
    path.write_bytes(b"one\ntw")
    assert texts(tail) == [b"one\n"] and tail.problem is None
    late = Tail(path, at_end=True)
    with path.open("ab") as file:
        file.write(b"o\n")
    assert texts(late) == [b"two\n"]


def test_it_goes_on_through_files_that_were_rotated_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n2\n3\n")
    last = Tail(path).poll()[1].place
    for number, moment in ((3, 10), (2, 20)):
        path.rename(tmp_path / f"a.log.{number}")
        os.utime(tmp_path / f"a.log.{number}", (moment, moment))
        path.write_bytes(b"after %d\n" % number)
    (tmp_path / "a.log.old").write_bytes(b"nobody's\n")
    tail = Tail(path, last)
    assert texts(tail) == [b"3\n", b"after 3\n", b"after 2\n"]
    assert not tail.gap


def test_where_the_place_is_gone_it_says_so_and_reads_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n2\n")
    last = Tail(path).poll()[1].place
    path.unlink()
    path.write_bytes(b"9\n8\n")
    tail = Tail(path, last)
    assert tail.gap
    assert [(line.data, line.gap) for line in tail.poll()] == [(b"9\n", True), (b"8\n", False)]


def test_a_file_that_cannot_be_read_is_a_problem_and_not_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.symlink_to(path)
    tail = Tail(path)
    assert texts(tail) == []
    assert tail.problem is not None and "cannot read" in tail.problem
    path.unlink()
    path.write_bytes(b"one\n")
    assert texts(tail) == [b"one\n"] and tail.problem is None


def test_a_pipe_in_the_place_of_a_log_takes_up_no_descriptors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "line4.log")
    tail = Tail(tmp_path / "line4.log")
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        assert not texts(tail)
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
