"""Python's search for garbage in cycles, which looks at every object and holds up all threads meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock, _under_way, _collected = Lock(), 0, True


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: for work that makes many objects and no cycles, which the search can make twice as long.
    The last of several threads that do such work looks for it again."""
    global _under_way, _collected  # noqa: PLW0603 - there is one collector, too
    with _lock:
        _collected = _collected if _under_way else gc.isenabled()
        _under_way += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1
            if _collected and not _under_way:
                gc.enable()


def keep_loaded() -> None:
    """Look no more at anything that there is now: nearly all of it is modules and weights, which stay until the end."""
    gc.collect()
    gc.freeze()
