"""Any number of files from the shell: each decided once, whichever process judges and however often it is stopped."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit import AuditStore, DecisionFilter, DecisionRecord, open_store
from audit.records.payload import to_payload
from dashboard.__main__ import main
from dashboard.service.batch import engines
from dashboard.service.batch.batch import Batch, BatchProgress
from dashboard.service.batch.engines import Judge, Task
from dashboard.service.batch.files import inputs
from dashboard.service.decide.judging import FileJudgement, judge
from dashboard.service.decide.outcomes import TOO_LONG, UNEXPECTED, FileFailure, Outcome
from dashboard.service.decide.pipeline import analyse
from dashboard.service.decide.recording import enter
from dashboard.service.decide.weights_used import program_weights
from sample_data.plant import PlantConfig, generate
from sparsemix import SparseMixModel
from sparsemix.readers import ReadOptions
from tests.integration.dashboard.service.test_gate_command import children, runs
from tests.support.audit.databases import Databases
from tests.support.audit.fixtures import databases  # noqa: F401 - a fixture
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Four logs of two sources, a copy of one of them, and one that is none."""
    folder = tmp_path / "logs"
    (folder / "press").mkdir(parents=True)
    lines = LOG.splitlines(keepends=True)
    for number in range(4):
        (folder / ("press" if number % 2 else ".") / f"line{number % 2}-{number}.log").write_bytes(b"".join(lines[number:]))
    (folder / "copy.log").write_bytes(b"".join(lines[1:]))
    (folder / "bad.log").write_bytes(b"\x00\x01\x02" * 50)
    (folder / ".hidden").write_bytes(LOG)
    return folder


def inline(tasks: Sequence[Task], weights: Path) -> Iterator[Outcome]:
    """An engine without processes."""
    judge = Judge(weights)
    return (judge(task) for task in tasks)


def batch(store: AuditStore, model: SparseMixModel, weights: Path, **settings: object) -> Batch:
    return Batch(store.single_user("test"), model, weights, **settings)  # type: ignore[arg-type]


def recorded(store: AuditStore) -> list[DecisionRecord]:
    found = store.single_user("test").find(DecisionFilter(), limit=100).summaries
    return sorted((one.decision for one in found), key=lambda one: (one.input_name, one.input_sha256))


def test_every_file_is_decided_once_and_the_same_command_goes_on(
    store: AuditStore, model: SparseMixModel, weights: Path, logs: Path
) -> None:
    told: list[BatchProgress] = []
    first = batch(store, model, weights).run(inputs(str(logs)).files, inline, told.append)
    assert (first.files, first.decided, first.already, first.failed) == (6, 4, 1, 1)
    assert told[0].decided == 0 and "6 files" in told[0].line
    head = store.head()
    again = batch(store, model, weights).run(inputs(str(logs)).files, inline)
    assert (again.decided, again.already, again.failed) == (0, 5, 1)
    assert store.head() == head
    assert sorted(str(one.details["source"]) for one in recorded(store)) == ["copy", "line0-0", "line0-2", "line1-3"]
    assert store.verify().ok


def test_what_is_left_is_told_once_there_is_something_to_go_by(
    store: AuditStore, model: SparseMixModel, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers take a minute to start, then judge a file a second."""
    clock, told = 0.0, list[BatchProgress]()

    def slowly(tasks: Sequence[Task], _weights: Path) -> Iterator[Outcome]:
        nonlocal clock
        clock += 60.0
        for _ in tasks:
            clock += 1.0
            yield FileFailure("not_text", "no text")

    monkeypatch.setattr("dashboard.service.batch.batch.time.monotonic", lambda: clock)
    paths = [tmp_path / f"{number}.log" for number in range(40)]
    for path in paths:
        path.write_text(path.name)
    batch(store, model, weights).run(paths, slowly, told.append)
    assert [(one.failed, one.left) for one in told if one.failed <= 16][-1][1] is None
    assert {one.failed + one.left for one in told if one.left is not None} == {40.0}
    assert told[-1].line.endswith("39 failed; 1.0 a second, about 1 s left")


def test_a_file_that_cannot_be_read_is_an_entry_and_can_be_tried_again(
    store: AuditStore, model: SparseMixModel, weights: Path, logs: Path
) -> None:
    paths = [logs / "bad.log", logs / "gone.log"]
    paths[1].symlink_to(logs / "nowhere.log")
    assert set(paths) < set(inputs(str(logs)).files)
    standing = batch(store, model, weights).run(paths, inline)
    assert (standing.decided, standing.failed) == (0, 2)
    noted = [entry for entry in store.entries() if entry.type == "failed_input"]
    assert len(noted) == 2
    named: list[tuple[str, str]] = []
    batch(store, model, weights).run(paths, inline, failed=lambda path, why: named.append((path.name, why)))
    assert sorted(name for name, _ in named) == ["bad.log", "gone.log"] and all(why for _, why in named)
    assert "--retry-failed" in dict(named)["bad.log"]
    (logs / "bad.log").write_bytes(LOG)
    assert batch(store, model, weights, again=True).run(paths, inline).decided == 1
    assert len([entry for entry in store.entries() if entry.type == "failed_input"]) == 2


@pytest.mark.parametrize("fault_rate", [0.0, 0.3])
def test_what_a_worker_leaves_out_changes_nothing_in_the_record(tmp_path: Path, fault_rate: float) -> None:
    weights = program_weights()
    model, data = SparseMixModel.load(weights), "\n".join(generate(PlantConfig(600, fault_rate=fault_rate), 3).lines).encode()
    sent, records = Judge(weights).of(data, "line4.log", ReadOptions()), list[dict[str, Any]]()
    assert isinstance(sent, FileJudgement) and sum(not event.text for event in sent.sequence.events) > 400
    for number, judged in enumerate((judge(data, "line4.log", model=model), sent)):
        with closing(open_store(tmp_path / f"{number}.db")) as store:
            id = enter(judged, model=model, access=store.single_user("test"), source="line4")
            records.append(to_payload(store.decision(id)))
    for record in records:
        for name in ("id", "started_at", "ended_at", "due_at", "sampling_route", "gate", "required_reviews"):
            del record[name]
        del record["inclusion_probability"], record["details"]["memory_mb"]
    assert records[0] == records[1]


def test_what_was_decided_in_the_app_is_not_decided_again(
    store: AuditStore, model: SparseMixModel, weights: Path, logs: Path
) -> None:
    analyse((logs / "line0-0.log").read_bytes(), "upload.log", model=model, access=store.single_user("test"))
    standing = batch(store, model, weights).run([logs / "line0-0.log"], inline)
    assert (standing.decided, standing.already) == (0, 1)


@pytest.mark.deep
def test_workers_that_are_killed_lose_nothing(store: AuditStore, model: SparseMixModel, weights: Path, logs: Path) -> None:
    def killed(tasks: Sequence[Task], path: Path) -> Iterator[Outcome]:
        for number, outcome in enumerate(engines.local(tasks, path, workers=2)):
            yield outcome
            if number == 1:
                for child in multiprocessing.active_children():
                    child.kill()

    standing = batch(store, model, weights).run(inputs(str(logs)).files, killed)
    assert (standing.decided, standing.failed) == (4, 1)
    assert store.verify().ok


@pytest.mark.deep
def test_a_worker_that_dies_while_the_caller_records_takes_no_file_with_it(weights: Path, tmp_path: Path) -> None:
    """More files than are handed out ahead; the pool is known to be broken before the next is handed out."""
    paths = [tmp_path / f"{number:02d}.log" for number in range(12)]
    for number, path in enumerate(paths):
        path.write_bytes(LOG + f"2026-03-02T10:06:{number:02d}+09:00 INFO ST01 PLC step {number}\n".encode())
    judged = []
    for outcome in engines.local([Task(str(path), ReadOptions()) for path in paths], weights, workers=1):
        judged.append(outcome.data if isinstance(outcome, FileJudgement) else None)
        if len(judged) in (3, 8):
            for child in multiprocessing.active_children():
                child.kill()
            for thread in threading.enumerate():
                if type(thread).__name__ == "_ExecutorManagerThread":
                    thread.join(60)
    assert judged == [path.read_bytes() for path in paths]


@pytest.mark.deep
def test_a_file_that_hangs_is_given_up_and_the_rest_goes_on(weights: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_work", _hangs)
    paths = [logs / "line0-0.log", logs / "copy.log", logs / "line0-2.log"]
    found = list(engines.local([Task(str(path), ReadOptions()) for path in paths], weights, workers=1, longest=40.0))
    assert [one.code if isinstance(one, FileFailure) else "" for one in found] == ["", TOO_LONG, ""]


def _hangs(task: Task, weights: Path) -> Outcome:
    """What a worker runs: its own `_work` is the real one."""
    if task.path.endswith("copy.log"):
        threading.Event().wait()
    return engines._work(task, weights)


def test_what_a_judge_is_not_up_to_is_one_file_s_failure(
    weights: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def too_much(*_words: object, **_more: object) -> FileJudgement:
        raise MemoryError

    judge = Judge(weights)
    with monkeypatch.context() as broken:
        broken.setattr(engines, "judge", too_much)
        found = judge.of(LOG, "line4.log", ReadOptions())
    assert isinstance(found, FileFailure) and found.code == UNEXPECTED and "MemoryError" in found.why
    assert "line4.log" in caplog.text
    assert isinstance(judge.of(LOG, "line4.log", ReadOptions()), FileJudgement)


@pytest.mark.deep
@pytest.mark.parametrize("told", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_command(weights: Path, logs: Path, tmp_path: Path, told: signal.Signals) -> None:
    """Else each would keep its model in memory, and wait for work for ever; as a terminal tells all of them (SIGINT), a service
    manager the command."""
    command = [sys.executable, "-m", "dashboard", "audit-batch", "--input", str(logs), "--weights", str(weights)]
    command += ["--workers", "2", "--db", str(tmp_path / "batch.db")]
    # What is started in the background, as these tests may be, would ignore Ctrl+C.
    command = ["env", "--default-signal=INT", *command]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    # The tracker of resources is one of them.
    _until(lambda: len(children(process.pid)) > 2)
    left = children(process.pid)
    if told is signal.SIGINT:
        os.killpg(process.pid, told)
    else:
        process.send_signal(told)
    said = process.communicate(timeout=120)[1]
    _until(lambda: not any(map(runs, left)))
    if told is not signal.SIGKILL:
        assert process.returncode == 130
        assert said.count("stopped; what was decided is recorded") == 1 and "Traceback" not in said


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.mark.deep
def test_two_commands_at_once_fill_one_record_on_postgresql(request: pytest.FixtureRequest, weights: Path, logs: Path) -> None:
    server: Databases = request.getfixturevalue("databases")
    url = server.copy()
    arguments = ["--input", str(logs), "--weights", str(weights), "--workers", "1", "--json", "--db", url]
    command = [sys.executable, "-m", "dashboard", "audit-batch", *arguments]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
    said = [json.loads(process.communicate(timeout=300)[0]) for process in running]
    assert [process.returncode for process in running] == [1, 1]
    # Each of the four was decided by one of them, whichever was faster.
    assert sum(one["decided"] for one in said) == 4
    assert [one["decided"] + one["already"] for one in said] == [5, 5]
    with closing(open_store(url)) as store:
        assert len({one.input_sha256 for one in recorded(store)}) == len(recorded(store)) == 4
        assert store.verify().ok


@pytest.mark.deep
def test_weights_that_a_lead_put_to_use_judge(
    logs: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(weights))
    other = SparseMixModel.load(weights).with_config(event_threshold=0.4)
    with closing(open_store(tmp_path / "batch.db")) as store:
        register = store.single_user("test").weights
        register.register(other.to_bytes(), "promoted", {})
        register.use(other.weights_sha256)
    command = ["audit-batch", "--input", str(logs / "line0-0.log"), "--workers", "1", "--db", str(tmp_path / "batch.db")]
    with pytest.raises(SystemExit) as caught:
        main(command)
    assert caught.value.code == 0
    with closing(open_store(tmp_path / "batch.db")) as store:
        assert [one.weights_sha256 for one in recorded(store)] == [other.weights_sha256]
    with pytest.raises(SystemExit) as caught:
        main([*command, "--engine", "ray", "--address", "ray://nowhere.invalid:1"])
    assert caught.value.code == 2
    assert "--weights" in capsys.readouterr().err


@pytest.mark.deep
def test_from_the_shell(logs: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["audit-batch", "--input", str(logs / "**/*.log"), "--weights", str(weights), "--workers", "1", "--json"]
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--db", str(tmp_path / "batch.db")])
    out = capsys.readouterr()
    assert caught.value.code == 1
    assert json.loads(out.out)["decided"] == 4
    assert "of 6 files" in out.err and f"failed: {logs / 'bad.log'}: " in out.err
    for workers in ("0", "two"):
        with pytest.raises(SystemExit) as caught:
            main([*arguments, "--db", str(tmp_path / "batch.db"), "--workers", workers])
        assert caught.value.code == 2 and f"{workers} is no whole number of at least 1" in capsys.readouterr().err
    for wrong in (
        ["--input", str(tmp_path / "nowhere")],
        ["--input", str(logs), "--weights", str(tmp_path / "none")],
        ["--input", str(logs), "--address", "auto"],
    ):
        with pytest.raises(SystemExit) as caught:
            main(["audit-batch", *wrong, "--db", str(tmp_path / "batch.db")])
        assert caught.value.code == 2
        assert "error:" in capsys.readouterr().err
