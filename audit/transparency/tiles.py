"""The log as files that anybody can follow (c2sp.org/tlog-tiles): hashes, entries and the newest checkpoint.

    checkpoint                    the newest signed note
    tile/0/x001/x234/067          hashes, 256 a file; with .p/<width> while it is not full
    tile/entries/x001/x234/067    the entries e_i themselves, each after its length in two bytes

An entry says number, time, actor, type and subject, and commits to its content, which is not here and can be erased.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from audit.errors import Conflict, InvalidRecord, NotFound, StoreUnavailable, Tampered
from audit.log.chain import entry_bytes
from audit.log.checkpoints import Checkpoint, open_checkpoint, stated
from audit.log.merkle_tree import leaf_hash
from audit.log.notes import Note
from audit.log.tiled_tree import WIDTH, ProvenTree, TiledTree, TilePlace, places
from audit.records.atomic_files import read_bytes, replace_bytes
from audit.transparency.followed_log import RecordLog

CHECKPOINT = "checkpoint"
_HASH = 32  # bytes
_LENGTH = struct.Struct(">H")  # of an entry in a bundle
_MOST_ENTRY = 65_535  # bytes


class TileFolder:
    """A folder of tiles, as this or another program wrote it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self) -> str:
        """Return the newest checkpoint, unchecked. Raises `NotFound`, `StoreUnavailable`, `InvalidRecord`."""
        if not (self.folder / CHECKPOINT).is_file():
            raise NotFound(f"the folder {self.folder} has no checkpoint: it is not one of tiles, or nothing was written yet")
        try:
            return read_bytes(self.folder / CHECKPOINT, 512 * 1024).decode()
        except UnicodeDecodeError as error:
            raise InvalidRecord(f"{self.folder / CHECKPOINT} is not text") from error

    def tile(self, place: TilePlace) -> bytes:
        """Return the hashes of a tile. Raises `NotFound`, `StoreUnavailable`, `InvalidRecord`."""
        return self._read(str(place.level), place, WIDTH * _HASH)[: place.width * _HASH]

    def entries(self, place: TilePlace) -> list[bytes]:
        """Return the entries of a bundle. Raises `Tampered` when it is malformed, `NotFound`, `StoreUnavailable`."""
        content = self._read("entries", place, WIDTH * (_MOST_ENTRY + _LENGTH.size))
        found: list[bytes] = []
        at = 0
        while len(found) < place.width and at + _LENGTH.size <= len(content):
            (length,) = _LENGTH.unpack_from(content, at)
            at += _LENGTH.size + length
            found.append(content[at - length : at])
        if len(found) < place.width or at > len(content):
            raise Tampered(f"the entries of tile {place.number} are cut off")
        return found

    def _read(self, kind: str, place: TilePlace, most: int) -> bytes:
        full = _path(self.folder, kind, place._replace(width=WIDTH))
        for path in dict.fromkeys((_path(self.folder, kind, place), full)):
            if path.is_file():
                return read_bytes(path, most)
        raise NotFound(f"the folder {self.folder} has no tile {full.relative_to(self.folder)} of {place.width} entries")


def publish_tiles(folder: Path, log: RecordLog, tree: TiledTree, note: str, verifier_key: str) -> None:
    """Write the tiles that `folder` lacks for the checkpoint `note` of `log`, and then the checkpoint.

    `tree` has at least as many entries as the note says; `verifier_key` is that of the log: a checkpoint there that it did not
    sign is somebody else's, and replaced. Files appear whole, a partial tile goes when it is full, and memory
    does not grow with the log.

    Raises `Tampered` when the folder has the tiles of another log, `Conflict` when it has those of more entries already,
    `StoreUnavailable` when the disk refuses.
    """
    checkpoint, target = stated(Note.parse(note)), TileFolder(folder)
    try:
        since = open_checkpoint(target.note(), verifier_key).size
    except (NotFound, InvalidRecord, Tampered):
        since = 0
    if since > checkpoint.size:
        raise Conflict(f"the folder {folder} has the tiles of {since} entries already, not only of {checkpoint.size}")
    try:
        for place in places(checkpoint.size, since):
            if place.level == 0:
                entries, hashes = _bundle(log, place)
                _write(folder, "entries", place, entries)
                _write(folder, "0", place, hashes)
            else:
                _write(folder, str(place.level), place, tree.tile(place))
    except OSError as error:
        raise StoreUnavailable(f"cannot write tiles to {folder}: {error.strerror or error}") from error
    if ProvenTree(target, checkpoint.size).root().hex() != checkpoint.root:
        raise Tampered(f"the tiles in {folder} are not those of this log: they were changed, or belong to another record")
    try:
        replace_bytes(folder / CHECKPOINT, note.encode())
    except OSError as error:
        raise StoreUnavailable(f"cannot write {folder / CHECKPOINT}: {error.strerror or error}") from error


def check_tiles(folder: Path, verifier_key: str) -> Checkpoint:
    """Check every tile and entry in a folder against its checkpoint, and that against the key; return the checkpoint.

    Raises `Tampered` when anything does not fit, `NotFound` when a tile is missing, `InvalidRecord`, `StoreUnavailable`.
    """
    source = TileFolder(folder)
    checkpoint = open_checkpoint(source.note(), verifier_key)
    tree = TiledTree(lambda _start, _stop: b"")
    for place in places(checkpoint.size):
        if place.level:
            fits = source.tile(place) == tree.tile(place)
        else:
            leaves = [leaf_hash(entry) for entry in source.entries(place)]
            fits = source.tile(place) == b"".join(leaves)
            for leaf in leaves:
                tree.append(leaf)
        if not fits:
            raise Tampered(f"tile {place.number} of level {place.level} in {folder} does not fit the entries below it")
    if tree.root().hex() != checkpoint.root:
        raise Tampered(f"the entries in {folder} are not those that its checkpoint signed")
    return checkpoint


def _bundle(log: RecordLog, place: TilePlace) -> tuple[bytes, bytes]:
    """Return the entries of a place, each after its length, and their hashes."""
    start = place.number * WIDTH
    entries = [entry_bytes(entry) for entry in log.entries(start, place.width)]
    if len(entries) != place.width or max(map(len, entries)) > _MOST_ENTRY:
        raise Tampered(f"the log cannot be written as tiles: entry {start + 1} or one of the next {place.width} is bad")
    return b"".join(_LENGTH.pack(len(entry)) + entry for entry in entries), b"".join(map(leaf_hash, entries))


def _path(folder: Path, kind: str, place: TilePlace) -> Path:
    digits = f"{place.number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = folder.joinpath("tile", kind, *(f"x{part}" for part in parts[:-1]), parts[-1])
    return path if place.width == WIDTH else path.with_name(f"{path.name}.p") / str(place.width)


def _write(folder: Path, kind: str, place: TilePlace, content: bytes) -> None:
    path = _path(folder, kind, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, content)
    if place.width == WIDTH:
        shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)
