"""Threads for compiled loops that release the GIL.

Simultaneous callers share one pool, and each does its own tasks as well, from the last one on: one with many holds nobody up,
and as many threads work as were asked for. Results come in the order of the tasks, so they do not depend on the number of
threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def threads() -> int:
    """Return how many threads work by default: torch's number."""
    return torch.get_num_threads()


def run(tasks: Sequence[Callable[[], T]], step: Callable[[float], None] | None = None, threads: int | None = None) -> list[T]:
    """Run the tasks on ``threads`` threads, torch's number by default, this one among them. Return their results in the order
    of the tasks.

    ``step`` is called in the caller's thread with the share that is done. An exception from ``step`` ends the call, and tasks
    that have not begun are dropped. Tasks must not call ``run`` themselves.
    """
    threads = threads or torch.get_num_threads()
    results: list[T] = []
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            results.append(task())
            if step is not None:
                step(len(results) / len(tasks))
        return results
    pool = _pool(threads - 1)
    futures = [pool.submit(task) for task in tasks]
    own: dict[int, T] = {}

    def tell() -> None:
        if step is not None:
            step(sum(future.done() for future in futures) / len(tasks))

    try:
        # The pool begins with the first task, so this thread begins with the last: else it would only wait for the pool.
        for number in reversed(range(len(tasks))):
            if not futures[number].cancel():
                break
            own[number] = tasks[number]()
            tell()
        for number, future in enumerate(futures):
            results.append(own[number] if number in own else future.result())
            if number not in own:
                tell()
    finally:
        for future in futures:
            future.cancel()
    return results


def _forget() -> None:
    """Forget the pools: a forked child has none of their threads."""
    global _lock  # noqa: PLW0603 - the parent may have held it
    _lock = threading.Lock()
    _pools.clear()


os.register_at_fork(after_in_child=_forget)


def _pool(threads: int) -> ThreadPoolExecutor:
    with _lock:
        if threads not in _pools:
            _pools[threads] = ThreadPoolExecutor(threads, thread_name_prefix="sparsemix")
        return _pools[threads]
