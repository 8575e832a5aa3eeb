"""Tiles in a folder: written step by step, they are those of the log; every change to them is found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit import Conflict, NotFound, Tampered
from audit.log.chain import entry_bytes
from audit.log.tiled_tree import ProvenTree, TilePlace
from audit.transparency.tiles import TileFolder, check_tiles, publish_tiles
from tests.support.audit.signed_log import SignedLog


def published(folder: Path, log: SignedLog) -> None:
    publish_tiles(folder, log, log.tree(), log.note(), log.verifier)


def test_tiles_are_written_step_by_step_and_partial_ones_go(folder: Path, log: SignedLog) -> None:
    for size in (1, 255, 256, 300, 700, 700):
        published(folder, log.grow(size))
        assert check_tiles(folder, log.verifier).size == size
        proven = ProvenTree(TileFolder(folder), size)
        assert proven.root() == log.tree().root()
        assert proven.inclusion(size // 2) == log.tree().at().inclusion(size // 2)
    names = sorted(str(path.relative_to(folder / "tile")) for path in (folder / "tile").rglob("*") if path.is_file())
    level0 = ["000", "001", "002.p/188"]
    expected = [f"0/{name}" for name in level0] + ["1/000.p/1", "1/000.p/2"] + [f"entries/{name}" for name in level0]
    assert names == expected
    assert TileFolder(folder).entries(TilePlace(0, 2, 188)) == [entry_bytes(row) for row in log.rows[512:]]


def test_a_tree_of_before_is_read_from_full_tiles(folder: Path, log: SignedLog) -> None:
    published(folder, log.grow(300))
    root = log.tree().root()
    published(folder, log.grow(600))
    assert not (folder / "tile" / "0" / "001.p").exists()
    assert ProvenTree(TileFolder(folder), 300).root() == root


def test_a_large_number_is_split_into_folders(folder: Path) -> None:
    with pytest.raises(NotFound, match="tile/0/x001/x234/067"):
        TileFolder(folder).tile(TilePlace(0, 1_234_067, 256))


def test_the_tiles_of_another_log_are_not_gone_on_with(folder: Path, log: SignedLog) -> None:
    published(folder, log.grow(300))
    with pytest.raises(Conflict, match="300 entries already"):
        published(folder, log.grow(299))
    log.grow(100).grow(400, "forged")
    with pytest.raises(Tampered, match="another record"):
        published(folder, log)
    assert check_tiles(folder, log.verifier).size == 300, "the checkpoint that was published stays"


@pytest.mark.parametrize("seed", range(30))
def test_every_changed_byte_is_found(folder: Path, log: SignedLog, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    published(folder, log.grow(520))
    path = chance.choice([path for path in sorted(folder.rglob("*")) if path.is_file()])
    content = bytearray(path.read_bytes())
    if chance.random() < 0.2:
        content = content[: chance.randrange(len(content))]
    else:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    with pytest.raises(Exception) as raised:
        check_tiles(folder, log.verifier)
    assert type(raised.value).__name__ in ("Tampered", "InvalidRecord", "NotFound")
