"""A child that takes too much, takes too long or crashes ends by itself, and the next file is read."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context

import pytest

from dashboard.service.reading import sandbox
from dashboard.service.reading.process import ReadingProcess, _ended, the_process
from dashboard.service.reading.wire import Wire, WireError
from sparsemix import InputError, RunCancelled
from tests.support.dashboard import ends


def guarded(child: Callable[..., object], seconds: float) -> dict[str, object]:
    """Run a child under its guard; return what the guard reports."""
    (data, far_data), (report, far_report) = socket.socketpair(), socket.socketpair()
    # A process of its own: a copy of one that has threads may wait for ever for what one of them holds.
    guard = get_context("spawn").Process(target=ends.guard, args=(child, seconds, far_data, far_report))
    guard.start()
    far_data.close()
    far_report.close()
    report.settimeout(60)
    said = b""
    while part := report.recv(4096):
        said += part
    guard.join(60)
    assert guard.exitcode == 0
    found: dict[str, object] = json.loads(said)
    with pytest.raises(WireError):
        Wire(data, time.monotonic() + 5).receive()
    return found


@pytest.mark.parametrize(
    ("child", "seconds", "code"),
    [(ends.hang, 0.2, "too_slow"), (ends.segfault, 30, "reader_failed"), (ends.grow, 30, "no_memory")],
)
def test_a_child_that_is_hurt_is_told_apart(child: Callable[..., object], seconds: float, code: str) -> None:
    assert _ended(guarded(child, seconds), [("a.log", b"")]).code == code


def test_what_the_system_allows_is_said() -> None:
    protection = the_process().protection()
    assert protection.memory and protection.time
    assert sandbox.Protection(memory=True, time=True, network=False, with_parent=True).missing() == ["reading without network"]


def test_reading_ends_when_nobody_wants_it_any_more() -> None:
    asked: list[float] = []

    def look(_share: float) -> None:
        asked.append(time.monotonic())
        if len(asked) > 20:
            raise RunCancelled("stopped")

    log = b"2026-03-02T10:00:00Z INFO PLC step\n" * 100_000
    with pytest.raises(RunCancelled):
        the_process().ask({"kind": "file", "options": {}}, [("a.log", log)], lambda values, _wire: list(values), look)
    assert asked[-1] - asked[-2] < 5


def test_how_much_was_read_is_told_while_it_is_read_and_while_it_comes() -> None:
    told: list[float] = []
    log = b"".join(b"2026-03-02T10:00:00Z INFO PLC step %d\n" % at for at in range(50_000))
    wanted = {"kind": "file", "options": {}}
    the_process().ask(wanted, [("a.log", log)], lambda values, _wire: list(values), told.append)
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == 1.0
    assert sum(0.1 < share < 0.5 for share in set(told)) == 1 + 50_000 // 8_192
    assert sum(0.5 < share < 1.0 for share in set(told)) >= 4


def test_a_file_that_waits_for_its_place_can_be_given_up() -> None:
    begun, go, stop = threading.Event(), threading.Event(), threading.Event()

    def keeps(_share: float) -> None:
        begun.set()
        assert go.wait(60)

    def gives_up(_share: float) -> None:
        assert begun.wait(60)
        if stop.is_set():
            raise RunCancelled("stopped")
        stop.set()

    asking, log = ReadingProcess(), b"a step\n" * 200_000
    wanted = {"kind": "file", "options": {}}

    def ask(look: Callable[[float], None]) -> None:
        asking.ask(wanted, [("a.log", log)], lambda values, _wire: list(values), look)

    first = threading.Thread(target=ask, args=(keeps,))
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(RunCancelled):
            ask(gives_up)
    finally:
        go.set()
        first.join(60)
        asking.close()
    assert not first.is_alive()


def test_an_answer_that_goes_on_is_none() -> None:
    wanted = {"kind": "file", "options": {}}
    with pytest.raises(InputError) as failed:
        the_process().ask(wanted, [("a.log", b"a\nb\n")], lambda values, _wire: next(values))
    assert failed.value.code == "reader_failed"


def test_a_fault_of_the_program_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError) as failed:
        the_process().ask({"kind": "no such kind"}, [], lambda values, _wire: list(values))
    assert failed.value.code == "reader_failed"
    assert "KeyError" in caplog.text
