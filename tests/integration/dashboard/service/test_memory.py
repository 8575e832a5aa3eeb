"""The C library is asked for few heaps, and another one is no reason to stop."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from dashboard.service.common.memory import Peak, share_heaps


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
