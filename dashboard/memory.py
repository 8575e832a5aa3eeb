"""How the process that serves gets its memory."""

from __future__ import annotations

import ctypes

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
