"""A log that is followed: its entries checked one after the other, and its Merkle tree kept for roots and proofs."""

from __future__ import annotations

from typing import Protocol

from audit.errors import Tampered
from audit.log.chain import check_entry
from audit.log.tiled_tree import TiledTree
from audit.records.records import LogEntry

_BATCH = 1_000  # entries read at once


class RecordLog(Protocol):
    """The log of a record, as `RecordStore` reads it."""

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]: ...
    def hashes(self, start: int, stop: int) -> bytes: ...
    def log_size(self) -> int: ...
    def root_key(self) -> str | None: ...


class FollowedLog:
    """The tree over the entries of `log` that were seen so far. Not safe to share between threads while it is moved on."""

    def __init__(self, log: RecordLog) -> None:
        self.log = log
        self.tree = TiledTree(log.hashes)
        self._previous: LogEntry | None = None

    def follow(self, size: int) -> TiledTree:
        """Go on to `size` entries, or to the end before; return the tree. Raises `Tampered` when an entry does not hold."""
        while self.tree.size < size:
            entries = self.log.entries(self.tree.size, min(_BATCH, size - self.tree.size))
            if not entries:
                break
            for entry in entries:
                problem = check_entry(self._previous, entry)
                if problem is not None:
                    raise Tampered(problem.text)
                self.tree.append(bytes.fromhex(entry.hash))
                self._previous = entry
        return self.tree
