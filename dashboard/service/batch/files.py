"""The input files of a batch: the files of a folder or a pattern, and the folders that could not be read.

found = inputs("logs/2026-11/**/*.log")
found.files     # absolute paths, because other machines of a cluster may read them
found.closed    # folder -> why it could not be read
digest(found.files[0])
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sparsemix.readers import Limits

_CHUNK = 1 << 20


class BatchInputs(NamedTuple):
    """Files in the order of their names, and the folders that could not be read, each with the reason."""

    files: list[Path]
    closed: dict[Path, str]


def inputs(wanted: str) -> BatchInputs:
    """Return the files in and below a folder, or the files that a pattern matches. Hidden files and hidden folders are left
    out.

    Raises `FileNotFoundError` when there is no file.
    """
    closed: dict[Path, str] = {}
    folder = Path(wanted)
    if folder.is_dir():
        paths = _below(folder.absolute(), closed)
    else:
        names = (name for name in glob.iglob(wanted, recursive=True) if not Path(name).name.startswith("."))  # noqa: PTH207 - Path.glob takes no absolute pattern
        paths = (Path(name).absolute() for name in names)
        _note_closed(folder, closed)
    files = sorted({path for path in paths if _is_file(path)})
    if not files:
        unreadable = "".join(f"; {path} cannot be read: {why}" for path, why in closed.items())
        raise FileNotFoundError((f"there is no file in {wanted}" if folder.is_dir() else f"no file fits {wanted}") + unreadable)
    return BatchInputs(files, dict(sorted(closed.items())))


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file's bytes, or of its first bytes when it is too large for the reader; None when it cannot be
    read."""
    hashed, left = sha256(), Limits().max_bytes + 1
    try:
        with path.open("rb") as file:
            while left and (part := file.read(min(_CHUNK, left))):
                hashed.update(part)
                left -= len(part)
    except OSError:
        return None
    return hashed.hexdigest()


def _below(folder: Path, closed: dict[Path, str]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        closed[Path(error.filename)] = error.strerror or type(error).__name__

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _note_closed(pattern: Path, closed: dict[Path, str]) -> None:
    """Note the folders that a pattern leads into and that cannot be listed: ``glob`` skips them silently."""
    for part in (pattern, *pattern.parents):
        if not glob.has_magic(part.name):
            continue
        # Two stars list every folder that they match.
        listed = part if part.name == "**" else part.parent
        for name in glob.iglob(str(listed), recursive=True):  # noqa: PTH207 - as above
            folder = Path(name).absolute()
            try:
                if folder.is_dir():
                    os.scandir(folder).close()
            except OSError as error:
                closed[folder] = error.strerror or type(error).__name__


def _is_file(path: Path) -> bool:
    """Return whether a path is a file. A broken link, and a path that may not be inspected, count as files that then fail."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True
