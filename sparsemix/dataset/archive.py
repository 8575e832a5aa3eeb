"""Files of a zip archive, read in memory and within limits; nothing is ever written to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from sparsemix.errors import InputError
from sparsemix.readers.decoding import decoding
from sparsemix.readers.limits import MIB, Limits, check_limit

MAX_ENTRIES = 200_000
_CHUNK = 1 * MIB
_ENTRY = b"PK\x01\x02"
"""How an entry of an archive's directory begins."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of an archive: its ``name`` and its ``content``, or the ``error`` that left it unread."""

    name: str
    content: bytes
    error: InputError | None = None


def packed_files(data: bytes, name: str, limits: Limits) -> Iterator[PackedFile]:
    """Yield the archive's files, in the order of their names. A file that is damaged, encrypted or unlike any log in its ratio
    has its error, and the others follow.

    Raises `InputError` zip_damaged, too_many_files, unpacks_too_large, empty, no_memory. Sizes are counted while
    unpacking, because the sizes that an archive states need not be true.
    """
    # Before the directory is read: half a kilobyte of memory for 46 bytes of it.
    too_many = f"The archive {name} has more than {MAX_ENTRIES:,} files."
    check_limit(data.count(_ENTRY), MAX_ENTRIES, too_many, "too_many_files")
    with decoding(f"The archive {name} is damaged. Copy or download it again.", "zip_damaged", name=name):
        archive = zipfile.ZipFile(BytesIO(data))
        entries = sorted(
            (entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)),
            key=lambda entry: entry.filename,
        )
    if not entries:
        raise InputError(f"The archive {name} has no files.", code="empty")
    check_limit(len(entries), MAX_ENTRIES, too_many, "too_many_files")
    too_large = f"The archive {name} unpacks to more than {limits.max_unpacked:,} bytes. Take a part of it."
    # What an entry unpacked to before it was refused has cost its time, too.
    kept = spent = 0
    for entry in entries:
        content = bytearray()
        try:
            for chunk in _chunks(archive, entry, name):
                content += chunk
                spent += len(chunk)
                check_limit(spent, limits.max_unpacked, too_large, "unpacks_too_large")
                _check_ratio(kept + len(content), len(data), name, limits)
        except InputError as error:
            if error.code == "unpacks_too_large":
                raise
            yield PackedFile(entry.filename, b"", error)
        else:
            kept += len(content)
            yield PackedFile(entry.filename, bytes(content))


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    if entry.flag_bits & 1:
        raise InputError(
            f"{entry.filename} in the archive {name} is encrypted. Unpack it first.", code="zip_encrypted", name=entry.filename
        )
    message = f"{entry.filename} in the archive {name} is damaged. Copy or download it again."
    with decoding(message, "zip_damaged", name=entry.filename), archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _hidden(path: str) -> bool:
    """Return whether a system put the file into the archive, not a person."""
    return any(part.startswith((".", "__MACOSX")) for part in path.split("/"))


def _check_ratio(unpacked: int, packed: int, name: str, limits: Limits) -> None:
    if unpacked > MIB and unpacked > packed * limits.max_ratio:
        raise InputError(
            f"The archive {name} unpacks to more than {limits.max_ratio} times its size, which logs do not do.",
            code="zip_ratio",
            limit=limits.max_ratio,
        )
