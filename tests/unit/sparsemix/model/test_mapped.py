"""Rows of events that memory need not hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from sparsemix.model import mapped

EVENTS = 100_000
"""Of 51 MB."""


_NUMBERS = Path("/proc/self/statm")


def _resident() -> int:
    """Return the bytes of memory that this process has (proc(5))."""
    return int(_NUMBERS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not _NUMBERS.exists(), reason="this system does not say how much memory a process has")
def test_rows_that_are_set_aside_take_no_memory_and_keep_their_values() -> None:
    x = mapped.rows(EVENTS, 64)
    expected = torch.arange(EVENTS * 64, dtype=torch.float64).view(EVENTS, 64)
    x[:] = expected
    before = _resident()
    mapped.set_aside(x)
    assert before - _resident() > 40e6
    assert torch.equal(x, expected)
    x[7] = 3.0
    mapped.set_aside(x)
    assert x[7].tolist() == [3.0] * 64


@pytest.mark.parametrize("events", [mapped._LONG, EVENTS])
def test_other_tensors_stay_as_they_are(events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    x = mapped.rows(events, 64)
    x[:] = 2.0
    mapped.set_aside(x)
    assert x.shape == (events, 64)
    assert bool((x == 2.0).all())


def test_a_file_ends_with_its_last_tensor() -> None:
    x = mapped.rows(EVENTS, 8)
    address, part = x.data_ptr(), x[5:]
    part[:] = 1.0
    del x
    assert address in mapped._files
    assert bool((part == 1.0).all())
    del part
    assert address not in mapped._files
