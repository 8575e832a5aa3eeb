"""A growing log, decided on while it grows: each line in a decision, each decision that of its window alone, nothing twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from audit import Role, StoreUnavailable
from dashboard.__main__ import main
from dashboard.service.batch import engines
from dashboard.service.common.decision_details import drift_of
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, UNEXPECTED
from dashboard.service.watch import watch_status, watch_workers
from dashboard.service.watch.sliding_windows import Window
from dashboard.service.watch.watch_workers import WindowJudge
from sparsemix.readers import ReadOptions
from tests.support.dashboard.app import PASSWORD, ROOT
from tests.support.dashboard.ends import fail, hang, leave
from tests.support.dashboard.watched import PATIENCE, Bench, lines, until


def test_every_line_is_decided_on_through_rotation_truncation_and_half_lines(bench: Bench) -> None:
    written = lines(1, 70)
    with bench.watching() as watch:
        bench.write(*written[:20], written[20][:7])
        until(lambda: bench.covered() == 20)
        bench.write(written[20][7:], *written[21:30])
        bench.path.rename(bench.path.with_name("line4.log.1"))
        bench.write(*written[30:50])
        until(lambda: bench.covered() == 50)
        os.truncate(bench.path, 0)
        until(lambda: watch.reader.tail.truncations == 1)
        bench.write(*written[50:])
        until(lambda: bench.covered() == 70)
    bench.check(written)
    (told,) = watch_status.watchers(bench.into)
    assert (told.lines, told.covered, told.rotations, told.truncations, told.ended) == (70, 70, 1, 1, "stopped")
    assert told.decisions == len(bench.decisions()) >= 4
    assert told.held == sum(one.gate.value == "held" for one in bench.decisions())
    assert told.last_id == bench.decisions()[-1].id
    assert told.lag_p95 is not None and 0 <= told.lag_p95 <= PATIENCE
    name = bench.decisions()[-1].input_name
    assert name == "line4-000000051-000000070.log"


@pytest.mark.deep
def test_started_again_it_goes_on_where_the_record_ends(bench: Bench) -> None:
    written = lines(1, 90)
    bench.write(*written[:30])
    with bench.watching():
        until(lambda: bench.covered() == 30)
    bench.write(*written[30:45])
    bench.path.rename(bench.path.with_name("line4.log.1"))
    bench.write(*written[45:60])
    with bench.watching() as watch:
        until(lambda: bench.covered() == 60)
        # They have been waiting since it was stopped.
        assert not watch.status.gaps
    with bench.watching() as watch:
        bench.write(*written[60:])
        until(lambda: bench.covered() == 90)
        assert watch.status.decisions <= 4
    bench.check(written)


def test_where_it_stopped_is_gone_and_the_next_decision_says_so(bench: Bench) -> None:
    bench.write(*lines(1, 10))
    with bench.watching():
        until(lambda: bench.covered() == 10)
    bench.path.unlink()
    bench.write(*lines(50, 60))
    with bench.watching():
        until(lambda: bench.covered() == 21)
    first, second = bench.decisions()
    assert (first.details["live"]["gap"], second.details["live"]["gap"]) == (False, True)
    assert watch_status.watchers(bench.into)[0].gaps == 1


def test_from_the_end_it_decides_on_what_comes(bench: Bench) -> None:
    bench.write(*lines(1, 10))
    with bench.watching(start="end"):
        bench.write(*lines(11, 20))
        until(lambda: bench.covered() == 10)
    bench.check(lines(11, 20))


def test_what_cannot_be_judged_is_an_entry_and_the_rest_goes_on(bench: Bench) -> None:
    with bench.watching() as watch:
        bench.write(b"\x00\x01 no text\n", *lines(1, 19))
        until(lambda: watch.status.failed > 0)
        # Windows of twenty lines do not hold it any more.
        bench.write(*lines(20, 60))
        until(lambda: watch.status.covered == 61)
    assert [entry.type for entry in bench.store.entries()].count("failed_input") == watch.status.failed
    assert bench.decisions()
    assert bench.store.verify().ok


def test_a_process_that_dies_is_replaced_and_one_that_always_dies_is_told(bench: Bench) -> None:
    bench.write(*lines(1, 8))
    with bench.watching(deaths=2) as watch:
        until(lambda: bench.covered() == 8)
        assert watch.status.failed == 0
    bench.write(*lines(9, 20))
    with bench.watching(deaths=3) as watch:
        until(lambda: watch.status.failed == 1)
    failures = bench.store.single_user("test").failures
    assert [one.code for one in failures.undecided(windows=True)] == [CRASHED] and failures.undecided() == []


@pytest.mark.deep
def test_a_process_that_dies_while_it_waits_is_replaced(bench: Bench) -> None:
    judging = WindowJudge(bench.weights)
    bench.write(*lines(1, 8))
    with bench.watching(judging=judging) as watch:
        until(lambda: bench.covered() == 8)
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        bench.write(*lines(9, 20))
        until(lambda: bench.covered() == 20)
        assert watch.status.failed == 0
    judging.close()


@pytest.mark.deep
def test_a_process_that_hangs_is_replaced_and_its_window_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judging, real = WindowJudge(bench.weights, longest=0.5), watch_workers._work
    monkeypatch.setattr(watch_workers, "_work", hang)
    bench.write(*lines(1, 8))
    with bench.watching(judging=judging) as watch:
        until(lambda: watch.status.failed == 1)
        monkeypatch.setattr(watch_workers, "_work", real)
        judging._longest = PATIENCE
        bench.write(*lines(9, 20))
        until(lambda: bench.covered() == 20)
    noted = [entry for entry in bench.store.entries() if entry.type == "failed_input"]
    assert [one.code for one in bench.store.single_user("test").failures.of(noted[0].subject)] == [TOO_LONG]
    judging.close()


@pytest.mark.deep
def test_a_program_fault_is_told_of_its_window_and_the_rest_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judging, real = WindowJudge(bench.weights), watch_workers._work
    monkeypatch.setattr(watch_workers, "_work", fail)
    bench.write(*lines(1, 8))
    with bench.watching(judging=judging) as watch:
        until(lambda: watch.status.failed == 1)
        monkeypatch.setattr(watch_workers, "_work", real)
        bench.write(*lines(9, 20))
        until(lambda: bench.covered() == 20)
    noted = [entry for entry in bench.store.entries() if entry.type == "failed_input"]
    (failure,) = bench.store.single_user("test").failures.of(noted[0].subject)
    assert (failure.code, "MemoryError" in failure.why) == (UNEXPECTED, True)
    said = capsys.readouterr().err
    assert "raise MemoryError" in said and "failed: lines 1 to 8" in said
    judging.close()


def test_a_table_that_is_followed_from_its_end_has_its_header(bench: Bench) -> None:
    bench.path = bench.path.with_name("press.csv")
    rows = [f"2026-03-02T10:00:{number % 60:02d},{number % 7}.5,{number % 5}\n".encode() for number in range(60)]
    bench.write(b"time,pressure,torque\n", *rows[:30])
    with bench.watching(start="end") as watch:
        bench.write(*rows[30:])
        until(lambda: watch.status.covered == 30)
    (first, *_) = bench.decisions()
    assert bench.store.blob(first.input_sha256).startswith(b"time,pressure,torque\n" + rows[30])


def test_a_file_is_gone_on_with_whatever_else_its_source_does(bench: Bench) -> None:
    bench.write(*lines(1, 20))
    with bench.watching():
        until(lambda: bench.covered() == 20)
    bench.write(*lines(21, 30))
    with bench.watching(source="elsewhere") as watch:
        until(lambda: watch.status.covered == 10)
    assert bench.decisions()[-1].details["live"]["last"] == 30


@pytest.mark.deep
def test_drift_hears_windows_that_lie_apart(bench: Bench) -> None:
    for begin in (0, 54):
        with bench.watching() as watch:
            for first in range(begin + 1, begin + 54, 9):
                bench.write(*lines(first, first + 8))
                until(lambda first=first, begin=begin: watch.status.covered == first + 8 - begin)  # type: ignore[misc]
    # Ten minutes have not passed.
    assert [drift_of(decision).repeated for decision in bench.decisions()].count(False) == 1
    assert len(bench.decisions()) > 4


@pytest.mark.deep
def test_drift_hears_every_line_once(bench: Bench) -> None:
    with bench.watching(drift_apart=0.0) as watch:
        for first in range(1, 100, 9):
            bench.write(*lines(first, first + 8))
            until(lambda first=first: watch.status.covered == first + 8)  # type: ignore[misc]
    heard = [decision.details["live"] for decision in bench.decisions() if not drift_of(decision).repeated]
    assert 1 < len(heard) < len(bench.decisions())
    for before, after in pairwise(heard):
        assert after["first"] > before["last"]


def test_a_table_is_read_with_its_header_in_every_window(bench: Bench) -> None:
    bench.path = bench.path.with_name("press.csv")
    rows = [f"2026-03-02T10:00:{number % 60:02d},{number % 7}.5,{number % 5}\n".encode() for number in range(60)]
    bench.write(b"time,pressure,torque\n", *rows[:30])
    with bench.watching() as watch:
        until(lambda: watch.status.covered == 31)
    bench.path.rename(bench.path.with_name("press.csv.1"))
    bench.write(b"time,pressure,torque\n", *rows[30:])
    with bench.watching() as watch:
        until(lambda: watch.status.covered == 31)
    assert watch.status.failed == 0
    for decision in bench.decisions():
        data = bench.store.blob(decision.input_sha256)
        assert data.startswith(b"time,pressure,torque\n") and data.count(b"time") == 1
        assert decision.details["source_format"] == "csv"


def test_a_record_that_cannot_be_written_ends_it_with_a_word(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_settings: object) -> str:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr("dashboard.service.decide.recording.enter", full)
    bench.write(*lines(1, 10))
    with pytest.raises(StoreUnavailable), bench.watching():
        until(lambda: bool(found := watch_status.watchers(bench.into)) and bool(found[0].ended))
    assert watch_status.watchers(bench.into)[0].ended == "the disk is full"


def words_of(bench: Bench) -> list[str]:
    return ["watch", str(bench.path), "--db", str(bench.path.with_name("audit.db")), "--weights", str(bench.weights)]


def start(bench: Bench, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dashboard", *words_of(bench), "--seconds", "0.3", *more]
    # As at a terminal: its processes are a group of their own.
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.deep
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_from_the_shell_until_it_is_stopped(
    bench: Bench, number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    written = lines(1, 40)
    bench.write(*written[:20])
    process = start(bench, "--context", "20", "--every", "8")
    try:
        until(lambda: bench.covered() == 20)
        with pytest.raises(SystemExit) as second:
            main(words_of(bench))
        assert second.value.code == 2
        assert "watched for this record already" in capsys.readouterr().err
        bench.write(*written[20:])
        until(lambda: bench.covered() == 40)
    finally:
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
    assert process.stderr is not None and "goes on from there" in process.stderr.read()
    bench.check(written)


@pytest.mark.deep
def test_ctrl_c_at_a_terminal_while_the_process_that_judges_starts(bench: Bench) -> None:
    process = start(bench)

    def begun() -> list[str]:
        return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    # The tracker of resources comes first.
    until(lambda: len(begun()) > 1)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 130 and "Traceback" not in said and "goes on from there" in said


@pytest.mark.deep
def test_a_process_that_dies_while_it_starts_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(watch_workers, "_begin", leave)
    try:
        with pytest.raises(SystemExit) as ended:
            main(words_of(bench))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert ended.value.code == 2
    assert "error: the process that judges died while it started" in capsys.readouterr().err


@pytest.mark.deep
def test_killed_at_any_moment_nothing_is_missing_or_decided_twice(bench: Bench) -> None:
    written = lines(1, 40)
    bench.write(*written[:20])
    process = start(bench, "--context", "20", "--every", "8")
    until(lambda: bench.covered() > 0)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    process.wait(PATIENCE)
    # The process that judges goes with it.
    assert children
    until(lambda: not any(Path(f"/proc/{child}/cwd").exists() for child in children))
    bench.write(*written[20:])
    with bench.watching():
        until(lambda: bench.covered() == 40)
    bench.check(written)


def test_what_makes_no_sense_is_said(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--db", str(bench.path.with_name("audit.db")), "--weights", str(bench.weights)]
    for wrong, word in (
        ([str(bench.path.parent / "nowhere" / "a.log"), *common], "no folder"),
        ([str(bench.path.parent), *common], "is a folder"),
        ([str(bench.path), *common, "--context", "1"], "context"),
        ([str(bench.path), "--db", common[1], "--weights", str(bench.path)], "weights"),
    ):
        with pytest.raises(SystemExit) as caught:
            main(["watch", *wrong])
        assert caught.value.code == 2
        assert word in capsys.readouterr().err
    bench.store.accounts.set_up("root", "Root", PASSWORD, roles=(Role.ADMIN,))
    with pytest.raises(SystemExit) as caught:
        main(["watch", str(bench.path), *common])
    assert caught.value.code == 2
    assert "--as LOGIN" in capsys.readouterr().err


@pytest.mark.deep
def test_the_process_that_judges_can_be_replaced(weights: Path) -> None:
    judging = WindowJudge(weights)
    judging.start()
    window = Window(b"".join(lines(1, 5)), 1, 5, 5, ((5, 0.0),), None, 0, header=False)  # type: ignore[arg-type]
    outcome, memory = judging.submit(window, "line4.log", ReadOptions()).result()
    assert isinstance(outcome, FileJudgement) and outcome.data == window.data
    assert memory is not None and memory > 50
    judging._restart()
    assert judging.submit(window, "line4.log", ReadOptions()).result()[1] is not None
    judging.close()


@pytest.mark.parametrize(("own_lines", "expected"), [(True, [1, 3, 1]), (False, [1, 1, 1])])
def test_only_a_long_window_takes_every_core(
    weights: Path, monkeypatch: pytest.MonkeyPatch, own_lines: bool, expected: list[int]
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(engines, "_LONG", 300)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    judge, threads = engines.Judge(weights, own_lines=own_lines), list[int]()
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    for last in (5, 9, 5):
        assert isinstance(judge.of(b"".join(lines(1, last)), "line4.log", ReadOptions()), FileJudgement)
    assert threads == expected
