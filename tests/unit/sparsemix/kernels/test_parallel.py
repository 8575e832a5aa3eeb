"""Tasks on threads: their order, their errors, and what they leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
import torch

from sparsemix.kernels import parallel

_RUNTIMES = """
import re, torch
from pathlib import Path
from sparsemix.model.model import SparseMixModel
q, k, v = (torch.randn(1, 4, 2048, 16) for _ in range(3))
torch.nn.functional.scaled_dot_product_attention(q, k, v)
attention = SparseMixModel.load(Path("sample_data/weights.safetensors")).network.stack[0].attention
with torch.no_grad():
    attention.select(*(torch.randn(4, 3000, 16, dtype=torch.float64) for _ in range(3)), near_misses=3)
loaded = set(re.findall(r"/\\S*/lib(?:gomp|iomp|omp)[^/\\s]*", Path("/proc/self/maps").read_text()))
print(len(loaded), *loaded)
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
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_the_caller_works_while_the_pool_does() -> None:
    both = threading.Barrier(2)
    assert len(parallel.run([lambda: both.wait(30)] * 2, threads=2)) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_reaches_the_caller(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    with pytest.raises(ZeroDivisionError):
        parallel.run([lambda: 1, lambda: 1 // 0, lambda: 2])


def test_a_caller_with_many_tasks_holds_no_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 5)  # a pool of its own
    go, begun = threading.Semaphore(0), threading.Event()
    many = threading.Thread(target=lambda: parallel.run([lambda: begun.set() or go.acquire(timeout=120)] * 100))
    many.start()
    assert begun.wait(30)
    few: list[int] = []
    other = threading.Thread(target=lambda: few.extend(parallel.run([lambda: 1, lambda: 2])))
    other.start()
    go.release(20)
    other.join(30)
    assert few == [1, 2] and many.is_alive()
    go.release(80)
    many.join(30)


def test_the_search_brings_no_second_openmp_runtime() -> None:
    """Two in one process make torch's attention more than twenty times slower."""
    done = subprocess.run([sys.executable, "-c", _RUNTIMES], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("1 "), done.stdout


@pytest.mark.parametrize(("said", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_that_wait_sleep_unless_the_environment_says_otherwise(said: dict[str, str], policy: str) -> None:
    """Else an explanation takes ten times as long beside one busy process."""
    others = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    command = [sys.executable, "-c", "import sparsemix"]
    environment = {**others, "OMP_DISPLAY_ENV": "true", **said}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert f"OMP_WAIT_POLICY = '{policy}'" in done.stderr


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
