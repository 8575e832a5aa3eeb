"""Several processes on one record, and processes that die while they write."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import AuditStore
from tests.support.audit.fixtures import STORES
from tests.support.paths import ROOT


@pytest.fixture(params=STORES)
def missing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield an address without a record: no file, or a database without tables."""
    if request.param == "sqlite":
        yield str(tmp_path / "new" / "audit.db")
        return
    databases = request.getfixturevalue("databases")
    empty = databases.empty()
    yield empty
    databases.drop(empty)


def start(url: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.audit.writer", url, name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.deep
def test_processes_never_share_a_number(missing: str) -> None:
    writers = [start(missing, name, 10) for name in ("a", "b", "c")]  # they also race to create the tables
    acknowledged: list[int] = []
    for writer in writers:
        out, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
        acknowledged += map(int, out.split())
    assert sorted(acknowledged) == list(range(1, 61))
    store = AuditStore(missing, read_only=True)
    report = store.verify()
    assert (report.ok, report.checked["decisions"], report.checked["reviews"]) == (True, 30, 30), report.problem_text
    store.close()


@pytest.mark.deep
def test_a_killed_writer_loses_nothing_it_acknowledged(url: str) -> None:
    acknowledged = 0
    for after in (1, 4, 8):
        writer = start(url, "a", 0)
        assert writer.stdout is not None
        assert writer.stderr is not None
        for _ in range(after):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        lines = writer.stdout.read().split()  # entries that were acknowledged before the kill
        acknowledged = int(lines[-1]) if lines else acknowledged
        assert writer.wait(timeout=30) == -9
        writer.stdout.close()
        writer.stderr.close()

        store = AuditStore(url, read_only=True)
        size = store.head().size
        report = store.verify()
        store.close()
        assert report.ok, report.problem_text
        assert acknowledged <= size <= acknowledged + 1


def test_importing_the_record_brings_no_model_and_no_app() -> None:
    code = """
import sys
import audit
import audit.__main__
heavy = {"torch", "streamlit", "sparsemix", "dashboard", "pandas"} & set(sys.modules)
sys.exit(f"came along: {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
