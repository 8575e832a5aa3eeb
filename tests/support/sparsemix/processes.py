"""Processes started as ``torchrun`` does, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.paths import ROOT

LIMIT = 240


def torchrun(*arguments: object, processes: int = 2, restarts: int = 0) -> list[str]:
    """Return the command that starts so many processes of a module or script."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, f"--nproc-per-node={processes}", f"--max-restarts={restarts}", *map(str, arguments)]


def started(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start the command, with one thread a process; all that it prints goes to the file ``log``."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)


def worker(launcher: subprocess.Popen[bytes], rank: int) -> int:
    """Return the id of the process that torchrun started for a rank."""
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")
    pids = children.read_text().split()
    (found,) = [pid for pid in pids if f"\0RANK={rank}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()]
    return int(found)


def until(there: Callable[[], bool], launcher: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a condition while the launcher runs."""
    end = time.monotonic() + LIMIT
    while not there():
        assert launcher.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.02)
