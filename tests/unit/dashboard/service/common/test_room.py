"""Long files that are judged at once share the memory that is free."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dashboard.service.common import room as module
from dashboard.service.common.room import room
from sparsemix import InputError, RunCancelled

MILLION = 1_000_000  # events, which take 7,000 MB


class Machine:
    """A machine with 10 GB free, and this program with 1 GB."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.book = folder / "memory.json"
        self.free: float | None = 10_000.0
        self.processes = {str(os.getpid()): 1_000.0}
        monkeypatch.setattr(module, "own_folder", lambda: folder)
        monkeypatch.setattr(module, "_AGAIN", 0.0)
        monkeypatch.setattr(module, "free_mb", lambda: self.free)
        monkeypatch.setattr(module, "_process", self._process)

    def _process(self, key: str) -> tuple[str, float] | None:
        pid = key.partition(" ")[0]
        return (f"{pid} 7", self.processes[pid]) if pid in self.processes else None

    def takes(self, megabytes: float) -> None:
        """Let this program grow."""
        assert self.free is not None
        self.free -= megabytes
        self.processes[str(os.getpid())] += megabytes


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


@pytest.fixture
def first() -> Iterator[ExitStack]:
    with ExitStack() as jobs:
        jobs.enter_context(room(MILLION, at_once))
        yield jobs


def at_once(others: int) -> None:
    raise AssertionError(f"waits for {others}")


def refuses(events: int, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused, room(events, at_once):
        raise AssertionError
    assert refused.value.code == "no_memory"


def test_two_that_start_together_are_judged_one_after_the_other(machine: Machine, first: ExitStack) -> None:
    waited: list[int] = []

    def ends(others: int) -> None:
        waited.append(others)
        if len(waited) == 3:
            first.close()

    with room(MILLION, ends):
        assert waited == [1, 1, 1]
        refuses(1_500_000, "Judging 1,500,000 events takes some 10,500 MB of memory, and 10,000 MB are free")


def test_what_was_reserved_and_taken_counts_once(machine: Machine, first: ExitStack) -> None:
    with room(400_000, at_once):
        machine.takes(6_500)
        with room(70_000, at_once), pytest.raises(RunCancelled), room(200_001, stops):
            raise AssertionError
    # 7,000 were reserved and 6,500 taken: of 3,500 that are free, 500 are due.
    with room(428_000, at_once), pytest.raises(RunCancelled), room(201_000, stops):
        raise AssertionError


def stops(_others: int) -> None:
    raise RunCancelled("stopped")


def test_one_that_was_given_up_holds_nothing(machine: Machine, first: ExitStack) -> None:
    with pytest.raises(RunCancelled), room(MILLION, stops):
        raise AssertionError
    first.close()
    with room(MILLION, at_once):
        pass


def test_what_would_not_fit_without_the_others_is_refused(machine: Machine, first: ExitStack) -> None:
    machine.takes(3_000)
    refuses(1_429_000, "10,003 MB of memory, and 7,000 MB are free")


def test_short_files_have_room_always(machine: Machine) -> None:
    machine.free = 1.0
    with room(200_000, at_once):
        pass
    refuses(200_001, "1,400 MB of memory, and 1 MB are free")


def test_a_system_that_does_not_tell_is_no_reason_to_stop(machine: Machine) -> None:
    machine.free = None
    with room(MILLION, at_once), room(MILLION, at_once):
        pass


def test_what_stands_in_the_file_may_be_torn(machine: Machine, first: ExitStack) -> None:
    machine.book.write_text('{"1 7": [1000.0, {"a"', encoding="ascii")
    with room(MILLION, at_once):
        pass


@pytest.mark.parametrize("written", ["[]", "[1]", '{"1 7": 3}', '{"PROCESS 7": ["x", {"a": "b"}]}', "[" * 10_000])
def test_what_stands_in_the_file_may_be_anything(machine: Machine, written: str) -> None:
    machine.book.write_text(written.replace("PROCESS", str(os.getpid())), encoding="ascii")
    with room(MILLION, at_once), pytest.raises(RunCancelled), room(MILLION, stops):
        raise AssertionError


def test_what_was_judged_stays_where_the_file_can_no_longer_be_used(machine: Machine, first: ExitStack) -> None:
    machine.book.unlink()
    machine.book.mkdir()
    first.close()
    with room(MILLION, at_once):
        refuses(1_500_000, "10,000 MB are free")


HOLDS = """
import sys
from pathlib import Path
from dashboard.service.common import room
room.own_folder, room.free_mb = lambda: Path(sys.argv[1]), lambda: 10_000.0
with room.room(1_000_000, lambda _others: None):
    print(flush=True)
    sys.stdin.read()
"""


def test_other_processes_are_waited_for_until_they_end_even_if_they_are_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if module._process(str(os.getpid())) is None:
        pytest.skip("this system does not tell how much memory a process has")
    monkeypatch.setattr(module, "own_folder", lambda: tmp_path)
    monkeypatch.setattr(module, "free_mb", lambda: 10_000.0)
    waited: list[int] = []
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.read(1) == b"\n"

        def ends(others: int) -> None:
            waited.append(others)
            other.kill()
            other.wait()

        with room(MILLION, ends):
            assert waited == [1]
