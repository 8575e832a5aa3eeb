"""Child processes: they end with this process, and can be ended at any time."""

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
    """Make child processes that are started in this block ignore the terminal's Ctrl+C: this process ends them, and reports the
    interruption once.

    SIGINT and SIGTERM for this process wait until the block ends: a child that is half started would print a long traceback.
    """
    received: list[int] = []
    here = threading.current_thread() is threading.main_thread()
    stops = [number for number in (signal.SIGINT, signal.SIGTERM) if here and signal.getsignal(number) is not None]
    handlers = [signal.signal(stop, lambda number, _frame: received.append(number)) for stop in stops]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for stop, handler in zip(stops, handlers, strict=True):
            signal.signal(stop, handler)
        for number in received:
            signal.raise_signal(number)


def end_with_parent() -> None:
    """End this process when its parent is gone: otherwise it would wait for ever for work, with a model in memory."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def kill(pool: ProcessPoolExecutor, *, wait: bool) -> None:
    """End a pool's processes at once; ``wait`` until they are gone."""
    for child in list((pool._processes or {}).values()):
        child.kill()
    # This process holds both ends of the results' pipe open. The reading thread would wait for ever for the rest of a message
    # from a killed process, and the interpreter would wait at its end for that thread.
    if pool._result_queue is not None:
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # in no stub
    pool.shutdown(wait=wait, cancel_futures=True)
