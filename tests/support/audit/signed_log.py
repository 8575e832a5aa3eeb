"""A log in memory that signs its checkpoints, and can be rolled back."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import public_key, sign_checkpoint
from audit.log.chain import next_entry
from audit.log.proving import Tip
from audit.log.tiled_tree import TiledTree
from audit.records.records import LogEntry

ORIGIN = "plant.example/log"


class SignedLog:
    """Entries in memory, read as those of a record."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key, self.rows = key, list[LogEntry]()
        self.verifier = public_key(key, ORIGIN)

    def grow(self, size: int, word: str = "honest") -> SignedLog:
        """Append entries up to this size, or cut the log off there."""
        del self.rows[size:]
        while len(self.rows) < size:
            tip = Tip(self.rows[-1].seq, self.rows[-1].hash) if self.rows else None
            said = f"{word} {len(self.rows)}"
            self.rows.append(
                next_entry(tip, ts="2026-01-01T00:00:00.000Z", actor="a", type="note", subject=said, commitment="0" * 64)
            )
        return self

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        return self.rows[after : after + limit]

    def hashes(self, start: int, stop: int) -> bytes:
        return b"".join(bytes.fromhex(row.hash) for row in self.rows[start:stop])

    def log_size(self) -> int:
        return len(self.rows)

    def tree(self) -> TiledTree:
        tree = TiledTree(self.hashes)
        for row in self.rows:
            tree.append(bytes.fromhex(row.hash))
        return tree

    def note(self) -> str:
        """Return a checkpoint of the log as it is."""
        return sign_checkpoint(self.key, len(self.rows), self.tree().root().hex(), ORIGIN)
