"""Memory of this process: how it allocates, how much it has now, its peak, and how much more it could have."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

_SELF, _MACHINE = Path("/proc/self"), Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
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


def give_back() -> None:
    """Give memory that is free in this process back to the system, where the C library can: after a long run it keeps two
    kilobytes an event. Source: malloc_trim(3)."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident_mb() -> float | None:
    """Return the memory of this process now, in megabytes of 10^6 bytes; None when the system does not say (proc(5), VmRSS)."""
    return _megabytes("VmRSS")


def free_mb() -> float | None:
    """Return how much more memory this process could have, in megabytes of 10^6 bytes; None when the system does not say.
    Source: proc(5), MemAvailable; of a container, the memory controller of Linux's control groups, version 2."""
    known = [megabytes for megabytes in (_megabytes("MemAvailable", _MACHINE), _free_of_group()) if megabytes is not None]
    return min(known, default=None)


def _free_of_group() -> float | None:
    with suppress(OSError, ValueError):
        most, now = (int((_GROUP / f"memory.{name}").read_text(encoding="ascii")) for name in ("max", "current"))
        # Pages of files that nobody needs are given up first.
        files = re.search(r"^inactive_file (\d+)$", (_GROUP / "memory.stat").read_text(encoding="ascii"), re.MULTILINE)
        return (most - now + (int(files[1]) if files else 0)) / 1e6
    return None


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


def _megabytes(name: str, file: Path = _SELF / "status") -> float | None:
    with suppress(OSError):
        match = re.search(rf"^{name}:\s+(\d+) kB$", file.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        return round(int(match[1]) * 1024 / 1e6, 1) if match else None
    return None
