"""A witness that reads a folder instead of serving a network: checkpoints and tiles on a share that both machines reach."""

from __future__ import annotations

from pathlib import Path

from audit.errors import WitnessRefused
from audit.log.checkpoints import Checkpoint, stated
from audit.log.notes import Note
from audit.log.tiled_tree import ProvenTree
from audit.records.atomic_files import replace_text
from audit.transparency.asking import cosignature_file
from audit.transparency.tiles import TileFolder
from audit.transparency.witness import Witness

__all__ = ["follow_once"]


def follow_once(witness: Witness, folder: Path) -> Checkpoint:
    """Cosign the newest checkpoint of a folder of tiles, and write the cosignature beside the checkpoints there.

    The proof that the log only grew is derived from the tiles. Raises `WitnessRefused` when it did not, or when the log is not
    followed; `NotFound` when a tile is missing, `Tampered`, `InvalidRecord`, `StoreUnavailable`.
    """
    source = TileFolder(folder)
    text = source.note()
    checkpoint = stated(Note.parse(text))
    path = folder / f"checkpoint-{checkpoint.size:012d}.txt"
    target = cosignature_file(path, witness.key.verifier)

    def proof_from(old: int) -> list[bytes]:
        tree = ProvenTree(source, checkpoint.size)
        if tree.root().hex() != checkpoint.root:
            raise WitnessRefused(422, "the tiles do not give the root that the checkpoint signed")
        return tree.consistency(old) if old else []

    replace_text(target, witness.add(text, None, proof_from))
    return checkpoint
