"""How loops are compiled: without the GIL, and kept on disk for the next start, as long as no kernel has changed.

Numba looks at the file of a function alone to see whether what it kept is still good. A loop built on another file's parts
would go on as before when those are mended, certificates included; so what is kept has a folder of its own for every state of
all the kernels.

Without Numba, as on the edge, loops run as they stand: the same numbers, later.
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

# Sums may be taken in another order, so that they run in vector registers.
SUMS = frozenset({"contract", "reassoc", "nsz"})
# The same where there is nothing that is not a number; -inf stands for "not there" and must stay what it is.
NUMBERS = SUMS | {"nnan"}


def cache_folder(package: Path) -> Path:
    """Where the compiled loops of the kernels in ``package`` are kept."""
    kernels = [package / "kernels" / name for name in ("compiled.py", "simd.py")] + sorted(package.rglob("*_kernels.py"))
    stamp = sha256(b"".join(kernel.read_bytes() for kernel in kernels)).hexdigest()
    return package / "__pycache__" / f"kernels-{stamp[:16]}"


def _usable(package: Path) -> Path | None:
    """The first such folder that can be written: in the package, else among the user's caches; None without any."""
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
    """Decorator: the function, compiled at its first call; ``fastmath`` as LLVM names what it may do with sums."""

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
