"""Files and folders that are written completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import Conflict, InvalidRecord, StoreUnavailable

__all__ = ["building", "read_bytes", "read_text", "replace_bytes", "replace_text", "replacing"]


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


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Yield a new folder beside `folder`, which takes that name when all goes well and is deleted otherwise.

    Raises `Conflict` when `folder` exists and is not empty, `StoreUnavailable` when the disk refuses.
    """
    folder = folder.resolve()
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.partial")
    try:
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise Conflict(f"{folder} exists already and is never overwritten: choose another name")
        partial.mkdir()
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        raise StoreUnavailable(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def replace_bytes(path: Path, content: bytes) -> None:
    """Write a whole file; it is on disk before it gets its name."""
    with replacing(path) as partial:
        partial.unlink(missing_ok=True)
        with partial.open("xb") as file:  # never through a link that somebody laid there: the folder may be a share
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def replace_text(path: Path, text: str) -> None:
    """Write a whole text file, as `replace_bytes`."""
    replace_bytes(path, text.encode())


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file of at most so many bytes.

    Raises `StoreUnavailable` when it cannot be read, `InvalidRecord` when it is larger.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check the path") from error
    if len(content) > most:
        raise InvalidRecord(f"{path} has more than the {most} bytes that such a file can have")
    return content


def read_text(path: Path) -> str:
    """Read a small text file. Raises `StoreUnavailable` when it cannot be read, `InvalidRecord` when it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text") from error
