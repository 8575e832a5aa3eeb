"""The log's Merkle tree in tiles of 256 hashes (c2sp.org/tlog-tiles): any root and proof from a handful of tiles.

Level 0 has the entries' hashes; a hash of level n stands for a full tile of level n - 1. `TiledTree` keeps the levels from 1 on
in memory, an eighth of a byte an entry, and asks for level 0 when a proof needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from audit.errors import InvalidRecord, Tampered
from audit.log.merkle_tree import Frontier, consistency_path, inclusion_path, merkle_root, subtree_hash

WIDTH = 256  # hashes of a full tile
_HASH = 32  # bytes


class TilePlace(NamedTuple):
    """The place of a tile, and how many hashes it has in a tree of a certain size."""

    level: int
    number: int
    width: int


class TileSource(Protocol):
    """Where tiles come from: a folder, or a log."""

    def tile(self, place: TilePlace) -> bytes:
        """Return the first `width` hashes of a tile. Raises an `AuditError` when it is not there."""


def places(size: int, since: int = 0) -> Iterator[TilePlace]:
    """Yield the tiles of a tree of `size` entries that a tree of `since` entries does not have, level by level."""
    level = 0
    while size:
        for number in range(since // WIDTH, -(-size // WIDTH)):
            place = TilePlace(level, number, min(WIDTH, size - number * WIDTH))
            if place.width > since - number * WIDTH:
                yield place
        size, since, level = size // WIDTH, since // WIDTH, level + 1


class ProvenTree:
    """Roots and proofs of the first `size` entries, from tiles; a tile is read once."""

    def __init__(self, source: TileSource, size: int) -> None:
        self.size = size
        self._source = source
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """Return the Merkle tree hash of the first entries, by default of all."""
        stop = self.size if size is None else size
        if not 0 <= stop <= self.size:
            raise InvalidRecord(f"a tree of {self.size} entries has no root of {stop}")
        return subtree_hash(0, stop, self._whole) if stop else merkle_root(())

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that the entry at `index`, from 0 on, is in the tree. Raises `InvalidRecord` outside of it."""
        return inclusion_path(index, self.size, self._hash)

    def consistency(self, old_size: int) -> list[bytes]:
        """Return the proof that the tree only appends to one of `old_size` entries. Raises `InvalidRecord` outside of it."""
        return consistency_path(old_size, self.size, self._hash)

    def leaf(self, index: int) -> bytes:
        """Return the hash of the entry at `index`, from 0 on."""
        return self._whole(index, index + 1)

    def _hash(self, start: int, stop: int) -> bytes:
        return subtree_hash(start, stop, self._whole)

    def _whole(self, start: int, stop: int) -> bytes:
        """Return the hash of a complete subtree: a few hashes side by side in one tile."""
        level, length = 0, stop - start
        while length >= WIDTH:
            level, start, length = level + 1, start // WIDTH, length // WIDTH
        index, at = divmod(start, WIDTH)
        if (level, index) not in self._tiles:
            place = TilePlace(level, index, min(WIDTH, (self.size // WIDTH**level) - index * WIDTH))
            tile = self._source.tile(place)
            if len(tile) != place.width * _HASH:
                raise Tampered(f"tile {index} of level {level} has {len(tile)} bytes, not {place.width * _HASH}")
            self._tiles[level, index] = tile
        return merkle_root(_split(self._tiles[level, index][at * _HASH : (at + length) * _HASH]))


class TiledTree:
    """A growing tree; `leaves(start, stop)` returns the hashes of entries that were appended before."""

    def __init__(self, leaves: Callable[[int, int], bytes]) -> None:
        self._leaves = leaves
        self._edge = Frontier()
        self._open = bytearray()  # the tile of level 0 that is not full yet
        self._upper: list[bytearray] = []  # the levels from 1 on

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return self._edge.size

    def append(self, leaf: bytes) -> None:
        """Add the hash of one entry."""
        self._edge.append(leaf)
        self._open += leaf
        if len(self._open) == WIDTH * _HASH:
            full, self._open = bytes(self._open), bytearray()
            self._close(full)

    def _close(self, full: bytes) -> None:
        for level in self._levels():
            level.extend(merkle_root(_split(full)))
            if len(level) % (WIDTH * _HASH):
                return
            full = bytes(level[-WIDTH * _HASH :])

    def _levels(self) -> Iterator[bytearray]:
        yield from self._upper
        while True:
            self._upper.append(bytearray())
            yield self._upper[-1]

    def root(self) -> bytes:
        """Return the Merkle tree hash of all entries."""
        return self._edge.root()

    def at(self, size: int | None = None) -> ProvenTree:
        """Return the tree of the first entries, by default of all, for its proofs."""
        return ProvenTree(self, self.size if size is None else size)

    def tile(self, place: TilePlace) -> bytes:
        """Return a tile, level 0 from where the entries are kept."""
        start = place.number * WIDTH
        if place.level == 0:
            return self._leaves(start, start + place.width)
        if place.level > len(self._upper):
            raise InvalidRecord(f"the tree has no level {place.level}")
        return bytes(self._upper[place.level - 1][start * _HASH : (start + place.width) * _HASH])


def _split(hashes: bytes) -> Iterable[bytes]:
    return (hashes[at : at + _HASH] for at in range(0, len(hashes), _HASH))
