"""Compilation of loops: they release the GIL, and stay on disk for the next start as long as no kernel has changed.

Numba checks only the file of a function to see whether its compiled code is still valid. A loop that uses parts of another file
would stay in use after these parts are corrected, and its certificates would be wrong. So every state of all kernels has a
cache folder of its own.

Without Numba, as on the edge, Python runs the same loops: the numbers are the same, the time is longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

try:
    from numba import config, njit
except ModuleNotFoundError:
    njit = None

COMPILES = njit is not None
"""Whether loops are compiled."""
# Sums may use another order, so that they run in vector registers.
SUMS = frozenset({"contract", "reassoc", "nsz"})
# The same where no value is NaN; -inf stands for "not there" and must keep its value.
NUMBERS = SUMS | {"nnan"}


def cache_folder(package: Path) -> Path:
    """Return the cache folder of the compiled kernels in ``package``."""
    kernels = sorted((package / "kernels").glob("*.py")) + sorted(package.rglob("*_kernels.py"))
    stamp = sha256(b"".join(kernel.read_bytes() for kernel in kernels)).hexdigest()
    return package / "__pycache__" / f"kernels-{stamp[:16]}"


def _usable(package: Path) -> Path | None:
    """Return the first cache folder that can be written: in the package, else among the user's caches; None without any."""
    inside = cache_folder(package)
    for folder in (inside, Path.home() / ".cache" / "sparsemix" / inside.name):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


_FOLDER = None if njit is None else _usable(Path(__file__).parents[1])


def compiled(fastmath: frozenset[str] = frozenset()) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function at its first call; ``fastmath``: LLVM's fast-math flags."""

    def decorate(function: Callable[..., Any]) -> Any:
        if njit is None:
            return function
        if _FOLDER is None:
            return njit(nogil=True, fastmath=set(fastmath))(function)
        before, config.CACHE_DIR = config.CACHE_DIR, str(_FOLDER)
        try:
            return njit(nogil=True, cache=True, fastmath=set(fastmath))(function)
        finally:
            config.CACHE_DIR = before

    return decorate
