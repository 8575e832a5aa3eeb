"""The C library is asked for few heaps, and another one is no reason to stop."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from dashboard.memory import share_heaps


def test_glibc_takes_the_setting() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "from dashboard.memory import share_heaps; print(share_heaps())"],
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
