"""Attributions that were computed, kept for every session: the last ones asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sparsemix import Attribution

Key = tuple[str, str, int]
"""Decision, hash of the weights, event."""


class Attributions:
    """At most ``most`` results; the worker puts them in, pages take them out."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Attribution] = OrderedDict()

    def put(self, key: Key, found: Attribution) -> None:
        """Keep a result; the one that was not asked for longest makes room."""
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: Key) -> Attribution | None:
        """A result, or None when it was never computed or has made room."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)
