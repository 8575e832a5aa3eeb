"""The gate's command as an operator starts it, and its processes as they end."""

from __future__ import annotations

import builtins
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from audit import AuditStore, Role
from dashboard.__main__ import main
from dashboard.service.batch import engines
from dashboard.service.batch.engines import JudgeProcess, Task
from dashboard.service.common.places import beside
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, FileFailure
from dashboard.service.gate.command import parser
from dashboard.service.gate.gate_service import state_of
from sparsemix.readers import ReadOptions
from tests.support.dashboard.ends import crash, hang
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.gates import administrator
from tests.support.dashboard.watched import until
from tests.support.paths import ROOT


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command says when it does not start."""
    with pytest.raises(SystemExit) as ended:
        main(["gate", *words])
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_addresses_that_others_reach_need_a_proxy_with_tls(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    db = str(tmp_path / "audit.db")
    for host in ("0.0.0.0", "192.168.1.4", "plant.example", "::"):  # noqa: S104 - refused
        assert "--behind-tls" in refused(capsys, "--host", host, "--db", db)
    assert not (tmp_path / "audit.db").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--queue", "0"), "--queue"),
        (("--workers", "0"), "--workers"),
        (("--notify", "http://plant.example/hook"), "https://"),
        (("--notify", "https://[::1"), "not an address"),
        (("--weights", "/nowhere.safetensors"), "nowhere"),
    ],
)
def test_what_cannot_work_is_said_before_anything_starts(
    words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert why in refused(capsys, "--db", str(tmp_path / "audit.db"), *words)


def test_a_secret_that_is_none_is_said_before_anything_starts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_鍵", encoding="utf-8")
    words = ("--notify", "https://plant.example/hook", "--notify-secret", str(tmp_path / "secret"))
    assert "holds no secret" in refused(capsys, "--db", str(tmp_path / "audit.db"), *words)


def test_weights_in_use_that_do_not_load_are_said_before_anything_starts(
    store: AuditStore, weights: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(weights))
    root, content = administrator(store), b"no weights"
    digest = sha256(content).hexdigest()
    root.weights.register(content, "no weights", {"weights_sha256": digest})
    root.weights.use(digest)
    said = refused(capsys, "--db", str(tmp_path / "audit.db"), "--workers", "1")
    assert said.startswith("error: ") and "weights" in said and "Traceback" not in said


def test_a_port_that_is_taken_is_said(
    store: AuditStore, weights: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    administrator(store)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ("--db", str(tmp_path / "audit.db"), "--weights", str(weights), "--workers", "1", "--port", port)
        said = refused(capsys, *words)
    assert "address already in use" in said and f"error: the gate does not answer on 127.0.0.1:{port}" in said
    assert "Traceback" not in said


def test_without_the_extra_it_says_what_to_install(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "fastapi":
            raise ImportError("No module named 'fastapi'", name="fastapi")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install -r requirements-gate.txt" in refused(capsys)


def test_what_it_keeps_lies_beside_the_record() -> None:
    def folder(*words: str) -> Path:
        return state_of(parser().parse_args(words))

    assert folder("--db", "data/audit.db") == folder("--db", "sqlite:///data/audit.db") == Path("data/audit.db.gate")
    assert folder("--db", "postgresql://u:secret@host/db") == beside("postgresql://host/db", "gate")
    assert folder("--db", "x.db", "--state", "there") == Path("there")


@pytest.mark.deep
def test_a_process_that_dies_or_hangs_is_replaced(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(LOG)
    task, judge = Task(str(path), ReadOptions(), "lot.log"), JudgeProcess(longest=300)
    real = engines._work
    # Of every process the start takes longer than all else here.
    monkeypatch.setattr(engines, "DEATHS", 2)
    monkeypatch.setattr(engines, "_work", crash)
    died = judge(task, weights)
    assert isinstance(died, FileFailure) and died.code == CRASHED
    monkeypatch.setattr(engines, "_work", real)
    found = judge(task, weights)
    assert isinstance(found, FileJudgement) and found.sequence.name == "lot.log"
    judge._longest = 0.1
    monkeypatch.setattr(engines, "_work", hang)
    hung = judge(task, weights)
    assert isinstance(hung, FileFailure) and hung.code == TOO_LONG
    judge.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def started(db: Path, weights: Path, token: str) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """The command in a process of its own, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard", "gate", "--db", str(db), "--port", str(port), "--workers", "1"]
    command += ["--weights", str(weights)]
    # As at a terminal: its processes are a group of their own.
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=90) as client:
        for _ in range(3000):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            try:
                client.get("/v1/health")
                break
            except httpx2.ConnectError:
                process.poll()
                time.sleep(0.1)
        yield process, client
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert "Traceback" not in said, said


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def end(pids: list[int]) -> None:
    """Wait until these processes are gone."""
    for pid in pids:
        for _ in range(600):
            if not runs(pid):
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"process {pid} outlived its gate")


@pytest.mark.deep
def test_a_gate_that_is_killed_goes_on_with_what_it_accepted(store: AuditStore, weights: Path, tmp_path: Path) -> None:
    token = administrator(store).tokens.issue("mes", (Role.SERVICE,), days=1).token
    db = tmp_path / "audit.db"
    logs = [LOG + b"".join(LOG.splitlines(keepends=True)[:n]) for n in range(1, 5)]
    with started(db, weights, token) as (process, client):
        for number, data in enumerate(logs):
            assert client.post("/v1/sequences", params={"name": f"lot-{number}"}, content=data).status_code == 202
        left = children(process.pid)
        assert left
        until(lambda: store.count_decisions() > 0)
        process.kill()
        process.wait()
    end(left)  # nobody stays behind with a model in memory
    with started(db, weights, token) as (_, client):
        for number in range(len(logs)):
            lot = {"params": {"name": f"lot-{number}"}}
            until(lambda lot=lot: not client.get("/v1/lots", **lot).json()["under_way"])  # type: ignore[misc]
            assert len(client.get("/v1/lots", **lot).json()["decisions"]) == 1
    assert store.count_decisions() == len(logs)
    assert [path.name for path in Path(f"{db}.gate").iterdir()] == ["lock"]
    assert store.verify().ok


@pytest.mark.deep
def test_ctrl_c_at_a_terminal_ends_a_gate_without_a_word_of_its_processes(
    store: AuditStore, weights: Path, tmp_path: Path
) -> None:
    token = administrator(store).tokens.issue("mes", (Role.SERVICE,), days=1).token
    db = tmp_path / "audit.db"
    with started(db, weights, token) as (process, client):  # which looks at what was said
        assert client.post("/v1/sequences", params={"name": "lot-17"}, content=LOG).status_code == 202
        left = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
    end(left)
    kept = [*Path(f"{db}.gate").glob("*.json")]
    assert left and store.count_decisions() + len(kept) >= 1, "decided, or kept for the next start"
