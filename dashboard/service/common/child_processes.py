"""Processes that this one has others do work in: they end with it, and can be ended whatever they do."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Processes that are started within never hear the terminal's Ctrl+C: whoever started them ends them, and says so once.
    What tells this process to end waits meanwhile, for a process that is half started would have much to say about it."""
    told: list[int] = []
    here = threading.current_thread() is threading.main_thread()
    stops = [one for one in (signal.SIGINT, signal.SIGTERM) if here and signal.getsignal(one) is not None]
    handlers = [signal.signal(one, lambda number, _frame: told.append(number)) for one in stops]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for one, handler in zip(stops, handlers, strict=True):
            signal.signal(one, handler)
        for number in told:
            signal.raise_signal(number)


def end_with_parent() -> None:
    """A process whose parent is killed must not stay behind with a model in memory, and wait for its next work for ever."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def kill(pool: ProcessPoolExecutor, *, wait: bool) -> None:
    """End a pool's processes, whatever they do; ``wait`` until they are gone."""
    for child in list((pool._processes or {}).values()):
        child.kill()
    # This process holds the results' pipe open at both ends: who reads half a message of one that was killed would wait for the
    # other half for ever, and the interpreter's end for who reads.
    if pool._result_queue is not None:
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # in no stub
    pool.shutdown(wait=wait, cancel_futures=True)
