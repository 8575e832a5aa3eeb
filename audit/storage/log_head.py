"""The head of the log: where it ends, as the log's own row says it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from audit.errors import InvalidRecord, Tampered
from audit.log.chain import GENESIS, Frontier
from audit.storage.schema import log_head

__all__ = ["Head", "read_head"]


class Head(NamedTuple):
    """Where the log ends: number of entries, Merkle root and hash of the last entry (hexadecimal)."""

    size: int
    root: str
    last_hash: str


def read_head(connection: Connection) -> Head:
    """Return size, root and last hash, as this transaction sees them. Errors: `Tampered`."""
    rows = connection.execute(select(log_head)).mappings().all()
    try:
        if [row["id"] for row in rows] != [1]:
            raise InvalidRecord("it is missing, or there are several")
        row = rows[0]
        tree = Frontier(row["size"], row["peaks"])
    except (InvalidRecord, TypeError, AttributeError) as error:  # forged cells may hold anything
        raise Tampered(f"the head of the log was changed: {error}; run `python -m audit verify`") from error
    if tree.peaks() != row["peaks"]:  # the same numbers, written in another way
        raise Tampered("the head of the log was changed: its subtrees; run `python -m audit verify`")
    return Head(tree.size, tree.root().hex(), row["last_hash"] if tree.size else GENESIS)
