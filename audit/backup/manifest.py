"""What a backup is: a folder with these files, and a manifest of their sizes and hashes.

    manifest.json   log size and root at the backup's point, schema, size and SHA-256 of every file
    record.db       the whole record with its files, as an SQLite record, whichever database it came from
    checkpoints/    signed checkpoints up to the backup's point, and the key that verifies them
    checkpoint.key  the private key that signs them, only when it was asked for

One format for both databases, and it is a record itself: `python -m audit verify --db FOLDER/record.db` needs no restoring, and
a backup of either database goes into the other one. The manifest finds what broke or was cut off. It is not signed, and can be
changed together with the backup: so a restored record is compared with checkpoints from elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from audit.errors import InvalidRecord, StoreUnavailable, Tampered
from audit.records import validation as v
from audit.records.atomic_files import read_bytes
from audit.records.canonical import canonical, parse
from audit.storage.engines import create_private_file

FORMAT = "sparsemix-backup-1"
MANIFEST, RECORD, CHECKPOINTS, KEY = "manifest.json", "record.db", "checkpoints", "checkpoint.key"
_NAME = re.compile(r"record\.db|checkpoint\.key|checkpoints/(?:checkpoint-[0-9]{12}|public_key)\.txt")
_LONGEST = 32 * 2**20  # bytes of a manifest: 200,000 checkpoints
_PIECE = 2**20

Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much


class File(NamedTuple):
    """Size in bytes and SHA-256 of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `entries` and `root` are those of the log at the backup's point; where the record did not verify, of
    the good entries before `problem`. `database`: the kind that it was made from."""

    made_at: str
    database: str
    schema: str
    entries: int
    root: str
    problem: str | None
    files: Mapping[str, File]


def describe(folder: Path, progress: Progress | None = None) -> dict[str, File]:
    """Return size and hash of every file in a backup, its manifest left out.

    Raises `InvalidRecord` for a file that no backup has.
    """
    names = sorted(_names(folder))
    done, total = 0, sum((folder / name).stat().st_size for name in names)
    found: dict[str, File] = {}
    for name in names:
        digest, size = hashlib.sha256(), 0
        with (folder / name).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                if progress is not None:
                    progress("hash", done + size, total)
        found[name] = File(size, digest.hexdigest())
        done += size
    return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, last of all: a folder without it is no backup. Everything is on disk afterwards."""
    content = {"format": FORMAT, **asdict(manifest)}
    content["files"] = {name: file._asdict() for name, file in manifest.files.items()}
    create_private_file(folder / MANIFEST)
    (folder / MANIFEST).write_bytes(canonical(content) + b"\n")
    for name in (*manifest.files, MANIFEST, CHECKPOINTS, "."):
        if (folder / name).exists():
            flush(folder / name)


def flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup. Raises `StoreUnavailable` when there is none, `InvalidRecord` when it is malformed."""
    path = folder / MANIFEST
    try:
        raw = read_bytes(path, _LONGEST)
    except StoreUnavailable as error:
        why = f"{error}; a backup that was cut off has no {MANIFEST}"
        raise StoreUnavailable(f"{folder} is not a complete backup: {why}") from error
    try:
        return _checked(parse(raw.decode()))
    except (UnicodeDecodeError, RecursionError, KeyError, TypeError, InvalidRecord) as error:
        reason = error if isinstance(error, InvalidRecord) else "it does not have the fields of one"
        raise InvalidRecord(f"{path} is not the manifest of a backup: {reason}") from error


def check_files(folder: Path, manifest: Manifest, progress: Progress | None = None) -> None:
    """Compare every file with the manifest. Raises `Tampered` for the first one that is missing, added or changed."""
    try:
        there = set(_names(folder))
        for name in sorted(there ^ manifest.files.keys()):
            raise Tampered(f"the backup is not whole: {name} {'is not in its manifest' if name in there else 'is missing'}")
        for name, file in manifest.files.items():
            if (size := (folder / name).stat().st_size) != file.bytes:
                raise Tampered(f"the backup is not whole: {name} has {size} bytes, {file.bytes} were written")
        for name, found in describe(folder, progress).items():
            if found != manifest.files[name]:
                raise Tampered(f"the backup was changed: {name} has another SHA-256 than its manifest says")
    except OSError as error:
        raise StoreUnavailable(f"cannot read the backup {folder}: {error.strerror}") from error


def _checked(content: object) -> Manifest:
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise InvalidRecord(f"its format is not {FORMAT}; it may be from a newer version")
    files = content.pop("files")
    if not isinstance(files, dict):
        raise InvalidRecord("its files are not listed by name")
    listed = {}
    for name, file in files.items():
        if not _NAME.fullmatch(name):
            raise InvalidRecord(f"no backup has a file {name!r:.80}")
        listed[name] = File(v.whole("bytes", file["bytes"]), v.sha256_hex("sha256", file["sha256"]))
    manifest = Manifest(**content, files=listed)
    v.moment("made_at", manifest.made_at)
    v.whole("entries", manifest.entries)
    v.sha256_hex("root", manifest.root)
    for name in ("database", "schema"):
        v.text(name, getattr(manifest, name))
    if manifest.problem is not None:
        v.text("problem", manifest.problem, limit=v.MAX_COMMENT)
    if RECORD not in listed:
        raise InvalidRecord(f"it names no {RECORD}")
    return manifest


def _names(folder: Path) -> Iterator[str]:
    """Yield the files of a backup by their names in it."""
    for path in folder.iterdir():
        if path.is_symlink():
            raise InvalidRecord(f"{path} is a link: a backup has none")
        if path.is_dir() and path.name == CHECKPOINTS:
            for inner in path.iterdir():
                yield _known(inner, f"{CHECKPOINTS}/{inner.name}")
        elif path.name != MANIFEST:
            yield _known(path, path.name)


def _known(path: Path, name: str) -> str:
    if path.is_symlink() or not path.is_file() or not _NAME.fullmatch(name):
        raise InvalidRecord(f"no backup has a file {name!r:.80}: take it out of the folder, or choose another folder")
    return name
