"""Disks that can be filled: a file system in memory with ballast on it, or a limit on the size of files."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Ballast", "Limit", "tmpfs"]


@contextmanager
def tmpfs(size: int) -> Iterator[Path]:
    """Mount a separate file system. Raises `PermissionError` where that is not permitted."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-disk-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            raise PermissionError(mounted.stderr.strip() or "mount failed")
        try:
            yield folder
        finally:
            for lazily in ([], ["-l"]):
                if subprocess.run(["umount", *lazily, str(folder)], check=False, stderr=subprocess.DEVNULL).returncode == 0:
                    break
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Ballast:
    """A file that takes the space of others."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    def leave(self, rest: int) -> None:
        """Fill the disk except for so many bytes."""
        found = os.statvfs(self._path.parent)
        size = found.f_bavail * found.f_frsize - rest
        if size > 0:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def drop(self) -> None:
        """Give the space back."""
        self._path.unlink(missing_ok=True)


class Limit:
    """The same effect by a limit on the size of a process's files."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def leave(self, rest: int) -> None:
        """Let the record grow by so many bytes."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._path.stat().st_size // 4096 * 4096 + rest, hard))

    def drop(self) -> None:
        """Lift the limit."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
