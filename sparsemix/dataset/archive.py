"""Files of a zip archive, read in memory and within limits; nothing is ever written to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO

from sparsemix.errors import InputError
from sparsemix.readers.limits import MIB, Limits

MAX_ENTRIES = 200_000
_CHUNK = 1 * MIB


def packed_files(data: bytes, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the archive's files, in the order of their names.

    Raises `InputError` zip_damaged, zip_encrypted, too_many_files, unpacks_too_large, zip_ratio, empty. Sizes are counted while
    unpacking, because the sizes that an archive states need not be true.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = sorted(
                (entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)),
                key=lambda entry: entry.filename,
            )
            if not entries:
                raise InputError(f"The archive {name} has no files.", code="empty")
            if len(entries) > MAX_ENTRIES:
                raise InputError(
                    f"The archive {name} has more than {MAX_ENTRIES:,} files.", code="too_many_files", limit=MAX_ENTRIES
                )
            total = 0
            for entry in entries:
                if entry.flag_bits & 1:
                    raise InputError(f"The archive {name} is encrypted. Unpack it first.", code="zip_encrypted", name=name)
                content = bytearray()
                with archive.open(entry) as file:
                    while chunk := file.read(_CHUNK):
                        content += chunk
                        total += len(chunk)
                        _check(total, len(data), name, limits)
                yield entry.filename, bytes(content)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise InputError(f"The archive {name} is damaged. Copy or download it again.", code="zip_damaged", name=name) from error


def _hidden(path: str) -> bool:
    """Return whether a system put the file into the archive, not a person."""
    return any(part.startswith((".", "__MACOSX")) for part in path.split("/"))


def _check(unpacked: int, packed: int, name: str, limits: Limits) -> None:
    if unpacked > limits.max_unpacked:
        raise InputError(
            f"The archive {name} unpacks to more than {limits.max_unpacked:,} bytes. Take a part of it.",
            code="unpacks_too_large",
            limit=limits.max_unpacked,
        )
    if unpacked > MIB and unpacked > packed * limits.max_ratio:
        raise InputError(
            f"The archive {name} unpacks to more than {limits.max_ratio} times its size, which logs do not do.",
            code="zip_ratio",
            limit=limits.max_ratio,
        )
