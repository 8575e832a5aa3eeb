"""Files that are written completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the name of a new file to write, which replaces ``path`` where the block ends without an error and is removed
    otherwise. The folder is made where there is none. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, because a rename is atomic within one file system only; not a temporary file of the system's, which
    # only its owner could read.
    partial = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
