"""How memory is allocated, given back and counted, and that another C library or system is no reason to stop."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.service.common import memory
from dashboard.service.common.memory import Peak, free_mb, give_back, share_heaps
from dashboard.service.common.turns import LONG
from dashboard.service.common.worker import Progress, Worker


def test_glibc_takes_the_setting() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "from dashboard.service.common.memory import share_heaps; print(share_heaps())"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert made.stdout.strip() == str(platform.libc_ver()[0] == "glibc")


def test_another_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_name: object) -> object:
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", none)
    assert share_heaps() is False
    give_back()


def test_memory_is_given_back() -> None:
    held = [bytes(50_000) for _ in range(4_000)]
    del held[::2], held[:-1]
    before = memory.resident_mb()
    if before is None or platform.libc_ver()[0] != "glibc":
        pytest.skip("this system does not tell how much memory a process takes, or its C library cannot give it back")
    give_back()
    assert memory.resident_mb() < before - 50  # type: ignore[operator]


def test_memory_that_a_long_job_leaves_is_given_back() -> None:
    if memory.resident_mb() is None or platform.libc_ver()[0] != "glibc":
        pytest.skip("this system does not tell how much memory a process takes, or its C library cannot give it back")
    worker, left, during = Worker(), list[bytes](), list[float]()

    def work(*, progress: Progress) -> None:
        held = [b"x" * size for size in range(50_000, 54_000)]
        left.append(held[-1])
        during.append(memory.resident_mb() or 0.0)

    worker.wait(worker.submit(work, size=LONG).id, 60.0)
    assert (memory.resident_mb() or 0.0) < during[0] - 100
    worker.close()


@pytest.mark.parametrize(
    ("group", "free"),
    [
        ({}, 8_000.0),
        ({"max": "max\n", "current": "1\n", "stat": ""}, 8_000.0),
        ({"max": "3000000000\n", "current": "2000000000\n", "stat": "anon 7\ninactive_file 500000000\n"}, 1_500.0),
        ({"max": "30000000000\n", "current": "2000000000\n", "stat": ""}, 8_000.0),
    ],
)
def test_what_is_free_is_what_machine_and_container_give(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, group: dict[str, str], free: float
) -> None:
    machine = tmp_path / "meminfo"
    machine.write_text("MemTotal:       15625000 kB\nMemAvailable:    7812500 kB\n")
    for name, text in group.items():
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(memory, "_MACHINE", machine)
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    assert free_mb() == free
    machine.unlink()
    assert free_mb() == (free if "inactive" in group.get("stat", "") else 28_000.0 if group.get("max", "m")[0] == "3" else None)


def test_the_peak_is_that_of_now_and_not_of_before() -> None:
    first = Peak()
    before = first.megabytes()
    if before is None:
        pytest.skip("this system does not tell how much memory a process took")
    held = bytearray(b"x" * 200_000_000)
    assert first.megabytes() >= before + 150  # type: ignore[operator]
    del held
    again = Peak().megabytes()
    assert again is not None
    assert again < before + 150
