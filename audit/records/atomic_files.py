"""Files that are written completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import InvalidRecord, StoreUnavailable

__all__ = ["read_text", "replace_text", "replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name to write to, which replaces `path` only after success. Raises `StoreUnavailable`."""
    if not path.parent.is_dir():
        raise StoreUnavailable(f"there is no folder {path.parent}; create it first, or choose another one")
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a whole file; it is on disk before it gets its name."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_text(path: Path) -> str:
    """Read a small text file. Raises `StoreUnavailable` when it cannot be read, `InvalidRecord` when it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text") from error
