"""Tasks on threads: their order, their errors, and what they leave behind."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading

import pytest
import torch

from sparsemix.kernels import parallel

_SLOWDOWN = """
import time, torch
from sparsemix.model.model import SparseMixModel
from pathlib import Path
torch.set_num_threads(2)
q, k, v = (torch.randn(1, 4, 2048, 16) for _ in range(3))
def seconds():
    durations = []
    for _ in range(9):
        begin = time.perf_counter()
        torch.nn.functional.scaled_dot_product_attention(q, k, v)
        durations.append(time.perf_counter() - begin)
    return min(durations)
seconds()
before = seconds()
model = SparseMixModel.load(Path("sample_data/weights.safetensors"))
attention = model.network.stack[0].attention
with torch.no_grad():
    rows = [torch.randn(4, 3000, 16, dtype=torch.float64) for _ in range(3)]
    attention.select(*rows, near_misses=3)
print(seconds() / before)
"""


def test_results_come_in_the_order_of_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    shares: list[float] = []
    gate = threading.Event()

    def first() -> int:
        # The last task lets the first one go on.
        assert gate.wait(30)
        return 1

    def last() -> int:
        gate.set()
        return 3

    assert parallel.run([first, lambda: 2, last], shares.append) == [1, 2, 3]
    assert shares == [pytest.approx(x / 3) for x in (1, 2, 3)]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_reaches_the_caller(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    with pytest.raises(ZeroDivisionError):
        parallel.run([lambda: 1, lambda: 1 // 0, lambda: 2])


@pytest.mark.deep
def test_torch_is_as_fast_after_the_search_as_before() -> None:
    """Guard against two OpenMP runtimes in one process, which make torch's attention more than twenty times slower; the limit
    is a ratio, and far from that."""
    ratios = [
        float(subprocess.run([sys.executable, "-c", _SLOWDOWN], check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    ]
    assert statistics.median(ratios) < 5


_FORK = """
import os, torch
from sparsemix.kernels import parallel
torch.set_num_threads(2)
parallel.run([int, int, int])
child = os.fork()
if child == 0:
    os._exit(len(parallel.run([int, int, int])))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.deep
def test_a_forked_child_has_threads_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "3"
