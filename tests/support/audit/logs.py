"""Proofs and checks over a log that is in memory as a whole, for tests to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.log.chain import check_entry
from audit.log.merkle_tree import consistency_path, inclusion_path, merkle_root
from audit.log.proving import ChainProblem
from audit.records.records import LogEntry


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return PATH(index, leaves). Raises `InvalidRecord` when `index` is outside the tree."""
    return inclusion_path(index, len(leaves), lambda start, stop: merkle_root(leaves[start:stop]))


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return PROOF(old_size, leaves). Raises `InvalidRecord` unless 1 <= old_size <= len(leaves)."""
    return consistency_path(old_size, len(leaves), lambda start, stop: merkle_root(leaves[start:stop]))


def verify_entries(entries: Iterable[LogEntry], after: LogEntry | None = None) -> ChainProblem | None:
    """Check numbering, hashes and chain of consecutive entries; return the first problem or None.

    `after` is the trusted entry before the first of `entries`; None means that `entries` start the log.
    """
    previous = after
    for entry in entries:
        problem = check_entry(previous, entry)
        if problem is not None:
            return problem
        previous = entry
    return None
