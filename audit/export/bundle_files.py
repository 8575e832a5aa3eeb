"""The files of a bundle, in a folder or a zip: nothing is unpacked to disk, and nothing costs more than its bounds.

Needs only Python 3.9: every bundle carries a copy beside verify.py.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

VALID, TAMPERED, INCOMPLETE = 0, 1, 2

MAX_TEXT = 64 * 1024  # bytes of the manifest, a note or a key
_MAX_MEMBERS = 600_000  # files in a zip: half a gigabyte of memory
_MAX_DIRECTORY = 200 * _MAX_MEMBERS  # bytes
_MEMBER = b"PK\x01\x02"  # begins each file's part of a zip's directory
_MAX_UNPACKED = 64 * 1024**3  # bytes of all files in a zip
_MAX_RATIO = 200  # unpacked bytes for one packed byte, in files that unpack to more than _FREE_SIZE
_FREE_SIZE = 256 * 1024 * 1024  # bytes
BUFFER = 1024 * 1024  # bytes

# All that a damaged folder or zip makes the standard library raise.
READ_ERRORS = (OSError, EOFError, LookupError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)


class BadEvidence(Exception):  # noqa: N818 - the evidence is bad, not this program
    """A check that failed: exit code and a plain sentence."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = {item.name for item in path.iterdir()}
        for folder in ("blobs", "checkpoints"):
            if (path / folder).is_dir():
                self.names |= {f"{folder}/{item.name}" for item in (path / folder).iterdir()}

    def open(self, name: str) -> BinaryIO:
        if not (self.path / name).is_file():  # opening a pipe or a device could block for ever
            raise BadEvidence(INCOMPLETE, f"{name} is not a file.")
        return (self.path / name).open("rb", buffering=BUFFER)

    def close(self) -> None:
        pass


class _BoundedReader(io.BufferedReader):
    """A zip of which no piece is read that is larger than its directory may be, or that names too many files.

    Python reads the directory in one piece, as long as the zip says, whatever number of files it says it has.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        most = _MAX_DIRECTORY + 1
        piece = super().read(most if size is None or size < 0 else min(size, most))
        if len(piece) == most or piece.count(_MEMBER) > _MAX_MEMBERS:
            raise _too_much()
        return piece


def _too_much() -> BadEvidence:
    most = f"{_MAX_MEMBERS} files or {_MAX_UNPACKED} bytes"
    return BadEvidence(INCOMPLETE, f"This zip is not read: it holds more than {most}; unpack it and verify the folder.")


class ZipFile:
    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadEvidence(INCOMPLETE, f"{path} does not exist.")
        self.file = _BoundedReader(io.FileIO(path))
        try:
            self.archive = zipfile.ZipFile(self.file)
            members = self.archive.infolist()
            self.names = {member.filename for member in members if not member.filename.endswith("/")}
            self._check(members)
        except BaseException:
            self.file.close()
            raise

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        problem = None
        if sum(member.file_size for member in members) > _MAX_UNPACKED:
            raise _too_much()
        if len({member.filename for member in members}) < len(members):
            problem = "it holds two files of the same name"
        for member in members:
            name = member.filename
            if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
                problem = f"the name {name} points out of it"
            elif member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                problem = f"{name} is encrypted or packed in an unusual way"
            elif member.file_size > max(_FREE_SIZE, _MAX_RATIO * member.compress_size):
                problem = f"{name} unpacks to more than {_MAX_RATIO} times its size; unpack the zip and verify the folder"
        if problem:
            raise BadEvidence(INCOMPLETE, f"This zip is not read: {problem}.")

    def open(self, name: str) -> BinaryIO:
        member = cast("io.RawIOBase", self.archive.open(name))
        return cast("BinaryIO", io.BufferedReader(member, BUFFER))

    def close(self) -> None:
        self.archive.close()
        self.file.close()


def read_text(bundle: Folder | ZipFile, name: str) -> str:
    if name not in bundle.names:
        raise BadEvidence(INCOMPLETE, f"{name} is missing.")
    with bundle.open(name) as file:
        content = file.read(MAX_TEXT + 1)
    try:
        if len(content) <= MAX_TEXT:
            return content.decode()
    except UnicodeDecodeError:
        pass
    raise BadEvidence(INCOMPLETE, f"{name} is not text, or too long.")
