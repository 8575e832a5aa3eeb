"""What is known of a record from elsewhere: signed checkpoints, and what they say about a record that was restored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from audit.checkpoint_schedule import signed_in
from audit.errors import InvalidRecord
from audit.log.checkpoints import Checkpoint, open_checkpoint
from audit.log.merkle_tree import Frontier
from audit.record_store import RecordStore
from audit.records.atomic_files import read_text

_BATCH = 1_000


class MissingEntries(NamedTuple):
    """The numbers of the first and the last entry that a checkpoint signed and the record does not have."""

    first: int
    last: int


def known_checkpoints(place: Path, verifier_key: Path | None = None) -> list[Checkpoint]:
    """Return the checkpoints in a file or a folder, smallest first.

    `verifier_key`: the file with the key that signed them; in a folder, by default its public_key.txt. Raises `InvalidRecord`
    when there are none or no key, `Tampered` when a signature is wrong, `StoreUnavailable`.
    """
    if not place.is_dir():
        if verifier_key is None:
            raise InvalidRecord("give --public-key with the checkpoint: an unchecked signature proves nothing")
        return [open_checkpoint(read_text(place), read_text(verifier_key))]
    files = signed_in(place, read_text(verifier_key or place / "public_key.txt"))
    if not files:
        raise InvalidRecord(f"there are no checkpoints in {place}; give the folder where they are signed")
    return [file.checkpoint for file in files]


def missing(entries: int, known: Sequence[Checkpoint]) -> MissingEntries | None:
    """Return which entries the newest checkpoint signed beyond a record of so many entries; None: none."""
    newest = max((checkpoint.size for checkpoint in known), default=0)
    return MissingEntries(entries + 1, newest) if newest > entries else None


def contradicted(store: RecordStore, entries: int, known: Sequence[Checkpoint]) -> Checkpoint | None:
    """Return the first checkpoint within so many entries that signed another log than this verified one; None: all agree."""
    tree, leaves = Frontier(), _leaves(store)
    for checkpoint in sorted(known, key=lambda checkpoint: checkpoint.size):
        if checkpoint.size > entries:
            break
        while tree.size < checkpoint.size:
            tree.append(next(leaves))
        if tree.root().hex() != checkpoint.root:
            return checkpoint
    return None


def _leaves(store: RecordStore) -> Iterator[bytes]:
    after = 0
    while entries := store.entries(after, _BATCH):
        yield from (bytes.fromhex(entry.hash) for entry in entries)
        after = entries[-1].seq
