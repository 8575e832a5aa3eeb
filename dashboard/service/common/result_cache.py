"""A cache of results that took long to compute, shared by all sessions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

Key = TypeVar("Key")
Value = TypeVar("Value")


class ResultCache(Generic[Key, Value]):
    """The results last used, up to `most` of `size` together (by default each counts 1). The newest one always stays."""

    def __init__(self, most: int, size: Callable[[Value], int] = lambda _value: 1) -> None:
        # One result that is larger than the whole cache fills it.
        self._kept: LRUCache[Key, Value] = LRUCache(most, getsizeof=lambda value: min(most, size(value)))
        self._lock = threading.Lock()

    def put(self, key: Key, value: Value) -> None:
        """Store a result; the least recently used ones make room."""
        with self._lock:
            self._kept[key] = value

    def get(self, key: Key) -> Value | None:
        """Return a result, or None when it was never computed or has made room."""
        with self._lock:
            return self._kept.get(key)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return a result, computed and stored if it is missing. Two callers at once may both compute it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value
