"""How the process that serves gets its memory, and how much it took at most."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

_SELF = Path("/proc/self")
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
# malloc.h of glibc; mallopt(3).
_M_ARENA_MAX = -8
_ARENAS = 2


def share_heaps() -> bool:
    """Have all threads allocate from two heaps; whether the C library can. To be called before there are threads.

    Streamlit runs every visitor's script on threads that come and go. glibc gives each a heap of its own, and what lies free in
    one serves no other: at twenty visitors that was a seventh of the memory.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (AttributeError, OSError, TypeError):
        # Another C library (musl, macOS, Windows).
        return False


def resident_mb() -> float | None:
    """How much memory this process has now, in megabytes of 10^6 bytes; None where the system does not say (proc(5), VmRSS)."""
    with suppress(OSError):
        found = _RESIDENT.search((_SELF / "status").read_text(encoding="ascii", errors="replace"))
        return round(int(found[1]) * 1024 / 1e6, 1) if found else None
    return None


class Peak:
    """The most memory that this process took since this was made, in megabytes of 10^6 bytes; pages that are served meanwhile
    count too. Source: proc(5), VmHWM of /proc/PID/status, which a 5 written to clear_refs sets back."""

    def __init__(self) -> None:
        self._set_back = False
        # Where the system forbids it, or there is no such file, nothing is measured.
        with suppress(OSError):
            (_SELF / "clear_refs").write_text("5", encoding="ascii")
            self._set_back = True

    def megabytes(self) -> float | None:
        """None where the system does not say."""
        if not self._set_back:
            return None
        with suppress(OSError):
            found = _PEAK.search((_SELF / "status").read_text(encoding="ascii", errors="replace"))
            return round(int(found[1]) * 1024 / 1e6, 1) if found else None
        return None
