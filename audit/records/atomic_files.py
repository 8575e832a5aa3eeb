"""Files and folders that are written completely or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import Conflict, InvalidRecord, StoreUnavailable

_MOST_TEXT = 512 * 1024  # bytes: what a note with the cosignatures of many witnesses can have
_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.ENODEV)  # a link to itself, a socket, a device without its hardware


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
    """Read a regular file of at most so many bytes; a pipe is not waited for, and a device not read.

    Raises `StoreUnavailable` when it cannot be read, `InvalidRecord` when it is larger, or no regular file.
    """
    try:
        # Not to wait for the other end of a pipe. Flags that a system lacks have no pipes to wait for, either.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(_regular(os.open(path, flags), path), "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise _no_file(path) from error
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check the path") from error
    if len(content) > most:
        raise InvalidRecord(f"{path} has more than the {most} bytes that such a file can have")
    return content


def _regular(descriptor: int, path: Path) -> int:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise _no_file(path)


def _no_file(path: Path) -> InvalidRecord:
    return InvalidRecord(f"{path} is not a regular file but a folder, pipe or device: give the path of a file")


def read_text(path: Path, most: int = _MOST_TEXT) -> str:
    """Read a small text file. Raises the same as `read_bytes`, and `InvalidRecord` when it is not text."""
    try:
        return read_bytes(path, most).decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text") from error
