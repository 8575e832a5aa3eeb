"""Which files a batch takes: those of a folder or a pattern, and which folders it could not look into.

found = inputs("logs/2026-11/**/*.log")
found.files     # by their whole paths: other machines of a cluster, which look from elsewhere, may be the ones to read them
found.closed    # folder -> why nothing in it was looked at
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


class Found(NamedTuple):
    """Files in the order of their names, and the folders that could not be looked into, each with the reason."""

    files: list[Path]
    closed: dict[Path, str]


def inputs(wanted: str) -> Found:
    """The files of a folder and those below it, or those that a pattern fits; what is hidden is left out, folders with all that
    is in them. Raises FileNotFoundError where there is none."""
    closed: dict[Path, str] = {}
    folder = Path(wanted)
    if folder.is_dir():
        found = _below(folder.absolute(), closed)
    else:
        names = (name for name in glob.iglob(wanted, recursive=True) if not Path(name).name.startswith("."))  # noqa: PTH207 - Path.glob takes no absolute pattern
        found = (Path(name).absolute() for name in names)
        _note_closed(folder, closed)
    files = sorted({path for path in found if _is_taken(path)})
    if not files:
        told = "".join(f"; {one} cannot be read: {why}" for one, why in closed.items())
        raise FileNotFoundError((f"there is no file in {wanted}" if folder.is_dir() else f"no file fits {wanted}") + told)
    return Found(files, dict(sorted(closed.items())))


def digest(path: Path) -> str | None:
    """SHA-256 of a file's bytes, of the first ones where it is too large to be read anyway; None where it cannot be read."""
    found, left = sha256(), Limits().max_bytes + 1
    try:
        with path.open("rb") as file:
            while left and (part := file.read(min(_CHUNK, left))):
                found.update(part)
                left -= len(part)
    except OSError:
        return None
    return found.hexdigest()


def _below(folder: Path, closed: dict[Path, str]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        closed[Path(error.filename)] = error.strerror or type(error).__name__

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _note_closed(pattern: Path, closed: dict[Path, str]) -> None:
    """Note the folders that a pattern leads into and that cannot be listed: ``glob`` passes over them without a word."""
    for part in (pattern, *pattern.parents):
        if not glob.has_magic(part.name):
            continue
        # Two stars list every folder that they stand for.
        listed = part if part.name == "**" else part.parent
        for name in glob.iglob(str(listed), recursive=True):  # noqa: PTH207 - as above
            folder = Path(name).absolute()
            try:
                if folder.is_dir():
                    os.scandir(folder).close()
            except OSError as error:
                closed[folder] = error.strerror or type(error).__name__


def _is_taken(path: Path) -> bool:
    """Whether it is a file. A link that leads nowhere stood for one, and what nobody lets us look at may be one: both fail as
    one."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True
