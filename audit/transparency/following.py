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
from audit.transparency.witness import Growth, Witness


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

    def growth_from(old: int) -> Growth:
        tree = ProvenTree(source, checkpoint.size)
        if tree.root().hex() != checkpoint.root:
            raise WitnessRefused(422, "the tiles do not give the root that the checkpoint signed")
        return Growth(tree.consistency(old), tree.root(old)) if old else Growth([])

    replace_text(target, witness.add(text, None, growth_from))
    return checkpoint
