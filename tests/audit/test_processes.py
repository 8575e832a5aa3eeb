"""Several processes on one file, and processes that die while they write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from audit import SqlStore

ROOT = Path(__file__).parents[2]


def start(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.audit.writer", str(path), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_never_share_a_number(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.db"  # both start on a missing file, so they also race to create it
    writers = [start(path, name, 15) for name in ("a", "b")]
    acknowledged: list[int] = []
    for writer in writers:
        out, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
        acknowledged += map(int, out.split())
    assert sorted(acknowledged) == list(range(1, 61))
    store = SqlStore(path, read_only=True)
    report = store.verify()
    assert (report.ok, report.checked["decisions"], report.checked["reviews"]) == (True, 30, 30)
    store.close()


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    acknowledged = 0
    for after in (1, 2, 3, 4, 5, 6, 7, 8, 1, 2):
        writer = start(path, "a", 0)
        assert writer.stdout is not None
        assert writer.stderr is not None
        for _ in range(after):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        lines = writer.stdout.read().split()  # what was acknowledged until the kill arrived
        acknowledged = int(lines[-1]) if lines else acknowledged
        assert writer.wait(timeout=30) == -9
        writer.stdout.close()
        writer.stderr.close()

        store = SqlStore(path, read_only=True)
        size = store.head().size
        report = store.verify()
        store.close()
        assert report.ok, report.problem_text
        assert acknowledged <= size <= acknowledged + 1


@pytest.mark.parametrize("module", ["audit", "audit.__main__"])
def test_importing_the_record_brings_no_model_and_no_app(module: str) -> None:
    code = f"""
import sys
import {module}
heavy = {{"torch", "streamlit", "sparsemix", "dashboard", "pandas"}} & set(sys.modules)
sys.exit(f"came along: {{heavy}}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
