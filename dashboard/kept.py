"""Results that took long to compute, kept for every session: the last ones asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Results by their key, worth ``most`` together (``worth`` of each, 1 unless said otherwise), and the newest one in any
    case; the worker puts them in, pages take them out."""

    def __init__(self, most: int, worth: Callable[[Value], int] = lambda _value: 1) -> None:
        self._most, self._worth = most, worth
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def put(self, key: Key, value: Value) -> None:
        """Keep a result; the one that was not asked for longest makes room."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(map(self._worth, self._kept.values())) > self._most:
                self._kept.popitem(last=False)

    def found(self, key: Key, make: Callable[[], Value]) -> Value:
        """A result, made and kept if nobody asked for it before. Two who ask at once both make it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def get(self, key: Key) -> Value | None:
        """A result, or None when it was never computed or has made room."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)
