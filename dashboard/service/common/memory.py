"""Memory of this process: how it allocates, how much it has now, and its peak."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

_SELF = Path("/proc/self")
# malloc.h of glibc; mallopt(3).
_M_ARENA_MAX = -8
_ARENAS = 2


def share_heaps() -> bool:
    """Make all threads allocate from two heaps; return whether the C library can. Call it before there are threads.

    Streamlit runs every visitor's script on threads that come and go. glibc gives each thread a heap of its own, and free
    memory in one heap serves no other: at twenty visitors that was a seventh of the memory.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (AttributeError, OSError, TypeError):
        # Another C library (musl, macOS, Windows).
        return False


def resident_mb() -> float | None:
    """Return the memory of this process now, in megabytes of 10^6 bytes; None when the system does not say (proc(5), VmRSS)."""
    return _megabytes("VmRSS")


class Peak:
    """The peak memory of this process since this object was created, in megabytes of 10^6 bytes; pages that the app serves in
    the meantime count too. Source: proc(5), VmHWM of /proc/PID/status, which a 5 written to clear_refs resets."""

    def __init__(self) -> None:
        self._was_reset = False
        # When the system forbids it or has no such file, nothing is measured.
        with suppress(OSError):
            (_SELF / "clear_refs").write_text("5", encoding="ascii")
            self._was_reset = True

    def megabytes(self) -> float | None:
        """Return the peak; None when the system does not say."""
        return _megabytes("VmHWM") if self._was_reset else None


def _megabytes(name: str) -> float | None:
    with suppress(OSError):
        match = re.search(
            rf"^{name}:\s+(\d+) kB$", (_SELF / "status").read_text(encoding="ascii", errors="replace"), re.MULTILINE
        )
        return round(int(match[1]) * 1024 / 1e6, 1) if match else None
    return None
