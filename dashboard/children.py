"""Processes that this one has others do work in: they end with it, and can be ended whatever they do."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor


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
    pool.shutdown(wait=wait, cancel_futures=True)
