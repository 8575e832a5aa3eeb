"""Lines on standard error: those that stay, and progress, of which a terminal shows the last alone; and text of files that is
safe to show."""

from __future__ import annotations

import sys

# Goes to the beginning of the line and clears it.
_CLEAR = "\r\x1b[K"


def tell(text: str) -> None:
    """Write a line that stays."""
    print(f"{_clear()}{text}", file=sys.stderr, flush=True)


def tell_progress(text: str) -> None:
    """Write how far the work is; on a terminal the next line takes its place."""
    print(f"{_clear()}{text}", file=sys.stderr, end="" if sys.stderr.isatty() else "\n", flush=True)


def end_progress() -> None:
    """Leave the last line of progress on a terminal, so that what comes on standard output begins a line."""
    print(_clear(), file=sys.stderr, end="", flush=True)


def printable(text: str) -> str:
    """Return a text for a terminal: lines of files may hold signs that would move its cursor or change its colours."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _clear() -> str:
    return _CLEAR if sys.stderr.isatty() else ""
